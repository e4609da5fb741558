#!/bin/sh
# Installs what tests/packages lists for the groups named:  packages.sh [-n] build run check full
# apt-get is called only when something is missing; -n only tells what is.
set -eu
cd "$(dirname "$0")/../.."
dry=0
[ "${1:-}" = -n ] && { dry=1; shift; }
: "${DEBIAN_FRONTEND:=noninteractive}"
export DEBIAN_FRONTEND
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "packages: no dpkg here; install what tests/packages lists by your own means" >&2
    exit 0
fi

missing=
for group; do
    for pkg in $(sed -n "s/^$group  *//p" tests/packages); do
        state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$pkg" 2>/dev/null || true)
        case $state in
        ii*) ;;
        *) missing="$missing $pkg" ;;
        esac
    done
done
[ -n "$missing" ] || exit 0
echo "packages: missing:$missing" >&2
[ $dry = 0 ] || exit 1

as_root=
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1; then
        as_root="sudo -E"
    else
        echo "packages: neither root nor sudo; ask your administrator for:" >&2
        echo "    apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
fi
log=build/packages.log
mkdir -p build
apt() { $as_root apt-get -q -y -o Dpkg::Use-Pty=0 "$@" >>$log 2>&1; }
: >$log
echo "packages: installing them (log: $log)" >&2
# A machine whose lists are fresh needs no update; one whose lists are stale says so by failing.
# shellcheck disable=SC2086 # a list of words
{ ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1 && apt install --no-install-recommends $missing; } ||
    { apt update && apt install --no-install-recommends $missing; } ||
    { tail -n 20 $log >&2; echo "packages: apt-get failed" >&2; exit 1; }

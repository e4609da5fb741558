#!/bin/bash
# The two commands of the README on a machine with nothing installed but git and make: a Debian made with
# debootstrap below build/bare, with a clone of the last commit.
#
#   tests/bare.sh [TARGET...]      default: quickstart check
#
# What it needs: tests/tools/debian.sh. Prints a line with the time for every target and the logs' place; exit status 1
# if one failed, 77 where it cannot run.
set -u
cd "$(dirname "$0")/.." || exit 1
ROOT=$PWD
DIR=$ROOT/build/bare
fail() { echo "bare: $*" >&2; exit "${2:-1}"; }

# --- inside: process 1 of the new machine
if [ "${1:-}" = --inside ]; then
    root=$2
    shift 2
    mount --make-rprivate / && mount --bind "$root" "$root" && cd "$root" || exit 1
    mount -t proc proc proc && mount --rbind /sys sys && mount --rbind /dev dev || exit 1
    mount -t tmpfs -o mode=1777 tmpfs dev/shm 2>/dev/null
    mkdir -p old && pivot_root . old || exit 1
    cd / && umount -l /old || exit 1
    hostname bare 2>/dev/null
    cd /root && rm -rf timeeval-mpi || exit 1
    git -c advice.detachedHead=false clone -q /root/project.bundle timeeval-mpi && cd timeeval-mpi || exit 1
    bad=0
    for target; do
        t0=$SECONDS
        if make "$target" >"/root/$target.log" 2>&1; then word=ok; else word=FAILED bad=1; fi
        echo "$word $target: $((SECONDS - t0)) s: $(tail -n 1 "/root/$target.log")"
    done
    [ ! -x jobs/engine.sh ] || jobs/engine.sh stop
    exit $bad
fi

# --- outside
for c in unshare pivot_root; do
    command -v $c >/dev/null || fail "no '$c' on this machine" 77
done
. tests/tools/debian.sh
new=$DIR/root
debian_root "$DIR" "$new"
git bundle create -q "$new/root/project.bundle" HEAD || fail "not a git checkout"
[ $# -gt 0 ] || set -- quickstart check
proxies=$(env | grep -iE '^(http|https|ftp|no)_proxy=' || true)
# shellcheck disable=SC2086 # words wanted
env -i HOME=/root USER=root TERM=dumb LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive $proxies \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    unshare --mount --pid --uts --ipc --fork --kill-child bash "$ROOT/tests/bare.sh" --inside "$new" "$@"
rc=$?
for t; do cp "$new/root/$t.log" "$DIR/" 2>/dev/null; done
echo "logs: $DIR/*.log"
[ -n "${KEEP:-}" ] || rm -rf --one-file-system "$new"
exit $rc

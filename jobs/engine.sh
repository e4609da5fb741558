#!/bin/bash
# A Docker engine for machines where none answers.
#
#   engine.sh start     prints the address of an engine that answers: the one of DOCKER_HOST or of the
#                       usual socket if there is one, else our own, started if need be
#   engine.sh stop      stops our own (never another) and removes what it left running
#   engine.sh status    prints the address of our own, or fails
#   engine.sh purge     stop, and remove its data as well
#
# Our own engine keeps everything below build/engine (ENGINE_DIR), has no network of its own (no
# bridge, no firewall rules) and needs root or sudo.
set -u
ROOT=$(cd "$(dirname "$0")/.." && pwd) || exit 1
DIR=${ENGINE_DIR:-$ROOT/build/engine}
PATH=$PATH:/usr/sbin:/sbin
# A socket's path may have 107 bytes; the engine's own sockets lie up to 40 bytes below its folder.
RUN=$DIR/run
if [ ${#RUN} -gt 60 ]; then
    RUN=/tmp/te-engine-$(id -u)-$(printf %s "$DIR" | cksum | cut -d' ' -f1)
fi
SOCK=$RUN/docker.sock
SPACE=te-$(printf %s "$DIR" | cksum | cut -d' ' -f1)
PIDFILE=$RUN/dockerd.pid
LOG=$DIR/dockerd.log

fail() { echo "engine: $*" >&2; exit 1; }
answers() { curl -sf -o /dev/null --max-time "${2:-5}" --unix-socket "$1" http://localhost/_ping 2>/dev/null; }
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# our_pid: the process of our engine, if it lives; a recycled number is told by its command line
our_pid()
{
    local pid
    pid=$(root cat "$PIDFILE" 2>/dev/null) && [ -n "$pid" ] && [ -e "/proc/$pid/cmdline" ] || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "--pidfile=$PIDFILE" && echo "$pid"
}

foreign()
{
    local host=${DOCKER_HOST:-unix:///var/run/docker.sock} path
    case $host in
    unix://*) path=${host#unix://} ;;
    *) [ -n "${DOCKER_HOST:-}" ] && echo "$host"; return ;;
    esac
    [ "$path" != "$SOCK" ] && [ -S "$path" ] && answers "$path" && echo "unix://$path"
}

await()
{
    local i
    for i in $(seq 300); do
        answers "$SOCK" 2 && return 0
        [ "$i" -lt 20 ] || our_pid >/dev/null || [ "$i" -lt 50 ] || return 1
        sleep 0.1
    done
    return 1
}

launch()
{
    local group
    group=$(id -g)
    command -v dockerd >/dev/null || fail "no 'dockerd' on this machine (package docker.io)"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "an engine of our own needs root or sudo"
    command -v curl >/dev/null || fail "no 'curl' on this machine"
    root mkdir -p "$RUN" "$DIR/data" || fail "cannot make '$RUN'"
    root chmod 755 "$RUN"
    root rm -f "$PIDFILE" "$SOCK"
    # shellcheck disable=SC2024 # the log is ours, whoever writes into it
    root setsid dockerd --host="unix://$SOCK" --group="$group" --data-root="$DIR/data" \
        --exec-root="$RUN/x" --pidfile="$PIDFILE" --containerd-namespace="$SPACE" \
        --containerd-plugins-namespace="$SPACE-plugins" --bridge=none --iptables=false --ip6tables=false \
        --ip-forward=false --ip-masq=false --log-level=error </dev/null >"$LOG" 2>&1 9>&- &
    disown
    await && return 0
    tail -n 5 "$LOG" >&2
    halt
    fail "the engine did not come up (log: $LOG)"
}

# sweep: what an engine that was killed leaves: its containerd, shims with their containers, mounts
sweep()
{
    local dir pid child
    for dir in /proc/[0-9]*; do
        pid=${dir#/proc/}
        tr '\0' ' ' 2>/dev/null <"$dir/cmdline" | grep -q "^[^ ]*containerd[^ ]* .*$RUN/x/containerd" || continue
        for child in $(cat "$dir"/task/*/children 2>/dev/null); do root kill -9 "$child" 2>/dev/null; done
        root kill -9 "$pid" 2>/dev/null
    done
    cut -d' ' -f2 /proc/mounts | grep -F -e "$DIR/data" -e "$RUN/" | sort -r | while read -r dir; do
        root umount -l "$dir" 2>/dev/null
    done
    root rm -rf "$RUN"
}

halt()
{
    local pid i
    if ! pid=$(our_pid); then
        [ ! -e "$RUN" ] || sweep
        return 0
    fi
    # containers first: an engine that ends in order leaves no shim behind
    for i in $(curl -s --max-time 10 --unix-socket "$SOCK" http://localhost/containers/json 2>/dev/null |
        grep -o '"Id":"[0-9a-f]*"' | cut -d'"' -f4); do
        curl -s -o /dev/null --max-time 20 --unix-socket "$SOCK" -X DELETE "http://localhost/containers/$i?force=1&v=1"
    done
    root kill "$pid"
    for i in $(seq 200); do
        case $(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null) in '' | Z) break ;; esac
        [ "$i" = 150 ] && root kill -9 "$pid"
        sleep 0.1
    done
    sweep
}

mkdir -p "$DIR" || exit 1
exec 9>"$DIR/lock"
case ${1:-} in
start)
    flock -w 120 9 || fail "another start or stop is under way"
    foreign && exit 0
    if ! our_pid >/dev/null || ! answers "$SOCK"; then
        halt
        launch
    fi
    echo "unix://$SOCK" ;;
stop) flock -w 120 9 || fail "another start or stop is under way"; halt ;;
status) our_pid >/dev/null && answers "$SOCK" && echo "unix://$SOCK" ;;
purge) flock -w 120 9; halt; root rm -rf "$DIR/data" ;;
*) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

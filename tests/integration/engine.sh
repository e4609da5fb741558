#!/bin/bash
# An engine of our own: starts, is found again, survives a kill, goes without a trace.
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:/usr/sbin
need dockerd curl
[ "$(id -u)" = 0 ] || skip_all "needs root"
engine() { env -u DOCKER_HOST ENGINE_DIR="$DIR" DOCKER_HOST=unix:///nonexistent "$ROOT/jobs/engine.sh" "$@"; }
# long on purpose: the socket must not lie below it
DIR=$TMP/$(printf 'long%.0s' $(seq 20))/engine
# shellcheck disable=SC2034 # lib.sh reads it
AT_EXIT='engine purge 2>/dev/null'

runs 1 "status without an engine" engine status
runs 0 "stop without an engine" engine stop
engine start >"$TMP/first" 2>"$TMP/why" || skip_all "no engine can run here: $(tail -n 1 "$TMP/why")"
first=$(cat "$TMP/first")
like "$first" '^unix:///.{1,100}$' "start prints a socket of bearable length"
runs 0 "a second start" engine start
is "$OUT" "$first" "finds the first"
runs 0 "images can be loaded" env DOCKER_HOST="$first" "$ROOT/jobs/images/load.sh" "$ROOT/build/images/discord"
is "$OUT" "timeeval-mpi/discord:1.0.0" "load.sh names the image"
runs 0 "the engine has it" curl -sf --unix-socket "${first#unix://}" http://localhost/images/timeeval-mpi/discord:1.0.0/json
pid=$(cat "$(dirname "${first#unix://}")/dockerd.pid")
kill -9 "$pid"
for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
runs 1 "a killed engine has no status" engine status
runs 0 "it is started again" engine start
runs 0 "with its images" curl -sf --unix-socket "${first#unix://}" http://localhost/images/timeeval-mpi/discord:1.0.0/json
runs 0 "stop" engine stop
runs 1 "nothing answers then" engine status
left=$(for p in /proc/[0-9]*/cmdline; do tr '\0' ' ' 2>/dev/null <"$p"; echo; done | grep "^[^ ]*\(dockerd\|containerd\)[^ ]* .*$(dirname "${first#unix://}")")
is "$left" "" "no process is left"
is "$(find "$(dirname "${first#unix://}")" 2>/dev/null | wc -l)" 0 "no socket folder is left"
is "$(grep -cF "$DIR" /proc/mounts)" 0 "no mount is left"
runs 0 "purge" engine purge
finish

#!/bin/bash
# bench_docker.c with an engine: the one that answers, else our own, which is stopped again unless it ran before.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
engine=$root/jobs/engine.sh
before=$("$engine" status 2>/dev/null)
DOCKER_HOST=$("$engine" start) || exit 77
export DOCKER_HOST
[ -n "$before" ] || trap '"$engine" stop >/dev/null 2>&1' EXIT
"$root/tests/images/build.sh" >/dev/null || exit 1
"$root/build/${VARIANT:-release}/tests/bench/bench_docker"

#!/bin/bash
# Dispatch: what one experiment of the fake adapter costs from schedule to durable journal record, over two worker
# ranks, beside the rate of fdatasync on the same disk in the same run.
#
#   bench_dispatch.sh [EXPERIMENTS]     default 100000; aim: at most 40 us each with the durable journal
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
program=$root/build/${VARIANT:-release}/timeeval-mpi
count=${1:-100000}
work=$(mktemp -d "$root/build/bench-dispatch.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
cd "$work" || exit 1

write_config() { # NAME REPETITIONS
    cat >"$1.ini" <<EOF
[run]
name = $1
results = results
repetitions = $2
metrics = ROC_AUC
progress = off
[datasets]
root = $root/datasets-index
include = oscillations/sine-amplitude
mirror = off
[algorithm:quick]
fake = rows=0
training_type = unsupervised
EOF
}
seconds() { # NAME: wall seconds of a run with three ranks
    local t0 t1
    t0=$(date +%s.%N)
    mpirun --oversubscribe --bind-to none --enable-recovery -np 3 "$program" run "$1.ini" >"$1.log" 2>&1 </dev/null
    t1=$(date +%s.%N)
    grep -q "^done: " "$1.log" || { cat "$1.log" >&2; exit 1; }
    echo "$t1 $t0" | awk '{ print $1 - $2 }'
}

write_config few 100
write_config many "$count"
few=$(seconds few)
many=$(seconds many)
syncs=500
t0=$(date +%s.%N)
dd if=/dev/zero of=sync.data bs=512 count=$syncs oflag=dsync 2>/dev/null
t1=$(date +%s.%N)
awk -v few="$few" -v many="$many" -v n="$count" -v s="$syncs" -v t0="$t0" -v t1="$t1" 'BEGIN {
    each = (many - few) / (n - 100) * 1e6; sync = (t1 - t0) / s * 1e6
    printf "dispatch: %d experiments, 2 workers: %.1f us each with the durable journal and the result file (start and end of mpirun taken off: %.2f s)\n", n, each, few
    printf "fdatasync of one record on the same disk: %.1f us; ratio %.3f\n", sync, each / sync
}'

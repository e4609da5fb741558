# shellcheck shell=bash disable=SC2034,SC2154 # sourced; sets variables for the benches
# What the benches in shell share: $root, $program, $work (a folder that they are in and that goes at the end), MPI as root.
#
#   begin [PARENT]                   makes $work below build/, or below PARENT
#   head_of NAME RESULTS REPETITIONS the first sections of a configuration of one short dataset
#   ranks NUMBER                     runs run.ini on so many ranks, in the background: $job, output in log
#   first_experiment NAME            waits until one of that run is under way
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=$root/build/${VARIANT:-release}/timeeval-mpi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 LC_ALL=C

begin()
{
    work=$(mktemp -d "${1:-$root/build}/te-bench.XXXXXX") || exit 1
    trap 'rm -rf "$work"' EXIT
    cd "$work" || exit 1
}

head_of()
{
    cat <<END
[run]
name = $1
results = $2
repetitions = $3
metrics = ROC_AUC
progress = off
[datasets]
root = $root/datasets-index
include = oscillations/sine-amplitude
END
}

ranks()
{
    mpirun --oversubscribe --bind-to none --enable-recovery -np "$1" "$program" run run.ini >log 2>&1 </dev/null &
    job=$!
}

first_experiment()
{
    for _ in $(seq 1200); do
        grep -q '"experiment": [0-9]' "results/$1/status.json" 2>/dev/null && return 0
        kill -0 $job 2>/dev/null || break
        sleep 0.1
    done
    cat log >&2
    return 1
}

#!/bin/bash
# Dispatch: what one experiment of the fake adapter costs from schedule to journal record over two worker ranks, twice:
# with the run folder in memory (/dev/shm: nothing waits for a disk) and on the disk below build/ (every record durable),
# beside the rate of fdatasync on that disk in the same run. What mpirun itself takes (measured with 100 experiments) is
# taken off; the building of results.h5 and results.csv at the end is told apart.
#
#   bench_dispatch.sh [EXPERIMENTS]     default 100000; aims: at most 15 us each in memory, 40 us with the durable journal
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
count=${1:-100000}
begin
memory=$(mktemp -d /dev/shm/bench-dispatch.XXXXXX) || exit 1
trap 'rm -rf "$work" "$memory"' EXIT
TIMEFORMAT='%R %U %S'

# run FOLDER REPETITIONS: prints wall seconds, CPU seconds of all processes, seconds that the result files took
run()
{
    local name=n$2 wall user sys t0 t1
    {
        head_of "$name" "$1" "$2"
        printf 'mirror = off\n[algorithm:quick]\nfake = rows=0\ntraining_type = unsupervised\n'
    } >"$name.ini"
    { time mpirun --oversubscribe --bind-to none --enable-recovery -np 3 "$program" run "$name.ini" >"$name.log" 2>&1 </dev/null; } 2>took.txt
    grep -q "^done: $2 of $2 " "$name.log" || { cat "$name.log" >&2; return 1; }
    read -r wall user sys <took.txt
    t0=$(stat -c %.9Y "$1/$name/journal.log") t1=$(stat -c %.9Y "$1/$name/exit")
    echo "$wall $(awk -v a="$user" -v b="$sys" 'BEGIN { print a + b }') $(awk -v a="$t1" -v b="$t0" 'BEGIN { print a - b }')"
}

# each NAME FOLDER AIM: one line; status 1 if the aim is missed
each()
{
    local few many
    few=$(run "$2" 100) && many=$(run "$2" "$count") || exit 1
    awk -v name="$1" -v few="$few" -v many="$many" -v n="$count" -v aim="$3" 'BEGIN {
        split(few, f); split(many, m)
        file = m[3] / n * 1e6; each = (m[1] - f[1]) / (n - 100) * 1e6 - file; cpu = (m[2] - f[2]) / (n - 100) * 1e6
        printf "%s: %.1f us each (at most %d), and %.1f us for its row in the result files; %.1f us of CPU in all three ranks for both\n", name, each, aim, file, cpu
        exit each > aim }'
}

missed=0
each "dispatch of $count experiments, 2 workers, in memory" "$memory" 15 || missed=1
each "the same with the durable journal" "$work/results" 40 || missed=1
t0=$EPOCHREALTIME
dd if=/dev/zero of=sync.data bs=512 count=500 oflag=dsync 2>/dev/null
t1=$EPOCHREALTIME
awk -v a="$t0" -v b="$t1" 'BEGIN { printf "fdatasync of one record on the same disk: %.1f us\n", (b - a) / 500 * 1e6 }'
exit $missed

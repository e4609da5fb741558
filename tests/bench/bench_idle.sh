#!/bin/bash
# CPU of ranks that have nothing to do, over 20 s: rank 0 and a worker that waits (aim: less than 1 % of a core each), and
# a worker whose experiment runs as a process of its own (aim: at most 0.2 %; bench docker tells the same of a container).
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
begin
{
    head_of idle results 1
    printf '[algorithm:sleeper]\ncommand = sleep 600\ntraining_type = unsupervised\n'
} >run.ini
ranks 3
first_experiment idle || exit 1
sleep 2
# ranks in the order of their start; the one with a child that is no guardian works
mapfile -t pids < <(pgrep -P $job -f "$program run run.ini" | sort -n)
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
busy=
for p in "${pids[@]:1}"; do pgrep -P "$p" -x sleep >/dev/null && busy=$p; done
[ -n "$busy" ] || { echo "no rank has a child"; ps -ef | grep -F run.ini >&2; kill -9 $job; exit 1; }
declare -A before
for p in "${pids[@]}"; do before[$p]=$(ticks "$p"); done
sleep 20
missed=0
for p in "${pids[@]}"; do
    role="a worker that waits" aim=1
    [ "$p" != "${pids[0]}" ] || role="rank 0 of a run that waits"
    [ "$p" != "$busy" ] || { role="a worker whose process runs" aim=0.2; }
    awk -v role="$role" -v aim=$aim -v t=$(($(ticks "$p") - before[$p])) -v hz="$(getconf CLK_TCK)" 'BEGIN {
        percent = 100 * t / hz / 20
        printf "%s: %.2f %% of a core (at most %s)\n", role, percent, aim
        exit percent > aim }' || missed=1
done
kill -9 $job
wait $job 2>/dev/null
exit $missed

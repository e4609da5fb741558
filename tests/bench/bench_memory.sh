#!/bin/bash
# Memory of rank 0 while it runs a plan of 1,000,000 experiments (plan, schedule, estimates, everything), for each of them:
# what it holds more than with a plan of 1,000, now and at most. Aim: at most 300 bytes.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
begin

# memory SETTINGS REPETITIONS: resident kilobytes of rank 0 now, and the most it ever had
memory()
{
    local pid
    {
        head_of "n$1x$2" results "$2"
        cat <<END
[algorithm:slow]
fake = sleep=600
training_type = unsupervised
grid.a = [$(seq -s, 1 "${1%%x*}")]
grid.b = [$(seq -s, 1 "${1##*x}")]
param.metric = euclidean
END
    } >run.ini
    ranks 2
    first_experiment "n$1x$2" || return 1
    pid=$(sed -n 's/.*"pid": \([0-9]*\).*/\1/p' "results/n$1x$2/status.json")
    awk '/^VmHWM/ { most = $2 } /^VmRSS/ { now = $2 } END { print now, most }' "/proc/$pid/status"
    kill -9 $job
    wait $job 2>/dev/null
    return 0
}

missed=0
few=$(memory 10x10 10) || exit 1
for shape in 1000x1000:1 10x10:10000; do
    many=$(memory "${shape%:*}" "${shape#*:}") || exit 1
    awk -v few="$few" -v many="$many" -v shape="$shape" 'BEGIN {
        split(few, f); split(many, m); split(shape, s, ":")
        now = (m[1] - f[1]) * 1024 / 999000; most = (m[2] - f[2]) * 1024 / 999000
        printf "rank 0 with 1,000,000 experiments (%s settings, %s repetitions): %.0f bytes each, at most %.0f while it planned (at most 300)\n", s[1], s[2], now, most
        exit now > 300 || most > 300 }' || missed=1
done
exit $missed

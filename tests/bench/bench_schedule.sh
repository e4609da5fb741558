#!/bin/bash
# Scheduling: 500 experiments of 0.2 to 2 s (they sleep) on 7 worker ranks, once with no earlier run to learn from and once
# with it: busy slot time / slot time from the first assignment to the last result. Aim: at least 97 % each time.
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 -c 'import h5py' 2>/dev/null || { echo "no python3 with h5py"; exit 77; }
begin
{
    cat <<END
[run]
results = results
repetitions = 5
metrics = ROC_AUC
progress = off
[datasets]
root = $root/datasets-index
include = oscillations/ecg-beats, oscillations/sine-amplitude, oscillations/sine-shift, oscillations/square-level
mirror = off
END
    for i in $(seq 0 24); do
        awk -v i="$i" 'BEGIN { printf "[algorithm:a%02d]\nfake = rows=0 sleep=%.3f\ntraining_type = unsupervised\ninput_dimensionality = multivariate\n", i, 0.2 + 1.8 * i / 24 }'
    done
} >run.ini

efficiency() # NAME: busy slot time / slot time; busy is what the experiments slept, nothing else
{
    /usr/bin/python3 - "results/$1/results.h5" <<'END'
import sys, h5py
t = h5py.File(sys.argv[1])["experiments"][:]
main, started, queued = t["execute_main_time"], t["started"], t["queued"]
wall = (started + main).max() - queued.min()
print(f"{len(t)} {main.sum():.3f} {wall:.3f} {100 * main.sum() / (7 * wall):.2f}")
END
}

missed=0
for name in first second; do
    mpirun --oversubscribe --bind-to none --enable-recovery -np 8 "$program" run run.ini --set "run.name=$name" >log 2>&1 </dev/null
    read -r n busy wall percent <<<"$(efficiency "$name")"
    [ "${n:-0}" = 500 ] || { cat log; echo "$n of 500 experiments"; exit 1; }
    echo "$name run of $n experiments on 7 slots: $busy s of sleep in $wall s: $percent % of the slots' time (at least 97)"
    awk -v p="$percent" 'BEGIN { exit p < 97 }' || missed=1
done
exit $missed

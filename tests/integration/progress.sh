#!/bin/bash
# What people see while a run goes on: one bar on a terminal, also through mpirun, lines in a log, and `status`.
. "$(dirname "$0")/../lib.sh"
need mpirun script
cd "$TMP" || exit 1
cat >run.ini <<END
[run]
results = results
metrics = ROC_AUC
[datasets]
root = $ROOT/datasets-index
[algorithm:worker]
fake = sleep=0.3
training_type = unsupervised
input_dimensionality = multivariate
END
ranks="mpirun --oversubscribe --bind-to none --enable-recovery -np 3"

runs 0 "on a terminal, one process" script -qec "$TE run.ini --set run.name=alone --set 'datasets.include=walks/*'" alone.out
runs 0 "on a terminal, through mpirun" script -qec "$ranks $TE run.ini --set run.name=ranks" ranks.out
for name in alone ranks; do
    like "$(tr '\r' '\n' <$name.out)" "\[#+\.*\] [0-9]+/[0-9]+ [0-9]+ %, 0 not ok, [0-9]+ running, .* left" "$name: a bar is drawn"
    is "$(grep -c '%' $name.out)" 1 "$name: on one line, over and over"
    like "$(tr '\r' '\n' <$name.out)" "^.\[Kdone: [0-9]+ of" "$name: the end has a line of its own"
done
runs 0 "in a log" $ranks "$TE" run.ini --set run.name=log
is "$(cat -v <<<"$ERR$OUT" | grep -cE '\^M|\^\[')" 0 "no control characters"
like "$ERR$OUT" "0/11 \(0 %\) ok 0" "but lines"

$ranks "$TE" run.ini --set run.name=seen --set run.repetitions=4 >/dev/null 2>&1 </dev/null &
job=$!
for ((i = 0; i < 100; i++)); do
    "$TE" status results/seen 2>/dev/null | grep -q "on [a-z]*/[a-z-]*, for" && break
    sleep 0.1
done
runs 0 "status from another terminal" "$TE" status results/seen
like "$OUT" "seen: running" "it runs"
like "$OUT" "[0-9]+ of 44 experiments" "how far it is"
like "$OUT" "rank [12] on .*: experiment [0-9]+, worker on [a-z]+/[a-z-]+, for [0-9.]+ (ms|s)" "what each slot does, since when"
runs 0 "as JSON" "$TE" status results/seen --json
is "$(python3 -c 'import json, sys; s = json.loads(sys.argv[1]); print(s["state"], len(s["slots"]), s["lost"], sorted(s["slots"][0])[0])' "$OUT")" "running 2 [] algorithm" "with slots and losses"
kill -9 "$job"
wait "$job" 2>/dev/null
for ((i = 0; i < 50; i++)); do pgrep -f "$TE run.ini --set run.name=seen" >/dev/null || break; sleep 0.1; done
runs 0 "status of a killed run" "$TE" status results/seen
like "$OUT" "interrupted" "says so"
like "$OUT" "run CONFIG --resume" "and what to do"
finish

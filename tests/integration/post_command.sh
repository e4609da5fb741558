#!/bin/bash
# postprocess = command: ...: a user's program between an algorithm's output and its scores, behind every kind of
# adapter; what it gets, what it may do wrong.
. "$(dirname "$0")/../lib.sh"
need python3 awk
cd "$TMP" || exit 1
ln -s "$ROOT/build/images/discord" discord

# The built-in reverse windowing (mean), as a user might write it: parameters as an argument, scores from standard input.
cat >windows.py <<'END'
import json, sys
w = json.loads(sys.argv[1])["window_size"]
x = [float(line) for line in sys.stdin]
n = len(x) + w - 1
for i in range(n):
    part = x[max(0, i - w + 1):min(len(x), i + 1)]
    print(repr(sum(part) / len(part)))
print("some words for the log", file=sys.stderr)
END
cat >mine.py <<'END'
import numpy as np
def detect(data, args):
    return np.abs(data[:, 0] - data[:, 0].mean())
END
cat >run.ini <<END
[run]
metrics = ROC_AUC, PR_AUC
progress = off
[datasets]
root = $ROOT/datasets-index
include = walks/random-walk-mean, oscillations/sine-shift
[resources]
task_memory_limit = 512 MB
task_cpu_limit = 1
execute_timeout = 20 seconds
END
discord() { # NAME POSTPROCESS
    printf '[algorithm:%s]\ncommand = %s/discord execute-algorithm {args}\ntraining_type = unsupervised\n' "$1" "$PWD"
    printf 'input_dimensionality = univariate\nparam.window_size = 50\npostprocess = %s\n' "$2"
}
scores() { # FILE NAME SPEC: a fake algorithm
    printf '[algorithm:%s]\nfake = %s\ntraining_type = unsupervised\ninput_dimensionality = multivariate\npostprocess = %s\n' "$1" "$2" "$3"
}
# table RUN COLUMN...: rows sorted
table() { python3 -c '
import csv, sys
for r in sorted([r[c] for c in sys.argv[2:]] for r in csv.DictReader(open(sys.argv[1]))): print(*r, sep="|")
' "results/$1/results.csv" "${@:2}"; }

{
    cat run.ini
    discord "A built-in" "reverse_windowing(window_size=window_size)"
    discord "B own" "command: python3 $PWD/windows.py {params}"
    discord "C files" "command: sh -c 'python3 \"\$1\" \"\$2\" <\"\$3\" >\"\$4\"' sh $PWD/windows.py {params} {scores} {out}"
    echo "[algorithm:D function]"
    printf 'function = python:mine:detect\ntraining_type = unsupervised\ninput_dimensionality = univariate\n'
    echo "postprocess = command: awk '{ print -\$1 }'"
    echo "[algorithm:E function]"
    printf 'function = python:mine:detect\ntraining_type = unsupervised\ninput_dimensionality = univariate\n'
} >good.ini
runs 0 "programs behind a program and a function" "$TE" run good.ini --set run.name=good --set run.keep_files=true
of() { table good algorithm dataset ROC_AUC PR_AUC | grep "^$1" | cut -d'|' -f2-; }
is "$(of 'B own')" "$(of 'A built')" "a reverse windowing of one's own gives the built-in one's values"
is "$(of 'C files')" "$(of 'A built')" "with files in place of streams, too"
is "$(python3 - <<'END'
import csv
r = {(x["algorithm"][0], x["dataset"]): x for x in csv.DictReader(open("results/good/results.csv"))}
for (a, d), x in sorted(r.items()):
    if a == "D": print(abs(float(x["ROC_AUC"]) + float(r["E", d]["ROC_AUC"]) - 1) < 1e-9, float(x["execute_postprocess_time"]) > 0)
END
)" $'True True\nTrue True' "a function's scores upside down, and the time that took"
like "$(cat "$(find results/good -path '*B own*' -name execution.log | head -n 1)")" "Post-processing with command|Post-processing with python3.*windows.py" "the log names the program"
like "$(cat "$(find results/good -path '*B own*' -name execution.log | head -n 1)")" "some words for the log" "and has what it said"
is "$(find results/good -name '.timeeval*')" "" "its own files are not kept"
runs 0 "rescore needs no program: what it gave is stored" "$TE" rescore results/good/results.h5 --metric RANGE_PR_AUC

{
    cat run.ini
    scores A scores=ramp "command: sh -c 'exit 3'"
    scores B scores=ramp "command: sh -c 'kill -SEGV \$\$'"
    scores C scores=ramp "command: ./nothing-here"
    scores D scores=ramp "command: echo one two"
    scores E scores=ramp "command: seq 3"
    scores F scores=ramp "command: true"
    scores G scores=ramp "command: echo \$(touch $PWD/shell)"
    scores H scores=ramp "command: sh -c 'sleep 60; echo 1'"
    scores I scores=ramp "command: python3 -c 'x = bytearray(10**9)'"
    scores J scores=ramp "command: awk '{ print \$1, \$1 }' OFS=,"
} >bad.ini
runs 3 "programs that fail" "$TE" run bad.ini --set run.name=bad --set datasets.include=walks/random-walk-mean --set resources.execute_timeout=2 --set resources.task_memory_limit=100MB
failed() { like "$(table bad algorithm status error_message | grep "^$1")" "Status.ERROR\|.*$2" "$3"; }
failed A "program ended with status '3'" "exit status"
failed B "program died of signal 11" "signal"
failed C "cannot run './nothing-here': No such file" "no such program"
failed D "scores of its program.*'one two'" "text for scores"
failed E "yields 3 scores for a dataset of" "too few scores"
failed F "scores of its program.*empty" "no scores"
failed G "scores of its program" "no shell reads the command"
[ ! -e shell ]
ok $? "nothing was carried out"
failed H "program timed out after <Duration 2" "timeout"
failed I "program (exceeded the memory limit|ended with status|died of signal)" "memory limit"
failed J "2 columns" "more than one column"
is "$(pgrep -fc 'sleep 60; echo 1')" 0 "the program that timed out is gone"

runs 0 "four ranks" mpi 4 good.ini --set run.name=ranks
is "$(table ranks algorithm dataset ROC_AUC PR_AUC)" "$(table good algorithm dataset ROC_AUC PR_AUC)" "give the same values"
{ cat run.ini; scores A ok "command:"; } >empty.ini
runs 2 "an empty command" "$TE" plan empty.ini
like "$ERR" "postprocess.*command: PROGRAM ARGUMENT" "is told before the run"

# A container's output goes through it like any other.
ENGINE=$("$ROOT/jobs/engine.sh" start 2>"$TMP/.engine") || { skip "a container's output" "no Docker engine: $(tail -n 1 "$TMP/.engine")"; finish; }
export DOCKER_HOST=$ENGINE
"$ROOT/jobs/images/load.sh" "$ROOT/build/images/discord" >load.log 2>&1
{ cat run.ini; discord "B own" "command: python3 $PWD/windows.py {params}"; } | sed 's/^command = .*/image = timeeval-mpi\/discord:1.0.0/' >docker.ini
runs 0 "behind an image" "$TE" run docker.ini --set run.name=docker --set docker.pull=never
is "$(table docker dataset ROC_AUC PR_AUC)" "$(of 'A built')" "the same values"
finish

#!/bin/bash
# `score` on text files: values, JSON, and what it says about bad input.
set -u
cd "$(dirname "$0")/../.." || exit 1
bin=${BIN:-build/${VARIANT:-release}/timeeval-mpi}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
count=0 failed=0
result() { # STATUS NAME
    count=$((count + 1))
    if [ "$1" = 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; failed=1; fi
}
# refuses NAME PATTERN ARGS...: exit 2 and a message that matches
refuses() {
    local name=$1 pattern=$2
    shift 2
    "$bin" score "$@" >"$dir/out" 2>"$dir/err"
    local code=$?
    [ $code = 2 ] && [ ! -s "$dir/out" ] && grep -Eq "$pattern" "$dir/err"
    local rc=$?
    [ $rc = 0 ] || sed 's/^/# /' "$dir/err"
    result $rc "$name"
}
printf '0\n0\n1\n1\n0\n0\n' >"$dir/labels"
printf '0.1\n0.2\n0.9\n0.4\n0.5\nnan\n' >"$dir/scores"
printf '0\n0\n1\n0\n0\n0\n' >"$dir/predictions"
printf '0\n0\n2\n1\n0\n0\n' >"$dir/three"
printf '0.1\n0.2\nabc\n0.4\n0.5\n0.1\n' >"$dir/text"
printf '0.1\n\n0.3\n' >"$dir/gap"
printf '0.1\n0.2\n' >"$dir/short"
: >"$dir/empty"
both=(--labels "$dir/labels" --scores "$dir/scores")

"$bin" score "${both[@]}" --metric ROC_AUC --json >"$dir/out" 2>"$dir/err" &&
    [ "$(python3 -c 'import json,sys; print(json.load(sys.stdin)["ROC_AUC"])' <"$dir/out")" = 0.875 ]
result $? "one metric as JSON"
"$bin" score "${both[@]}" --metric 'F1Score(FixedValueThresholding(threshold=0.5))' ROC_AUC --metric PR_AUC |
    awk '{print $1}' | tr '\n' ' ' | grep -Eq '^0\.5 0\.[0-9]+ 0\.875 '
result $? "several metrics as text"
"$bin" score "${both[@]}" --metric RANGE_PRECISION --json |
    python3 -c 'import json,sys; d=json.load(sys.stdin); assert d["RANGE_PRECISION"] is None and "predictions" in d["reason"]["RANGE_PRECISION"]'
result $? "null with a reason where there is no value"
"$bin" score --labels "$dir/labels" --scores "$dir/predictions" --metric RANGE_RECALL ROC_AUC --json |
    python3 -c 'import json,sys; d=json.load(sys.stdin); assert d["RANGE_RECALL"] == 0.5 and d["ROC_AUC"] is None'
result $? "whole numbers are predictions"
"$bin" score --labels "$dir/labels" --scores "$dir/predictions" --metric ROC_AUC --scale --json |
    python3 -c 'import json,sys; assert json.load(sys.stdin)["ROC_AUC"] == 0.75'
result $? "scaled, they are scores"
"$bin" score "${both[@]}" --metric all --json |
    python3 -c 'import json,sys; d=json.load(sys.stdin); n=[k for k,v in d.items() if isinstance(v,float) or isinstance(v,int)]; assert len(n) >= 25, len(n)'
result $? "all metrics"

refuses "different lengths" "6 labels.*2 scores" --labels "$dir/labels" --scores "$dir/short" --metric ROC_AUC
refuses "a label that is none" "three', line 3: label 2" --labels "$dir/three" --scores "$dir/scores" --metric ROC_AUC
refuses "text in a number" "text', line 3: 'abc'" --labels "$dir/labels" --scores "$dir/text" --metric ROC_AUC
refuses "an empty line" "gap', line 2" --labels "$dir/gap" --scores "$dir/scores" --metric ROC_AUC
refuses "an empty file" "empty' is empty" --labels "$dir/empty" --scores "$dir/scores" --metric ROC_AUC
refuses "a file that is not there" "nowhere" --labels "$dir/nowhere" --scores "$dir/scores" --metric ROC_AUC
refuses "an unknown metric" "did you mean 'ROC_AUC'" "${both[@]}" --metric ROC_AUX
refuses "an unknown option" "column 12.*max_buffer_size" "${both[@]}" --metric 'RangePrVUS(max_bufer=1)'
refuses "an illegal option" "from 0 to 100" "${both[@]}" --metric 'F1Score(PercentileThresholding(percentile=101))'
refuses "an unbalanced bracket" "never closed" "${both[@]}" --metric 'RangePrVUS(1'
refuses "no metric" "metric" "${both[@]}"
refuses "no scores" "scores" --labels "$dir/labels" --metric ROC_AUC
echo "1..$count"
exit $failed

#!/bin/bash
# plan and algorithms: what a configuration makes of datasets, catalog and parameters, and what is refused.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
PY=/usr/bin/python3
C=$TMP/config.ini
write() {
    cat >"$C" <<END
[run]
metrics = ROC_AUC, PR_AUC
repetitions = 2
skip_invalid_combinations = true
${3:-}
[datasets]
root = $ROOT/datasets-index
include = ${1:-*/*}
[algorithm:Subsequence LOF]
catalog = subsequence_lof
grid.n_neighbors = [10, 20]
param.window_size = ${2:-heuristic:PeriodSizeHeuristic(factor=1.0, fb_value=100)}
END
}

write
runs 0 "plan as JSON" "$TE" plan "$C" --json
printf '%s' "$OUT" >"$TMP/plan.json"
is "$($PY - "$TMP/plan.json" <<'END'
import json, sys
plan = json.load(open(sys.argv[1]))
rows = plan["experiments"]
print(len(rows) % 4, len({r["id"] for r in rows}) == len(rows), [r["number"] for r in rows] == list(range(len(rows))), plan["metrics"], [(r["dataset"], r["repetition"], json.loads(r["hyper_params"])["n_neighbors"]) for r in rows[:4]])
END
)" "0 True True ['ROC_AUC', 'PR_AUC'] [('ecg-beats', 1, 10), ('ecg-beats', 2, 10), ('ecg-beats', 1, 20), ('ecg-beats', 2, 20)]" "settings, then repetitions, ids all different"
is "$($PY - "$TMP/plan.json" <<'END'
import hashlib, json, sys
bad = 0
rows = json.load(open(sys.argv[1]))["experiments"]
for r in rows:
    n = json.loads(r["hyper_params"])["n_neighbors"]
    pairs = [("n_neighbors", n), ("window_size", "heuristic:PeriodSizeHeuristic(factor=1.0, fb_value=100)")]
    id = hashlib.md5(str(pairs).encode()).hexdigest()
    text = "\x1f".join([r["algorithm"], r["collection"], r["dataset"], id, str(r["repetition"]), "0"])
    bad += id != r["hyper_params_id"] or hashlib.sha256(text.encode()).hexdigest()[:16] != r["id"]
print(bad)
END
)" "0" "both kinds of ids are what Python makes of them"
is "$($PY -c 'import json, sys; print({r["reason"] for r in json.load(open(sys.argv[1]))["left_out"]})' "$TMP/plan.json")" "{'dimensionality: the algorithm is univariate, the dataset multivariate'}" "multivariate datasets are left out, with the reason"
runs 0 "plan as CSV" "$TE" plan "$C" --csv
printf '%s' "$OUT" >"$TMP/plan.csv"
is "$($PY - "$TMP" <<'END'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/plan.csv")))
plan = json.load(open(sys.argv[1] + "/plan.json"))
print([r["id"] for r in rows if r["id"]] == [r["id"] for r in plan["experiments"]], sum(r["left_out"] != "" for r in rows) == len(plan["left_out"]))
END
)" "True True" "says the same"
runs 0 "plan for people" "$TE" plan "$C"
like "$OUT" "experiments, .* left out" "counts both"
runs 2 "not two forms at once" "$TE" plan "$C" --csv --json

printf 'algorithm,collection,dataset,hyper_params_id\nSubsequence LOF,walks,random-walk-mean,%s\nSubsequence LOF,walks,nothing,00\n' "$($PY -c 'import json, sys; print(json.load(open(sys.argv[1]))["experiments"][2]["hyper_params_id"])' "$TMP/plan.json")" >"$TMP/combos.csv"
write '*/*' '' "experiment_combinations = $TMP/combos.csv"
runs 0 "a combinations file" "$TE" plan "$C"
like "$OUT" "^2 experiments" "keeps the one setting, twice"
like "$ERR" "1 rows match no experiment, the first is line 3" "and tells of rows that match nothing"
printf 'algorithm,collection,dataset\n' >"$TMP/combos.csv"
runs 2 "a combinations file without a column" "$TE" plan "$C"
like "$ERR" "no column 'hyper_params_id'" "is named"

write
bad() { runs 2 "bad: $1" "$TE" plan "$C" --set "$1"; like "$ERR" "$2" "is told: $2"; }
bad 'algorithm:Subsequence LOF.param.window_sizes=3' "no parameter 'window_sizes', did you mean 'window_size'"
bad 'algorithm:Subsequence LOF.param.window_size=3.5' "3.5 is no value for parameter 'window_size' of type int"
bad 'algorithm:Subsequence LOF.param.window_size=3 x' "column 3 of '3 x': the value ends here; put text in quotes"
bad 'algorithm:Subsequence LOF.param.window_size=heuristic:__import__("os")' "is invalid! Only constructor calls"
bad 'algorithm:Subsequence LOF.catalog=subsequence_lov' "did you mean 'subsequence_lof'"
bad 'algorithm:Subsequence LOF.grid.n_neighbors=3' "the values of a grid are a list"
bad 'algorithm:Subsequence LOF.postprocess=reverse_windowing(window_size=w)' "name 'w' is not defined"
bad 'run.metrics=ROC_AUK' "metrics: "
bad 'datasets.include=nope/*' "nope"
runs 0 "check_parameters = false takes any parameter" "$TE" plan "$C" --set 'algorithm:Subsequence LOF.param.other=1' --set 'algorithm:Subsequence LOF.check_parameters=false'
like "$OUT" '"other": 1' "and hands it on"

printf '[run]\nmetrics = ROC_AUC\n[datasets]\nroot = %s/datasets-index\ninclude = walks/random-walk-mean\n[algorithm:S]\nimage = ghcr.io/timeeval/subsequence_lof:0.3.0\n' "$ROOT" >"$C"
runs 0 "an image of the collection, named directly" "$TE" plan "$C"
like "$ERR" "its image is 'subsequence_lof' of the catalog: 'postprocess = reverse_windowing\(.*is taken from there" "brings its post-processing"
runs 0 "without" "$TE" plan "$C" --set algorithm:S.postprocess=none
unlike "$ERR" "postprocess" "if that is wanted"
runs 0 "a word in braces that nothing stands for" "$TE" plan "$C" --set "algorithm:S.postprocess=command: f {score}"
like "$ERR" "'\{score\}' in its post-processing stays as it is" "is told"
printf '[run]\nmetrics = ROC_AUC\nresults = %s/r\nname = d\n[datasets]\nroot = %s/datasets-index\ninclude = walks/random-walk-mean\n[algorithm:F]\nfake = ok\ngrid.a = [1, 1, 2]\n' "$TMP" "$ROOT" >"$C"
runs 0 "equal settings, kept" "$TE" run "$C" --set run.keep_duplicate_settings=true
is "$(tail -n +2 "$TMP/r/d/results.csv" | wc -l)" 3 "give a row each"
runs 0 "verify" "$TE" verify "$TMP/r/d/results.h5"
runs 2 "they are part of the plan" "$TE" run "$C" --resume
runs 0 "equal settings, once" "$TE" run "$C" --set run.name=e
like "$ERR" "1 of its 3 settings are there twice, each is run once .*keep_duplicate_settings" "with a notice"
is "$(tail -n +2 "$TMP/r/e/results.csv" | wc -l)" 2 "give two rows"

mkdir -p "$TMP/mine"
cat >"$TMP/mine/manifest.json" <<'END'
{"title": "Mine", "description": "d", "version": "1.2.3", "authors": "a", "language": "C", "type": "Detector", "mainFile": "m", "inputDimensionality": "Multivariate", "learningType": "Unsupervised",
 "executionStep": {"modelInput": "none", "parameters": [{"name": "k", "type": "int", "defaultValue": 3, "optional": "true", "description": "neighbours"}]}}
END
printf '[run]\nmetrics = ROC_AUC\n[datasets]\nroot = %s/datasets-index\n[algorithm:Mine]\nmanifest = mine/manifest.json\nparam.k = 4\n' "$ROOT" >"$C"
runs 0 "algorithms show of a manifest's" "$TE" algorithms show Mine --config "$C"
like "$OUT" "ghcr.io/timeeval/mine:1.2.3" "its image follows from folder and version"
like "$OUT" "k +int = 3 +neighbours" "its parameters are there"
sed -i 's/"version": "1.2.3"/"version": "x"/; s/"type": "int"/"type": "number"/' "$TMP/mine/manifest.json"
runs 2 "a wrong manifest" "$TE" plan "$C"
like "$ERR" "key 'version' is 'x'" "all its problems are told"
like "$ERR" "'number' is no type" "all its problems are told"

runs 0 "algorithms list" "$TE" algorithms list --json
is "$(printf '%s' "$OUT" | $PY -c 'import json, sys; a = json.load(sys.stdin); print(len(a), sum(x["postprocess"] is not None for x in a))')" "82 31" "has the whole collection"
runs 0 "algorithms show" "$TE" algorithms show "Subsequence LOF"
like "$OUT" "reverse_windowing\(window_size=window_size\|100" "tells the post-processing"
runs 2 "algorithms show of none" "$TE" algorithms show lov
like "$ERR" "did you mean 'lof'" "gets a suggestion"
finish

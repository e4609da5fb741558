#!/bin/bash
# Result files as TimeEval's readers want them, recomputed with pandas: columns, texts of every file, aggregated tables;
# and import of what a run of TimeEval leaves, whole or damaged.
. "$(dirname "$0")/../lib.sh"
PY=/usr/bin/python3
"$PY" -c 'import pandas' 2>/dev/null || skip_all "no pandas"
cd "$TMP" || exit 1
cat >detect.sh <<'END'
#!/bin/sh
[ "$1" = train ] && { echo trained >"$4"; exit 0; }
case $5 in
plain) awk -F, 'NR>1{print $2}' "$2" >"$3" ;;
nan) awk -F, 'NR>1{print NR%7==0?"nan":NR%11==0?"inf":$2}' "$2" >"$3" ;;
int) awk -F, 'NR>1{print NR%5}' "$2" >"$3" ;;
esac
END
chmod +x detect.sh
cat >c.ini <<END
[run]
name = r
results = .
metrics = ROC_AUC, PR_AUC, F1Score(PercentileThresholding(95))
keep_files = true
repetitions = 2
skip_invalid_combinations = false
[datasets]
root = $ROOT/datasets-index
include = walks/random-walk-mean, machines/heart
[algorithm:plain]
command = ./detect.sh {phase} {dataset} {results} {model} plain
input_dimensionality = multivariate
grid.k = [1, 2.5]
[algorithm:nan's, "x"]
command = ./detect.sh {phase} {dataset} {results} {model} nan
input_dimensionality = multivariate
param.a = "it's, \"q\""
[algorithm:int]
command = ./detect.sh {phase} {dataset} {results} {model} int
input_dimensionality = multivariate
training_type = semi-supervised
[algorithm:broken]
command = /bin/false
END
runs 3 "a run with failures" "$TE" c.ini

cat >check.py <<'END'
import io, json, os, subprocess, sys
import numpy as np, pandas as pd
te, run = sys.argv[1:]
checks = bad = 0
def ok(good, what):
    global checks, bad
    checks += 1
    if not good:
        bad += 1
        print("#", what, file=sys.stderr)
def read(f): return pd.read_csv(f, float_precision="round_trip")
table = read(run + "/results.csv")
times = ["train_preprocess_time", "train_main_time", "execute_preprocess_time", "execute_main_time", "execute_postprocess_time"]
types = ["algo_training_type", "algo_input_dimensionality", "dataset_training_type", "dataset_input_dimensionality"]
base = ["algorithm", "collection", "dataset"] + types + times + ["status", "error_message", "repetition", "hyper_params", "hyper_params_id"]
metrics = ["ROC_AUC", "PR_AUC", "F1Score_PercentileThresholding(percentile=95)"]
ok(list(table.columns) == base + metrics, "columns")
text = io.StringIO()
table.to_csv(text, index=False)
ok(text.getvalue() == open(run + "/results.csv").read(), "results.csv is what pandas writes")
def scale(x):
    x, finite = x.astype(float), np.isfinite(x)
    width = x[finite].max() - x[finite].min()
    factor = 1.0 / (1.0 if width < 10 * np.finfo(float).eps else width)
    x[finite] = x[finite] * factor + (0.0 - x[finite].min() * factor)
    return x
for _, r in table.iterrows():
    folder = os.path.join(run, r.algorithm, r.hyper_params_id, r.collection, r.dataset, str(r.repetition))
    def content(name): return open(folder + "/" + name).read()
    log = content("execution.log")
    ok(content("hyper_params.json") == r.hyper_params and json.dumps(json.loads(r.hyper_params)) == r.hyper_params, folder + ": parameters")
    ok(log.startswith(f"Starting evaluation of experiment {r.algorithm}-{r.collection}-{r.dataset}-{r.hyper_params_id}-{r.repetition}\n{'=' * 45}\n\n"), folder + ": log begins")
    if r.status != "Status.OK":
        ok(not os.path.exists(folder + "/metrics.csv"), folder + ": no metrics")
        continue
    raw = np.genfromtxt(folder + "/docker-algorithm-scores.csv", delimiter=",")
    ok(content("raw_anomaly_scores.ts") == "\n".join(map(str, raw.tolist())), folder + ": raw scores")
    ok(content("anomaly_scores.ts") == "\n".join(map(str, scale(raw).tolist())), folder + ": scaled scores")
    trained = r.algo_training_type != "UNSUPERVISED"
    columns = (["train_main_time", "train_preprocess_time", "train_postprocess_time"] if trained else []) + ["execute_main_time", "execute_preprocess_time", "execute_postprocess_time"]
    ok(content("metrics.csv") == pd.DataFrame([{c: r.get(c, np.nan) for c in columns + metrics}]).to_csv(index=False), folder + ": metrics.csv")
    ok(log.endswith(f"Scoring algorithm {r.algorithm} with {','.join(metrics)} metrics\n" + "".join(f"Calculating {m}\n  = {r[m]!r}\n" for m in metrics)), folder + ": log ends")
    ok((f"Performing training for {r.algo_training_type} algorithm {r.algorithm}\n" in log) == trained, folder + ": log of training")
    ok(f"Performing execution for {r.algo_training_type} algorithm {r.algorithm}\n" in log, folder + ": log of execution")
def get_results(short):
    good = table[table.status == "Status.OK"]
    groups = good.groupby(["algorithm", "collection", "dataset"] + ([] if short else ["hyper_params_id"]))
    values = groups[metrics + (["train_main_time", "execute_main_time"] if short else times)]
    out = values.mean().add_suffix("_mean")
    if not short: out = pd.concat([out, values.std().add_suffix("_std")], axis=1)
    out["repetitions"] = groups.size()
    return out.reset_index()
for word in ("short", "full"):
    got = read(io.StringIO(subprocess.run([te, "export", run + "/results.h5", "--aggregate", word], capture_output=True, text=True).stdout))
    want = get_results(word == "short")
    ok(list(got.columns) == list(want.columns), word + ": columns")
    try: pd.testing.assert_frame_equal(got, want, check_dtype=False, rtol=1e-13)
    except AssertionError as e: ok(False, word + ": %s" % e)
print(checks, bad)
END
is "$("$PY" check.py "$TE" r 2>bad)" "134 0" "every file of every experiment, and both aggregated tables, are what pandas makes" || note "$(head -n 20 bad)"

runs 0 "export --tree" "$TE" export r/results.h5 --tree tree
is "$(diff -r r tree | grep -vE '^Only in r(: (exit|journal.log|results.h5|run.lock|run.log|status.json)|/.*: (docker-algorithm-scores.csv|model.pkl))$')" "" "gives what keep_files left"
sorted() { "$TE" export "$1" | cut -d, "$2" | sort; }
runs 0 "import" "$TE" import tree -o i.h5 --root "$ROOT/datasets-index"
is "$(sorted i.h5 -f1-)" "$(sort r/results.csv)" "the same table after the round trip"

# columns in another order, as TimeEval's distributed runs write them, and no parameters of failed rows
"$PY" - <<'END'
import pandas as pd
t = pd.read_csv("tree/results.csv", float_precision="round_trip")
t.loc[t.status != "Status.OK", "hyper_params"] = None
metrics = list(t.columns[17:])
types = ["algo_training_type", "algo_input_dimensionality", "dataset_training_type", "dataset_input_dimensionality"]
t[["algorithm", "collection", "dataset"] + types + ["status", "error_message", "repetition", "hyper_params_id", "hyper_params"] + metrics + ["train_preprocess_time", "train_main_time", "execute_preprocess_time", "execute_main_time", "execute_postprocess_time"]].to_csv("tree/results.csv", index=False)
END
runs 0 "import of a distributed run's table" "$TE" import tree -o i.h5
like "$ERR" "without --root or --custom the file has no labels" "tells what it lacks"
is "$(sorted i.h5 -f1-)" "$(sort r/results.csv)" "the same table, parameters from their files"

runs 0 "rescore of what was imported without datasets" "$TE" rescore i.h5 --metric RANGE_PR_AUC
like "$ERR" "^note: 14 experiments have scores, but the file has no labels of their datasets .import takes them from --root" "says in one line why there are no values"

# a run that was cut has no results.csv; folders that were made and not used
rm tree/results.csv && mkdir -p tree/plain/x/walks/random-walk-mean/1
runs 0 "import without results.csv" "$TE" import tree -o f.h5 --root "$ROOT/datasets-index"
like "$ERR" "no results.csv: .* 1 experiments that never began are left out" "tells it"
ok_rows() { "$TE" export "$1" | "$PY" -c 'import csv, sys; print(*sorted(",".join([r[k] for k in r if k not in ("error_message", "algo_input_dimensionality")]) for r in csv.DictReader(sys.stdin) if r["status"] == "Status.OK"), sep="\n")'; }
is "$(ok_rows f.h5)" "$(ok_rows r/results.h5)" "experiments that are OK are the same"
is "$("$TE" verify f.h5 | sed -n 2p)" "$("$TE" verify r/results.h5 | sed -n 2p)" "and so are the statuses"
runs 0 "rescore" "$TE" rescore f.h5 --metric RANGE_PR_AUC
like "$OUT$ERR" "14 of 20 experiments have scores" "finds scores and labels"
one=$(ls -d tree/plain/*/machines/heart/1 | head -n 1)
printf '1.0\n2e' >"$one/raw_anomaly_scores.ts"
printf 'ROC_AUC\n0.5' >"${one%1}2/metrics.csv"
rm "$(ls -d tree/int/*/machines/heart/1)/raw_anomaly_scores.ts"
echo 'Container timeout after <Duration 1 s>, raising DockerTimeoutError!' >>"$(ls -d tree/broken/*/walks/random-walk-mean/1)/execution.log"
runs 0 "import of damaged folders" "$TE" import tree -o g.h5 --root "$ROOT/datasets-index"
like "$ERR" "/machines/heart/1/raw_anomaly_scores.ts' is left out: line 2 is not one number" "names a half-written file"
like "$("$TE" verify g.h5)" "experiments 20: OK 13 ERROR 6 TIMEOUT 1 OOM 0" "half-written metrics are no success, a timeout is told by the log"
# merge as the peer's script does: what is OK stays, whichever file it is in
runs 2 "merge of doubles" "$TE" merge m.h5 g.h5 f.h5
runs 0 "merge --prefer ok" "$TE" merge m.h5 g.h5 f.h5 --prefer ok
like "$("$TE" verify m.h5)" "experiments 20: OK 14 ERROR 5 TIMEOUT 1 OOM 0" "takes the success of one file and the timeout of the other"
runs 0 "the other way round" "$TE" merge n.h5 f.h5 g.h5 --prefer ok
is "$("$TE" verify n.h5 | sed -n 2p)" "$("$TE" verify m.h5 | sed -n 2p)" "is the same"
runs 2 "import of a folder with nothing" "$TE" import "$ROOT/tests" -o n.h5
like "$ERR" "neither results.csv nor folders of experiments" "says what it looked for"
finish

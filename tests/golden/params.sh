#!/bin/bash
# Parameters beside TimeEval's own: ids, hyper_params.json text, heuristics with their errors, and the order of the plan under
# every switch, through the program.
. "$(dirname "$0")/../lib.sh"
[ -n "$SHARED" ] || skip_all "no ../shared here"
PY=/usr/bin/python3
cd "$TMP" || exit 1
head -n 1 "$SHARED/data/datasets.csv" >header

# What a configuration cannot say: integer keys of the map itself; nan and inf are JSON's words here. A heuristic is resolved.
cat >ids.py <<'END'
import ast, json, os, subprocess, sys
te, shared = sys.argv[1:]
os.makedirs("one", exist_ok=True)
open("one/x.csv", "w").write("timestamp,value,is_anomaly\n0,1,0\n1,2,1\n2,3,0\n")
open("one/datasets.csv", "w").write(open("header").read() + "c,x,,x.csv,real,False,,unsupervised,False,univariate,3,1,0.3,1,1,1,1,2,1,no trend,stationary,12\n")
vectors, ini = [], "[datasets]\nroot = one\n"
for v in map(json.loads, open(shared + "/golden/params/params_vectors.jsonl")):
    floats = {"{'x': nan}": "NaN", "{'x': inf}": "Infinity", "{'x': -inf}": "-Infinity"}
    items = {"x": floats[v["literal"]]} if v["literal"] in floats else {k: repr(x) for k, x in ast.literal_eval(v["literal"]).items()}
    if all(k != "1" for k in map(str, items)):
        ini += "[algorithm:v%d]\nfake = ok\n" % len(vectors) + "".join("param.%s = %s\n" % i for i in items.items())
        vectors.append(v)
open("ids.ini", "w").write(ini)
run = subprocess.run([te, "plan", "ids.ini", "--json"], capture_output=True, text=True)
rows = {e["algorithm"]: e for e in json.loads(run.stdout)["experiments"]}
ids = sum(rows["v%d" % i]["hyper_params_id"] == v["id"] for i, v in enumerate(vectors))
texts = sum(rows["v%d" % i]["hyper_params"] == v["json"] for i, v in enumerate(vectors) if "heuristic:" not in v["literal"])
print(len(vectors), ids, texts, sum("heuristic:" in v["literal"] for v in vectors))
END
is "$("$PY" ids.py "$TE" "$SHARED")" "72 72 70 2" "ids and JSON texts of 72 settings"

cat >heuristics.py <<'END'
import json, os, subprocess, sys
te, shared = sys.argv[1:]
defaults = {"i": (50, "int"), "f": (0.01, "float"), "z": (0, "int"), "zf": (0.0, "float"), "b": (True, "boolean"), "bf": (False, "boolean"), "s": ("abc", "string"), "n": (None, "string"), "l": ([1, 2], "List[int]"), "i7": (7, "int"), "neg": (-7, "int")}
os.makedirs("m", exist_ok=True)
json.dump({"title": "M", "description": "d", "version": "1.0.0", "authors": "a", "language": "C", "type": "Detector", "mainFile": "m", "inputDimensionality": "Multivariate", "learningType": "Unsupervised",
           "executionStep": {"modelInput": "none", "parameters": [{"name": k, "type": t, "defaultValue": d, "optional": "true", "description": "x"} for k, (d, t) in defaults.items()]}}, open("m/manifest.json", "w"))
def plan(dataset, vectors):
    meta, (c, n), file = json.loads(dataset)
    os.makedirs("h", exist_ok=True)
    if not os.path.exists("h/" + file): os.symlink(f"{shared}/data/timeeval-example/{file}", "h/" + file)
    period = "" if meta["period_size"] is None or meta["period_size"] != meta["period_size"] else repr(meta["period_size"])
    open("h/datasets.csv", "w").write(open("header").read() + f"{c},{n},,{file},real,True,,unsupervised,False,univariate,{meta['length']},{meta['dimensions']},{meta['contamination']},{meta['num_anomalies']},{meta['min_anomaly_length']},{meta['median_anomaly_length']},{meta['max_anomaly_length']},2,1,no trend,stationary,{period}\n")
    ini = "[datasets]\nroot = h\n"
    for i, v in enumerate(vectors):
        ini += f"[algorithm:v{i}]\nmanifest = m/manifest.json\ncheck_parameters = false\n" + "".join("param.%s = %r\n" % x for x in v["params"].items())
    open("h.ini", "w").write(ini)
    return subprocess.run([te, "plan", "h.ini", "--json"], capture_output=True, text=True)
good, wrong = {}, []
for v in map(json.loads, open(shared + "/golden/params/heuristics_vectors.jsonl")):
    key = json.dumps([v["meta"], v["dataset"], v["test_file"]])
    good.setdefault(key, []).append(v) if "result_json" in v else wrong.append((key, v))
same = total = errors = 0
for key, vectors in good.items():
    rows = {e["algorithm"]: e for e in json.loads(plan(key, vectors).stdout)["experiments"]}
    total += len(vectors)
    for i, v in enumerate(vectors):
        ok = rows["v%d" % i]["hyper_params"] == v["result_json"] and rows["v%d" % i]["hyper_params_id"] == v["id"]
        same += ok
        ok or print("#", v["params"], rows["v%d" % i]["hyper_params"], file=sys.stderr)
for key, v in wrong:
    run = plan(key, [v])
    errors += run.returncode == 2 and "h.ini:" in run.stderr
    run.returncode == 2 or print("#", v["params"], run.stdout, file=sys.stderr)
print(total, same, len(wrong), errors)
END
is "$("$PY" heuristics.py "$TE" "$SHARED" 2>bad)" "103 103 26 26" "heuristics: 103 values, 26 errors that name the line" || note "$(head -n 20 bad)"

# The peer's loops, written down again.
cat >order.py <<'END'
import csv, hashlib, itertools, json, random, subprocess, sys
te, root = sys.argv[1], sys.argv[2] + "/data"
datasets = sorted((r["collection_name"], r["dataset_name"], r["train_type"], "univariate" if int(r["dimensions"]) == 1 else "multivariate") for r in csv.DictReader(open(root + "/datasets.csv")))
algorithms = [(t + "-" + d, t, d) for t in ("supervised", "unsupervised", "semi-supervised") for d in ("univariate", "multivariate")]
ids = [hashlib.md5(str([("a", a), ("b", b)]).encode()).hexdigest() for a in (1, 2.5) for b in (True, False)]
every = [(n, c, d, h) for n, _, _ in algorithms for c, d, _, _ in datasets for h in ids]
chosen = set(random.Random(3).sample(every, 40))
with open("combinations.csv", "w") as f:
    w = csv.writer(f)
    w.writerows([["extra", "dataset", "algorithm", "hyper_params_id", "collection"]] + [[1, d, n, h, c] for n, c, d, h in sorted(chosen)])
same = tried = 0
for skip, training, dimension, combined in itertools.product((True, False), repeat=4):
    ini = f"[run]\nrepetitions = 2\nskip_invalid_combinations = {skip}\nforce_training_type_match = {training}\nforce_dimensionality_match = {dimension}\n"
    ini += ("experiment_combinations = combinations.csv\n" if combined else "") + f"[datasets]\nroot = {root}\n"
    for n, t, d in algorithms:
        ini += f"[algorithm:{n}]\nfake = ok\ntraining_type = {t}\ninput_dimensionality = {d}\ngrid.b = [True, False]\ngrid.a = [1, 2.5]\n"
    open("order.ini", "w").write(ini)
    plan = json.loads(subprocess.run([te, "plan", "order.ini", "--json"], capture_output=True, text=True).stdout)
    want = []
    for (n, t, d), (c, name, dt, dd) in itertools.product(algorithms, datasets):
        fits = dt == t or t == "unsupervised" and not training
        fits = fits and (dd == d if dimension else d == "multivariate" or dd == "univariate")
        if fits or not (skip or training or dimension):
            want += [(n, c, name, h, r) for h in ids if not combined or (n, c, name, h) in chosen for r in (1, 2)]
    got = [(e["algorithm"], e["collection"], e["dataset"], e["hyper_params_id"], e["repetition"]) for e in plan["experiments"]]
    left_out = sum(x["settings"] for x in plan["left_out"])
    tried += 1
    same += got == want and left_out == len(every) - len(want) // 2 and all(x["reason"] for x in plan["left_out"])
print(tried, same)
END
is "$("$PY" order.py "$TE" "$SHARED")" "16 16" "experiments in the peer's order under 16 sets of switches, all others left out with a reason"
finish

#!/bin/bash
# The dataset manager and the catalog beside what TimeEval itself gives, through the program: metadata of real series,
# every filter of select alone and in pairs, every algorithm.
. "$(dirname "$0")/../lib.sh"
[ -n "$SHARED" ] || skip_all "no ../shared here"
PY=/usr/bin/python3
"$PY" -c 'import pandas' 2>/dev/null || skip_all "no pandas"
export XDG_CACHE_HOME=$TMP/cache

cat >"$TMP/metadata.py" <<'END'
import glob, json, math, os, subprocess, sys
te, shared = sys.argv[1:]
files = values = bad = 0
def compare(a, b, path):
    global values, bad
    if isinstance(b, dict) and isinstance(a, dict) and set(a) == set(b):
        for k in b: compare(a[k], b[k], path + "/" + k)
    elif isinstance(b, list) and isinstance(a, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)): compare(x, y, "%s/%d" % (path, i))
    else:
        values += 1
        same = abs(a - b) <= 1e-9 * max(1, abs(b)) if isinstance(b, float) and isinstance(a, (int, float)) else type(a) is type(b) and a == b
        if not same:
            bad += 1
            print("#", path, a, b, file=sys.stderr)
for path in sorted(glob.glob(shared + "/golden/metadata/*.json")):
    golden = json.load(open(path))
    collection, name = os.path.basename(path)[:-len(".metadata.json")].split("__")
    series = [f for f in glob.glob("%s/data/*/%s/%s.csv" % (shared, collection, name))][0]
    command = [te, "datasets", "analyze", "--file", series] + (["--train"] if name.endswith(".train") else [])
    got = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    for g in got: g["dataset_id"] = golden[0]["dataset_id"]
    if "/multivariate/" in series: # these were made without the tests of stationarity
        for g in got: g["stationarities"] = {k: "not_stationary" for k in g["stationarities"]}
    compare(got, golden, name)
    files += 1
print(files, values, bad)
END
is "$("$PY" "$TMP/metadata.py" "$TE" "$SHARED" 2>"$TMP/bad")" "27 663 0" "metadata: 663 values of 27 files within 1e-9, words the same" || note "$(head -n 20 "$TMP/bad")"

cat >"$TMP/select.py" <<'END'
import itertools, json, subprocess, sys
import pandas as pd
te, root = sys.argv[1], sys.argv[2] + "/data"
df = pd.read_csv(root + "/datasets.csv", keep_default_na=False, na_values=[""])
df = df.sort_values(["collection_name", "dataset_name"], kind="stable")
filters = [("collection", "NAB", df.collection_name == "NAB"), ("dataset", "P-1", df.dataset_name == "P-1"), ("dataset-type", "real", df.dataset_type == "real"), ("dataset-type", "synthetic", df.dataset_type == "synthetic")]
for word, value in (("true", True), ("false", False)):
    filters += [("datetime-index", word, df.datetime_index == value), ("train-is-normal", word, df.train_is_normal == value)]
filters += [("training-type", t, df.train_type == t) for t in ("unsupervised", "semi-supervised", "supervised")]
filters += [("input-dimensionality", t, df.input_type == t) for t in ("univariate", "multivariate")]
filters += [("min-anomalies", n, df.num_anomalies >= n) for n in (1, 3)] + [("max-anomalies", n, df.num_anomalies <= n) for n in (0, 2)]
filters += [("max-contamination", x, df.contamination <= x) for x in (0.015, 0.1)]
def check(options, mask):
    command = [te, "datasets", "select", "--json", "--root", root] + options
    got = [(d["collection_name"], d["dataset_name"]) for d in json.loads(subprocess.run(command, capture_output=True, text=True).stdout)]
    if got == list(zip(df[mask].collection_name, df[mask].dataset_name)): return 0
    print("#", options, got, file=sys.stderr)
    return 1
bad = sum(check(["--" + k, str(v)], m) for k, v, m in filters)
pairs = [(a, b) for a, b in itertools.combinations(filters, 2) if a[0] != b[0]][::5]
bad += sum(check(["--" + a[0], str(a[1]), "--" + b[0], str(b[1])], a[2] & b[2]) for a, b in pairs)
print(len(filters) + len(pairs), bad)
END
is "$("$PY" "$TMP/select.py" "$TE" "$SHARED" 2>"$TMP/bad")" "52 0" "select: 52 filters and pairs of filters choose what pandas does" || note "$(head -n 20 "$TMP/bad")"

# custom datasets: appended; alone if the collection or one of their names is asked for; two filters are not theirs
C=$SHARED/data/custom_datasets.json
names() { "$TE" datasets select --json --root "$SHARED/data" --custom "$C" "$@" 2>/dev/null | "$PY" -c 'import json, sys; print(*[d["collection_name"] + "/" + d["dataset_name"] for d in json.load(sys.stdin)])'; }
is "$(names --collection custom)" "custom/ecg806 custom/asg" "custom collection"
is "$(names --dataset asg)" "custom/asg" "custom by name"
is "$(names --max-contamination 0.02)" "MBA/MBA_ECG806 custom/ecg806" "custom behind indexed"
is "$(names --train-is-normal true --dataset-type real --max-anomalies 1 --datetime-index false | tr ' ' '\n' | grep custom | tr '\n' ' ')" "custom/asg " "train_is_normal and datetime_index are not asked of custom ones"

cat >"$TMP/catalog.py" <<'END'
import json, subprocess, sys
te, shared = sys.argv[1:]
facts, bad = json.load(open(shared + "/compat/algorithms_catalog.json")), 0
listed = json.loads(subprocess.run([te, "algorithms", "list", "--json"], capture_output=True, text=True).stdout)
for name in ("Triple ES (Holt-Winter's)", "subsequence_lof_multi_sum", "S-H-ESD (Twitter)"): # by name and by key
    listed.append(json.loads(subprocess.run([te, "algorithms", "show", name, "--json"], capture_output=True, text=True).stdout))
for shown in listed:
    fact = facts[shown["key"]]
    got = (shown["name"], shown["program"], shown["training_type"], shown["input_dimensionality"], shown["postprocess"] is None, {p["name"]: (p["type"], p["default"]) for p in shown["parameters"]})
    want = (fact["name"], fact["image"] + ":" + fact["tag"], fact["training_type"], fact["input_dimensionality"], fact["post"] is None, {p: (v["type"], v["default"]) for p, v in fact["params"].items()})
    if got != want:
        bad += 1
        print("#", got, want, file=sys.stderr)
print(len(listed), len({s["key"] for s in listed}), bad)
END
is "$("$PY" "$TMP/catalog.py" "$TE" "$SHARED" 2>"$TMP/bad")" "85 82 0" "catalog: 82 algorithms" || note "$(head -n 20 "$TMP/bad")"
finish

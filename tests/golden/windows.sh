#!/bin/bash
# Reverse windowing beside TimeEval's own values, as an experiment's post-processing: bit for bit.
. "$(dirname "$0")/../lib.sh"
[ -n "$SHARED" ] || skip_all "no ../shared here"
cd "$TMP" || exit 1
cat >windows.py <<'END'
import csv, glob, hashlib, json, math, os, subprocess, sys
te, shared = sys.argv[1:]
index, combinations, cases = open(shared + "/data/datasets.csv").readline(), "algorithm,collection,dataset,hyper_params_id\n", []
ini = "[run]\nname = r\nresults = .\nmetrics =\nkeep_files = true\nexperiment_combinations = combinations.csv\n[datasets]\nroot = .\n"
for case in sorted(glob.glob(shared + "/golden/metrics/public/reverse_windowing/*")):
    name, expected = os.path.basename(case), json.load(open(case + "/expected.json"))
    w, rows = expected["window_size"], max(expected["n"] + expected["window_size"] - 1, 1)
    open(name + ".csv", "w").write("timestamp,value,is_anomaly\n" + "".join(f"{i},{i},{int(i == 1)}\n" for i in range(rows)))
    index += f"c,{name},,{name}.csv,real,False,,unsupervised,False,univariate,{rows},1,0.1,1,1,1,1,1,1,no trend,stationary,\n"
    for reduction in ("MEAN", "MEDIAN", "SUM"):
        a = name + "-" + reduction
        # an expression, so that these are tried as well
        ini += f"[algorithm:{a}]\ncommand = /bin/cp {case}/scores.txt {{results}}\npostprocess = reverse_windowing(window_size=max(w - 1, 0) + step|1, reduction={reduction.lower()})\nparam.w = {w}\n"
        combinations += f"{a},c,{name},{hashlib.md5(str([('w', w)]).encode()).hexdigest()}\n"
        cases.append((a, name, expected["n"], expected["results"][reduction + "[entire]"]))
for path, text in (("datasets.csv", index), ("combinations.csv", combinations), ("c.ini", ini)): open(path, "w").write(text)
subprocess.run([te, "c.ini"], capture_output=True)
rows = {r["algorithm"]: r for r in csv.DictReader(open("r/results.csv"))}
same = refused = 0
for a, name, n, want in cases:
    if n == 0: # an empty score file is an error here: the peer makes NaN of nothing
        refused += rows[a]["status"] == "Status.ERROR" and "is empty" in rows[a]["error_message"]
        continue
    got = [float(x) for x in open(glob.glob(f"r/{a}/*/c/{name}/1/raw_anomaly_scores.ts")[0])]
    want = [float(x) for x in want]
    ok = len(got) == len(want) and all(x == y or math.isnan(x) and math.isnan(y) for x, y in zip(got, want))
    ok or print("#", a, got[:5], want[:5], file=sys.stderr)
    same += ok
print(len(cases), same, refused)
END
is "$(/usr/bin/python3 windows.py "$TE" "$SHARED" 2>bad)" "48 45 3" "45 results bit for bit, 3 empty ones refused" || note "$(head -n 20 bad)"
finish

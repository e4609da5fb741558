#!/bin/bash
# Algorithms without an engine: functions, programs, a jar; the wrapper around each of them, value by value; limits with
# control groups of version 1 and 2, and for a user who may make none.
. "$(dirname "$0")/../lib.sh"
PY=/usr/bin/python3
"$PY" -c 'import pandas' 2>/dev/null || skip_all "no pandas"
chmod 755 "$TMP"
cd "$TMP" || exit 1
mkdir data
"$PY" - <<END
import random
random.seed(5)
head = open("$ROOT/datasets-index/datasets.csv").readline()
rows = ""
for kind, dims in (("one", 1), ("nine", 9)): # from eight columns on numpy sums in another order
    for part, seed in (("test", 1), ("train", 2)):
        with open("data/%s.%s.csv" % (kind, part), "w") as f:
            f.write("timestamp," + ",".join("value-%d" % c for c in range(dims)) + ",is_anomaly\n")
            for i in range(300):
                f.write("%d,%s,%d\n" % (i, ",".join(repr(random.gauss(0, 10 ** (c % 3))) if c != 2 else str(i % 4) for c in range(dims)), part == "test" and 100 <= i < 110))
    rows += "c,%s,%s.train.csv,%s.test.csv,synthetic,False,,semi-supervised,True,%s,300,%d,0.03,1,10,10,10,0,1,no trend,stationary,7\n" % (kind, kind, kind, "univariate" if dims == 1 else "multivariate", dims)
open("data/datasets.csv", "w").write(head + rows)
END
cat >detector.py <<'END'
import numpy as np, os, pathlib, time
def first(data, params):
    return data[:, 0].astype(float) * params["k"]
def by_path(data, params):
    assert isinstance(data, pathlib.Path), type(data)
    return np.genfromtxt(data, delimiter=",", skip_header=1)[:, 1] * params["k"]
def trained(data, params):
    print("given", data.shape, data.dtype)
    return data[:, 0]
def greedy(data, params):
    return np.ones(300 << 17)[:len(data)]
def busy(data, params):
    print("on", len(os.sched_getaffinity(0)))
    print("from %.3f" % time.monotonic(), flush=True)
    time.sleep(0.4)
    print("until %.3f" % time.monotonic(), flush=True)
    return data[:, 0]
END
cat >detect.sh <<'END'
#!/bin/sh
[ "$1" = train ] && { cp "$2" "$4"; exit 0; }
[ ! -e "$4" ] || { printf 'model of '; head -n 1 "$4"; }
awk -F, 'NR > 1 { print $2 }' "$2" >"$3"
END
chmod +x detect.sh
L=$BUILD/tests/fakes/lib_detect.so
cp "$L" lib.so
{
    printf '[run]\nname = r\nresults = .\nmetrics = ROC_AUC\nkeep_files = true\n[datasets]\nroot = data\n[resources]\ntask_memory_limit = 256 MB\nexecute_timeout = 30 s\n'
    for how in none mean median max sum_before; do
        printf '[algorithm:so-%s]\nfunction = ./lib.so:detect\ninput_dimensionality = multivariate\nmultivariate = %s\n' $how $how
    done
    for how in none sum_before; do
        printf '[algorithm:py-%s]\nfunction = python:detector:first\nparam.k = 3\ninput_dimensionality = multivariate\nmultivariate = %s\n' $how $how
    done
    printf '[algorithm:sh-max]\ncommand = ./detect.sh {phase} {dataset} {results} {model}\nmultivariate = max\n'
    printf '[algorithm:path-median]\nfunction = python:detector:by_path\ndata_as_file = true\nparam.k = 3\nmultivariate = median\n'
    printf '[algorithm:learned-none]\nfunction = python:detector:trained\ntraining_type = semi-supervised\ninput_dimensionality = multivariate\n'
    printf '[algorithm:learnedsh-mean]\ncommand = ./detect.sh {phase} {dataset} {results} {model}\ntraining_type = semi-supervised\nmultivariate = mean\n'
} >c.ini
runs 0 "eleven algorithms on one and nine channels" "$TE" c.ini
note "$ERR"
cat >check.py <<'END'
import csv, glob, sys
import numpy as np, pandas as pd
rows = list(csv.DictReader(open("r/results.csv")))
good = same = 0
for r in rows:
    kind, how = r["algorithm"].split("-")
    table = pd.read_csv("data/%s.test.csv" % r["dataset"], float_precision="round_trip")
    x = table.values[:, 1:-1].astype(float) * (3 if kind in ("py", "path") else 1)
    if how == "sum_before": # the sum is what the algorithm is given
        total = table.iloc[:, 1:-1].values.astype(float)
        sums = total[:, 0].copy()
        for c in range(1, total.shape[1]): sums = sums + total[:, c]
        want = sums * (3 if kind == "py" else 1)
    else:
        want = {"none": lambda v: v[:, 0], "mean": lambda v: v.mean(axis=1), "median": lambda v: np.median(v, axis=1), "max": lambda v: v.max(axis=1)}[how](np.ascontiguousarray(x))
    files = glob.glob("r/%s/*/c/%s/1/raw_anomaly_scores.ts" % (r["algorithm"], r["dataset"]))
    got = np.array([float(v) for v in open(files[0])]) if files else np.zeros(0)
    ok = np.array_equal(got, want)
    ok or print("#", r["algorithm"], r["dataset"], r["error_message"], got[:3], want[:3], file=sys.stderr)
    same += ok
    good += r["status"] == "Status.OK"
print(len(rows), good, same)
END
is "$("$PY" check.py 2>bad)" "22 22 22" "scores are numpy's, bit for bit" || note "$(head -n 20 bad)"
log() { cat r/"$1"/*/c/"$2"/1/execution.log; }
like "$(log learned-none nine)" "given \(300, 11\) float64" "training is handed all columns"
like "$(log learned-none nine)" "given \(300, 9\) float64" "execution the features"
is "$(log learnedsh-mean nine | grep -c '^model of timestamp,value-[0-8],is_anomaly')" 9 "each channel is executed with its own model"

# channels side by side, as many as the limit of processors allows
printf '[run]\nname = p\nresults = .\nmetrics =\nkeep_files = true\n[datasets]\nroot = data\ndataset = nine\n' >p.ini
for n in 1 2; do printf '[algorithm:%s]\nfunction = python:detector:busy\nmultivariate = max\ncpu_limit = %s\n' $n $n; done >>p.ini
if [ "$(nproc)" -ge 2 ]; then
    runs 0 "nine channels that sleep" "$TE" p.ini
    is "$("$PY" - <<'END'
import glob, re
for n in (1, 2):
    log = open(glob.glob("p/%d/*/c/nine/1/execution.log" % n)[0]).read()
    spans = list(zip(map(float, re.findall("from (.*)", log)), map(float, re.findall("until (.*)", log))))
    print(len(spans), max(sum(a <= at < b for a, b in spans) for at, _ in spans), set(re.findall("^on (.*)", log, re.M)))
END
)" "$(printf "9 1 {'1'}\n9 2 {'2'}")" "run one by one, or two at a time on two processors"
else
    skip "channels in parallel" "one processor here"
fi

# TimeEval's JarAdapter: a jar with arguments, scores in the file that it is told
if command -v javac >/dev/null && command -v jar >/dev/null; then
    mkdir jar && cat >jar/D.java <<'END'
import java.nio.file.*; import java.util.*;
public class D { public static void main(String[] a) throws Exception {
    List<String> lines = Files.readAllLines(Paths.get(a[0])); StringBuilder out = new StringBuilder();
    for (String l : lines.subList(1, lines.size())) out.append(l.split(",")[1]).append('\n');
    System.out.println("jar " + a[2] + " " + a[3]); Files.write(Paths.get(a[1]), out.toString().getBytes());
} }
END
    (cd jar && javac D.java && printf 'Main-Class: D\n' >m && jar cfm ../detector.jar m D.class) >jar.log 2>&1
    note "a real jar on $(java -version 2>&1 | head -n 1)"
else
    note "no javac here: a program called java stands in for it"
    mkdir bin && printf '#!/bin/sh\n[ "$1 $2" = "-jar detector.jar" ] || exit 9\nshift 2\necho "jar $3 $4"\nawk -F, "NR > 1 { print \\$2 }" "$1" >"$2"\n' >bin/java && chmod +x bin/java
    PATH=$TMP/bin:$PATH
fi
printf '[run]\nname = j\nresults = .\nmetrics = ROC_AUC\nkeep_files = true\n[datasets]\nroot = data\ndataset = one\n[resources]\ntask_memory_limit = 2 GB\n[algorithm:jar]\ncommand = java -jar detector.jar {dataset} {results} --window "a b"\n' >j.ini
runs 0 "a jar" "$TE" j.ini
like "$(cat j/jar/*/c/one/1/execution.log)" "^jar --window a b$" "gets its arguments"
is "$(tr -d '\n' <j/jar/*/c/one/1/raw_anomaly_scores.ts | cut -c1-80)" "$(awk -F, 'NR > 1 { print $2 }' data/one.test.csv | tr -d '\n' | cut -c1-80)" "its scores are read"

# another interpreter, as of a virtual environment: by its path, or as a name of PATH
mkdir venv && printf '#!/bin/sh\necho "this is $0"\nexec %s "$@"\n' "$PY" >venv/mypython && chmod +x venv/mypython
printf '[run]\nname = v\nresults = .\nmetrics =\nkeep_files = true\npython = %s\n[datasets]\nroot = data\ndataset = one\n[algorithm:a]\nfunction = python:detector:first\nparam.k = 1\n' "$TMP/venv/mypython" >v.ini
runs 0 "an interpreter of one's own" "$TE" v.ini
like "$(cat v/a/*/c/one/1/execution.log)" "^this is $TMP/venv/mypython$" "runs the function"
PATH=$TMP/venv:$PATH runs 0 "doctor for one that is a name of PATH" "$TE" doctor v.ini --set run.python=mypython
runs 1 "doctor for one that is not there" "$TE" doctor v.ini --set run.python=nopython
like "$OUT" "^failed +python +a: 'nopython': cannot run 'nopython'" "names it"

# limits, by whatever there is
printf '[run]\nname = l\nresults = .\nmetrics = ROC_AUC\nkeep_files = true\n[datasets]\nroot = data\ndataset = one\n[resources]\ntask_memory_limit = 200 MB\ntask_cpu_limit = 0.5\n' >l.ini
printf '[algorithm:greedy]\nfunction = python:detector:greedy\n[algorithm:modest]\nfunction = python:detector:first\nparam.k = 3\n[algorithm:absent]\nfunction = python:detector:nothing\n' >>l.ini
outcome() { cut -d, -f1,13,14 "$1/results.csv" | tr '\n' ';'; }
want='algorithm,status,error_message;greedy,Status.OOM,MemoryError('"'Algorithm exceeded memory limit of 209715200 Bytes!'"');modest,Status.OK,;absent,Status.ERROR,"AdapterInternalError(""cannot load detector:nothing: AttributeError: module '"'detector' has no attribute 'nothing'"'"")";'
runs 3 "limits" "$TE" l.ini
is "$(outcome l)" "$want" "hold"
runs 1 "doctor" "$TE" doctor l.ini
like "$OUT" "^failed +python +absent: .*has no attribute 'nothing'" "imports the functions"
measured() { "$PY" -c 'import sys, pandas; t = pandas.read_hdf(sys.argv[1], "frame").set_index("algorithm").loc["modest"]; print(t.execute_measured_by, t.execute_cpu_user > 0, t.execute_peak_memory > 1e6, t.execute_main_time < t.execute_wall_incl_overhead)' "$1/results.h5"; }
if [ -d /sys/fs/cgroup/unified ] && unshare -m true 2>/dev/null; then
    runs 3 "the same with control groups of version 2 alone" unshare -m sh -c 'mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup && exec "$0" "$@"' "$TE" l.ini --set run.name=v2
    is "$(outcome v2)" "$want" "holds (private memory is limited: there are no controllers)"
    is "$(measured v2)" "cgroup True True True" "is measured by the group"
    is "$(find /sys/fs/cgroup/unified -maxdepth 1 -name 'timeeval-mpi.*-v2-*')" "" "no group is left"
else
    skip "control groups of version 2" "none beside version 1 here, or no right to mount"
fi
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid 65534 --regid 65534 --clear-groups test -r "$TE" 2>/dev/null; then
    mkdir mine && chmod 777 mine
    as_user() { setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$TMP/mine" "$@"; }
    runs 3 "the same as an ordinary user" as_user "$TE" l.ini --set run.name=user --set run.results=mine
    is "$(outcome mine/user)" "$want" "holds"
    like "$(cat mine/user/run.log)" "may make no control groups: functions and programs are limited in private memory" "the run's log says how"
    like "$(cat mine/user/modest/*/c/one/1/execution.log)" "WARN: no control group: 0.5 processors cannot be enforced, 1 can" "the experiment's log says what is not enforced"
    is "$(measured mine/user)" "rusage True True True" "is measured by what the kernel tells of the process"
    runs 1 "doctor as that user" as_user "$TE" doctor l.ini
    like "$OUT" "^warning +enforcement +no control groups of ours" "warns"
else
    skip "an ordinary user" "not root, or the program is not readable for others"
fi
finish

#!/bin/bash
# Images that behave as TimeEval's: the entrypoint becomes LOCAL_UID and LOCAL_GID, training leaves a model. All training types
# on one and on several channels, the wrapper around them, by an ordinary user and by root.
. "$(dirname "$0")/../lib.sh"
need_engine
need gcc python3 setpriv
cd "$ROOT" || exit 1
tests/images/build.sh 2>"$TMP/build" || skip_all "the test image cannot be built: $(tail -n 1 "$TMP/build")"

mkdir "$TMP/data" "$TMP/mine"
series() { awk -v seed="$1" -v odd="$2" 'BEGIN { print "timestamp,a,b,c,is_anomaly"; for (i = 0; i < 100; i++) print i "," (i * seed) % 7 "," (i * 3) % 11 ".5," i % 5 "," (odd && i >= 90) }'; }
series 5 1 >"$TMP/data/m.csv"
series 2 0 >"$TMP/data/m.train.csv"
cut -d, -f1,2,5 "$TMP/data/m.csv" >"$TMP/data/u.csv"
cut -d, -f1,2,5 "$TMP/data/m.train.csv" >"$TMP/data/u.train.csv"
head -n 1 datasets-index/datasets.csv >"$TMP/data/datasets.csv"
for kind in u:univariate:1 m:multivariate:3; do
    IFS=: read -r f word dims <<<"$kind"
    for type in unsupervised semi-supervised supervised; do
        train=$f.train.csv
        [ $type = supervised ] && train=$f.csv
        [ $type = unsupervised ] && train=
        echo "c,$f-$type,$train,$f.csv,synthetic,False,,$type,$([ $type = semi-supervised ] && echo True || echo False),$word,100,$dims,0.1,1,10,10,10,3,2,no trend,stationary,7"
    done
done >>"$TMP/data/datasets.csv"

config()
{
    printf '[run]\nname = %s\nresults = %s\nscratch = %s\nmetrics = ROC_AUC\nkeep_files = true\n[datasets]\nroot = %s\n' "$1" "$TMP/mine" "$TMP/mine" "$TMP/data"
    printf 'include = %s\n[resources]\ntask_memory_limit = 64 MB\nexecute_timeout = 60 s\ntrain_timeout = 60 s\n[docker]\nhost = unix://%s\npull = never\n%s\n' "$2" "$ENGINE" "${3:-}"
}
# algorithm NAME TYPE LINE...
algorithm()
{
    printf '[algorithm:%s]\nimage = timeeval-mpi/probe:1.0.0\ntraining_type = %s\ninput_dimensionality = multivariate\n' "$1" "$2"
    shift 2
    printf '%s\n' "$@"
}
{
    config user '*/*'
    for type in unsupervised semi-supervised supervised; do
        model=
        [ $type = unsupervised ] || model='need-model '
        algorithm "whole-$type" $type "param.do = ${model}column=1"
        algorithm "each-$type" $type "param.do = ${model}column=1" 'multivariate = mean' 'cpu_limit = 2'
    done
} >"$TMP/user.ini"
sed -i 's/^keep_files = true$/keep_files = true\nforce_training_type_match = true/' "$TMP/user.ini"

# an ordinary user who may use the engine's socket
chmod 755 "$TMP" && chmod 777 "$TMP/mine"
as_user() { setpriv --reuid 65534 --regid 65534 --groups "$(stat -c %g "$ENGINE")" env HOME="$TMP/mine" "$@"; }
if ! as_user test -r "$TE" 2>/dev/null || ! as_user curl -sf -o /dev/null --unix-socket "$ENGINE" http://localhost/_ping; then
    skip "all training types as an ordinary user" "no other user reaches the program and the engine's socket here"
else
    cd "$TMP/mine" || exit 1
    runs 0 "six algorithms on six datasets as an ordinary user" as_user "$TE" "$TMP/user.ini"
    note "$ERR"
    is "$(python3 - "$TMP" <<'END'
import csv, glob, os, sys
tmp = sys.argv[1]
rows = list(csv.DictReader(open(tmp + "/mine/user/results.csv")))
good = sum(r["status"] == "Status.OK" for r in rows)
foreign = sum(os.stat(f).st_uid != 65534 for f in glob.glob(tmp + "/mine/user/**", recursive=True))
series = [[float(x) for x in line.split(",")[1:4]] for line in open(tmp + "/data/m.csv").readlines()[1:]]
values = logs = 0
for r in rows:
    folder = "/".join((tmp + "/mine/user", r["algorithm"], r["hyper_params_id"], r["collection"], r["dataset"], "1"))
    got = [float(x) for x in open(folder + "/raw_anomaly_scores.ts")]
    several = r["algorithm"].startswith("each") and r["dataset"].startswith("m")
    values += got == [sum(s) / 3 if several else s[0] for s in series]
    log = open(folder + "/execution.log").read()
    models = 0 if "unsup" in r["algorithm"] else 3 if several else 1
    logs += log.count("\na model of /data/") == models and "env='{'LOCAL_UID': '65534', 'LOCAL_GID': '65534'}'" in log and log.count("user 65534 group 65534\n") == max(models, 3 if several else 1) + models
    # each channel is executed with its own model
    logs -= several and models and not all("a model of /data/channel_%d.csv\n" % c in log for c in range(3))
print(len(rows), good, values, logs, foreign)
END
)" "12 12 12 12 0" "scores of every channel, a model for each, as that user, whose files they are"
    is "$(ls -d "$TMP"/mine/timeeval-mpi-* 2>/dev/null)" "" "no work folder is left"

    # the entrypoint of TimeEval's images refuses numbers that the image has
    { config group 'c/u-unsupervised' 'group = root'; algorithm whole unsupervised 'param.do = column=1'; } >"$TMP/group.ini"
    runs 0 "doctor for a group of the system" as_user "$TE" doctor "$TMP/group.ini"
    like "$OUT" "^warning +group +'root' has gid 0, which an image may have" "warns"
    runs 3 "a run with it" as_user "$TE" "$TMP/group.ini"
    like "$(cat "$TMP"/mine/group/whole/*/c/u-unsupervised/1/execution.log)" "gid '0' in use" "fails, and the log says why"
fi

cd "$TMP" || exit 1
{ config root 'c/u-unsupervised'; algorithm whole unsupervised 'param.do = column=1'; } >"$TMP/root.ini"
runs 0 "as root" "$TE" "$TMP/root.ini"
like "$(cat "$TMP"/mine/root/whole/*/c/u-unsupervised/1/execution.log)" "with env='\{\}' in ExecutionType.EXECUTE mode" "no user is asked for"
is "$(curl -s --unix-socket "$ENGINE" "http://localhost/containers/json?all=1" | grep -c 'probe:1.0.0')" 0 "no container is left"
finish

#!/bin/bash
# Containers that behave and misbehave: each ends with the status that is true, and none is left.
. "$(dirname "$0")/../lib.sh"
need_engine
need gcc python3
cd "$ROOT" || exit 1
tests/images/build.sh 2>"$TMP/build" || skip_all "the test image cannot be built: $(tail -n 1 "$TMP/build")"
api() { curl -s --unix-socket "$ENGINE" "$@"; }

mkdir "$TMP/data" "$TMP/scratch"
{
    echo timestamp,value,is_anomaly
    for i in $(seq 0 99); do echo "$i,$((i % 7)).5,$((i >= 90))"; done
} >"$TMP/data/d.csv"
cat >"$TMP/data/datasets.csv" <<CSV
collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,train_type,train_is_normal,input_type,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,max_anomaly_length,mean,stddev,trend,stationarity,period_size
c,plain,,d.csv,synthetic,False,,unsupervised,False,univariate,100,1,0.1,1,10,10,10,3,2,no trend,stationary,7
c,semi,d.csv,d.csv,synthetic,False,,semi-supervised,True,univariate,100,1,0.1,1,10,10,10,3,2,no trend,stationary,7
c,sup,d.csv,d.csv,synthetic,False,,supervised,False,univariate,100,1,0.1,1,10,10,10,3,2,no trend,stationary,7
CSV

# algorithm NAME TYPE LINE...
algorithm()
{
    printf '[algorithm:%s]\nimage = timeeval-mpi/probe:1.0.0\ntraining_type = %s\ninput_dimensionality = univariate\n' "$1" "$2"
    shift 2
    printf '%s\n' "$@"
}
{
    cat <<INI
[run]
name = outcomes-$$
results = $TMP/results
scratch = $TMP/scratch
metrics = ROC_AUC
force_training_type_match = true
max_log = 20 kB
max_scores = 1 MB
[datasets]
root = $TMP/data
[resources]
task_memory_limit = 64 MB
task_cpu_limit = 1
train_timeout = 20 s
execute_timeout = 20 s
[docker]
host = unix://$ENGINE
pull = never
INI
    algorithm good unsupervised 'param.do = scores=100'
    algorithm exits unsupervised 'param.do = exit=3'
    algorithm dies unsupervised 'param.do = kill=9'
    algorithm eats unsupervised 'param.do = eat=200'
    algorithm childeats unsupervised 'param.do = scores=100 child-eat=200'
    algorithm short unsupervised 'param.do = scores=90'
    algorithm words unsupervised 'param.do = text'
    algorithm nothing unsupervised 'param.do = none'
    algorithm late unsupervised 'param.do = hang' 'timeout = 1 s'
    algorithm prelim unsupervised 'param.do = scores=100 hang' 'timeout = 1 s'
    algorithm chatty unsupervised 'param.do = log=300000 scores=100'
    algorithm learns semi-supervised 'param.do = need-model scores=100'
    algorithm learnsup supervised 'param.do = need-model scores=100'
    algorithm learnsbad semi-supervised 'param.train = exit=7'
    algorithm trainlate semi-supervised 'param.train = model hang' 'param.do = need-model scores=100' 'timeout = 1 s'
} >"$TMP/c.ini"

# somebody else's container, of the same image
other=$(api -XPOST -H 'Content-Type: application/json' -d '{"Image":"timeeval-mpi/probe:1.0.0","Cmd":["execute-algorithm","{\"executionType\": \"execute\", \"do\": \"hang\"}"],"HostConfig":{"NetworkMode":"none"}}' http://localhost/containers/create | sed 's/.*"Id":"\([0-9a-f]*\)".*/\1/')
api -XPOST "http://localhost/containers/$other/start"

runs 3 "a run with failing experiments is complete" timeout 300 "$TE" run "$TMP/c.ini"
note "$ERR"
row() { python3 - "$TMP/results/outcomes-$$/results.csv" "$1" <<'PY'
import csv, sys
rows = [r for r in csv.DictReader(open(sys.argv[1])) if r["algorithm"] == sys.argv[2]]
print(" / ".join(sorted({"%s %s" % (r["status"], r["error_message"]) for r in rows})))
PY
}
check() { like "$(row "$1")" "$2" "$1: $3"; }
check good '^Status.OK $' "scores are judged"
check exits "^Status.ERROR DockerAlgorithmFailedError.*Status '3'" "an exit code is an error"
check dies "^Status.ERROR DockerAlgorithmFailedError.*Status '137'.*not for memory" "137 alone is no lack of memory"
check eats "^Status.OOM DockerMemoryError.'Docker algorithm exceeded memory limit of 67108864 Bytes!'" "the kernel's kill is OOM"
check childeats '^Status.OK $' "a child killed for memory and exit 0 is OK"
check short '^Status.ERROR ValueError.*90 scores for a dataset of 100 points' "wrong length"
check words "^Status.ERROR ValueError.*'not a number' where a number should be" "text"
check nothing "^Status.ERROR ValueError.*wrote no 'docker-algorithm-scores.csv'" "no file"
check late "^Status.TIMEOUT DockerTimeoutError.'timeeval-mpi/probe could not create results after <Duration 1 s>'" "timeout"
check prelim '^Status.OK $' "preliminary scores"
check chatty '^Status.OK $' "a long log"
check learns '^Status.OK $' "semi-supervised: the model is there"
check learnsup '^Status.OK $' "supervised: the model is there"
check learnsbad "^Status.ERROR DockerAlgorithmFailedError.*Status '7'" "a failed training"
check trainlate '^Status.OK $' "a preliminary model"
is "$(api "http://localhost/containers/json?all=1" | grep -o '"Id"' | wc -l)" 1 "no container of ours is left"
is "$(api "http://localhost/containers/$other/json" | grep -c '"Running":true')" 1 "the container of somebody else runs on"
is "$(ls "$TMP/scratch")" "" "no folder is left"
is "$(groups_of outcomes-$$)" "" "no control group is left"
note "measured by $(/usr/bin/python3 -c '
import h5py, sys
print(*sorted({m.decode() for m in h5py.File(sys.argv[1])["experiments"]["execute_measured_by"]}))' "$TMP/results/outcomes-$$/results.h5")"

# a rank that is killed: its guardian cleans up
sed -e '/^\[algorithm:/,$d' -e "s/^name = .*/name = killed-$$/" "$TMP/c.ini" >"$TMP/k.ini"
algorithm hangs unsupervised 'param.do = ignore-term hang' >>"$TMP/k.ini"
"$TE" run "$TMP/k.ini" >"$TMP/k.log" 2>&1 &
pid=$!
for _ in $(seq 100); do
    [ "$(api "http://localhost/containers/json" | grep -o '"timeeval-mpi.label"' | wc -l)" = 1 ] && break
    sleep 0.1
done
kill -9 $pid
wait $pid 2>/dev/null
for _ in $(seq 100); do
    [ "$(api "http://localhost/containers/json?all=1" | grep -o '"timeeval-mpi.label"' | wc -l)" = 0 ] && [ -z "$(ls "$TMP/scratch")" ] && break
    sleep 0.1
done
is "$(api "http://localhost/containers/json?all=1" | grep -o '"timeeval-mpi.label"' | wc -l)" 0 "no container after a kill -9"
is "$(ls "$TMP/scratch")" "" "no folder after a kill -9"
is "$(api "http://localhost/containers/$other/json" | grep -c '"Running":true')" 1 "the container of somebody else still runs"

# a container that somebody removes by force while it runs is no fault of the algorithm
sed -e '/^\[algorithm:/,$d' -e "s/^name = .*/name = removed-$$/" -e 's|^root = .*|&\ninclude = c/plain|' "$TMP/c.ini" >"$TMP/r.ini"
algorithm slow unsupervised 'param.do = sleep=3 scores=100' >>"$TMP/r.ini"
"$TE" run "$TMP/r.ini" >"$TMP/r.log" 2>&1 &
pid=$!
ours() { api "http://localhost/containers/json?filters=%7B%22label%22%3A%5B%22timeeval-mpi.label%22%5D%7D" | grep -o '"Id":"[0-9a-f]*"' | cut -d'"' -f4; }
for _ in $(seq 100); do [ -n "$(ours)" ] && break; sleep 0.05; done
sleep 0.3
api -XDELETE "http://localhost/containers/$(ours)?force=1"
wait $pid
is "$? $(python3 -c 'import csv, sys; print(*(r["status"] for r in csv.DictReader(open(sys.argv[1]))))' "$TMP/results/removed-$$/results.csv")" \
    "0 Status.OK" "a container that somebody removes: its experiment runs again" || note "$(cat "$TMP/r.log")"
like "$(cat "$TMP/r.log")" "removed by somebody else" "and is told why"

# clean takes what nobody owns
stale='{"Image":"timeeval-mpi/probe:1.0.0","Cmd":["execute-algorithm","{}"],"Labels":{"timeeval-mpi.label":"x","timeeval-mpi.owner":"'$(hostname)'/'$(cat /proc/sys/kernel/random/boot_id)'/'$(stat -Lc %i /proc/self/ns/pid)'/999999/1"}}'
api -XPOST -H 'Content-Type: application/json' -d "$stale" http://localhost/containers/create >/dev/null
runs 0 "clean works" "$TE" clean --config "$TMP/k.ini"
like "$OUT" '^removed 1 containers' "clean removed the stale container"
api -XDELETE "http://localhost/containers/$other?force=1"
finish

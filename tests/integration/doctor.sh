#!/bin/bash
# doctor: exit status 0 only if the run could start, a line per check, the mend beside what is wrong.
. "$(dirname "$0")/../lib.sh"
cd "$TMP" || exit 1
unset DOCKER_HOST
mkdir data
printf 'timestamp,value,is_anomaly\n1,2.5,0\n2,3.5,1\n3,2.5,0\n' >data/a.csv
{
    echo dataset_type,collection_name,dataset_name,train_path,test_path,train_type,input_type,datetime_index,train_is_normal,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,max_anomaly_length,mean,stddev,trend,stationarity,period_size,split_at
    echo 'real,C,a,,a.csv,unsupervised,univariate,False,False,3,1,0.3,1,1,1,1,3.0,2.0,no trend,stationary,,'
} >data/datasets.csv
cat >c.ini <<END
[run]
name = x
[datasets]
root = data
[algorithm:A]
fake = ok
END

runs 0 "a healthy host" "$TE" doctor c.ini
like "$OUT" "the run can start" "says so"
for check in host datasets plan engine memory processors "run folder" disk scratch clock start; do
    like "$OUT" "^(ok|skipped) +$check " "checks $check"
done
like "$OUT" "mpirun --oversubscribe --bind-to none --enable-recovery -np [0-9]+ timeeval-mpi c.ini" "gives the mpirun line"
[ ! -e results ]; ok $? "changes nothing"

runs 1 "an over-provisioned host" "$TE" doctor c.ini --set resources.tasks_per_host=3 --set "resources.task_memory_limit=4000 GB"
like "$OUT" "^failed +memory +3 workers x 3.9 TiB = 11.7 TiB of memory, but this host has .*: 0 fit" "shows the arithmetic"
runs 1 "too many processors" "$TE" doctor c.ini --set resources.tasks_per_host=3 --set resources.task_cpu_limit=5000
like "$OUT" "^failed +processors +3 workers x 5000 = 15000 of processors, but this host has [0-9.]+: 0 fit" "shows the arithmetic"
runs 0 "--force starts all the same" "$TE" doctor c.ini --force --set resources.tasks_per_host=3 --set resources.task_cpu_limit=5000
like "$OUT" "^warning +processors" "and warns"
runs 1 "an algorithm with a limit of its own" "$TE" doctor c.ini --set "algorithm:A.memory_limit=4000 GB"
like "$OUT" "^failed +memory +1 worker" "counts"

sed 's/fake = ok/image = x:1/' c.ini >image.ini
runs 1 "an engine that is not there" "$TE" doctor image.ini --set "docker.host=$TMP/none.sock"
like "$OUT" "^failed +engine +unix://$TMP/none.sock: .*No such file" "names the socket"
like "$OUT" "start the engine, or name its socket with \[docker\] host or DOCKER_HOST" "and the mend"
sed 's/fake = ok/command = no-such-program {args}/' c.ini >command.ini
runs 1 "a program that is not there" "$TE" doctor command.ini
like "$OUT" "^failed +command +A: 'no-such-program' is not to be found" "is named"
sed 's/fake = ok/fake = ok\npostprocess = command: .\/no-such-filter {params}/' c.ini >command.ini
runs 1 "nor one for post-processing" "$TE" doctor command.ini
like "$OUT" "^failed +postprocess +A: './no-such-filter' is not to be found" "is named, too"
sed 's/fake = ok/function = .\/none.so:f/' c.ini >function.ini
runs 1 "a library that is not there" "$TE" doctor function.ini
like "$OUT" "^failed +function +A: .*none.so': No such file" "is named"

runs 1 "a plan that does not hold" "$TE" doctor c.ini --set run.metrics=ROC_ACU
like "$OUT" "^failed +plan .*ROC_ACU" "is told"
: >plain
runs 1 "results in a file" "$TE" doctor c.ini --set run.results=plain
like "$OUT" "^failed +run folder .*no folder" "is told"
runs 0 "a run to be there" "$TE" run c.ini
runs 0 "a run that is there is no failure" "$TE" doctor c.ini
like "$OUT" "^warning +run folder .*results/x' is there already" "but is told"
rm data/a.csv
runs 1 "a dataset that is not there" "$TE" doctor c.ini
like "$OUT" "^failed +datasets +1 files of 1 datasets cannot be read, first '.*a.csv'" "is named"
runs 2 "a bad configuration is bad usage" "$TE" doctor c.ini --set run.nmae=x

"$TE" doctor c.ini --json >json
PYTHON=$( [ -x /usr/bin/python3 ] && echo /usr/bin/python3 || echo python3 )
if command -v "$PYTHON" >/dev/null; then
    runs 0 "--json is one JSON value" "$PYTHON" -c '
import json
d = json.load(open("json"))
assert d["may_start"] is False and any(c["check"] == "datasets" and c["state"] == "failed" and c["mend"] for c in d["checks"])'
else
    skip "--json is one JSON value" "python3 is not installed"
fi

if [ "$(id -u)" != 0 ] || ! grep -qs Y /sys/module/apparmor/parameters/enabled || [ ! -x /usr/sbin/apparmor_parser ]; then
    skip "an engine without AppArmor's parser" "not root, or the kernel has no AppArmor, or it has no parser here"
elif ! engine=$("$ROOT/jobs/engine.sh" start 2>/dev/null); then
    skip "an engine without AppArmor's parser" "no Docker engine here"
else
    unlike "$("$TE" doctor image.ini --set docker.host="$engine" 2>&1)" "apparmor" "with AppArmor's parser there is nothing to say"
    like "$(unshare --mount sh -c 'mount --bind /dev/null /usr/sbin/apparmor_parser && exec "$@"' - "$TE" doctor image.ini --set docker.host="$engine" 2>&1)" \
        "^warning +apparmor .*no container" "without it the doctor says what to install"
fi
finish

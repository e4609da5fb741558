#!/bin/bash
# Before the first experiment: rank 0 that is killed while it hashes large files takes all ranks with it within the
# normal silence; ranks that it keeps waiting for longer than that do not leave; the run that had not begun is resumed;
# a rank that leads its host and dies before it has looked at the mirror is replaced.
. "$(dirname "$0")/../lib.sh"
need mpirun
cd "$TMP" || exit 1
export XDG_CACHE_HOME=$TMP/cache

dataset() # GIGABYTES of the training file, which is one hole: only its hash reads it
{
    mkdir -p data/c
    /usr/bin/python3 - <<'END'
h = ("collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,train_type,train_is_normal,"
     "input_type,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,"
     "max_anomaly_length,mean,stddev,trend,stationarity,period_size")
open("data/datasets.csv", "w").write(h + "\nc,big,c/train.csv,c/t.csv,synthetic,False,,semi-supervised,True,univariate,"
                                     "100,1,0.1,1,1,1,1,0.0,1.0,no trend,stationary,\n")
with open("data/c/t.csv", "w") as f:
    f.write("timestamp,value,is_anomaly\n")
    for i in range(100):
        f.write(f"{i},{i % 7}.5,{int(50 <= i < 60)}\n")
END
    truncate -s 0 data/c/train.csv
    truncate -s "$1G" data/c/train.csv
    cat >run.ini <<END
[run]
name = early
results = results
repetitions = 5
metrics = ROC_AUC
progress = off
[datasets]
root = data
[algorithm:fake]
fake = ok
training_type = semi-supervised
input_dimensionality = multivariate
END
}

start()
{
    mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run run.ini --resume </dev/null >>log 2>&1 &
    job=$!
}
rank() { pgrep -P "$job" -f "$TE run run.ini" | sort -n | sed -n "$(($1 + 1))p"; }
ranks() { pgrep -P "$job" -cf "$TE run run.ini"; }
end() # SECONDS: waits for all ranks to go; prints how long it took
{
    local t0=$SECONDS
    while [ "$(ranks)" -gt 0 ] && [ $((SECONDS - t0)) -lt "$1" ]; do sleep 0.2; done
    echo $((SECONDS - t0))
}

# as many gigabytes as take longer to hash than ranks bear silence
dataset 80
start
sleep "$([ -n "${FULL:-}" ] && echo 26 || echo 5)"
[ ! -e results/early/journal.log ] && [ "$(ranks)" = 4 ]
ok $? "ranks wait for a rank 0 that hashes"
kill -9 "$(rank 0)"
took=$(end 60)
is "$(ranks)" 0 "rank 0 killed while it hashed: all ranks are gone (after $took s)"
[ "$took" -le 25 ]
ok $? "within their normal silence"
kill -9 "$job" 2>/dev/null
wait "$job" 2>/dev/null

dataset 80
start
sleep 3
began=$SECONDS
kill -USR1 "$job"
wait "$job"
[ $((SECONDS - began)) -le 10 ]
ok $? "SIGUSR1 while rank 0 hashes: all leave within 10 s"
like "$(tail -n 5 log)" "stopped by a signal before the run began" "and it says why"

dataset 1
runs 0 "the run that had not begun is resumed" timeout 200 mpirun --oversubscribe --bind-to none --enable-recovery -np 4 \
    "$TE" run run.ini --resume
is "$(grep -c ^fake results/early/results.csv)" 5 "and complete"

# No cache to share: the leading rank hashes the file again after rank 0, and dies meanwhile.
rm -rf cache results
: >cache
dataset 4
start
for _ in $(seq 600); do [ -s results/early/journal.log ] && break; sleep 0.2; done
sleep 0.5
unlike "$("$TE" status results/early 2>&1)" ": experiment" "nothing runs before the mirror was looked at"
kill -9 "$(rank 1)"
took=$(end 200)
is "$(cat results/early/exit 2>/dev/null)" 0 "the leading rank dies with the mirror unseen: another one looks at it ($took s)"
is "$(grep -c ^fake results/early/results.csv)" 5 "and the run is complete"
kill -9 "$job" 2>/dev/null
wait "$job" 2>/dev/null
finish

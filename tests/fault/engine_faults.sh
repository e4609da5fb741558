#!/bin/bash
# A real engine that misbehaves in the middle of a run with three workers: it hangs and goes on, is killed and started
# again, loses its containerd, goes for good. Each run ends by itself; where the engine came back it is complete, with
# the values of an undisturbed one; nothing is left.
#
#   engine_faults.sh     FULL=1: also long hangs, faults one after the other, an engine that goes for good
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:/usr/sbin
need mpirun python3 dockerd curl
[ "$(id -u)" = 0 ] || skip_all "an engine of the test's own needs root"
cd "$TMP" || exit 1
NAME=engine-$$
# an engine that nobody else uses: it is going to suffer
engine() { DOCKER_HOST=unix:///nonexistent ENGINE_DIR=$TMP/e "$ROOT/jobs/engine.sh" "$@"; }
# shellcheck disable=SC2034 # run at the end
AT_EXIT='engine purge >/dev/null 2>&1'
ENGINE=$(engine start 2>why) || skip_all "no engine of our own can run here: $(tail -n 1 why)"
ENGINE=${ENGINE#unix://}
DOCKER_HOST=unix://$ENGINE "$ROOT/tests/images/build.sh" 2>why || skip_all "the test image cannot be built: $(tail -n 1 why)"
api() { curl -s --max-time 20 --unix-socket "$ENGINE" "$@"; }

mkdir data scratch
{
    echo collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,train_type,train_is_normal,input_type,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,max_anomaly_length,mean,stddev,trend,stationarity,period_size
    for d in a b c; do
        echo "c,$d,$d.csv,$d.csv,synthetic,False,,semi-supervised,True,univariate,100,1,0.1,1,10,10,10,3,2,no trend,stationary,7"
        { echo timestamp,value,is_anomaly; for i in $(seq 0 99); do echo "$i,$((i % 7)).5,$((i >= 90))"; done; } >$d.tmp
        mv $d.tmp data/$d.csv
    done
} >data/datasets.csv
{
    cat <<END
[run]
name = $NAME
results = $TMP/results
scratch = $TMP/scratch
repetitions = 1
metrics = ROC_AUC
progress = off
[datasets]
root = $TMP/data
[resources]
task_memory_limit = 64 MB
task_cpu_limit = 1
[docker]
host = unix://$ENGINE
pull = never
END
    for a in 'works|sleep=0.8 scores=100' 'fails|sleep=0.3 exit=3' 'learns|need-model sleep=0.5 scores=100'; do
        printf '[algorithm:%s]\nimage = timeeval-mpi/probe:1.0.0\ntraining_type = %s\ninput_dimensionality = univariate\nparam.do = %s\n' \
            "${a%%|*}" semi-supervised "${a#*|}"
    done
} >c.ini

pid_of() { cat "$(dirname "$ENGINE")/dockerd.pid"; }
containerd() { pgrep -f "^containerd .*$(dirname "$ENGINE")/x/containerd"; }
values()
{
    /usr/bin/python3 - "$1" <<'END'
import csv, sys
for r in sorted((r["algorithm"], r["dataset"], r["repetition"], r["status"], r["ROC_AUC"]) for r in csv.DictReader(open(sys.argv[1]))):
    print(*r)
END
}
run() { mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run c.ini "$@"; }
leftovers()
{
    [ "$(count)" = 0 ] || echo "$(count) containers"
    ls scratch
    groups_of "$NAME"
}
# nothing left, after the guardians had their few seconds
swept() { is "$(until_empty 150 leftovers | head -n 4)" "" "$1: no container, folder or control group is left"; }
count() { api "http://localhost/containers/json?all=1" | grep -o '"timeeval-mpi.label"' | wc -l; }

# what an engine suffers, three seconds into a run
hangs() { local p; p=$(pid_of); kill -STOP "$p"; sleep "${1:-4}"; kill -CONT "$p"; }
dies() { kill -9 "$(pid_of)"; sleep "${1:-1}"; engine start >/dev/null; }
loses_containerd() { kill -9 "$(containerd)"; }
goes_for_good() { kill -9 "$(pid_of)"; }

runs 0 "an undisturbed run" run --set run.name=calm
values results/calm/results.csv >calm.txt
is "$(grep -c . calm.txt)" 9 "of 9 experiments"

# suffer LIMIT NAME CMD...: a run whose engine suffers CMD ends within LIMIT seconds as it should
suffer()
{
    local limit=$1 name=$2 job t0=$SECONDS i
    shift 2
    rm -rf results/$NAME
    timeout "$limit" mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run c.ini >out 2>&1 </dev/null &
    job=$!
    for ((i = 0; i < 100; i++)); do [ "$(count)" = 0 ] || break; sleep 0.1; done
    sleep 0.5
    "$@"
    wait $job
    note "$name: $((SECONDS - t0)) s, exit $(cat results/$NAME/exit 2>/dev/null)"
    is "$(cat results/$NAME/exit 2>/dev/null)" 3 "$name: the run is complete" || note "$(tail -n 12 out)"
    values results/$NAME/results.csv >x.txt
    cmp -s calm.txt x.txt
    ok $? "$name: the values of an undisturbed run" || diff calm.txt x.txt | head -8 | sed 's/^/# /'
    swept "$name"
}

suffer 100 "an engine that hangs for 3 s" hangs 3
suffer 100 "an engine that is killed and comes back" dies 1
suffer 100 "an engine whose containerd is killed" loses_containerd
if [ -n "${FULL:-}" ]; then
    suffer 400 "an engine that hangs for 100 s" hangs 100
    suffer 400 "an engine that is away for 20 s" dies 20
    several() { hangs 3; sleep 1; loses_containerd; sleep 2; dies 0; sleep 1; dies 2; hangs 2; }
    suffer 400 "an engine that has all of it" several
fi
# a signal while the engine is away: what the ranks cannot remove goes when it is back
rm -rf results/$NAME
mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run c.ini >out 2>&1 </dev/null &
job=$!
for ((i = 0; i < 100; i++)); do [ "$(count)" = 0 ] || break; sleep 0.1; done
kill -9 "$(pid_of)"
kill -USR1 $job
t0=$SECONDS
wait $job
[ $((SECONDS - t0)) -le 10 ]
ok $? "a signal while the engine is away: over within 10 s"
is "$(cat results/$NAME/exit 2>/dev/null)" 4 "a signal while the engine is away: stopped in order" || note "$(tail -n 12 out)"
engine start >/dev/null
swept "a signal while the engine is away"

if [ -n "${FULL:-}" ]; then
    rm -rf results/$NAME
    timeout 200 mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run c.ini --set "docker.patience=5 s" >out 2>&1 </dev/null &
    job=$!
    for ((i = 0; i < 100; i++)); do [ "$(count)" = 0 ] || break; sleep 0.1; done
    goes_for_good
    wait $job
    note "an engine that goes for good: exit $(cat results/$NAME/exit 2>/dev/null)"
    ok "$([ -s results/$NAME/exit ]; echo $?)" "an engine that goes for good: the run ends by itself" || note "$(tail -n 12 out)"
    like "$("$TE" status results/$NAME --failed --csv; cat out)" "infrastructure" "the reason is named"
    is "$(ls scratch)" "" "no folder is left"
    engine start >/dev/null
    runs 0 "clean with the engine back" "$TE" clean --config c.ini
    is "$(count)" 0 "no container is left"
    run --resume --retry infrastructure >out 2>&1
    values results/$NAME/results.csv >x.txt
    cmp -s calm.txt x.txt
    ok $? "--resume --retry infrastructure brings what is missing" || note "$(tail -n 5 out; diff calm.txt x.txt | head -5)"
fi
finish

#!/bin/bash
# Kills rank 0, a worker or mpirun with -9 at random moments of a run with three workers, resumes it until it is
# complete, and compares it with a run that nobody disturbed: nothing lost, nothing twice, same values, and nothing
# left behind. Functions, programs, and, where an engine answers, containers.
#
#   kill_campaign.sh [KILLS]     default 20; 200 with FULL=1
. "$(dirname "$0")/../lib.sh"
need mpirun python3
default=20
[ -z "${FULL:-}" ] || default=200
kills=${1:-${KILLS:-$default}}
seed=${SEED:-$$}
RANDOM=$seed
cd "$TMP" || exit 1
NAME=disturbed-$$

if ENGINE=$("$ROOT/jobs/engine.sh" start 2>engine.log) && DOCKER_HOST=$ENGINE "$ROOT/tests/images/build.sh" 2>>engine.log; then
    ENGINE=${ENGINE#unix://}
else
    note "without containers: $(tail -n 1 engine.log)"
    ENGINE=
fi
note "$kills kills, seed $seed, engine ${ENGINE:-none}"

mkdir data scratch
/usr/bin/python3 - <<'END'
h = ("collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,train_type,train_is_normal,"
     "input_type,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,"
     "max_anomaly_length,mean,stddev,trend,stationarity,period_size")
with open("data/datasets.csv", "w") as index:
    print(h, file=index)
    for k in range(4):
        semi = k == 3
        print(f"c,d{k},{'d3.csv' if semi else ''},d{k}.csv,synthetic,False,,{'semi-supervised' if semi else 'unsupervised'},"
              f"{semi},univariate,100,1,0.1,1,10,10,10,3,2,no trend,stationary,7", file=index)
        with open(f"data/d{k}.csv", "w") as f:
            print("timestamp,value,is_anomaly", file=f)
            for i in range(100):
                print(f"{i},{(i * (k + 3)) % 7}.{k},{int(40 + k <= i < 50 + k)}", file=f)
END

algorithm() # NAME TYPE LINE...
{
    printf '[algorithm:%s]\ntraining_type = %s\ninput_dimensionality = univariate\n' "$1" "$2"
    shift 2
    printf '%s\n' "$@"
}
fake=$BUILD/tests/fakes
{
    cat <<EOF
[run]
name = $NAME
results = $TMP/results
scratch = $TMP/scratch
repetitions = 3
metrics = ROC_AUC, PR_AUC
progress = off
[datasets]
root = $TMP/data
[resources]
task_memory_limit = 64 MB
task_cpu_limit = 1
EOF
    [ -z "$ENGINE" ] || printf '[docker]\nhost = unix://%s\npull = never\n' "$ENGINE"
    algorithm function unsupervised "function = $fake/lib_detect.so:detect"
    algorithm crash unsupervised "function = $fake/lib_detect.so:crash"
    algorithm orphans unsupervised "function = $fake/lib_detect.so:spawns"
    algorithm program unsupervised "command = $ROOT/build/images/discord execute-algorithm {args}" \
        'param.window_size = 10' 'postprocess = reverse_windowing(window_size=window_size)'
    if [ -n "$ENGINE" ]; then
        for a in 'good|do = scores=100' 'slow|do = sleep=0.4 scores=100' 'bad|do = exit=3'; do
            algorithm "image ${a%%|*}" unsupervised 'image = timeeval-mpi/probe:1.0.0' "param.${a#*|}"
        done
        algorithm 'image learns' semi-supervised 'image = timeeval-mpi/probe:1.0.0' 'param.do = need-model scores=100'
    else
        algorithm slow unsupervised 'fake = sleep=0.3'
    fi
} >run.ini
ours="$TE run $TMP/run.ini"

start()
{
    mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run "$TMP/run.ini" "$@" </dev/null >>log 2>&1 &
    job=$!
    disown # the shell need not tell who was killed
}

ended() { ! kill -0 "$job" 2>/dev/null; }

# One of the processes of the run that goes on: mpirun itself, rank 0 (its first child), or a worker.
pick()
{
    local ranks
    mapfile -t ranks < <(pgrep -P "$job" 2>/dev/null)
    case $((RANDOM % 5)) in
    0) victim=$job who=mpirun ;;
    1) victim=${ranks[0]:-} who=rank0 ;;
    *) victim=${ranks[1 + RANDOM % 3]:-} who=worker ;;
    esac
}

nap() { sleep "$((RANDOM % $1)).$((RANDOM % 9))$((RANDOM % 9))"; }

# Kills until the run is over, or what it cannot do without is gone; two workers at most, so that the third is left.
harass()
{
    local workers=0
    sleep 0.4
    while [ "$done_kills" -lt "$kills" ] && [ $workers -lt 2 ]; do
        nap 2
        ! ended || return 0
        pick
        kill -9 "$victim" 2>/dev/null || continue
        done_kills=$((done_kills + 1))
        killed[$who]=$((killed[$who] + 1))
        [ "$who" = worker ] || return 0
        workers=$((workers + 1))
    done
}

# After a kill the rest may go on: a lost worker is no loss of the run. Everything must be over before the next start.
settle()
{
    local i
    for ((i = 0; i < 600; i++)); do
        pgrep -f "$ours" >/dev/null || break
        [ "$i" -lt 30 ] || [ ! -s results/$NAME/exit ] || pkill -9 -f "$ours"
        # Ranks without rank 0 leave by themselves after their silence; the test need not wait so long.
        [ "$i" -lt 40 ] || [ "$who" = nobody ] || rank0_lives || pkill -9 -f "$ours"
        sleep 0.1
    done
}

rank0_lives()
{
    local file=results/$NAME/run.lock pid
    pid=$(sed -n 's/.*process \([0-9]*\).*/\1/p' "$file" 2>/dev/null)
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null
}

# What runs and lies about, one a line: ranks, guardians and children (by their environment), containers, folders, groups.
leftovers()
{
    pgrep -af "$ours"
    pgrep -af "__guardian .* $TMP/scratch"
    grep -lsz "^TIMEEVAL_MPI_LABEL=.*$NAME" /proc/[0-9]*/environ
    [ -z "$ENGINE" ] || curl -s -G --max-time 30 --unix-socket "$ENGINE" http://localhost/containers/json --data all=1 \
        --data-urlencode 'filters={"label":["timeeval-mpi.run='"$NAME"'"]}' | grep -o '"Id":"[0-9a-f]*"'
    ls scratch
    groups_of "$NAME"
}

# The guardians have a few seconds: then nothing of ours may be there.
swept()
{
    local left
    left=$(until_empty 150 leftovers) && return 0
    note "left after round $rounds (last killed: $who): $(echo "$left" | head -n 4)"
    return 1
}

# id, status and values of every experiment that is recorded
table()
{
    /usr/bin/python3 - "$1" <<'EOF'
import csv, sys
k = ["algorithm", "collection", "dataset", "hyper_params_id", "repetition"]
rows = sorted(tuple(r[c] for c in k + ["status", "ROC_AUC", "PR_AUC"]) for r in csv.DictReader(open(sys.argv[1])))
print(len(rows), "experiments,", len(rows) - len({r[:5] for r in rows}), "of them twice")
for r in rows:
    print(*r, sep=",")
EOF
}

runs 0 "an undisturbed run" mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run "$TMP/run.ini" --set run.name=calm
is "$(cat results/calm/exit)" 3 "some experiments fail by design"
table results/calm/results.csv >calm.txt
note "$(head -n 1 calm.txt)"

complete() { [ "$(cat results/$NAME/exit 2>/dev/null)" = 3 ]; }

# judge FOLDER: a run that is complete now. An experiment whose worker was killed three times is marked as one that kills
# its node: it did so by design, is counted here, and run again.
compared=0 different=0 broken=0 marked=0
judge()
{
    local n
    n=$("$TE" status "$1" --failed --csv 2>/dev/null | grep -c ',node-lost,')
    if [ "$n" -gt 0 ]; then
        marked=$((marked + n))
        "$TE" run run.ini --resume --retry node-lost >>log 2>&1
    fi
    compared=$((compared + 1))
    table "$1/results.csv" >this.txt
    cmp -s calm.txt this.txt || { different=$((different + 1)); diff calm.txt this.txt | head -5 | sed 's/^/# /'; }
    "$TE" verify "$1/results.h5" >verify.out 2>&1 || { broken=$((broken + 1)); sed 's/^/# /' verify.out; }
}

declare -A killed=([mpirun]=0 [rank0]=0 [worker]=0)
done_kills=0 rounds=0 unswept=0 resumed=0
while [ "$done_kills" -lt "$kills" ] && [ "$rounds" -le $((kills * 4 + 20)) ]; do
    rounds=$((rounds + 1))
    if complete; then # before all kills were spent: judge it and begin another
        judge results/$NAME
        rm -rf results/$NAME
    fi
    [ ! -e results/$NAME ] || resumed=$((resumed + 1))
    start --resume
    who=nobody
    harass
    settle
    # every other time the next start comes while the guardians are still at work
    [ $((rounds % 2)) = 0 ] || swept || unswept=$((unswept + 1))
done
is "$done_kills" "$kills" "$kills processes were killed"
note "${killed[rank0]} times rank 0, ${killed[worker]} a worker, ${killed[mpirun]} mpirun; resumed $resumed times"
who=nobody
for _ in 1 2 3; do
    complete && break
    start --resume
    settle
done
complete
ok $? "the last run is complete"
judge results/$NAME
note "$compared complete runs were compared; $marked experiments met three kills, were marked and run again"
is "$different" 0 "the same experiments, status and values in each: none lost, none twice"
is "$broken" 0 "verify finds every file whole"
swept || unswept=$((unswept + 1))
is "$unswept" 0 "no process, container, folder or control group is left"
like "$("$TE" clean --config "$TMP/run.ini" 2>&1)" '^removed 0 containers, 0 folders' "clean has nothing to do"
finish

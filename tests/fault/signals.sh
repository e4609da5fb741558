#!/bin/bash
# SIGINT, SIGTERM, SIGHUP and SIGUSR1 at timeeval-mpi alone, at mpirun, at rank 0 and at a worker, while containers and
# programs run: the run stops in order (or goes on without the worker), within 10 s, the journal is whole, nothing is left
# and what others own is not touched. FULL=1: every pair of them.
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:/usr/sbin
need mpirun python3 curl
need_engine
"$ROOT/tests/images/build.sh" 2>"$TMP/build" || skip_all "the test image cannot be built: $(tail -n 1 "$TMP/build")"
cd "$TMP" || exit 1
api() { curl -s --max-time 20 --unix-socket "$ENGINE" "$@"; }
NAME=signals-$$
mkdir scratch
tiny_data
cat >c.ini <<END
[run]
name = $NAME
results = results
scratch = $TMP/scratch
repetitions = 8
metrics = ROC_AUC
progress = off
[datasets]
root = data
[resources]
task_memory_limit = 64 MB
task_cpu_limit = 1
[docker]
host = unix://$ENGINE
pull = never
[algorithm:image]
image = timeeval-mpi/probe:1.0.0
training_type = unsupervised
param.do = ignore-term sleep=0.3 scores=100
[algorithm:program]
command = $TMP/program {args}
training_type = unsupervised
END
cat >program <<'END'
#!/usr/bin/python3
import json, sys, time
args = json.loads(sys.argv[1])
time.sleep(0.4)
open(args["dataOutput"], "w").write("\n".join(str(i) for i in range(100)))
END
chmod +x program
ours="$TE run $TMP/c.ini"

# somebody else's container and process
other=$(api -X POST -H 'Content-Type: application/json' \
    -d '{"Image":"timeeval-mpi/probe:1.0.0","Cmd":["execute-algorithm","{\"executionType\": \"execute\", \"do\": \"hang\"}"],"HostConfig":{"NetworkMode":"none"},"Labels":{"some.label":"timeeval-mpi"}}' \
    http://localhost/containers/create | sed 's/.*"Id":"\([0-9a-f]*\)".*/\1/')
api -X POST "http://localhost/containers/$other/start"
# shellcheck disable=SC2034 # run at the end
AT_EXIT='api -X DELETE "http://localhost/containers/$other?force=1"'

containers()
{
    api -G http://localhost/containers/json --data all=1 --data-urlencode 'filters={"label":["timeeval-mpi.run='"$NAME"'"]}'
}
leftovers()
{
    pgrep -af "$ours"
    pgrep -af "__guardian .* $TMP/scratch"
    pgrep -af "$TMP/program"
    containers | grep -o '"Id":"[0-9a-f]*"'
    ls scratch
    groups_of "$NAME"
}
swept() { is "$(until_empty 100 leftovers | head -n 4)" "" "$1: nothing is left"; }

# begin RANKS: a run that has containers or programs under way; 0: alone, without mpirun
begin()
{
    local i
    rm -rf results/$NAME
    if [ "$1" = 0 ]; then
        "$TE" run "$TMP/c.ini" >out 2>&1 </dev/null &
    else
        mpirun --oversubscribe --bind-to none --enable-recovery -np "$1" "$TE" run "$TMP/c.ini" >out 2>&1 </dev/null &
    fi
    job=$!
    for ((i = 0; i < 150; i++)); do
        [ "$("$TE" status results/$NAME --json 2>/dev/null | grep -o '"done": *[0-9]*' | head -n 1 | grep -o '[0-9]*$')" -ge 1 ] 2>/dev/null && break
        sleep 0.1
    done
    # shellcheck disable=SC2034 # read by those who signal
    mapfile -t ranks < <(pgrep -P "$job" 2>/dev/null)
}

# stopped NAME MARKERS: what has been signalled ends within 10 s, with one of these markers, and resumes
stopped()
{
    local name=$1 markers=$2 i t0=$SECONDS
    for ((i = 0; i < 200; i++)); do kill -0 "$job" 2>/dev/null || break; sleep 0.1; done
    [ $((SECONDS - t0)) -le 12 ]
    ok $? "$name: over within 10 s" || { note "$((SECONDS - t0)) s; $(tail -n 5 out)"; pkill -9 -f "$ours"; }
    wait "$job" 2>/dev/null
    STATUS=$?
    like "$(cat results/$NAME/exit 2>/dev/null || echo none)" "^($markers)\$" "$name: exit marker $markers" || note "$(tail -n 5 out)"
    swept "$name"
    runs 0 "$name: finish" "$TE" finish results/$NAME
    runs 0 "$name: verify" "$TE" verify results/$NAME/results.h5
}
resumes() # NAME
{
    mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run "$TMP/c.ini" --resume >out 2>&1 </dev/null
    is "$(cat results/$NAME/exit) $(tail -n +2 results/$NAME/results.csv | cut -d, -f1,15 | sort -u | wc -l)" "0 16" "$1: resumed, all is there once" ||
        note "$("$TE" status results/$NAME --failed --csv | head -n 3)"
}

# labels: run, experiment, rank
begin 4
labels=$(containers)
for i in $(seq 50); do [ "$labels" = '[]' ] || break; sleep 0.1; labels=$(containers); done
like "$labels" "\"timeeval-mpi.run\":\"$NAME\"" "containers carry the run's name"
like "$labels" '"timeeval-mpi.rank":"[123]"' "and the rank"
like "$labels" '"timeeval-mpi.experiment":"[0-9a-f]{16}"' "and the experiment's id"
kill -USR1 "$job"
stopped "USR1 at mpirun" 4
resumes "USR1 at mpirun"

for signal in INT TERM HUP USR1; do
    begin 0
    kill -$signal "$job"
    stopped "$signal at timeeval-mpi alone" 4
    is "$STATUS" 4 "$signal at timeeval-mpi alone: exit status"
done
resumes "after signals at timeeval-mpi alone"

# a bare SIGTERM or SIGINT at mpirun leaves a second: the journal is whole, the marker may be missing
for signal in INT TERM ${FULL:+HUP}; do
    begin 4
    kill -$signal "$job"
    stopped "$signal at mpirun" "4|none"
done
resumes "after signals at mpirun"

for signal in TERM ${FULL:+HUP USR1 INT TERM TERM TERM TERM TERM TERM TERM TERM TERM}; do
    begin 4
    kill -$signal "${ranks[0]}"
    stopped "$signal at rank 0" 4
done
for signal in TERM ${FULL:+INT HUP USR1}; do
    begin 4
    disown
    kill -$signal "${ranks[2]}"
    timeout 60 tail --pid="$job" -f /dev/null
    is "$(cat results/$NAME/exit 2>/dev/null) $(tail -n +2 results/$NAME/results.csv 2>/dev/null | cut -d, -f1,15 | sort -u | wc -l)" "0 16" \
        "$signal at a worker: the run is complete without it" || note "$(tail -n 5 out)"
    pkill -9 -f "$ours"
    swept "$signal at a worker"
done

like "$("$TE" clean --config c.ini 2>&1)" '^removed 0 containers, 0 folders in .*, 0 processes; 0 remain' "clean has nothing to do"
is "$(api "http://localhost/containers/$other/json" | grep -c '"Running":true')" 1 "the container of somebody else still runs"
finish

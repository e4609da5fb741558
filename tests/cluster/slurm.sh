#!/bin/bash
# Slurm (real munge, slurmctld, slurmd) on three hosts made of namespaces, each with an engine of its own: the scripts of
# jobs/slurm, what a run knows of its job, and what is left of it. FULL=1: every script, real time limits, a dead node.
export LAB_TAG=tsl LAB_NET=10.86.0 LAB=/tmp/tsl-lab
# shellcheck source=tests/cluster/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
need munged slurmctld slurmd srun sbatch scontrol curl dockerd
cluster 3
# /tmp is the machine's, /var/tmp each host's own
printf '#!/bin/sh\nTIMEEVAL_SCRATCH=/var/tmp exec %s\n' "$ROOT/jobs/slurm/epilog.sh" >epilog.sh && chmod +x epilog.sh
export LAB_EPILOG=$TMP/epilog.sh SLURM_CONF=$LAB/slurm/slurm.conf TIMEEVAL_MPI=$TE
scripts=$ROOT/jobs/slurm
runs 0 "Slurm comes up on them" "$lab" slurm up 2
[ "$RC" = 0 ] || { note "$(tail -n 20 "$LAB"/slurm/*.log)"; finish; }
# shellcheck disable=SC2086 # a list
runs 0 "an engine comes up on each" "$lab" engine up $nodes
[ "$RC" = 0 ] || finish

# ---- tools ----
sock() { echo "$LAB/hosts/$1/engine/sock"; }
api() { # NODE PATH [OPTION...]
    local node=$1 path=$2
    shift 2
    curl -s -m 30 --unix-socket "$(sock "$node")" "$@" "http://engine$path"
}
as_alone() { # NAME WHAT
    same "$1"
    ok $? "$2: same table as the run alone" || note "$(diff calm.txt "$1.txt" | head -n 10)"
}
attributes() { /usr/bin/python3 -c '
import sys, h5py
a = h5py.File(sys.argv[1]).attrs
print(*(a[k] for k in ("job_id", "job_nodes", "job_restarts", "complete")))' "results/$1/results.h5"; }
hosts_of() { /usr/bin/python3 -c '
import sys, h5py
print(*sorted({h.decode() for h in h5py.File(sys.argv[1])["experiments"]["host"]}))' "results/$1/results.h5"; }
holds() { # COMMAND...: until it succeeds
    local i
    for ((i = 0; i < 600; i++)); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    return 1
}
done_of() { "$TE" status "results/$1" --json 2>/dev/null | sed -n 's/^ *"done": *\([0-9]*\).*/\1/p'; }
has_done() { [ "$(done_of "$1")" -ge "$2" ]; } # NAME NUMBER
# ended JOB [SECONDS]: Slurm has no such job any more. One that queued itself again would wait for two minutes: not here.
ended() {
    local i states held=0
    for ((i = 0; i < ${2:-60} * 4; i++)); do
        states=$(scontrol -o show job "$1" 2>/dev/null | sed -n 's/.*JobState=\([A-Z_]*\) Reason=\([^ ]*\).*/\1 \2/p')
        case $states in
        '') ;; # no answer is none
        # not at once: the end of its part before, which is on its way, would be taken for that of the next
        *'PENDING BeginTime'*) [ $((++held)) -lt 12 ] || { held=0; scontrol update "JobId=$1" StartTime=now 2>/dev/null; } ;;
        *) grep -qvE '^(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL|OUT_OF_MEMORY) ' <<<"$states" || return 0 ;;
        esac
        sleep 0.25
    done
    note "$(squeue)"
    return 1
}
batch() { sbatch --parsable --nodes=3 --mem=1500 -o "$1.out" "${@:2}"; } # NAME ARGUMENT...
alloc() { timeout 60 salloc -Q "$@"; }
containers() { # NODE: name, state, number of the job
    api "$1" "/containers/json?all=1" | /usr/bin/python3 -c '
import json, sys
for c in json.load(sys.stdin): print(c["Names"][0], c["State"], c["Labels"].get("timeeval-mpi.job", "-"))'
}
remains() { # NAME: of ours on any host
    leftovers "$1" | grep -v stranger
    find /sys/fs/cgroup/*/slurm_node* -type d -name 'timeeval-mpi.*' 2>/dev/null
}

# Containers that hold on; then all that could remove them dies at once.
start_hold() {
    job=$(batch hold "$scripts/srun.sbatch" hold.ini --set run.name="$1")
    holds all_hold
}
all_hold() { [ "$(for node in $nodes; do containers "$node"; done | grep -c " running $job\$")" = 2 ]; }
kill_all() {
    local pid
    for pid in $(pgrep -f "^($TE run hold.ini|timeeval-mpi __guardian)"); do
        { tr '\0' '\n' <"/proc/$pid/environ"; } 2>/dev/null | grep -qx "SLURM_JOB_ID=$job" && kill -9 "$pid"
    done
}

# ---- what is run ----
for node in $nodes; do
    DOCKER_HOST=unix://$(sock "$node") "$ROOT/tests/images/build.sh" &&
        DOCKER_HOST=unix://$(sock "$node") "$ROOT/jobs/images/load.sh" "$ROOT/build/images/moving_zscore" >/dev/null
    ok $? "images on $node"
done
config() { # FILE DATASETS [REPETITIONS]: what all have; the rest comes on standard input
    {
        printf '[run]\nresults = results\nscratch = /var/tmp\nmetrics = ROC_AUC, PR_AUC\nrepetitions = %s\n' "${3:-1}"
        printf '[datasets]\nroot = %s\ninclude = oscillations/%s\n' "$ROOT/datasets-index" "$2"
        cat
    } >"$1"
}
config base.ini '*' 2 <<INI
[docker]
pull = never
[algorithm:image]
image = timeeval-mpi/moving_zscore:1.0.0
training_type = unsupervised
input_dimensionality = univariate
[algorithm:program]
command = $ROOT/build/images/discord execute-algorithm {args}
training_type = unsupervised
input_dimensionality = univariate
param.window_size = 50
postprocess = reverse_windowing(window_size=window_size)
[algorithm:made up]
fake = sleep=0.7
training_type = unsupervised
input_dimensionality = univariate
INI
config hold.ini 'sine-*' <<INI
[resources]
task_cpu_limit = 1
task_memory_limit = 100 MB
[docker]
pull = never
[algorithm:hold]
image = timeeval-mpi/probe:1.0.0
training_type = unsupervised
input_dimensionality = univariate
param.do = sleep=100
INI
config share.ini 'sine-*' <<INI
[resources]
task_cpu_limit = 1
[algorithm:made up]
fake = sleep=0.1
training_type = unsupervised
input_dimensionality = univariate
INI

# The same run without Slurm, on this machine.
runs 0 "the run alone" env DOCKER_HOST="unix://$(sock node1)" mpirun --oversubscribe --bind-to none -np 4 "$TE" base.ini --set run.name=calm --set run.scratch=/tmp
table results/calm/results.csv >calm.txt
is "$(grep -c ' Status.OK ' calm.txt)" 30 "all its experiments"
is "$(attributes calm)" "  0 1" "no job in its file"

# ---- cut, queued again, finished ----
cp base.ini again.ini
job=$(batch again "$scripts/requeue.sbatch" again.ini)
holds has_done again 5
t0=$(date +%s%N)
scancel -b -s USR1 "$job"
holds test -s results/again/exit
took=$((($(date +%s%N) - t0) / 1000000))
is "$(cat results/again/exit)" 4 "USR1 to the batch job stops the run in order"
[ $took -lt 10000 ]
ok $? "within 10 s ($took ms)"
text=$("$TE" status results/again)
like "$text" "^slurm job $job, nodes node\[1-3\], restart 0" "status names the job and its nodes"
like "$text" "run CONFIG --resume" "and says that it can go on"
ended "$job"
ok $? "the job queues itself again and ends" || note "$(cat again.out)"
like "$(cat again.out)" "job $job ends in (4 h|3 h 59)" "the run knows the job's end"
like "$(cat again.out)" "ended with 4 .restart 0.*: [1-9][0-9]* experiments done, 0 before" "the first part says what it did"
like "$(cat again.out)" "ended with 0 .restart 1.*: 30 experiments done, [1-9]" "the second part completes it" || note "$(cat again.out)"
as_alone again "cut and queued again"
is "$(attributes again)" "$job node[1-3] 1 1" "job, nodes and restarts are in the file"
like "$("$TE" verify results/again/results.h5)" "slurm job $job, nodes node\[1-3\], restart 1" "verify shows them"
is "$(hosts_of again)" "$nodes" "all hosts worked"
is "$(remains again)" "" "nothing is left on any host"

# ---- everything is killed: the epilog ----
api node2 '/containers/create?name=stranger' -o /dev/null -H 'Content-Type: application/json' -d '{"Image": "timeeval-mpi/probe:1.0.0",
    "Entrypoint": ["/usr/bin/sleep"], "Cmd": ["600"], "Labels": {"timeeval-mpi.job": "99999"},
    "HostConfig": {"NetworkMode": "none", "Binds": ["/usr:/usr:ro", "/lib:/lib:ro", "/lib64:/lib64:ro"]}}'
api node2 /containers/stranger/start -o /dev/null -X POST
start_hold hold
ok $? "containers carry the job's number" || note "$(for node in $nodes; do containers "$node"; done; cat hold.out)"
if [ -d /sys/fs/cgroup/memory ]; then
    groups=$(for pid in $(pgrep -f '^/algorithm execute-algorithm'); do grep -h ':memory:' "/proc/$pid/cgroup"; done)
    is "$(grep -c ":memory:/slurm_node[1-3]/uid_0/job_$job/" <<<"$groups")" 2 "and run in its control group" || note "$groups"
else
    skip "and run in its control group" "no control groups of version 1: Slurm 22.05 would need systemd"
fi
kill_all
ended "$job"
ok $? "ranks and guardians are killed: the job ends"
is "$(remains hold)" "" "the epilog leaves nothing of it on any host"
is "$(containers node2)" "/stranger running 99999" "a stranger's container is untouched"

# ---- what a run makes of its share ----
runs 0 "salloc and mpirun; more ranks than the share bears" alloc -N1 --ntasks-per-node=2 --mem=1500 \
    mpirun --oversubscribe --bind-to none --enable-recovery -np 5 "$TE" share.ini --set run.name=surplus
like "$ERR" "surplus rank: .* job's share" "the surplus ranks get no work, with a notice"
is "$(cat results/surplus/exit)" 0 "and the run is complete"
runs 2 "more tasks than the share bears, as the user wishes" alloc -N1 --ntasks-per-node=2 --mem=1500 \
    mpirun --oversubscribe --bind-to none -np 4 "$TE" share.ini --set run.name=over --set resources.tasks_per_host=3
like "$ERR" "3 tasks x 1 CPUs = 3 CPUs, it has 2.*--force" "are refused with the arithmetic"
runs 2 "more memory than the job has" alloc -N1 --ntasks-per-node=2 --mem=500 \
    mpirun --oversubscribe --bind-to none -np 3 "$TE" share.ini --set run.name=more --set "resources.task_memory_limit=300 MB" --set resources.tasks_per_host=2
like "$ERR" "2 tasks x 300.* = 600.* of memory, it has 500" "is refused with the arithmetic"
runs 0 "--force goes on" alloc -N1 --ntasks-per-node=2 --mem=1500 \
    mpirun --oversubscribe --bind-to none -np 4 "$TE" run share.ini --set run.name=forced --set resources.tasks_per_host=3 --force
runs 1 "doctor in a job" alloc -N1 --ntasks-per-node=1 --mem=700 srun -n1 "$TE" doctor share.ini --set "resources.task_memory_limit=800 MB"
like "$OUT" "job +Slurm job [0-9]+ on node[1-3] gives 1 processors and 700" "shows the job's share"
like "$OUT" "1 workers x 800.* of memory, but this host has 700" "and the arithmetic"

# ---- srun by hand, and the end of the time ----
runs 0 "srun timeeval-mpi config.ini" timeout 60 srun -N3 --ntasks-per-node=2 --mem=1000 --mpi=pmix "$TE" base.ini --set run.name=bare
as_alone bare "srun by hand"
runs 2 "srun without MPI" timeout 30 srun -N1 -n2 --mpi=none "$TE" share.ini --set run.name=none
like "$ERR" "srun --mpi=pmix" "says how"
[ ! -e results/none ]
ok $? "and starts no run"
in_time() { SLURM_JOB_END_TIME=$(($(date +%s) + 10)) "$TE" share.ini --set run.name=short --set "algorithm:made up.fake=sleep=3" --set run.repetitions=4; }
export -f in_time
export TE
t0=$(date +%s%N)
runs 4 "a run that is longer than the rest of its job" alloc -N1 --mem=500 bash -c in_time
took=$((($(date +%s%N) - t0) / 1000000))
like "$ERR" "ends in [0-9.]+ s" "knows it from the environment, too"
is "$(done_of short)" 2 "starts nothing that cannot end in time (8 s: two of 3 s, no third)"
[ "$took" -lt 9500 ]
ok $? "and ends before ($took ms)"
is "$(remains x)" "" "nothing is left on any host"

[ -n "${FULL:-}" ] || finish

# ---- FULL: every script as it is ----
exit_of() { cat "results/$1/exit" 2>/dev/null; }
job=$(batch mpirun "$scripts/mpirun.sbatch" base.ini --set run.name=mpirun)
ended "$job" && as_alone mpirun "mpirun.sbatch" || note "$(cat mpirun.out)"
job=$(batch srun "$scripts/srun.sbatch" base.ini --set run.name=srun)
ended "$job" && as_alone srun "srun.sbatch" || note "$(cat srun.out)"
is "$(remains srun)" "" "nothing is left on any host"
mkdir configs
sed '/^\[algorithm:made up\]/,$d' base.ini >configs/real.ini
{ sed '/^\[algorithm:/,$d' base.ini && sed -n '/^\[algorithm:made up\]/,$p' base.ini; } >configs/fake.ini
job=$(sbatch --parsable -o array.%a.out --array=0-1%2 "$scripts/array.sbatch" configs/*.ini)
ended "$job" || note "$(cat array.*.out)"
is "$(exit_of real) $(exit_of fake)" "0 0" "array.sbatch: both runs are complete" || note "$(cat array.*.out)"
runs 0 "merge makes one file of them" "$TE" merge all.h5 results/real/results.h5 results/fake/results.h5
runs 0 "which is whole" "$TE" verify all.h5
like "$OUT" "experiments 30: OK 30" "and has all experiments"

# The lines of the guides, with as many nodes and as much memory as there are.
ln -s "$ROOT/jobs" jobs
cp "$scripts"/*.sbatch .
cp base.ini config.ini
export PATH=$BUILD:$PATH
n=0
while IFS= read -r line; do
    line=$(sed -e 's/--nodes=4/--nodes=3/; s/--array=0-9/--array=0-1/; s/--mem=4G/--mem=1G/; s/config.ini$/& --set run.name=line/' <<<"$line")
    n=$((n + 1))
    case $line in
    *requeue.sbatch*) line=${line% --set run.name=line} ;;
    esac
    case $line in
    sbatch*)
        rm -rf results/line results/config results/real results/fake results/monday
        # shellcheck disable=SC2086 # a command line
        job=$(sbatch --parsable -o line.%j ${line#sbatch })
        ended "$job"
        is "$(cat results/{line,config,monday}/exit 2>/dev/null)$(cat results/{real,fake}/exit 2>/dev/null | tr -d '\n')" \
            "$(case $line in *array*) echo 00 ;; *) echo 0 ;; esac)" "guide: $line" || note "$(cat line."$job"*)" ;;
    srun*doctor*) runs 0 "guide: $line" ${line% --set*} --set resources.task_memory_limit=100MB ;;
    srun*) rm -rf results/line && runs 0 "guide: $line" alloc -N2 --ntasks-per-node=2 --mem=1000 $line ;;
    mpirun*) rm -rf results/line && runs 0 "guide: $line" alloc -N3 --ntasks-per-node=2 --mem=1000 $line ;;
    esac
done < <(sed -n '/^ *sbatch /p' "$ROOT/README.md"; sed -n '/^## Slurm/,/^## /{/^ *\(sbatch\|srun\|mpirun\) /s/^ *//p}' "$ROOT/jobs/README.md")
is "$n" 8 "all lines of the guides"
job=$(batch stop "$scripts/srun.sbatch" base.ini --set run.name=stop --set "algorithm:made up.fake=sleep=5")
holds has_done stop 2
scancel -s USR1 "$job"
ended "$job"
is "$(exit_of stop)" 4 "guide: scancel -s USR1 stops srun.sbatch in order"
job=$(batch stop "$scripts/srun.sbatch" base.ini --set run.name=stop --set "algorithm:made up.fake=sleep=5" --resume)
holds has_done stop 14
scancel "$job"
ended "$job"
is "$(remains stop)" "" "guide: a plain scancel leaves nothing"
job=$(batch stop "$scripts/srun.sbatch" base.ini --set run.name=stop --set "algorithm:made up.fake=sleep=5" --resume)
ended "$job"
as_alone stop "stopped twice"

# Without an epilog `clean` does the same.
sed -i '/^Epilog/d' "$SLURM_CONF" && scontrol reconfigure
start_hold clean
ok $? "containers run again"
kill_all
ended "$job"
for node in $nodes; do runs 0 "clean on $node" "$lab" run "$node" env TMPDIR=/var/tmp "$TE" clean; done
is "$(remains clean)" "" "clean leaves nothing on any host"
is "$(containers node2)" "/stranger running 99999" "a stranger's container is untouched"

# A user who is not root, with a queue of his own.
mkdir user && cp base.ini user/ && chmod 755 "$TMP" && chown -R nobody: user
for node in $nodes; do chmod 666 "$(sock "$node")"; done
job=$(cd user && setpriv --reuid nobody --regid "$(id -g nobody)" --clear-groups env HOME="$TMP/user" \
    sbatch --parsable --nodes=3 --mem=1500 -o out "$scripts/requeue.sbatch" base.ini)
ended "$job"
is "$(cat user/results/base/exit)" 0 "another user than root" || note "$(cat user/out)"
table user/results/base/results.csv >user.txt
cmp -s calm.txt user.txt
ok $? "same table as the run alone"
is "$(remains base)" "" "nothing is left on any host"

# ---- FULL: time limits ----
config limit.ini '*' 7 <<INI
[algorithm:quick]
fake = sleep=7
training_type = unsupervised
input_dimensionality = univariate
[algorithm:slow]
fake = sleep=11
training_type = unsupervised
input_dimensionality = univariate
INI
runs 0 "a longer run alone" mpirun --oversubscribe --bind-to none -np 36 "$TE" limit.ini --set run.name=longer
table results/longer/results.csv >calm.txt
job=$(batch limit --time=1 --signal=B:USR1@10 "$scripts/requeue.sbatch" limit.ini)
ended "$job" 600
ok $? "a limit of a minute: the job ends after several parts"
[ "$(grep -c 'ended with 4' limit.out)" -ge 2 ]
ok $? "it was cut at least twice" || note "$(cat limit.out)"
is "$(exit_of limit)" 0 "and is complete"
as_alone limit "cut by its time limit"
like "$(attributes limit)" "^$job node.* [2-9] 1$" "the restarts are in the file"

parts=0
for _ in 1 2 3 4 5 6 7 8; do
    ended "$(batch own --time=1 "$scripts/mpirun.sbatch" limit.ini --set run.name=own --resume)" 150
    parts=$((parts + 1))
    [ "$(exit_of own)" = 4 ] || break
done
[ $parts -ge 2 ] && [ "$(exit_of own)" = 0 ]
ok $? "without a signal each part ends by itself before the limit ($parts parts)" || note "$(cat own.out)"
unlike "$(cat own.out)" "DUE TO TIME LIMIT" "Slurm had nothing to cut"
as_alone own "in parts of its own"

sed -e 's/sleep=7/ok/; s/sleep=11/sleep=600/; s/^repetitions.*/repetitions = 1/; s/^include.*/include = oscillations\/sine-*/' limit.ini >endless.ini
# Slurm looks at its clock once a minute, so of such a short time the signal may come at any moment: without it.
job=$(batch endless --time=1 --signal=B:CONT@1 "$scripts/requeue.sbatch" endless.ini)
ended "$job" 600
is "$(exit_of endless)" 3 "experiments longer than the limit end the job, too" || note "$(cat endless.out)"
is "$("$TE" status results/endless --failed --csv | grep -c ',walltime,')" 2 "recorded with reason walltime"

# ---- FULL: nodes die ----
sed -e 's/sleep=7/sleep=2/; s/sleep=11/sleep=3/' limit.ini >dies.ini
revive() { "$lab" boot "$1" && "$lab" slurm boot "$1" && holds sh -c "[ \"\$(sinfo -h -N -n $1 -o %T)\" = idle ]"; }
runs 0 "the same with other numbers" mpirun --oversubscribe --bind-to none -np 21 "$TE" dies.ini --set run.name=calmer
table results/calmer/results.csv >calm.txt
job=$(batch dies "$scripts/srun.sbatch" dies.ini --set run.name=dies)
holds has_done dies 3
"$lab" kill node3
ended "$job" 120
is "$(exit_of dies)" 0 "a node dies under srun: the run goes on with the rest" || note "$(cat dies.out)"
as_alone dies "with a dead node"
like "$("$TE" status results/dies)" "lost node3" "status names it"
revive node3
cp dies.ini first.ini
job=$(sbatch --parsable --nodes=2 -o first.out "$scripts/requeue.sbatch" first.ini)
holds has_done first 3
"$lab" kill "$(scontrol show job "$job" | sed -n 's/^ *BatchHost=//p')"
ended "$job" 240
is "$(exit_of first)" 0 "the first node dies: queued again by Slurm and resumed" || note "$(cat first.out)"
as_alone first "without its first node"
finish

#!/bin/bash
# The SSH launcher on three hosts made of namespaces, each with its own sshd, name and datasets.
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root for network namespaces"
need mpirun ip unshare nsenter ssh
[ -x /usr/sbin/sshd ] || skip_all "no sshd on this machine"
ip netns add tel-probe 2>/dev/null && ip netns del tel-probe || skip_all "no network namespaces here"

export LAB_TAG=tel LAB_NET=10.85.0 LAB=/tmp/tel-lab
lab=$ROOT/tests/cluster/lab.sh
"$lab" down
AT_EXIT='"$lab" down >/dev/null 2>&1'
runs 0 "three hosts come up" "$lab" up 3
[ "$RC" = 0 ] || finish
for node in node1 node2 node3; do
    mkdir -p "$LAB/hosts/$node/data/sets" && cp -r "$ROOT/datasets-index/." "$LAB/hosts/$node/data/sets/"
done
cd "$TMP" || exit 1

cat >base.ini <<'EOF'
[run]
results = results
repetitions = 3
metrics = ROC_AUC, PR_AUC
[datasets]
root = /data/sets
[remote]
scheduler_host = node1
worker_hosts = node1, node2, node3
[resources]
tasks_per_host = 1
[algorithm:worker]
fake = sleep=0.1
training_type = unsupervised
input_dimensionality = multivariate
EOF
launch() { # NAME [OPTION...]
    local name=$1
    shift
    timeout 100 "$lab" outside "$TE" launch base.ini --set run.name="$name" "$@"
}
table() { /usr/bin/python3 -c '
import sys, pandas
t = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
for r in sorted(t[["algorithm", "collection", "dataset", "repetition", "status", "ROC_AUC", "PR_AUC"]].itertuples(index=False)): print(*r)
' "$1"; }
leftovers() { # processes and folders of ours on any host
    local node
    for node in node1 node2 node3; do
        "$lab" run $node ps ax -o cmd 2>/dev/null | grep -E '[t]imeeval-mpi (run|__)' | sed "s/^/$node: /"
        ls -d "$LAB/hosts/$node/root/.cache/timeeval-mpi/$1" 2>/dev/null
    done
}
same() { table "results/$1/results.csv" >"$1.txt" && cmp -s calm.txt "$1.txt"; }

runs 0 "launch from outside the cluster" launch calm
table results/calm/results.csv >calm.txt
is "$(cat results/calm/exit)" 0 "the results are here"
is "$(/usr/bin/python3 -c '
import h5py
print(*sorted({h.decode() for h in h5py.File("results/calm/results.h5")["experiments"]["host"]}))')" "node1 node2 node3" "experiments ran on all three hosts"
is "$(leftovers calm)" "" "nothing is left on any host"
runs 2 "the same name again is refused" launch calm
like "$ERR" "exists already.*--resume" "and the message says what to do"

rm "$LAB"/hosts/node3/data/sets/univariate/*/sine-*.test.csv
runs 1 "a missing dataset with on_host_failure = stop" launch missing --set remote.on_host_failure=stop
like "$ERR" "node3.*is missing.*mirror = sync" "the file and the mend are named"
runs 0 "mirror = sync mends the host" launch synced --set datasets.mirror=sync
like "$ERR" "sync +node3 +ok" "the file travelled"
same synced
ok $? "same table as before"

runs 2 "an over-provisioned host" launch over --set resources.task_cpu_limit=1000
like "$ERR" "1 tasks x 1000 CPUs = 1000 CPUs, it has [0-9.]+" "the arithmetic is shown"
runs 1 "hosts that cannot be used" launch unreachable --set "remote.worker_hosts=node1, nobody@node2, 10.85.0.99, nowhere.invalid" --set remote.on_host_failure=stop
like "$ERR" "nobody@node2 +FAILED .*key" "refused key"
like "$ERR" "10.85.0.99 +FAILED .*(route|answer)" "no answer"
like "$ERR" "nowhere.invalid +FAILED .*resolved" "no such name"
runs 2 "a host name that is an option" launch option --set "remote.worker_hosts=-oProxyCommand=touch"
cat >other-version <<'EOF'
#!/usr/bin/python3
import json, struct, sys
sys.stdout.buffer.write(b"\ntimeeval-mpi agent 1 ready\n")
sys.stdout.buffer.flush()
n, m = struct.unpack("<II", sys.stdin.buffer.read(8))
sys.stdin.buffer.read(n + m)
text = json.dumps({"version": "0.0.0", "home": "/root", "clock": 0.0}).encode()
sys.stdout.buffer.write(struct.pack("<II", len(text), 0) + text)
sys.stdout.buffer.flush()
sys.stdin.buffer.read()
EOF
chmod +x other-version
runs 1 "another version of the program" launch version --set remote.remote_binary="$TMP/other-version"
like "$ERR" "version '0.0.0'.*install the same" "is told apart"
runs 1 "no program there" launch noprogram --set remote.remote_binary=/nowhere/timeeval-mpi
like "$ERR" "remote_binary" "the option is named"

# What dies while a run goes on.
disturbed() { # NAME COMMAND...: launches in the background, runs COMMAND after the start
    local name=$1
    shift
    launch "$name" --set datasets.mirror=off --set algorithm:worker.fake=sleep=0.6 >"$name.log" 2>&1 &
    local job=$! i
    for ((i = 0; i < 100; i++)); do
        [ -s "results/$name/journal.log" ] && break
        sleep 0.1
    done
    "$@"
    wait $job
    RC=$?
    sleep 1
}
# The one whose environment says so; mpirun runs outside of the hosts.
kill_rank0() {
    local pid
    for pid in $(pgrep -f "^$TE run .*/$1/config.ini"); do
        tr '\0' '\n' <"/proc/$pid/environ" | grep -qx OMPI_COMM_WORLD_RANK=0 && kill -9 "$pid"
    done
}

disturbed node "$lab" kill node2
is "$RC" 0 "a node dies: the run goes on with the rest" || note "$(tail -5 node.log)"
same node
ok $? "same table"
"$lab" boot node2
if [ -n "${FULL:-}" ]; then
disturbed cut sh -c '"$0" cut node3; sleep 8; "$0" heal node3' "$lab"
is "$RC" 0 "a link is cut and healed" || note "$(tail -5 cut.log)"
same cut
ok $? "same table"
disturbed scheduler "$lab" kill node1
is "$RC" 0 "the scheduler host dies: restarted on the others" || note "$(tail -5 scheduler.log)"
same scheduler
ok $? "same table"
"$lab" boot node1
fi
disturbed rank0 kill_rank0 rank0
is "$RC" 0 "rank 0 is killed: restarted and resumed" || note "$(tail -5 rank0.log)"
same rank0
ok $? "same table"
disturbed launcher pkill -9 -f "^$TE launch base.ini --set run.name=launcher"
sleep 4
unlike "$(leftovers launcher)" "timeeval-mpi (run|__)" "launcher killed: no process is left on any host"
runs 0 "launch --resume goes on" launch launcher --resume --set datasets.mirror=off --set algorithm:worker.fake=sleep=0.6
same launcher
ok $? "same table"
is "$(leftovers launcher)" "" "nothing is left"
disturbed stopped pkill -INT -f "^$TE launch base.ini --set run.name=stopped"
is "$RC" 4 "Ctrl-C stops in order" || note "$(tail -5 stopped.log)"
runs 0 "and --resume completes it" launch stopped --resume --set datasets.mirror=off --set algorithm:worker.fake=sleep=0.6
same stopped
ok $? "same table"
runs 0 "resuming what is complete does nothing" launch stopped --resume
like "$ERR" "nothing is left to do" "and says so"
finish

#!/bin/bash
# The SSH launcher on three hosts made of namespaces, each with its own sshd, name and datasets.
# shellcheck source=tests/cluster/lib.sh
. "$(dirname "$0")/lib.sh"
cluster

runs 0 "launch from outside the cluster" launch calm
table results/calm/results.csv >calm.txt
is "$(cat results/calm/exit)" 0 "the results are here"
is "$(/usr/bin/python3 -c '
import h5py
print(*sorted({h.decode() for h in h5py.File("results/calm/results.h5")["experiments"]["host"]}))')" "node1 node2 node3" "experiments ran on all three hosts"
swept calm "nothing is left on any host"
runs 2 "the same name again is refused" launch calm
like "$ERR" "exists already.*--resume" "and the message says what to do"

# Two launches of one name, from two folders of this machine.
mkdir elsewhere && cp base.ini elsewhere/
twin() { (cd elsewhere && launch twin); }
second() { twin >second.log 2>&1; echo $? >second.rc; }
disturbed twin second
is "$(cat second.rc)" 2 "a second launch of that name from elsewhere is refused" || note "$(cat second.log)"
like "$(cat second.log)" "host 'node[123]' has folder '[^']*/twin' of another launch \\(.*:$TMP/results/twin since .*another \\[run\\] name" "and is told whose the name is"
[ ! -e elsewhere/results/twin ]
ok $? "nothing of it is left here"
is "$RC" 0 "the first goes on" || note "$(tail -5 twin.log)"
same twin
ok $? "same table"
swept twin "nothing is left on any host"
runs 0 "then the name is free for the other" twin

rm "$LAB"/hosts/node3/data/sets/univariate/*/sine-*.test.csv
runs 1 "a missing dataset with on_host_failure = stop" launch missing --set remote.on_host_failure=stop
like "$ERR" "node3.*is missing.*mirror = sync" "the file and the mend are named"
runs 0 "mirror = sync mends the host" launch synced --set datasets.mirror=sync
like "$ERR" "sync +node3 +ok" "the file travelled"
same synced
ok $? "same table as before"

touch "$LAB/hosts/node3/vartmp/taken" # where the others make a folder
runs 0 "a host that cannot have work folders" launch scratch --set run.scratch=/var/tmp/taken
like "$ERR" "host 'node3' gets no work: \[run\] scratch, .*/var/tmp/taken' exists and is no folder" "gets no work, and why"
same scratch
ok $? "same table as before"
swept scratch "nothing is left 5 s after the end"
rm -rf "$LAB"/hosts/node*/vartmp/taken

runs 2 "an over-provisioned host" launch over --set resources.task_cpu_limit=1000
like "$ERR" "1 tasks x 1000 CPUs = 1000 CPUs, it has [0-9.]+" "the arithmetic is shown"
runs 1 "hosts that cannot be used" launch unreachable --set "remote.worker_hosts=node1, nobody@node2, $LAB_NET.99, nowhere.invalid" --set remote.on_host_failure=stop
like "$ERR" "nobody@node2 +FAILED .*key" "refused key"
like "$ERR" "$LAB_NET.99 +FAILED .*(route|answer)" "no answer"
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
disturbed rank0 kill_rank rank0 0
is "$RC" 0 "rank 0 is killed: restarted and resumed" || note "$(tail -5 rank0.log)"
same rank0
ok $? "same table"
workers() { for i in 1 2 3; do kill_rank workers $i; sleep 1; done; }
disturbed workers workers
is "$RC" 0 "all workers are killed: restarted on their hosts" || note "$(tail -5 workers.log)"
like "$(cat workers.log)" "the run lost its workers: restart 1" "which is said"
same workers
ok $? "same table"
disturbed launcher pkill -9 -f "^$TE launch base.ini --set run.name=launcher"
sleep 4
unlike "$(leftovers launcher)" "timeeval-mpi (run|__)" "launcher killed: no process is left on any host"
runs 0 "launch --resume goes on" launch launcher --resume "${SLOWLY[@]}"
same launcher
ok $? "same table"
swept launcher "nothing is left"
disturbed stopped pkill -INT -f "^$TE launch base.ini --set run.name=stopped"
is "$RC" 4 "Ctrl-C stops in order" || note "$(tail -5 stopped.log)"
runs 0 "and --resume completes it" launch stopped --resume "${SLOWLY[@]}"
same stopped
ok $? "same table"

# Ctrl-C never waits for a host that is silent: ssh alone would for 10 s, and a question of the launcher for 40.
took() { # NAME SECONDS WHAT: since $SECONDS0 and not longer
    is "$RC" 4 "$3: exit 4" || note "$(tail -5 "$1.log")"
    [ $((SECONDS - SECONDS0)) -le "$2" ]
    ok $? "$3: within $2 s" || note "$((SECONDS - SECONDS0)) s; $(tail -5 "$1.log")"
}
"$lab" cut node3
launch early >early.log 2>&1 &
job=$!
sleep 2
SECONDS0=$SECONDS
pkill -INT -f "^$TE launch base.ini --set run.name=early"
wait $job
RC=$?
took early 4 "Ctrl-C before the run begins, a host is silent"
[ ! -e results/early ] && [ -z "$(leftovers early)" ]
ok $? "nothing of it is left, here or there"
"$lab" heal node3
if [ -n "${FULL:-}" ]; then
launch first "${SLOWLY[@]}" >first.log 2>&1 &
job=$!
for _ in $(seq 300); do grep -q '^run ' first.log && break; sleep 0.05; done
SECONDS0=$SECONDS
pkill -INT -f "^$TE launch base.ini --set run.name=first"
wait $job
RC=$?
took first 10 "Ctrl-C while mpirun starts the ranks"
runs 0 "and --resume completes it" launch first --resume "${SLOWLY[@]}"
same first
ok $? "same table"
interrupt_silent() { # cut off in mid-run, then Ctrl-C
    "$lab" cut node1
    sleep 4
    SECONDS0=$SECONDS
    pkill -INT -f "^$TE launch base.ini --set run.name=silent"
}
disturbed silent interrupt_silent
took silent 10 "Ctrl-C while the scheduler host is silent"
"$lab" heal node1
sleep 3
runs 0 "and --resume completes it" launch silent --resume "${SLOWLY[@]}"
same silent
ok $? "same table"
for _ in $(seq 65); do [ -n "$(leftovers silent)" ] && sleep 1; done
swept silent "nothing is left, once the agent that was cut off has lost patience"
fi
runs 0 "resuming what is complete does nothing" launch stopped --resume
like "$ERR" "nothing is left to do" "and says so"
finish

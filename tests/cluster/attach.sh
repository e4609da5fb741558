#!/bin/bash
# mpirun on the scheduler host: the run outlives the launcher and its connection, and --attach brings it home.
# shellcheck source=tests/cluster/lib.sh
. "$(dirname "$0")/lib.sh"
cluster
there=(--set remote.mpirun_on=scheduler)

runs 0 "mpirun on the scheduler host" launch calm "${there[@]}"
table results/calm/results.csv >calm.txt
swept calm "nothing is left on any host"

SLOWLY+=("${there[@]}")
kill_launcher() { kill -9 "$(launcher_pid "$1")"; }
disturbed gone kill_launcher gone
is "$RC" 137 "the launcher is killed"
sleep 1
like "$("$lab" run node1 ps ax -o cmd)" "mpirun .*/gone/config.ini" "mpirun lives on at the scheduler host"
runs 0 "status on the folder here says what is known" "$TE" status results/gone
like "$OUT" "gone: (running|interrupted)" "in words"
runs 1 "--resume does not start it a second time" launch gone --resume "${SLOWLY[@]}"
like "$ERR" "goes on at host 'node1'.*--attach" "and names --attach"
runs 0 "--attach follows and collects it" launch gone --attach "${SLOWLY[@]}"
like "$ERR" "attach +node1 +ok +gone goes on" "it says that the run goes on"
same gone
ok $? "same table"
is "$(cat results/gone/exit)" 0 "with the run's exit code"
swept gone "nothing is left on any host"

if [ -n "${FULL:-}" ]; then
runs 0 "a second --attach finds it complete" launch gone --attach "${SLOWLY[@]}"
# The end may come while nobody looks on, and need not be a good one.
SLOWLY=("${there[@]}" --set datasets.mirror=off --set "algorithm:worker.fake=sleep=0.3,fail=0.4")
disturbed unseen kill_launcher unseen
for ((i = 0; i < 150; i++)); do
    "$lab" run node1 ps ax -o cmd | grep -q "[m]pirun .*/unseen/config.ini" || break
    sleep 0.2
done
runs 3 "--attach after the end collects it and ends with its code" launch unseen --attach "${SLOWLY[@]}"
like "$ERR" "attach +node1 +ok +unseen has ended" "it says that the run has ended"
swept unseen "nothing is left on any host"
runs 3 "a second --attach gives the same code" launch unseen --attach "${SLOWLY[@]}"
fi

SLOWLY=("${there[@]}" --set datasets.mirror=off --set algorithm:worker.fake=sleep=0.6)
cut_connections() { pkill -9 -P "$(launcher_pid "$1")" ssh; }
disturbed cut cut_connections cut
is "$RC" 0 "the launcher's connections break: it connects again" || note "$(tail -n 5 cut.log)"
like "$(cat cut.log)" "connection to scheduler host 'node1' is lost.*trying again" "and says so"
same cut
ok $? "same table"

if [ -n "${FULL:-}" ]; then
if command -v iptables >/dev/null; then
    # The hosts cannot connect to where launch runs, as behind a router.
    wall=(INPUT -i "${LAB_TAG}br" -p tcp --syn -j DROP)
    iptables -I "${wall[@]}"
    AT_EXIT="iptables -D ${wall[*]} 2>/dev/null; $AT_EXIT"
    runs 0 "hosts that do not reach the launcher" launch wall --set datasets.mirror=off --set run.repetitions=1
    like "$ERR" "mpirun runs on the scheduler host: host 'node[123]': it does not reach" "mpirun runs on the scheduler host by itself"
    iptables -D "${wall[@]}"
else
    skip "hosts that do not reach the launcher" "no iptables on this machine"
fi
kill_there() { "$lab" run node1 pkill -9 mpirun; }
disturbed broken kill_there
is "$RC" 0 "mpirun is killed there: restarted and resumed" || note "$(tail -n 5 broken.log)"
same broken
ok $? "same table"
interrupt() { kill -INT "$(launcher_pid "$1")"; }
disturbed stopped interrupt stopped
is "$RC" 4 "Ctrl-C stops it in order" || note "$(tail -n 5 stopped.log)"
runs 0 "--resume completes it" launch stopped --resume "${SLOWLY[@]}"
same stopped
ok $? "same table"
fi
runs 2 "--attach to what is no launch is refused" launch nothing --attach "${SLOWLY[@]}"
finish

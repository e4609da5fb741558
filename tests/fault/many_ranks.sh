#!/bin/bash
# 64 ranks on one machine do what one does; two rank 0s of one run where the lock cannot help (its file is gone, as on a
# file system without locks): the journal tells the first one, which leaves, and nothing is lost or twice.
. "$(dirname "$0")/../lib.sh"
need mpirun
cd "$TMP" || exit 1

keys() { cut -d, -f1-3,15,17 "$1" | sort; }

fake_config two sleep=0.3 20
mpirun --oversubscribe --bind-to none --enable-recovery -np 3 "$TE" run two.ini >first.log 2>&1 </dev/null &
first=$!
for _ in $(seq 100); do
    "$TE" status results/two 2>/dev/null | grep -q ': experiment' && break
    sleep 0.1
done
sleep 1
rm results/two/run.lock
runs 0 "a second rank 0 takes a run over" timeout 200 mpirun --oversubscribe --bind-to none --enable-recovery -np 3 \
    "$TE" run two.ini --resume
gone=1
for _ in $(seq 100); do
    kill -0 "$first" 2>/dev/null || { gone=0; break; }
    sleep 0.1
done
ok $gone "the first one has left"
[ $gone = 0 ] || kill -9 "$first"
wait "$first" 2>/dev/null
like "$(cat first.log)" "journal.log' is being written by another rank 0" "and says why"
is "$(cat results/two/exit)" 0 "the second one's end is what counts"
rows=$(keys results/two/results.csv | grep -c ^fake)
is "$(keys results/two/results.csv | grep ^fake | uniq | wc -l)" "$rows" "no experiment is twice"
runs 0 "and none is lost" "$TE" verify results/two/results.h5
is "$((rows + 1))" "$("$TE" plan two.ini --csv | grep -c ^)" "as many rows as the plan has, beside its header"

if [ -z "${FULL:-}" ]; then
    skip "64 ranks" "only with FULL=1 (make check-full)"
else
    fake_config crowd ok 50
    runs 0 "64 ranks on one machine" timeout 300 mpirun --oversubscribe --bind-to none --enable-recovery -np 64 "$TE" run crowd.ini
    runs 0 "one process" "$TE" run crowd.ini --set run.name=alone
    is "$(keys results/crowd/results.csv | md5sum)" "$(keys results/alone/results.csv | md5sum)" "they did the same experiments"
    is "$(cat results/crowd/exit)" 0 "and all went well"

    # Longer than workers may be silent, shorter than they bear silence; then a worker for ten seconds.
    fake_config held sleep=0.5 25
    mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run held.ini >held.log 2>&1 </dev/null &
    job=$!
    for _ in $(seq 100); do "$TE" status results/held 2>/dev/null | grep -q ': experiment' && break; sleep 0.1; done
    mapfile -t ranks < <(pgrep -P "$job" -f "$TE run held.ini" | sort -n)
    kill -STOP "${ranks[0]}"
    sleep 17
    kill -CONT "${ranks[0]}"
    sleep 2
    kill -STOP "${ranks[2]}"
    sleep 10
    kill -CONT "${ranks[2]}"
    wait "$job"
    is "$(cat results/held/exit)" 0 "a rank 0 that is held up for 17 s goes on, and so does a worker after 10 s"
    unlike "$(cat results/held/run.log)" " is lost" "and nobody was lost"
fi
finish

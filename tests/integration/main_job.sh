#!/bin/bash
# The main job on real ranks with the fake adapter: one process, four ranks, stop and resume, what may not differ, two
# rank 0s, a worker that dies, large scores, status.
. "$(dirname "$0")/../lib.sh"
need mpirun
cd "$TMP" || exit 1

rows() { grep -c ^fake, "$1"; }

fake_config alone ok 2
runs 0 "one process runs all experiments" "$TE" alone.ini
n=$(rows results/alone/results.csv)
is "$(cat results/alone/exit)" 0 "the completion marker holds the exit code"
runs 0 "verify finds the file whole" "$TE" verify results/alone/results.h5
runs 2 "the same name again is refused" "$TE" alone.ini
like "$ERR" "alone.*--resume" "the message says what to do"
runs 0 "resuming a complete run has nothing to do" "$TE" alone.ini --resume
runs 2 "another plan cannot be resumed" "$TE" alone.ini --resume --set run.repetitions=3
like "$ERR" "repetitions = 2.*repetitions = 3" "the difference is named"

runs 2 "a word that --retry does not know is refused" "$TE" alone.ini --retry banana
is "$(cat results/alone/exit)" 0 "and the complete run stays complete"
runs 0 "a dry run" "$TE" run alone.ini --dry-run
runs 0 "takes the place of the one before" "$TE" run alone.ini --dry-run
is "$(rows results/alone.dry-run/results.csv)" "$n" "it makes every result up"

sed '/^name = /d' alone.ini >unnamed.ini
for i in 1 2 3; do "$TE" unnamed.ini --set run.results=unnamed >unnamed$i.log 2>&1 & done
wait
is "$(ls unnamed | wc -l) $(cat unnamed/*/exit | sort | uniq -c | tr -s ' ')" "3  3 0" "three runs without a name that begin at once have a folder each"

fake_config order "sleep=0.01" 2
printf '[algorithm:long]\nfake = sleep=0.15\ntraining_type = unsupervised\n' >>order.ini
order() # NAME: algorithms as they were started
{
    "$TE" order.ini --set "run.name=$1" --set run.results=ordered \
        --set datasets.include=oscillations/ecg-beats >order.log 2>&1 || cat order.log
    /usr/bin/python3 -c 'import sys, h5py; t = h5py.File(sys.argv[1])["experiments"][:]; t.sort(order="started"); print(*(a.decode() for a in t["algorithm"]))' \
        "ordered/$1/results.h5"
}
is "$(order unknown)" "fake fake long long" "nothing is known: the order of the plan"
is "$(order known)" "long long fake fake" "an earlier run tells what takes longest"

fake_config again "sleep=0.2" 5
sed -i 's|^root = .*|&\ninclude = oscillations/ecg-beats|' again.ini
runs 0 "a run to retry" "$TE" again.ini
"$TE" again.ini --retry ok >again.log 2>&1 &
pid=$!
for _ in $(seq 100); do grep -q '"done": [0-4],' results/again/status.json 2>/dev/null && break; sleep 0.05; done
kill -9 $pid
wait $pid 2>/dev/null
runs 0 "finish after a retry that was killed" "$TE" finish results/again
like "$OUT" "were to run again" "tells what did not run again"
runs 0 "which --resume does" "$TE" again.ini --resume
is "$(grep -c . results/again/results.csv) $(cat results/again/exit)" "6 0" "the run is complete"

runs 0 "four ranks do the same" mpi 4 alone.ini --set run.name=four
is "$(rows results/four/results.csv)" "$n" "four ranks: as many rows"
values() { cut -d, -f1-3,18- "$1" | sort; }
is "$(values results/four/results.csv | md5sum)" "$(values results/alone/results.csv | md5sum)" \
    "the values do not depend on the number of ranks"
runs 0 "more ranks than experiments need" mpi 12 alone.ini --set run.name=twelve
is "$(rows results/twelve/results.csv)" "$n" "twelve ranks: as many rows"
runs 0 "tasks_per_host leaves surplus ranks without work" timeout 40 \
    mpirun --oversubscribe --bind-to none --enable-recovery -np 5 "$TE" alone.ini --set run.name=few --set resources.tasks_per_host=2
like "$ERR" "gets no work: surplus rank.*tasks_per_host" "and says so"
is "$(cat results/few/exit)" 0 "the run is complete"
is "$(cut -d, -f1 results/few/results.csv | grep -c fake)" "$n" "two slots: as many rows"
runs 0 "status tells the exit code" "$TE" status results/four --exit-code

fake_config slow sleep=0.2 8
mpirun --oversubscribe --bind-to none --enable-recovery -np 3 "$TE" slow.ini >out 2>&1 &
job=$!
for _ in $(seq 100); do
    [ -s results/slow/status.json ] && "$TE" status results/slow 2>/dev/null | grep -q ': experiment' && break
    sleep 0.1
done
like "$("$TE" status results/slow 2>&1)" "slow: running" "status sees a run that goes on"
runs 1 "there is no exit code yet" "$TE" status results/slow --exit-code
runs 1 "a second rank 0 is refused" "$TE" slow.ini --resume
like "$ERR" "going on already.*process" "the message says who has the lock"
runs 1 "finish leaves a run that goes on alone" "$TE" finish results/slow
like "$ERR" "going on already" "and says so"
kill -USR1 "$job"
began=$(date +%s)
wait "$job"
[ $(($(date +%s) - began)) -le 10 ]
ok $? "SIGUSR1 stops the run within 10 s"
is "$(cat results/slow/exit)" 4 "an orderly stop has exit code 4"
runs 4 "status passes the exit code on" "$TE" status results/slow --exit-code
some=$(rows results/slow/results.csv)
[ "$some" -lt $((n * 4)) ]
ok $? "some experiments are left ($some of $((n * 4)) are done)"
mpi 3 slow.ini --resume --set run.progress=auto >out 2>&1
is "$(rows results/slow/results.csv)" $((n * 4)) "resumed: every experiment is there once"
is "$(cat results/slow/exit)" 0 "resumed: complete"

# Attempts 1 and 2 take their rank with them; the third succeeds elsewhere.
fake_config killer "kill=2" 1
runs 0 "a task that kills two ranks" timeout 120 mpirun --oversubscribe --bind-to none --enable-recovery -np 5 \
    "$TE" run killer.ini --set "datasets.include=machines/heart"
is "$(cat results/killer/exit 2>/dev/null)" 0 "the third attempt succeeds"

if [ -n "${QUICK:-}" ]; then
    skip "scores of a million points" "QUICK is set"
else
    mkdir -p big/c
    /usr/bin/python3 - <<'END'
h = ("collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,train_type,train_is_normal,"
     "input_type,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,"
     "max_anomaly_length,mean,stddev,trend,stationarity,period_size")
open("big/datasets.csv", "w").write(h + "\nc,million,,c/m.csv,synthetic,False,,unsupervised,False,univariate,1000000,1,"
                                    "0.001,1,1,1,1,0.0,1.0,no trend,stationary,\n")
with open("big/c/m.csv", "w") as f:
    f.write("timestamp,value,is_anomaly\n")
    for i in range(1000000):
        f.write(f"{i},{i % 7}.5,{int(5000 <= i < 6000)}\n")
END
    fake_config million ok 3
    sed -i "s|^root = .*|root = $TMP/big|" million.ini
    # A network of its own has a docker0, and no interface of another test that comes and goes.
    net=()
    printf '#!/bin/sh\n%s\nexec "$@"\n' 'ip link set lo up && ip link add eth0 type dummy && ip addr add 10.99.0.1/24 dev eth0 &&
    ip link set eth0 up && ip link add docker0 type bridge && ip addr add 172.17.0.1/16 dev docker0 &&
    ip link set docker0 up || exit 1' >net.sh
    chmod +x net.sh
    unshare --net ./net.sh true 2>/dev/null && net=(unshare --net ./net.sh)
    runs 0 "scores of a million points travel${net:+ with a docker0 there}" timeout 100 "${net[@]}" mpirun --oversubscribe --bind-to none --enable-recovery \
        --mca btl tcp,self -np 3 "$TE" million.ini
    runs 0 "they are whole" "$TE" verify results/million/results.h5
    like "$OUT" "scores 3000000" "all of them"
fi
finish

#!/bin/bash
# Real small file systems that fill up: under the journal, under the result file, under the scratch folder. A run stops
# in order, says why, loses nothing, and goes on when there is room.
. "$(dirname "$0")/../lib.sh"
need mpirun mount python3
cd "$TMP" || exit 1
mkdir small data scratch
# shellcheck disable=SC2034 # lib.sh reads it
AT_EXIT='umount -l "$TMP/small" "$TMP/scratch" 2>/dev/null'
mount -t tmpfs -o size=1m none small 2>why || skip_all "no file system can be mounted: $(cat why)"
room() { mount -o "remount,size=$2" "$TMP/$1"; }

/usr/bin/python3 - <<'END'
h = ("collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,train_type,train_is_normal,"
     "input_type,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,"
     "max_anomaly_length,mean,stddev,trend,stationarity,period_size")
with open("data/datasets.csv", "w") as f:
    print(h + "\nc,d,,d.csv,synthetic,False,,unsupervised,False,univariate,4000,1,0.1,1,10,10,10,3,2,no trend,stationary,7", file=f)
with open("data/d.csv", "w") as f:
    print("timestamp,value,is_anomaly", file=f)
    for i in range(4000):
        print(f"{i},{i * 7919 % 1000}.{i % 97},{int(i >= 3600)}", file=f)
END
cat >c.ini <<END
[run]
name = x
results = small
repetitions = 60
metrics = ROC_AUC
progress = off
[datasets]
root = data
[algorithm:a]
function = $BUILD/tests/fakes/lib_detect.so:detect
training_type = unsupervised
END
recorded() { "$TE" status small/x | sed -n 's/^\([0-9]*\) of .*/\1/p'; }
rows() { tail -n +2 small/x/results.csv | cut -d, -f15 | sort -n | uniq | wc -l; }
whole() # NAME: 60 experiments, each once, and a sound file
{
    is "$(rows) $(tail -n +2 small/x/results.csv | wc -l)" "60 60" "$1: every experiment is there once"
    runs 0 "$1: verify" "$TE" verify small/x/results.h5
    like "$OUT" "experiments 60: OK 60 .*scores 240000.*complete yes|complete yes" "$1: the file is complete"
}

# the journal cannot grow
for ranks in 1 3; do
    name="journal, $ranks ranks"
    room small 1m
    if [ $ranks = 1 ]; then
        runs 1 "$name: exit status 1" "$TE" run c.ini
    else
        timeout 100 mpirun --oversubscribe --bind-to none --enable-recovery -np $ranks "$TE" run c.ini >out 2>&1 </dev/null
        ERR=$(cat out)
    fi
    like "$ERR" "cannot append to '.*/small/x/journal.log'.*No space left on device" "$name: says what is full"
    like "$ERR" "the disk is full; what was recorded is kept in '.*/small/x': make room, then --resume" "$name: and what to do"
    is "$(cat small/x/exit)" 1 "$name: the marker says that the run could not go on"
    some=$(recorded)
    [ "$some" -gt 0 ] && [ "$some" -lt 60 ]
    ok $? "$name: some experiments are recorded ($some of 60)"
    runs 1 "$name: without room it stops again" timeout 60 "$TE" run c.ini --resume
    [ "$(recorded)" -ge "$some" ]
    ok $? "$name: and loses nothing by it"
    room small 40m
    runs 0 "$name: with room --resume completes it" "$TE" run c.ini --resume
    whole "$name"
    size=$(stat -c %s small/x/journal.log)
    rm -rf small/x
done

# the journal is whole, the result file is not
room small $(((size / 4096 + 30) * 4096))
runs 1 "result file: exit status 1" "$TE" run c.ini
like "$ERR" "results.h5|results of|data set .*No space left on device" "result file: says what is full"
like "$ERR" "the disk is full; .*make room, then --resume" "result file: and what to do"
is "$(recorded)" 60 "result file: all experiments are recorded"
is "$(find small/x -name "*tmp*")" "" "result file: no half file is left"
[ ! -e small/x/results.h5 ] || runs 0 "result file: the one that is there is sound" "$TE" verify small/x/results.h5
room small 40m
runs 0 "result file: finish does the rest" "$TE" finish small/x
whole "result file"
is "$(cat small/x/exit)" 0 "result file: the marker says that the run is complete"
rm -rf small/x

# the scratch folder of a worker
mount -t tmpfs -o size=1m none scratch
head -c 1012k /dev/zero >scratch/filler # of somebody else
runs 1 "scratch: full from the start" "$TE" run c.ini --set run.repetitions=2 --set "run.scratch=$TMP/scratch"
like "$ERR" "gets no work: the scratch folder '$TMP/scratch' is full: make room" "scratch: the host gets no work, and why"
is "$(recorded) $(ls scratch)" "0 filler" "scratch: nothing was tried, nothing of ours is left there"
rm scratch/filler
runs 0 "scratch: with room --resume completes it" "$TE" run c.ini --set run.repetitions=2 --set "run.scratch=$TMP/scratch" --resume
rm -rf small/x
cat >fills.ini <<END
[run]
name = x
results = small
repetitions = 4
metrics = ROC_AUC
scratch = $TMP/scratch
progress = off
[datasets]
root = data
[algorithm:a]
command = sh -c "[ -e $TMP/once ] || { touch $TMP/once; head -c 2m /dev/zero >$TMP/scratch/filler; }; exit 7" {args}
training_type = unsupervised
END
runs 1 "scratch: full in mid-run" "$TE" run fills.ini
like "$ERR" "infrastructure: .*the scratch folder '$TMP/scratch' is full" "scratch: that is nobody's failure"
is "$(recorded) $(ls scratch)" "0 filler" "scratch: no other task is tried there"
rm scratch/filler
runs 3 "scratch: with room --resume completes it" "$TE" run fills.ini --resume
is "$("$TE" status small/x --failed --csv | grep -c ',exit,')" 4 "scratch: every experiment had its own end"
rm -rf small/x
finish

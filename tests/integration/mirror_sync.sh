#!/bin/bash
# mirror = sync on real ranks: hosts are namespaces with a name and a dataset folder of their own. What they lack comes
# from rank 0, once read, whole and verified; what cannot be put to one host is that host's loss alone.
. "$(dirname "$0")/../lib.sh"
need mpirun unshare mount
[ "$(id -u)" = 0 ] && unshare --mount --uts true 2>/dev/null || skip_all "hosts of their own need root and namespaces"
cd "$TMP" || exit 1
mkdir b c empty
cp -r "$ROOT/datasets-index" data

# host NAME COMMAND...: with NAME/ in place of data/, prepared by NAME.sh if there is one
cat >host <<'END'
#!/bin/sh
name=$1
shift
hostname "$name"
export XDG_CACHE_HOME=$PWD/cache-$name
[ "$name" = a ] || mount --bind "$name" data || exit 1
[ ! -e "$name.sh" ] || . "./$name.sh"
exec "$@"
END
chmod +x host
cat >run.ini <<END
[run]
metrics = ROC_AUC
progress = off
[datasets]
root = data
mirror = sync
[algorithm:fake]
fake = ok
training_type = unsupervised
input_dimensionality = multivariate
END

# sync NAME "HOST RANKS..." ARGS...: rank 0 and these
sync()
{
    local name=$1 hosts=$2 line=() host
    shift 2
    for host in $hosts; do
        line+=(: -np "${host#*=}" unshare --mount --uts ./host "${host%=*}" "$TE" run run.ini --set run.name="$name" "$@")
    done
    timeout 60 mpirun --oversubscribe --bind-to none --enable-recovery -np 1 unshare --mount --uts ./host a \
        "$TE" run run.ini --set run.name="$name" "$@" "${line[@]}" >log 2>&1 </dev/null
    LOG=$(cat log)
}
exit_of() { cat "results/$1/exit" 2>/dev/null; }
same() { (cd data && find . -name '*.csv' ! -name datasets.csv -exec cmp {} "../$1/{}" \; 2>&1); }
parts() { find b c data outside -name '*.timeeval-part' 2>/dev/null; }

sync fresh "b=2 c=1" --set algorithm:fake.fake=sleep=0.1
is "$(exit_of fresh)" 0 "two hosts without any dataset"
is "$(same b)$(same c)" "" "both have every file, byte for byte"
like "$LOG" "host 'b' lacks 17 of 17 dataset files" "what comes is said"
like "$LOG" "host 'c': 17 dataset files copied" "and what has come"
read -r once twice < <(sed -n 's/.*dataset files: \([0-9]*\) bytes read here, \([0-9]*\) sent.*/\1 \2/p' results/fresh/run.log)
is "$twice" $((2 * ${once:-0})) "each file is read once for both"
is "$(parts)" "" "no temporary file is left"

rm b/multivariate/machines/heart.test.csv
echo more >>c/multivariate/machines/modes.test.csv
sed -i '5s/[1-9]/7/' c/univariate/walks/random-walk-mean.test.csv
touch b/mine
sync again "b=1" --set algorithm:fake.fake=sleep=0.02
LOG_B=$LOG
sync again_c "c=1"
is "$(exit_of again)$(exit_of again_c)" 00 "one file missing here, two changed there"
is "$(same b)$(same c)" "" "they are mended"
like "$LOG_B" "host 'b' lacks 1 of" "only what differs travels"
[ -e b/mine ]
ok $? "what else is there stays"
before=$(stat -c %i b/multivariate/machines/*)
sync third "a=1 b=2 c=1"
unlike "$LOG" "lacks" "a third time nothing travels, and never to a host that shares the folder"
is "$(stat -c %i b/multivariate/machines/*)" "$before" "and nothing is written"

# ---- one host's troubles -------------------------------------------------------------------------
rm -rf c/*
mkdir outside
ln -s "$PWD/outside" c/univariate
sync link "c=1"
is "$(exit_of link)" 3 "a link that leads out of the dataset folder"
like "$LOG" "host 'c': dataset file .*a symbolic link leads out of dataset folder" "is refused"
is "$(ls outside)" "" "nothing is written there"
[ -s c/multivariate/machines/heart.test.csv ]
ok $? "the other files came"
rm -rf c/*
echo 'mount -t tmpfs -o size=200k none data' >c.sh
sync full "b=1 c=1" --set algorithm:fake.fake=sleep=0.1
is "$(exit_of full)" 0 "a full disk on one host"
like "$LOG" "host 'c': dataset file .*No space left" "is told"
like "$LOG" "host 'c': [0-9]+ dataset files copied .*; [0-9]+ could not be copied" "with what came and what did not"
echo 'mount -o remount,bind,ro data' >c.sh
sync readonly "b=1 c=1"
is "$(exit_of readonly)" 0 "a dataset folder that cannot be written"
like "$LOG" "host 'c': dataset file .*Read-only file system" "is told"
sync nowhere "c=1"
is "$(exit_of nowhere)" 3 "where no host can have them the experiments are errors"
like "$(cat results/nowhere/results.csv)" "no host has the experiment's dataset" "for that reason"
rm c.sh

# ---- a large file, and who works meanwhile -------------------------------------------------------
truncate -s 120M data/multivariate/machines/heart.train.csv
slow=(--set algorithm:fake.training_type=semi-supervised --set algorithm:fake.fake=sleep=0.05 --set run.keep_files=true)
sync large "b=1" "${slow[@]}"
is "$(exit_of large)" 0 "a file of 120 MB"
is "$(cmp data/multivariate/machines/heart.train.csv b/multivariate/machines/heart.train.csv 2>&1)" "" "is copied"
first=$(find results/large -name 'anomaly_scores.ts' -printf '%T@\n' | sort -n | head -n 1)
[ "$(printf '%s\n' "$first" "$(stat -c %.Z b/multivariate/machines/heart.train.csv)" | sort -n | head -n 1)" = "$first" ]
ok $? "experiments on other datasets were done before it was there"

# ---- killed in the middle ------------------------------------------------------------------------
# until a part of the large file is there, without a pause, for the copy takes less than a second
wait_for_part()
{
    local until=$((SECONDS + 30))
    while [ $SECONDS -lt $until ]; do
        compgen -G 'b/multivariate/machines/.*.timeeval-part' >part && break
    done
}
rm b/multivariate/machines/heart.train.csv
echo 'echo $$ >>b.pid' >b.sh
sync killed "b=1 c=1" "${slow[@]}" &
job=$!
wait_for_part
read -r victim <b.pid
kill -9 "$victim"
wait "$job"
is "$(exit_of killed)" 0 "the run goes on without a host that dies in the middle" || note "$(cat log)"
[ ! -e b/multivariate/machines/heart.train.csv ] && [ -n "$(parts)" ]
ok $? "a part is left there, not at the file's place"
cp -r b/multivariate/machines/.*.timeeval-part data/multivariate/machines/
runs 0 "clean looks beside the datasets" "$TE" clean --config run.ini
like "$OUT" "removed 1 parts of dataset files" "and removes such a part"
sync after "b=1" "${slow[@]}"
is "$(exit_of after)" 0 "the next run copies it"
is "$(same b)$(parts)" "" "whole, and the part is gone"
rm b/multivariate/machines/heart.train.csv b.pid
sync led "b=2" "${slow[@]}" &
job=$!
wait_for_part
while read -r pid; do
    readlink "/proc/$pid/fd"/* 2>/dev/null | grep -q 'timeeval-part$' && kill -9 "$pid" && break
done <b.pid
wait "$job"
is "$(exit_of led)" 0 "the rank that writes dies, its host has another"
like "$(cat log)" "rank . on b is lost" "it was that rank"
is "$(same b)" "" "which copies what was not there"
finish

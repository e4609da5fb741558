#!/bin/bash
# Mirrors: the check of one node when nothing has changed (bench_mirror.c), and what mirror = sync takes over MPI to one
# and to two hosts, beside `cp` and a pipe of the same bytes into sha256sum in the same run. Everything lies in memory
# (/dev/shm); experiments sleep, so that the run does not end before its copies; hosts are namespaces with a dataset folder of their own.
#
#   bench_mirror.sh [MEGABYTES]     default 400, in one file; then 1000 files of 20 kB
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
"$root/build/${VARIANT:-release}/tests/bench/bench_mirror" || exit 1
[ "$(id -u)" = 0 ] && unshare --mount --uts true 2>/dev/null || { echo "no sync measured: hosts of their own need root"; exit 77; }
mb=${1:-400}
begin /dev/shm
export OMPI_MCA_btl_vader_single_copy_mechanism=none
mkdir data b c

cat >host <<'END'
#!/bin/sh
name=$1
shift
hostname "$name"
export XDG_CACHE_HOME=$PWD/cache-$name
[ "$name" = a ] || mount --bind "$name" data || exit 1
exec "$@"
END
chmod +x host
{
    printf '[run]\nresults = r\nmetrics = ROC_AUC\nprogress = off\n[datasets]\nroot = data\nmirror = sync\n'
    printf '[algorithm:f]\nfake = sleep=5\ntraining_type = semi-supervised\n'
} >run.ini

# sync NAME HOST...: seconds from the moment when the last host has told what it lacks to its last file, the slowest's
sync()
{
    local name=$1 line=() host
    shift
    for host; do
        rm -rf "${host:?}"/*
        line+=(: -np 1 unshare --mount --uts ./host "$host" "$program" run run.ini --set run.name="$name")
    done
    mpirun --oversubscribe --bind-to none --enable-recovery -np 1 unshare --mount --uts ./host a "$program" run run.ini \
        --set run.name="$name" "${line[@]}" >log 2>&1 </dev/null
    awk -v want=$# '
        function at(stamp) { split(substr(stamp, 12), t, /[:Z]/); return t[1] * 3600 + t[2] * 60 + t[3] }
        / lacks / { begin = at($1) }
        / dataset files copied / { end = at($1); n++ }
        END { if (n != want) exit 1; printf "%.3f\n", end - begin }' "r/$name/run.log" || { cat log >&2; return 1; }
}
seconds() { local t0 t1; t0=$(date +%s%N); "$@" || return 1; t1=$(date +%s%N); awk -v n=$((t1 - t0)) 'BEGIN { printf "%.3f\n", n / 1e9 }'; }
piped() { cat data/one.csv | tee b/copy | sha256sum >/dev/null; }

header=collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,train_type,train_is_normal,input_type,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,max_anomaly_length,mean,stddev,trend,stationarity,period_size
row() { echo "x,$1,$2,$3,synthetic,False,,semi-supervised,True,univariate,3,1,0.3,1,1,1,1,0,1,no trend,stationary,"; }
printf 'timestamp,value,is_anomaly\n0,1,0\n1,2,1\n2,1,0\n' >data/test.csv
truncate -s "${mb}M" data/one.csv
{ echo $header; row one one.csv test.csv; } >data/datasets.csv
copied=$(seconds cp data/one.csv b/copy) && rm b/copy && pipe=$(seconds piped) && one=$(sync one b) && two=$(sync two b c) || exit 1
echo "$mb $copied $pipe $one $two" | awk '{
    printf "%d MB in one file: over MPI to one host %.0f MB/s, to two %.0f MB/s each; pipe into sha256sum and a file %.0f, cp %.0f MB/s\n", $1, $1 / $4, $1 / $5, $1 / $3, $1 / $2
    printf "   time to one host against that pipe %.2f, to two hosts against one %.2f\n", $4 / $3, $5 / $4 }'

rm data/one.csv
sed -i 's/sleep=5/sleep=0.02/' run.ini
mkdir data/small
awk 'BEGIN { print "timestamp,value,is_anomaly"; for (i = 0; i < 1100; i++) printf "%d,%.9f,0\n", i, sin(i) }' >series
{
    echo $header
    for i in $(seq 1000); do
        cp series "data/small/$i.csv"
        row "$i" small/$i.csv test.csv
    done
} >data/datasets.csv
copied=$(seconds cp -r data/small b/copy) && many=$(sync many b c) || exit 1
echo "$many $copied" | awk '{ printf "1000 files of 20 kB: over MPI to two hosts %.2f s, %.0f files/s; cp -r to one %.2f s\n", $1, 1000 / $1, $2 }'

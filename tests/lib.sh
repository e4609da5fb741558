# shellcheck shell=bash disable=SC2034 # sourced; sets variables for the tests
# Shell tests: TAP on standard output. Source it first:  . "$(dirname "$0")/../lib.sh"
#
#   runs RC NAME CMD...      runs CMD; $OUT and $ERR hold what it printed, $RC its exit status
#   ok RC NAME               is GOT WANT NAME        like TEXT ERE NAME        unlike TEXT ERE NAME
#   skip NAME REASON         skip_all REASON         note TEXT                 finish (last line of a test)
#   mpi N ARGS...            timeeval-mpi ARGS on N ranks of this machine
#   until_empty TENTHS CMD...  waits for so many tenths of a second until CMD prints nothing; else prints what it does
#   groups_of RUN            control groups of a run, slices among them
#   fake_config NAME SCRIPT REPETITIONS   writes NAME.ini: one fake algorithm on the datasets of this project
#   need_engine              $ENGINE: socket of a Docker engine (skips everything where there is none)
#   need CMD...              skips everything where a command is missing
#   tiny_data                ./data: a dataset folder with c/d, 100 points, univariate, unsupervised
#
# $ROOT project, $BUILD build folder, $TE the program, $SHARED the shared folder beside the project (or empty), $TMP a
# folder of this test's own that goes at the end (kept with KEEP=1).
set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
VARIANT=${VARIANT:-release}
BUILD=$ROOT/build/$VARIANT
TE=$BUILD/timeeval-mpi
SHARED=
[ -d "$ROOT/../shared/golden" ] && SHARED=$(cd "$ROOT/../shared" && pwd)
# short: a socket's path may have 107 bytes
TMP=$(mktemp -d "${TMPDIR:-/tmp}/tet.XXXXXX") || exit 1
TESTS=0 FAILED=0
AT_EXIT=
export LC_ALL=C.UTF-8 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_rmaps_base_oversubscribe=1

leave()
{
    local rc=$?
    trap - EXIT
    [ -z "$AT_EXIT" ] || eval "$AT_EXIT"
    [ -n "${KEEP:-}" ] && echo "# kept $TMP" || rm -rf "$TMP"
    exit $rc
}
trap leave EXIT
trap 'exit 143' TERM
trap 'exit 130' INT

note() { printf '%s\n' "$*" | sed 's/^/# /'; }

ok()
{
    TESTS=$((TESTS + 1))
    if [ "$1" = 0 ]; then
        echo "ok $TESTS - $2"
    else
        FAILED=$((FAILED + 1))
        echo "not ok $TESTS - $2"
        return 1
    fi
}

is()
{
    [ "$1" = "$2" ]
    ok $? "$3" || { note "got:      $1"; note "expected: $2"; return 1; }
}

like()
{
    printf '%s\n' "$1" | grep -qE -- "$2"
    ok $? "$3" || { note "got: $1"; note "expected to match: $2"; return 1; }
}

unlike()
{
    ! printf '%s\n' "$1" | grep -qE -- "$2"
    ok $? "$3" || { note "got: $1"; note "expected not to match: $2"; return 1; }
}

runs()
{
    local want=$1 name=$2
    shift 2
    "$@" >"$TMP/.out" 2>"$TMP/.err" </dev/null
    RC=$?
    OUT=$(tr -d '\0' <"$TMP/.out")
    ERR=$(tr -d '\0' <"$TMP/.err")
    [ "$RC" = "$want" ]
    ok $? "$name" || { note "exit status $RC, expected $want: $*"; note "${OUT:0:2000}"; note "${ERR:0:2000}"; return 1; }
}

skip()
{
    TESTS=$((TESTS + 1))
    echo "ok $TESTS - $1 # SKIP $2"
}

skip_all()
{
    echo "1..0 # SKIP $1"
    exit 0
}

finish()
{
    echo "1..$TESTS"
    [ $FAILED = 0 ]
    exit
}

need()
{
    local c
    for c; do command -v "$c" >/dev/null 2>&1 || skip_all "no '$c' on this machine"; done
}

until_empty()
{
    local i text tenths=$1
    shift
    for ((i = 0; i < tenths; i++)); do
        text=$("$@")
        [ -n "$text" ] || return 0
        sleep 0.1
    done
    printf '%s\n' "$text"
    return 1
}

# In the name of a slice every '-' is a '_'.
groups_of() { ls -d /sys/fs/cgroup/{,*/}timeeval[-_]mpi.*[-_]${1//-/[-_]}[-_]* 2>/dev/null; }

mpi()
{
    local n=$1
    shift
    mpirun --oversubscribe --bind-to none --enable-recovery -np "$n" "$TE" "$@"
}

fake_config()
{
    cat >"$1.ini" <<END
[run]
name = $1
results = results
repetitions = $3
metrics = ROC_AUC
progress = off
[datasets]
root = $ROOT/datasets-index
[algorithm:fake]
fake = $2
training_type = unsupervised
input_dimensionality = multivariate
END
}

# mixed_run RUN_LINES [ALGORITHM_LINES]: runs c.ini, in which an algorithm of two settings works and another one fails
mixed_run()
{
    cat >c.ini <<END
[run]
name = r
results = $TMP
$1
[datasets]
root = $ROOT/datasets-index
include = walks/*
[algorithm:fine]
fake = ok
training_type = unsupervised
input_dimensionality = univariate
grid.window = [10, 20]
${2:-}
[algorithm:broken]
fake = exit 3
training_type = unsupervised
input_dimensionality = univariate
END
    runs 3 "a run with failures" "$TE" run c.ini
}

need_engine()
{
    ENGINE=$("$ROOT/jobs/engine.sh" start 2>"$TMP/.engine") || skip_all "no Docker engine: $(tail -n 1 "$TMP/.engine")"
    ENGINE=${ENGINE#unix://}
    export DOCKER_HOST=unix://$ENGINE
}

tiny_data()
{
    local i
    mkdir data
    cat >data/datasets.csv <<'END'
collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,train_type,train_is_normal,input_type,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,max_anomaly_length,mean,stddev,trend,stationarity,period_size
c,d,,d.csv,synthetic,False,,unsupervised,False,univariate,100,1,0.1,1,10,10,10,3,2,no trend,stationary,7
END
    {
        echo timestamp,value,is_anomaly
        for ((i = 0; i < 100; i++)); do echo "$i,$((i % 7)).5,$((i >= 90))"; done
    } >data/d.csv
}

# shellcheck shell=bash disable=SC2034,SC2154 # sourced; sets variables for the tests
# What the cluster tests share: three hosts made of namespaces, each with sshd, a name and datasets of its own.
#
#   cluster [N]                  brings N (3) hosts up and writes base.ini; skips everything where that cannot be
#   launch NAME [OPTION...]      launches base.ini under a name from outside the cluster
#   disturbed NAME COMMAND...    launches, runs COMMAND once results come in, waits; RC, NAME.log
#   table FILE                   what must not depend on faults: experiment, status, metric values
#   same NAME                    is the run's table the one in calm.txt?
#   leftovers NAME               processes, containers and folders of ours on any host
#   swept NAME WHAT              is nothing of it left 5 s after its end?
#
# LAB_TAG, LAB_NET and LAB choose other namespaces: then two of these tests can run at a time.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
export LAB_TAG=${LAB_TAG:-tel} LAB_NET=${LAB_NET:-10.85.0} LAB=${LAB:-/tmp/tel-lab}
lab=$ROOT/tests/cluster/lab.sh

cluster()
{
    local n
    [ "$(id -u)" = 0 ] || skip_all "needs root for network namespaces"
    need mpirun ip unshare nsenter ssh
    [ -x /usr/sbin/sshd ] || skip_all "no sshd on this machine"
    ip netns add "$LAB_TAG-probe" 2>/dev/null && ip netns del "$LAB_TAG-probe" || skip_all "no network namespaces here"
    "$lab" down
    AT_EXIT='"$lab" down >/dev/null 2>&1'
    runs 0 "${1:-3} hosts come up" "$lab" up "${1:-3}" || finish
    nodes=$(cd "$LAB/hosts" && echo node*)
    for n in $nodes; do
        mkdir -p "$LAB/hosts/$n/data/sets" && cp -r "$ROOT/datasets-index/." "$LAB/hosts/$n/data/sets/"
    done
    cd "$TMP" || exit 1
    cat >base.ini <<'END'
[run]
results = results
repetitions = 3
metrics = ROC_AUC, PR_AUC
scratch = /var/tmp
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
END
}

launch()
{
    local name=$1
    shift
    timeout "${LAUNCH_SECONDS:-100}" "$lab" outside "$TE" launch base.ini --set run.name="$name" "$@"
}

# The launcher of a run as this machine's processes know it.
launcher_pid() { pgrep -f "^$TE launch base.ini --set run.name=$1( |\$)"; }

disturbed()
{
    local name=$1 job i
    shift
    launch "$name" "${SLOWLY[@]}" >"$name.log" 2>&1 &
    job=$!
    for ((i = 0; i < 200; i++)); do
        [ -s "results/$name/journal.log" ] && break
        sleep 0.1
    done
    "$@"
    wait $job
    RC=$?
}
SLOWLY=(--set datasets.mirror=off --set algorithm:worker.fake=sleep=0.6)

# The rank of a run on a host: rank 0, or a worker. Those of one machine are told apart by their environment.
rank_pids() # NAME RANK
{
    local pid
    for pid in $(pgrep -f "^$TE run .*/$1/config.ini"); do
        { tr "\\0" "\\n" <"/proc/$pid/environ"; } 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$2" && echo "$pid"
    done
}
kill_rank() # NAME RANK
{
    local pid
    for pid in $(rank_pids "$1" "$2"); do kill -9 "$pid"; done
}

table()
{
    /usr/bin/python3 -c '
import sys, pandas
t = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
for r in sorted(t[["algorithm", "collection", "dataset", "repetition", "status", "ROC_AUC", "PR_AUC"]].itertuples(index=False)): print(*r)
' "$1"
}
same() { table "results/$1/results.csv" >"$1.txt" && cmp -s calm.txt "$1.txt"; }

leftovers()
{
    local node sock
    for node in $nodes; do
        "$lab" run "$node" ps ax -o cmd 2>/dev/null | grep -E '[t]imeeval-mpi (run|__)|[o]rted |[m]pirun ' | cut -c1-120 | sed "s/^/$node: /"
        ls -d "$LAB/hosts/$node/root/.cache/timeeval-mpi/$1" "$LAB/hosts/$node"/vartmp/timeeval-mpi-* 2>/dev/null
        sock=$LAB/hosts/$node/engine/sock
        [ ! -S "$sock" ] || curl -sf -m 5 --unix-socket "$sock" 'http://localhost/containers/json?all=1' |
            grep -o '"Names":\[[^]]*\]' | sed "s/^/$node: /"
    done
}
swept() { is "$(until_empty 50 leftovers "$1")" "" "$2"; }

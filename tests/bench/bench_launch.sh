#!/bin/bash
# The SSH launcher: time from its start to the first experiment on three hosts, and its checks of 32 hosts beside the
# same 32 bare `ssh HOST true`, all at once, in the same run (the aim: at most 1.3 times as long).
# Hosts are namespaces of this machine, each with an sshd of its own. Needs root.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
program=$root/build/${VARIANT:-release}/timeeval-mpi
lab=$root/tests/cluster/lab.sh
export LAB_TAG=${LAB_TAG:-telb} LAB_NET=${LAB_NET:-10.84.0} LAB=${LAB:-/tmp/telb-lab}
[ "$(id -u)" = 0 ] && [ -x /usr/sbin/sshd ] && command -v mpirun >/dev/null || { echo "needs root, sshd and mpirun"; exit 77; }
hosts=${1:-32}
work=$(mktemp -d /tmp/te-bench-launch.XXXXXX) || exit 1
trap '"$lab" down; rm -rf "$work"' EXIT
trap 'exit 1' TERM
cd "$work" || exit 1
"$lab" down
"$lab" up "$hosts" || exit 77
for ((i = 1; i <= hosts; i++)); do cp -r "$root/datasets-index" "$LAB/hosts/node$i/data/sets"; done
names() { seq -s, 1 "$1" | sed 's/[0-9]*/node&/g'; }
cat >bench.ini <<END
[run]
results = results
metrics = ROC_AUC
[datasets]
root = /data/sets
include = oscillations/*
[remote]
scheduler_host = node1
worker_hosts = node1
[algorithm:quick]
fake = ok
training_type = unsupervised
END
now() { date +%s.%N; }
launch() { # NAME HOSTS [OPTION...]
    local name=$1 n=$2
    shift 2
    "$lab" outside "$program" launch bench.ini --set run.name="$name" --set remote.worker_hosts="$(names "$n")" "$@" >"$name.out" 2>&1 </dev/null
}
bare() { # all at once; seconds
    local t0 i pid pids=()
    t0=$(now)
    for ((i = 1; i <= hosts; i++)); do
        ssh -F "$LAB/ssh/config" -T -o BatchMode=yes "node$i" true </dev/null >/dev/null &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || { echo "a bare ssh failed" >&2; kill $$; }; done
    echo "$(now) $t0" | awk '{ print $1 - $2 }'
}
checks() { # the launcher alone: stops behind its checks, since no host has so many processors
    local t0
    t0=$(now)
    launch "$1" "$hosts" --set resources.task_cpu_limit=1000
    grep -c '^reach .* ok ' "$1.out" | grep -qx "$hosts" || { cat "$1.out" >&2; exit 1; }
    echo "$(now) $t0" | awk '{ print $1 - $2 }'
}

launch warm 3 || { cat warm.out >&2; exit 1; }
for i in 1 2 3; do
    t0=$(now)
    launch "first$i" 3 || { cat "first$i.out" >&2; exit 1; }
    first=$(sed -n 's/^\([^ ]*\) .* info: experiment .*/\1/p' "results/first$i"/run-*.log | sort | head -n 1)
    echo "$(date -d "$first" +%s.%N) $t0" | awk -v i="$i" '{ printf "launch to the first experiment, 3 hosts, run %d: %.2f s\n", i, $1 - $2 }'
done
bare >/dev/null
for i in 1 2 3 4 5; do echo "$(checks "many$i") $(bare)"; done | sort -n | awk -v n="$hosts" '
    { a[NR] = $1; b[NR] = $2; r[NR] = $1 / $2; printf "%d hosts at once: launch %.2f s, bare ssh %.2f s, ratio %.2f\n", n, $1, $2, $1 / $2 }
    END { asort_(r, NR); m = r[int((NR + 1) / 2)]; printf "median ratio %.2f (aim 1.3)\n", m; exit m > 1.3 }
    function asort_(x, k, i, j, t) { for (i = 2; i <= k; i++) { t = x[i]; for (j = i - 1; j > 0 && x[j] > t; j--) x[j + 1] = x[j]; x[j + 1] = t } }'

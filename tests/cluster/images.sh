#!/bin/bash
# Images on three hosts, each with an engine of its own: refused where they lack, pushed from host to host, pulled from a
# registry once for all slots of a host.
# shellcheck source=tests/cluster/lib.sh
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin
command -v dockerd >/dev/null || skip_all "no dockerd on this machine"
cluster
runs 0 "an engine on each host" "$lab" engine up node1 node2 node3 || finish
sock() { echo "$LAB/hosts/$1/engine/sock"; }
api() { # HOST CURL-ARGUMENT...
    curl -s -m 60 --unix-socket "$(sock "$1")" "${@:2}"
}
runs 0 "an image on one of them" env DOCKER_HOST="unix://$(sock node2)" "$ROOT/jobs/images/load.sh" "$ROOT/build/images/moving_zscore"
head=$(sed -e '/^\[algorithm/,$d' -e 's/^repetitions.*/repetitions = 1/' -e 's/^tasks_per_host.*/tasks_per_host = 2/' base.ini)
config() # IMAGE PULL
{
    cat >base.ini <<END
$head
task_memory_limit = 128 MB
task_cpu_limit = 0.5
[docker]
pull = $2
[algorithm:container]
image = $1
training_type = unsupervised
input_dimensionality = univariate
END
}
hosts_of() { /usr/bin/python3 -c '
import h5py, sys
print(*sorted({h.decode() for h in h5py.File(sys.argv[1])["experiments"]["host"]}))' "results/$1/results.h5"; }

config timeeval-mpi/moving_zscore:1.0.0 never
runs 1 "hosts that lack the image, and may not pull it" launch lack --set remote.on_host_failure=stop --set datasets.mirror=off
like "$ERR" "images +node3 +FAILED +1 of 1 images are not there: 'timeeval-mpi/moving_zscore:1.0.0'.*images = push" "are named with the mend"
runs 0 "images = push" launch push --set remote.images=push --set datasets.mirror=off
like "$ERR" "push +node3 +ok +timeeval-mpi/moving_zscore:1.0.0" "the image travelled"
is "$(hosts_of push)" "node1 node2 node3" "containers ran on all three hosts"
swept push "nothing is left on any host"

# Somebody's own run on one of the hosts, which has the launch's name.
runs 0 "an image that takes its time" env DOCKER_HOST="unix://$(sock node1)" "$ROOT/tests/images/build.sh"
cat >own.ini <<END
[run]
name = twin
results = $TMP/own
[datasets]
root = /data/sets
include = oscillations/ecg-beats
[docker]
pull = never
[algorithm:endless]
image = timeeval-mpi/probe:1.0.0
training_type = unsupervised
param.do = hang
END
"$lab" run node1 env DOCKER_HOST=unix:///var/run/docker.sock "$TE" run "$TMP/own.ini" >own.log 2>&1 &
job=$!
running() { api node1 http://localhost/containers/json | grep -o '"Id":"[0-9a-f]*"'; }
for ((i = 0; i < 200; i++)); do [ -n "$(running)" ] && break; sleep 0.1; done
before=$(running)
runs 0 "a launch of the same name beside it" launch twin --set datasets.mirror=off --set datasets.include=oscillations/ecg-beats
[ -n "$before" ] && [ "$(running)" = "$before" ]
ok $? "takes its container away from nobody" || note "before: $before, after: $(running); $(cat own.log)"
pkill -INT -f "^$TE run $TMP/own.ini"
wait $job
is "$? $(leftovers twin)" "4 " "which goes with its own run"

if command -v docker-registry >/dev/null; then
    port=5000
    printf 'version: 0.1\nlog: {accesslog: {disabled: false}, level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "%s:%s"}\n' \
        "$TMP/registry" "$LAB_NET.1" $port >registry.yml
    OTEL_TRACES_EXPORTER=none docker-registry serve registry.yml >registry.log 2>&1 &
    AT_EXIT="kill $!; $AT_EXIT"
    image=$LAB_NET.1:$port/te/zscore
    for ((i = 0; i < 100; i++)); do curl -s -o /dev/null "http://$LAB_NET.1:$port/v2/" && break; sleep 0.1; done
    api node2 -X POST "http://localhost/images/timeeval-mpi/moving_zscore:1.0.0/tag?repo=$image&tag=1.0" >/dev/null
    api node2 -X POST -H "X-Registry-Auth: e30=" "http://localhost/images/$image/push?tag=1.0" >push.log
    api node2 -X DELETE "http://localhost/images/$image:1.0" >/dev/null
    config "$image:1.0" missing
    runs 0 "pull = missing from a registry" launch pull --set datasets.mirror=off
    like "$ERR" "images +node1 +ok +0 of 1 there, the host pulls the others" "the launcher says that the hosts pull"
    is "$(hosts_of pull)" "node1 node2 node3" "containers ran on all three hosts"
    is "$(grep -E '"GET /v2/te/zscore/manifests/' registry.log | grep -oE "^$LAB_NET\.[0-9]+" | sort | uniq -c | awk '$1 > 1' | wc -l)" 0 "each host pulled once, not once per slot"
    note "$(grep -oE "^[0-9.]+ .*\"(GET|HEAD) /v2/te/zscore/manifests/[^ ]*" registry.log | awk '{ print $1, $6, $7 }' | sort | uniq -c)"
    like "$(cat results/pull/run*.log)" "pull" "with a word about it in the logs"
else
    skip "pull = missing from a registry" "no docker-registry on this machine"
fi
finish

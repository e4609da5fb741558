#!/bin/bash
# Random faults on three namespaced hosts, each with an engine of its own, while a launch runs real containers, programs
# and fakes there: every run must end with the complete and correct file, and 5 s later nothing of ours may be left on a
# host that can be reached.
#
#   cluster_campaign.sh [FAULTS]          default 10, `make check-full` takes 100; "engine blip ..." takes these in this order
#   SEED=n repeats a campaign
export LAB_TAG=${LAB_TAG:-tef} LAB_NET=${LAB_NET:-10.87.0} LAB=${LAB:-/tmp/tef-lab}
# shellcheck source=tests/cluster/lib.sh
. "$(dirname "$0")/../cluster/lib.sh"
wanted=${1:-${FAULTS:-10}}
seed=${SEED:-$$}
RANDOM=$seed
command -v dockerd >/dev/null || skip_all "no dockerd on this machine"
export LAB_DISK=64m
cluster
note "faults: $wanted, seed $seed"
runs 0 "an engine on each host" "$lab" engine up node1 node2 node3 || finish
runs 0 "an image on one of them" env DOCKER_HOST="unix://$LAB/hosts/node1/engine/sock" "$ROOT/jobs/images/load.sh" "$ROOT/build/images/moving_zscore"

repetitions=${REPETITIONS:-2}
head=$(sed -e '/^\[algorithm/,$d' -e "s/^repetitions.*/repetitions = $repetitions/" base.ini)
cat >base.ini <<END
$head
task_memory_limit = 256 MB
task_cpu_limit = 0.5
[docker]
pull = never
[algorithm:container]
image = timeeval-mpi/moving_zscore:1.0.0
training_type = unsupervised
input_dimensionality = univariate
[algorithm:program]
command = $ROOT/build/images/discord execute-algorithm {args}
training_type = unsupervised
input_dimensionality = univariate
postprocess = reverse_windowing(window_size=window_size)
param.window_size = 50
[algorithm:sleeper]
fake = sleep=0.7
training_type = unsupervised
input_dimensionality = univariate
END
SLOWLY=(--set datasets.mirror=off)
LAUNCH_SECONDS=240
runs 0 "an undisturbed run, the image is pushed to the others" launch calm "${SLOWLY[@]}" --set remote.images=push || finish
table results/calm/results.csv >calm.txt

# ---- faults. A host that is taken away stays away until the round ends; one at a time, so that work goes on.
kinds=(worker worker rank0 node cut blip engine launcher mpirun disk scheduler)
away=
any() { echo "node$((RANDOM % 3 + 1))"; }
other() { echo "node$((RANDOM % 2 + 2))"; } # not the scheduler's
strike() # KIND NAME; 1: not possible now
{
    local host
    case $1 in
    worker) kill_rank "$2" $((RANDOM % 3 + 1)) ;;
    rank0) kill_rank "$2" 0 ;;
    mpirun) pkill -9 -f "^mpirun .*/$2/config.ini" ;;
    launcher) kill -9 "$(launcher_pid "$2")" 2>/dev/null ;;
    engine)
        host=$(any)
        [ "$host" != "$away" ] || return 1
        "$lab" engine kill "$host"
        sleep 1
        "$lab" engine up "$host" || note "the engine of $host did not come back" ;;
    blip)
        host=$(any)
        [ "$host" != "$away" ] || return 1
        "$lab" cut "$host"
        sleep 8
        "$lab" heal "$host" ;;
    node | scheduler | cut | disk)
        [ -z "$away" ] || return 1
        away=$(other)
        [ "$1" != scheduler ] || away=node1
        case $1 in
        cut) "$lab" cut "$away" ;;
        disk) "$lab" run "$away" dd if=/dev/zero of=/var/tmp/full bs=64k 2>/dev/null ;;
        *) "$lab" kill "$away" ;;
        esac ;;
    esac
    return 0
}
give_back() # KIND
{
    case $1 in
    cut) "$lab" heal "$away" ;;
    disk) rm -f "$LAB/hosts/$away/vartmp/full" ;;
    node | scheduler) "$lab" boot "$away" && "$lab" engine up "$away" || note "the engine of $away did not come back" ;;
    esac
    away=
}

# Is rank 0 of the run at work?
at_work() { [ -n "$(rank_pids "$1" 0)" ] && [ "$(stat -c %s "results/$1/journal.log" 2>/dev/null || echo 0)" -gt 4000 ]; }
wait_for_work() # NAME JOB: 1: it has ended
{
    local i
    for ((i = 0; i < 600; i++)); do
        at_work "$1" && return 0
        kill -0 "$2" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

next_kind() { [ ${#named[@]} -gt 0 ] && echo "${named[done_faults % ${#named[@]}]}" || echo "${kinds[RANDOM % ${#kinds[@]}]}"; }
named=()
case $wanted in
*[!0-9]*) read -ra named <<<"$wanted"; wanted=${#named[@]} ;;
esac

done_faults=0 rounds=0 bad=0 marked=0 lost=
declare -A struck=()
one_round()
{
    local name=$LAB_TAG-round$1 job rc=1 tries taken='' here=0 kind i left host was again spoilt=0 t0=$SECONDS
    launch "$name" "${SLOWLY[@]}" >"$name.log" 2>&1 &
    job=$!
    for ((i = 0; i < 12 && done_faults < wanted && here < 4; i++)); do
        wait_for_work "$name" $job || break
        sleep 0.$((RANDOM % 90 + 10))
        kind=$(next_kind)
        was=$away
        strike "$kind" "$name" || continue
        [ "$was" = "$away" ] || taken=$kind
        done_faults=$((done_faults + 1)) here=$((here + 1))
        struck[$kind]=$((${struck[$kind]:-0} + 1))
        lost+="$kind "
        [ "$kind" != launcher ] || break
    done
    for ((tries = 0; tries < 6; tries++)); do
        wait $job
        rc=$?
        [ $rc != 0 ] || break
        [ $tries -lt 5 ] || break
        again=--resume
        # one that happened to run at three deaths was marked, as designed: it runs again
        [ $rc != 3 ] || { again=--retry=node-lost; marked=$((marked + 1)); }
        launch "$name" $again "${SLOWLY[@]}" >>"$name.log" 2>&1 &
        job=$!
    done
    [ $rc = 0 ] && same "$name" && "$TE" verify "results/$name/results.h5" >/dev/null
    ok $? "$name: $lost($((SECONDS - t0)) s, $tries resumed): the complete and correct file" || { bad=$((bad + 1)); spoilt=1; note "exit $rc"; "$TE" status "results/$name" --failed 2>&1 | head -5 | sed 's/^/# /'; grep -vE ' ok ' "$name.log" | tail -n 30 | cut -c1-200 | sed 's/^/# /'; }
    # A host that nobody could reach at the end is cleaned by hand when it is back, as the launcher says.
    if [ -n "$away" ]; then
        host=$away
        give_back "$taken"
        if [ "$taken" != disk ]; then
            for ((i = 0; i < 60; i++)); do
                "$lab" run "$host" pgrep -f "timeeval-mpi (run|__guardian)" >/dev/null || break
                sleep 0.5
            done
            "$lab" run "$host" "$TE" clean >/dev/null 2>&1
            rm -rf "$LAB/hosts/$host/root/.cache/timeeval-mpi/$name"
            find "$LAB/hosts/$host/vartmp" -mindepth 1 -delete
        fi
    fi
    for ((i = 0; i < 50; i++)); do
        left=$(leftovers "$name")
        [ -n "$left" ] || break
        sleep 0.1
    done
    is "$left" "" "$name: nothing is left 5 s after the end" || bad=$((bad + 1))
    [ "$spoilt" = 1 ] || rm -rf "results/$name"
    lost=
}
while [ "$done_faults" -lt "$wanted" ] && [ $bad -lt 5 ]; do
    rounds=$((rounds + 1))
    one_round $rounds
done
is "$done_faults" "$wanted" "$wanted faults were done, in $rounds rounds"
note "$marked times an experiment met three deaths and ran again"
note "$(for kind in "${!struck[@]}"; do echo "$kind ${struck[$kind]}"; done | sort | tr '\n' ' ')"
finish

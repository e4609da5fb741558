#!/bin/bash
# Kills rank 0, a worker or mpirun with -9 at random moments of a run with three workers, resumes it until it is
# complete, and compares it with a run that nobody disturbed: nothing lost, nothing twice, same values.
#
#   kill_campaign.sh [KILLS]     default 20; `make check-full` takes 200
. "$(dirname "$0")/../lib.sh"
need mpirun
kills=${1:-${KILLS:-20}}
seed=${SEED:-$$}
RANDOM=$seed
note "$kills kills, seed $seed"

cd "$TMP" || exit 1
cat >run.ini <<EOF
[run]
name = disturbed
results = results
repetitions = 4
metrics = ROC_AUC, PR_AUC
progress = off
[datasets]
root = $ROOT/datasets-index
[algorithm:quick]
fake = ok
training_type = unsupervised
input_dimensionality = multivariate
[algorithm:slow]
fake = sleep=0.15
training_type = unsupervised
input_dimensionality = multivariate
[algorithm:failing]
fake = fail=0.3
training_type = unsupervised
input_dimensionality = multivariate
EOF

start()
{
    mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run run.ini "$@" </dev/null >>log 2>&1 &
    job=$!
}

# One of the processes of the run that goes on: mpirun itself or one of its ranks.
pick()
{
    local ranks
    mapfile -t ranks < <(pgrep -P "$job" 2>/dev/null)
    case $((RANDOM % 4)) in
    0) echo "$job" ;;
    1) echo "${ranks[0]:-$job}" ;;
    *) echo "${ranks[RANDOM % (${#ranks[@]} > 0 ? ${#ranks[@]} : 1)]:-$job}" ;;
    esac
}

# After a kill the rest may go on: a lost worker is no loss of the run. Everything must be over before the next start.
settle()
{
    local i
    for ((i = 0; i < 600; i++)); do
        pgrep -f "$TE run run.ini" >/dev/null || break
        [ "$i" -lt 30 ] || [ ! -s results/disturbed/exit ] || pkill -9 -f "$TE run run.ini"
        # Ranks without rank 0 leave by themselves after their silence; the test need not wait so long.
        [ "$i" -lt 40 ] || rank0_lives || pkill -9 -f "$TE run run.ini"
        sleep 0.1
    done
    wait "$job" 2>/dev/null
}

rank0_lives()
{
    local file=results/disturbed/run.lock pid
    pid=$(sed -n 's/.*process \([0-9]*\).*/\1/p' "$file" 2>/dev/null)
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null
}

runs 0 "an undisturbed run" mpirun --oversubscribe --bind-to none --enable-recovery -np 4 "$TE" run run.ini --set run.name=calm
is "$(cat results/calm/exit)" 3 "some experiments fail by design"

done_kills=0 rounds=0
while [ "$done_kills" -lt "$kills" ]; do
    rounds=$((rounds + 1))
    [ "$rounds" -le $((kills * 4 + 20)) ] || break
    if [ "$(cat results/disturbed/exit 2>/dev/null)" = 3 ]; then
        # complete before all kills were spent: keep its table and begin another
        mv results/disturbed "results/round$rounds"
    fi
    start --resume
    sleep "0.$((RANDOM % 9))$((RANDOM % 9))"
    sleep 0.4
    victim=$(pick)
    if kill -9 "$victim" 2>/dev/null; then done_kills=$((done_kills + 1)); fi
    settle
done
is "$done_kills" "$kills" "$kills processes were killed"
tries=0
until [ "$(cat results/disturbed/exit 2>/dev/null)" = 3 ] || [ $tries -ge 5 ]; do
    tries=$((tries + 1))
    start --resume
    wait "$job"
    settle
done

table() { # what must not depend on kills: experiment, status, metric values
    /usr/bin/python3 - "$1" <<'EOF'
import sys, pandas
t = pandas.read_csv(sys.argv[1], keep_default_na=False, dtype=str)
k = ["algorithm", "collection", "dataset", "hyper_params_id", "repetition", "status", "ROC_AUC", "PR_AUC"]
print(len(t), t[k[:5]].duplicated().sum())
for row in sorted(t[k].itertuples(index=False)):
    print(*row)
EOF
}

table results/calm/results.csv >calm.txt
for folder in results/round* results/disturbed; do
    [ -d "$folder" ] || continue
    table "$folder/results.csv" >this.txt
    cmp -s calm.txt this.txt
    ok $? "$(basename "$folder"): the same experiments, status and values, none lost, none twice" ||
        diff calm.txt this.txt | head -5 | sed 's/^/# /'
    runs 0 "$(basename "$folder"): verify" "$TE" verify "$folder/results.h5"
done
is "$(pgrep -cf "$TE run run.ini")" 0 "no process is left"
finish

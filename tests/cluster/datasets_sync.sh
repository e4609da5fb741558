#!/bin/bash
# `datasets sync` to three hosts made of namespaces, each with its own sshd and dataset folder.
# shellcheck disable=SC2034,SC2120 # AT_EXIT is for lib.sh; `sync` is called through `runs`
. "$(dirname "$0")/../lib.sh"
[ "$(id -u)" = 0 ] || skip_all "needs root for network namespaces"
need ip unshare nsenter ssh
[ -x /usr/sbin/sshd ] || skip_all "no sshd on this machine"
ip netns add teds-probe 2>/dev/null && ip netns del teds-probe || skip_all "no network namespaces here"

export LAB_TAG=teds LAB_NET=10.88.0 LAB=/tmp/teds-lab
lab=$ROOT/tests/cluster/lab.sh
"$lab" down
AT_EXIT='"$lab" down >/dev/null 2>&1'
runs 0 "three hosts come up" "$lab" up 3
[ "$RC" = 0 ] || finish
cd "$TMP" || exit 1
cp -r "$ROOT/datasets-index" data
rm data/README.md data/SHA256SUMS
hosts=(node1 node2 node3)
there() { echo "$LAB/hosts/$1/data/sets"; }
sync() { timeout 60 "$lab" outside "$TE" datasets sync --root data "${to[@]}" "$@"; }
to=()
for h in "${hosts[@]}"; do to+=(--to "$h:/data/sets"); done
differ() { for h; do diff -r data "$(there "$h")" 2>&1; done; }
parts() { find "$LAB"/hosts/*/data -name '*.timeeval-part'; }
files=$(find data -type f | wc -l)

runs 0 "three hosts without datasets" sync
is "$(differ "${hosts[@]}")" "" "all have everything, index and metadata with it"
like "$OUT" "^node3 +ok +$files of $files files copied" "a line per host"
runs 0 "again" sync --json
is "$(/usr/bin/python3 -c '
import json, sys
r = json.load(sys.stdin)
print(r["files"], r["absent"], *(h[k] for h in r["hosts"] for k in ("host", "ok", "differ", "copied")))' <<<"$OUT")" \
    "$files 0 node1 True 0 0 node2 True 0 0 node3 True 0 0" "nothing travels, and JSON says so"

rm "$(there node2)/univariate/oscillations/sine-shift.test.csv"
echo x >>"$(there node3)/datasets.csv"
touch "$(there node3)/own"
runs 0 "a dry run" sync --dry-run
like "$OUT" "^node2 +ok +1 of $files files lack or differ: .*sine-shift.test.csv' is missing" "tells what lacks"
[ ! -e "$(there node2)/univariate/oscillations/sine-shift.test.csv" ]
ok $? "and changes nothing"
runs 0 "one file lacks, one differs" sync
like "$OUT" "^node2 +ok +1 of" "one travels to the first"
rm "$(there node3)/own"
is "$(differ "${hosts[@]}")" "" "all is mended, and what else was there stayed"

cat >run.ini <<END
[run]
metrics = ROC_AUC
[datasets]
root = data
include = machines/*
[remote]
scheduler_host = node1
worker_hosts = node1, node2, nobody@node3
[algorithm:fake]
fake = ok
END
before=$(stat -c %i.%Z data/multivariate/machines/* | md5sum)
runs 1 "hosts of a configuration, one of them unreachable" timeout 60 "$lab" outside "$TE" datasets sync --config run.ini
like "$OUT" "^nobody@node3 +FAILED .*key" "it is named with the reason"
like "$OUT" "^node2 +ok +0 of [0-9]+ files copied" "hosts that share the folder lack nothing"
is "$(stat -c %i.%Z data/multivariate/machines/* | md5sum)" "$before" "and nothing is written there"

# One host's troubles are its own.
rm -rf "$(there node1)" "$(there node2)" "$(there node3)"
mkdir "$(there node2)" outside
"$lab" run node1 sh -c 'mkdir /data/sets && mount -t tmpfs -o size=150k none /data/sets'
ln -s "$PWD/outside" "$(there node2)/univariate"
runs 1 "a full disk, and a link that leads away" sync
like "$OUT" "^node1 +FAILED [0-9]+ of .* could not be: .*No space left" "the full disk is told"
like "$OUT" "^node2 +FAILED .*symbolic link leads out" "the link is told"
like "$OUT" "^node3 +ok +$files of $files" "the third host has everything"
is "$(ls outside)$(differ node3)" "" "nothing is written where it leads"
for _ in $(seq 50); do "$lab" run node1 umount /data/sets && break; sleep 0.1; done
rm -rf "$(there node2)"

# A command that is killed in the middle leaves nothing but whole files.
truncate -s 120M data/multivariate/machines/heart.train.csv
sync >killed.log 2>&1 &
for _ in $(seq 500); do [ -n "$(parts)" ] && break; sleep 0.02; done
pkill -9 -f "^$TE datasets sync --root data"
ok $? "a command is killed while files travel"
# an agent that waits for the disk hears of it when the disk is done
for _ in $(seq 600); do [ -z "$(parts)" ] && break; sleep 0.05; done
is "$(parts)" "" "the hosts' agents remove the part of a killed command" ||
    note "$(ps -eo pid,stat,wchan:24,etimes,args | grep -E '[_]_agent|[d]atasets sync')"
[ ! -e "$(there node2)/multivariate/machines/heart.train.csv" ]
ok $? "the file is not there"
runs 0 "the next one copies it" sync
is "$(differ "${hosts[@]}")" "" "to all"
runs 2 "--to without a host" timeout 20 "$TE" datasets sync --root data
like "$ERR" "which hosts" "says what is missing"
runs 2 "a host that is an option" timeout 20 "$TE" datasets sync --root data --to -oProxyCommand=touch
finish

#!/bin/bash
# One test for each known trouble of launchers over SSH: login shells, chatty ones, other homes, unknown keys, logs, full
# pipes, a host that eats tasks, a host that does not hand over its files.
# shellcheck source=tests/cluster/lib.sh
. "$(dirname "$0")/lib.sh"
cluster
quick=(--set datasets.mirror=off --set run.repetitions=1)

runs 0 "a calm run" launch calm "${quick[@]}"
table results/calm/results.csv >calm.txt
like "$(cat results/calm/run-node2.log)" "info: experiment [0-9]+: OK" "the log of each host is here under its name"
is "$(ls results/calm/run-*.log | tr '\n' ' ')" "results/calm/run-node1.log results/calm/run-node2.log results/calm/run-node3.log " "all three"

# ---- login shells, a chatty start, another home
"$lab" login node3 /bin/sh
if [ -x /usr/bin/fish ]; then
    "$lab" login node2 /usr/bin/fish /data/another/home
    like "$("$lab" outside ssh node2 'echo $FISH_VERSION; pwd')" "^[0-9.]+" "fish is the login shell of node2"
    "$lab" outside ssh node2 'mkdir -p ~/.config/fish; echo "echo welcome, dear user; echo and on stderr >&2" >~/.config/fish/config.fish'
else
    skip "fish is the login shell of node2" "no fish on this machine"
    "$lab" login node2 /bin/bash /data/another/home
fi
cat >"$LAB/hosts/node1/root/.bashrc" <<'END'
echo "Welcome to $(hostname)! You have new mail."
printf 'timeeval-mpi agent 1'
echo "this is standard error" >&2
END
runs 0 "bash that talks, fish with another home, sh" launch shells "${quick[@]}" --set run.keep_files=true
same shells
ok $? "same table"
is "$(find results/shells -name metrics.csv | wc -l)" "$(($(wc -l <results/shells/results.csv) - 1))" "kept files of all experiments are collected from all hosts"
swept shells "nothing is left on any host"
is "$(find "$LAB/hosts/node2/data/another/home/.cache/timeeval-mpi" "$LAB"/hosts/node?/vartmp -mindepth 1 ! -name sha256-cache 2>/dev/null)" "" "nor in the other home"
for node in node2 node3; do "$lab" login $node /bin/bash; done

# ---- keys
t0=$SECONDS
runs 1 "unknown host keys" launch keys "${quick[@]}" --set remote.ssh_args="-oUserKnownHostsFile=/dev/null -oStrictHostKeyChecking=ask"
like "$ERR" "node1 +FAILED +its host key is unknown.*ssh node1" "are named with the mend"
ok $((SECONDS - t0 < 20 ? 0 : 1)) "and nothing waits for an answer"

# ---- logs and pipes
for level in ${FULL:+debug} error; do
    runs 0 "log levels $level" launch "level-$level" "${quick[@]}" --set remote.log_file_level=$level --set remote.log_console_level=$level --set remote.log_filename=te.txt
    same "level-$level"
    ok $? "same table"
done
is "$ERR" "" "level error: nothing is said"
is "$(cat results/level-error/te-node?.txt | wc -c)" 0 "file level and file name are heeded"
cat >deaf.py <<'END'
import fcntl, os, subprocess, sys
r, w = os.pipe()
fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, 4096)
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=w, stderr=w)
os.close(w)
sys.exit(child.wait())
END
runs 0 "nobody reads what the launcher says" timeout 60 "$lab" outside /usr/bin/python3 deaf.py "$TE" launch base.ini --set run.name=deaf "${quick[@]}" --set remote.log_console_level=debug
same deaf
ok $? "same table"
echo '(yes flood >&2 &)' >>"$LAB/hosts/node1/root/.bashrc"
echo '(yes flood >&2 &)' >"$LAB/hosts/node2/root/.bashrc"
runs 0 "hosts that flood standard error" launch flood "${quick[@]}"
same flood
ok $? "same table"
rm "$LAB"/hosts/node?/root/.bashrc

# ---- a clock that is an hour off: everything there but monotonic clocks, as after a wrong setting
fake=$(echo /usr/lib/*/faketime/libfaketime.so.1)
if [ -e "$fake" ]; then
    echo "export LD_PRELOAD=$fake FAKETIME=+3600s FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1" >"$LAB/hosts/node3/root/.bashrc"
    runs 0 "the clock of one host is an hour off" launch clock "${quick[@]}"
    like "$ERR" "clock of host 'node3' is 3[56][0-9][0-9] s ahead" "it is told"
    same clock
    ok $? "same table"
    swept clock "nothing is left on any host"
    rm "$LAB/hosts/node3/root/.bashrc"
else
    skip "the clock of one host is an hour off" "no libfaketime on this machine"
fi

# ---- a host that eats tasks: no room for work files there
cat >work.sh <<'END'
#!/bin/sh
sleep 0.3
exec "$@"
END
chmod +x work.sh
cat >hole.ini <<END
$(sed '/^\[algorithm/,$d' base.ini)
[algorithm:discord]
command = $TMP/work.sh $ROOT/build/images/discord execute-algorithm {args}
training_type = unsupervised
input_dimensionality = univariate
postprocess = reverse_windowing(window_size=window_size)
param.window_size = 50
END
hole() { timeout 100 "$lab" outside "$TE" launch hole.ini --set run.name="$1" --set datasets.mirror=off "${@:2}"; }
runs 0 "work files on all hosts" hole whole
table results/whole/results.csv >whole.txt
# room for bytes, but none for another file: that shows only when a task wants its folder
"$lab" run node3 sh -c 'mount -t tmpfs -o size=1m,nr_inodes=2 tmpfs /var/tmp; touch /var/tmp/full'
runs 0 "one host has no room for files" hole full
table results/full/results.csv >full.txt
cmp -s whole.txt full.txt
ok $? "its tasks are done elsewhere: same table"
like "$ERR" "host 'node3' gets no more work: everything fails there: .*[Nn]o space" "it is set aside with the reason"
runs 0 "status" "$TE" status results/full
like "$OUT" "lost node3: set aside.*[Nn]o space" "status tells it, too"
is "$("$lab" run node3 ls /var/tmp)" full "nothing is left on the full disk"
"$lab" run node3 umount /var/tmp
swept full "nothing is left on any host"

# ---- what failed runs again once it is mended, although the run was complete
printf '#!/bin/sh\n[ -e %s/mended ] || exit 9\nexec "$@"\n' "$TMP" >work.sh
runs 3 "experiments that fail" hole retried
touch mended
runs 2 "--retry with a word that is none" hole retried --retry=mended
like "$ERR" "'mended' is neither a status" "says which there are"
runs 0 "launch --retry runs them again" hole retried --retry=exit
table results/retried/results.csv >retried.txt
cmp -s whole.txt retried.txt
ok $? "same table as without failures"

# ---- what one host does not hand over
spoil() { "$lab" run node2 sh -c 'f=/root/.cache/timeeval-mpi/spoilt/run.log; mv $f $f.was && mkdir $f'; }
SLOWLY=("${quick[@]}" --set algorithm:worker.fake=sleep=1)
disturbed spoilt spoil
is "$RC" 1 "a host does not hand over its log: an error"
like "$(cat spoilt.log)" "the results are here.*host 'node2'.*node2:/root/.cache/timeeval-mpi/spoilt/run.log.*--resume" "that says where everything is"
same spoilt
ok $? "the results are here"
ok "$([ -e "$LAB/hosts/node2/root/.cache/timeeval-mpi/spoilt/run.log.was" ]; echo $?)" "and nothing was removed on that host"
is "$(leftovers spoilt | grep -v node2)" "" "but on the others"
"$lab" run node2 sh -c 'f=/root/.cache/timeeval-mpi/spoilt/run.log; rmdir $f && mv $f.was $f'
runs 0 "mended there, --resume collects it" launch spoilt --resume "${SLOWLY[@]}"
like "$(cat results/spoilt/run-node2.log)" "experiment [0-9]+: OK" "the log is here"
swept spoilt "nothing is left on any host"
finish

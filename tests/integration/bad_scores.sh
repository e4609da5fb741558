#!/bin/bash
# What an algorithm may hand back instead of scores, each kind once, by the real program: that experiment's error, named,
# and nothing else suffers by it. Nothing outside its folder is read, nothing without bound is kept.
. "$(dirname "$0")/../lib.sh"
need python3
cd "$TMP" || exit 1
tiny_data
seq 100 >elsewhere
cat >bad <<END
#!/bin/sh
case \$1 in
good | last) seq 100 >"\$2" ;;
empty) : >"\$2" ;;
none) ;;
short) seq 90 >"\$2" ;;
long) seq 110 >"\$2" ;;
text) seq 99 >"\$2"; echo hello >>"\$2" ;;
nan) seq 99 >"\$2"; echo nan >>"\$2" ;;
link) ln -s $TMP/elsewhere "\$2" ;;
device) ln -s /dev/zero "\$2" ;;
fifo) mkfifo "\$2" ;;
folder) mkdir "\$2" ;;
sparse) truncate -s 10G "\$2" ;;
nul) head -c 1000 /dev/zero >"\$2" ;;
columns) seq 100 | sed 's/\$/,1/' >"\$2" ;;
ragged) seq 99 >"\$2"; echo 1,2 >>"\$2" ;;
endless) yes "a line of log that never ends" ;;
oneline) tr '\0' x </dev/zero ;;
nofolder) rm -rf "\$(dirname "\$2")" ;;
children) (sleep 300 & sleep 300 &); seq 100 >"\$2" ;;
esac
END
chmod +x bad
{
    printf '[run]\nname = x\nresults = results\nscratch = %s/scratch\nmax_log = 100 kB\nmetrics = ROC_AUC\nprogress = off\n' "$TMP"
    printf '[datasets]\nroot = data\n[resources]\nexecute_timeout = 2 s\nuse_preliminary_scores_on_execute_timeout = false\n'
    for k in $(sed -n 's/^\([a-z]*\)\( | last\)\?) .*/\1/p' bad) last; do
        printf '[algorithm:%s]\ncommand = %s/bad %s {results}\ntraining_type = unsupervised\n' "$k" "$TMP" "$k"
    done
} >c.ini

runs 3 "the run is complete" timeout 120 "$TE" run c.ini
row()
{
    /usr/bin/python3 - "$1" <<'END'
import csv, sys
print(*[r["status"] + " " + r["error_message"] for r in csv.DictReader(open("results/x/results.csv")) if r["algorithm"] == sys.argv[1]])
END
}
while IFS='|' read -r algorithm ere; do
    like "$(row "$algorithm")" "$ere" "$algorithm"
done <<'END'
good|^Status.OK $
empty|^Status.ERROR ValueError.*'docker-algorithm-scores.csv' is empty
none|^Status.ERROR ValueError.*the algorithm wrote no 'docker-algorithm-scores.csv'
short|^Status.ERROR ValueError.*90 scores for a dataset of 100 points; for an algorithm that scores windows, set postprocess
long|^Status.ERROR ValueError.*110 scores for a dataset of 100 points
text|^Status.ERROR ValueError.*line 100 of 'docker-algorithm-scores.csv' holds 'hello' where a number should be
nan|^Status.OK $
link|^Status.ERROR ValueError.*is a symbolic link, not a file
device|^Status.ERROR ValueError.*is a symbolic link, not a file
fifo|^Status.ERROR ValueError.*is a FIFO, not a file
folder|^Status.ERROR ValueError.*is a folder, not a file
sparse|^Status.ERROR ValueError.*has 10737418240 bytes, max_scores in \[run\] allows 2147483648
nul|^Status.ERROR ValueError.*line 1 of .* where a number should be
columns|^Status.ERROR ValueError.*the scores have 2 columns
ragged|^Status.ERROR ValueError.*line 100 of .* has 2 columns, the first has 1
endless|^Status.TIMEOUT TimeoutError
oneline|^Status.TIMEOUT TimeoutError
nofolder|^Status.ERROR ValueError.*wrote no
children|^Status.OK $
last|^Status.OK $
END
[ "$(stat -c %s results/x/journal.log)" -lt 1000000 ]
ok $? "endless logs are cut ($(stat -c %s results/x/journal.log) bytes of journal)"
runs 0 "verify" "$TE" verify results/x/results.h5
is "$(ls scratch)" "" "no folder is left"
is "$(grep -lsz "^TIMEEVAL_MPI_LABEL=.*-x-" /proc/[0-9]*/environ | wc -l)" 0 "no process is left"
is "$(wc -l <elsewhere)" 100 "what a link named is as it was"
finish

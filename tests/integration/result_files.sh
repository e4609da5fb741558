#!/bin/bash
# Result files: built again from the journal alone, exported, imported, merged; damage is noticed.
. "$(dirname "$0")/../lib.sh"
cd "$TMP" || exit 1
mixed_run 'repetitions = 2
metrics = ROC_AUC, PR_AUC'
runs 0 "verify" "$TE" verify r/results.h5
like "$OUT" "experiments 18: OK 12 ERROR 6 TIMEOUT 0 OOM 0" "says what is in it"
like "$OUT" "complete yes" "and that it is complete"

mkdir alone && cp r/journal.log alone && mv c.ini gone.ini
runs 0 "finish from the journal alone" "$TE" finish alone
runs 0 "verify" "$TE" verify alone/results.h5
is "$("$TE" export alone/results.h5 | cksum)" "$(cksum < r/results.csv)" "the same table"
mkdir half && head -c "$(($(stat -c %s r/journal.log) * 2 / 3))" r/journal.log > half/journal.log
runs 0 "finish of a torn journal" "$TE" finish half
like "$OUT" "[0-9]+ of 18 experiments.*; the rest was not run" "tells that some are missing"
runs 0 "verify" "$TE" verify half/results.h5
like "$OUT" "complete no" "does, too"
runs 1 "finish of an empty folder" "$TE" finish "$ROOT/tests"

runs 0 "export --tree" "$TE" export r/results.h5 --tree tree
is "$(cksum < tree/results.csv)" "$(cksum < r/results.csv)" "the same results.csv"
is "$(find tree -name metrics.csv | wc -l) $(find tree -name raw_anomaly_scores.ts | wc -l) $(find tree -name hyper_params.json | wc -l)" \
    "12 12 18" "a folder per experiment"
one=$(find tree/fine -name raw_anomaly_scores.ts | sort | head -n 1)
is "$(tail -c 1 "$one" | od -An -c | tr -d ' \n' | tr 0-9 n)" n "no line feed ends a score file"
like "$(head -n 1 "$(dirname "$one")/metrics.csv")" "^execute_main_time,execute_preprocess_time,execute_postprocess_time,ROC_AUC,PR_AUC$" "metrics.csv"
runs 0 "import" "$TE" import tree -o i.h5 --root "$ROOT/datasets-index"
runs 0 "verify" "$TE" verify i.h5
is "$("$TE" export i.h5 | cksum)" "$(cksum < r/results.csv)" "the same table after the round trip"
runs 0 "export the import" "$TE" export i.h5 --tree tree2
is "$(diff -r tree tree2)" "" "the same folders"
sed -i '2s/^fine,/..\/fine,/' tree2/results.csv
runs 2 "import of a name that leaves the folder" "$TE" import tree2 -o j.h5

runs 2 "merge of doubles" "$TE" merge m.h5 r/results.h5 i.h5
like "$ERR" "is in 'r/results.h5' and in 'i.h5': merge them with --prefer newest" "names both"
[ ! -e m.h5 ] && [ ! -e m.h5.tmp ]
ok $? "leaves nothing"
runs 0 "merge --prefer newest" "$TE" merge m.h5 half/results.h5 i.h5 --prefer newest
runs 0 "verify" "$TE" verify m.h5
like "$OUT" "experiments 18:" "has each once"

size=$(stat -c %s r/results.h5) missed=0
for k in $(seq 1 40); do
    cp r/results.h5 flip.h5
    at=$((k * size / 41))
    byte=$(dd if=flip.h5 bs=1 skip=$at count=1 2> /dev/null | od -An -tu1)
    printf "\\x$(printf %02x $((byte ^ (1 << k % 8))))" | dd of=flip.h5 bs=1 seek=$at conv=notrunc 2> /dev/null
    "$TE" verify flip.h5 > /dev/null 2>&1 && missed=$((missed + 1))
done
is $missed 0 "each of 40 flipped bits is noticed"
head -c $((size - 200)) r/results.h5 > flip.h5
runs 1 "verify of a cut file" "$TE" verify flip.h5
runs 1 "verify of a text" "$TE" verify r/results.csv
runs 1 "export of a text" "$TE" export r/results.csv
finish

#!/bin/bash
# The dataset manager's commands on the sample datasets, on what they make themselves and, where they are, on real ones.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
export XDG_CACHE_HOME=$TMP/cache
D=$TMP/data

runs 0 "generate makes the sample datasets" "$TE" datasets generate --root "$D" --samples
is "$(diff -r "$D" datasets-index | grep -v README)" "" "they are the shipped ones"
runs 1 "sha256sum finds no fault" sh -c "cd '$D' && sha256sum --quiet -c SHA256SUMS && exit 1"
runs 0 "list" "$TE" datasets list --root "$D"
is "$(printf '%s\n' "$OUT" | tail -n +2 | wc -l)" 11 "has all of them"
runs 0 "list as CSV" "$TE" datasets list --root "$D" --csv
is "$(printf '%s\n' "$OUT" | head -n 1)" "$(head -n 1 "$D/datasets.csv")" "has the index's columns"
runs 0 "select by two filters, as JSON" "$TE" datasets select --root "$D" --training-type supervised --input-dimensionality multivariate --json
is "$(printf '%s' "$OUT" | /usr/bin/python3 -c 'import json, sys; print([d["dataset_name"] for d in json.load(sys.stdin)])')" "['modes']" "finds the one"
runs 0 "select by patterns" "$TE" datasets select --root "$D" --include 'walks/*' --exclude '*poly*' --csv
is "$(printf '%s\n' "$OUT" | tail -n +2 | cut -d, -f2 | tr '\n' ' ')" "cylinder-bell-funnel random-walk-mean " "finds two"
runs 2 "a pattern that fits nothing" "$TE" datasets select --root "$D" --include 'walk/random-walk-mean'
like "$ERR" "did you mean 'walks/random-walk-mean'" "gets a suggestion"
runs 0 "show" "$TE" datasets show --root "$D" machines/plant
like "$OUT" 'dimensions +3' "tells the channels"
runs 2 "show without a source" "$TE" datasets show machines/plant
runs 2 "show of what is not there" "$TE" datasets show --root "$D" machines/plan
like "$ERR" "did you mean 'machines/plant'" "gets a suggestion, too"

runs 0 "verify" "$TE" datasets verify --root "$D"
export XDG_CACHE_HOME=$TMP/cache
runs 0 "verify with checksums" "$TE" datasets verify --root "$D"
like "$OUT" ", [1-9][0-9]* checksums compared" "they are compared"
sed -i 's/ [0-9a-f]*$/ 0000000000000000000000000000000000000000000000000000000000000000/; 1s/.*/timeeval-mpi sha256 cache 1/' "$TMP/cache/timeeval-mpi/sha256-cache"
runs 1 "verify believes what it remembers of unchanged files" "$TE" datasets verify --root "$D"
runs 0 "verify --full" "$TE" datasets verify --root "$D" --full
runs 0 "verify after it" "$TE" datasets verify --root "$D"
unset XDG_CACHE_HOME
is "$OUT" "11 datasets checked, 17 checksums compared, 0 problems" "compares all checksums"
sed -i '3s/,0$/,1/' "$D/univariate/walks/random-walk-mean.test.csv"
runs 1 "verify --full after a change" "$TE" datasets verify --root "$D" --full
like "$ERR" "random-walk-mean.test.csv': SHA-256 is" "names the checksum"
like "$ERR" "random-walk-mean.test.csv': 2 anomalies, 1 by the index" "and the figure"
rm "$D/univariate/walks/random-walk-mean.test.csv"
runs 1 "verify without a file" "$TE" datasets verify --root "$D"
like "$ERR" "cannot open '.*random-walk-mean.test.csv'" "names it"

runs 0 "generate one of one's own" "$TE" datasets generate --root "$TMP/own" my/set --length 500 --base ecg --base square --training semi-supervised --anomaly platform:30:1:1 --anomaly extremum --seed 7 --datetime --trend linear
runs 2 "not twice" "$TE" datasets generate --root "$TMP/own" my/set
runs 2 "nor of an unknown kind" "$TE" datasets generate --root "$TMP/own" my/other --anomaly odd:3
runs 0 "its checksums are kept" "$TE" datasets verify --root "$TMP/own" --full
like "$OUT" "1 datasets checked, 2 checksums compared, 0 problems" "and hold"

runs 0 "add to a new folder" "$TE" datasets add --root "$TMP/new" our/plant --test "$D/multivariate/machines/plant.test.csv" --type real --period 50
runs 0 "add with a training series, linked" "$TE" datasets add --root "$TMP/new" our/heart --link --test "$D/multivariate/machines/heart.test.csv" --train "$D/multivariate/machines/heart.train.csv"
is "$(stat -c %h "$TMP/new/multivariate/our/heart.test.csv")" 2 "is a link"
runs 2 "add what is there" "$TE" datasets add --root "$TMP/new" our/plant --test "$D/multivariate/machines/plant.test.csv"
runs 0 "add with --force" "$TE" datasets add --root "$TMP/new" our/plant --force --test "$D/multivariate/machines/plant.test.csv"
runs 2 "add under a name that leads away" "$TE" datasets add --root "$TMP/new" our/../x --test "$D/multivariate/machines/plant.test.csv"
runs 0 "list of the new folder" "$TE" datasets list --root "$TMP/new" --csv
is "$(printf '%s\n' "$OUT" | tail -n +2 | cut -d, -f2,8 | tr '\n' ' ')" "heart,semi-supervised plant,unsupervised " "has both"

cp "$D/SHA256SUMS" "$TMP/new" && (cd "$TMP/new" && sha256sum multivariate/our/*.csv >SHA256SUMS)
runs 0 "add replaces" "$TE" datasets add --root "$TMP/new" our/plant --force --test "$D/multivariate/machines/modes.test.csv"
runs 0 "the checksum of the folder follows" sh -c "cd '$TMP/new' && sha256sum --quiet -c SHA256SUMS"
runs 0 "add replaces again" "$TE" datasets add --root "$TMP/new" our/plant --force --test "$D/multivariate/machines/plant.test.csv"

# killed before each of its renames: the index never names what is not whole, and the same line does it the second time
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    again=0 whole=0
    for k in 1 2 3 4; do
        strace -f -o /dev/null -e trace=rename,renameat,renameat2 -e inject=rename,renameat,renameat2:signal=KILL:when=$k \
            "$TE" datasets add --root "$TMP/cut" "our/d$k" --test "$D/multivariate/machines/heart.test.csv" --train "$D/multivariate/machines/heart.train.csv" >"$TMP/cut.log" 2>&1
        [ ! -e "$TMP/cut/datasets.csv" ] || "$TE" datasets verify --full --root "$TMP/cut" >"$TMP/cut.log" && whole=$((whole + 1))
        "$TE" datasets add --root "$TMP/cut" "our/d$k" --test "$D/multivariate/machines/heart.test.csv" --train "$D/multivariate/machines/heart.train.csv" >"$TMP/cut.log" 2>&1 && again=$((again + 1))
    done
    is "$whole $again" "4 4" "add killed at four moments"
    runs 0 "and repeated" "$TE" datasets verify --full --root "$TMP/cut"
    like "$OUT" "4 datasets checked" "has all four"
else
    skip "add killed at four moments" "no strace that may trace"
fi

runs 0 "analyze a dataset" "$TE" datasets analyze --root "$TMP/new" our/plant --force
is "$(cmp "$TMP/new/multivariate/our/plant.metadata.json" <(sed 's/"machines"/"our"/' "$D/multivariate/machines/plant.metadata.json"))" "" "gives the figures that add gave"
runs 0 "analyze a file" "$TE" datasets analyze --file "$D/multivariate/machines/heart.train.csv" --train
like "$OUT" '"is_train": true' "prints them"

# files that went through an editor of another system: a mark in front, CR LF
mkdir "$TMP/edited" && cp -r "$D/univariate" "$D/multivariate" "$TMP/edited"
edit() { printf '\xef\xbb\xbf'; sed 's/$/\r/' "$1"; }
edit "$D/datasets.csv" >"$TMP/edited/datasets.csv"
edit datasets-index/univariate/walks/random-walk-mean.test.csv >"$TMP/edited/univariate/walks/random-walk-mean.test.csv"
printf '{\n"a": {"test_path": "univariate/walks/random-walk-mean.test.csv"}\n}\n' >"$TMP/plain.json"
edit "$TMP/plain.json" >"$TMP/edited/custom.json"
printf '[datasets]\nroot = edited\ncustom = edited/custom.json\ninclude = walks/*, custom/a\n[algorithm:a]\nfake = ok\n' >"$TMP/plain.ini"
edit "$TMP/plain.ini" >"$TMP/edited.ini"
runs 0 "plan with files of another system" "$TE" plan "$TMP/edited.ini"
like "$OUT" "^4 experiments" "reads index, series, custom datasets and configuration"

printf '1 2.5\n3 nan # note\n\n4 5e3\n' >"$TMP/data.txt"
printf '2\n' >"$TMP/labels.txt"
runs 0 "preprocess two columns" "$TE" datasets preprocess --data "$TMP/data.txt" --labels "$TMP/labels.txt" --out "$TMP/out.csv"
is "$(cat "$TMP/out.csv")" "$(printf 'timestamp,value_0,value_1,is_anomaly\n0,1.0,2.5,0\n1,3.0,,0\n2,4.0,5000.0,1')" "labels by row number"
printf '3\n' >"$TMP/labels.txt"
runs 2 "a row number out of range" "$TE" datasets preprocess --data "$TMP/data.txt" --labels "$TMP/labels.txt" --out "$TMP/out.csv"
printf 'x\n' >"$TMP/labels.txt"
runs 2 "text for a label" "$TE" datasets preprocess --data "$TMP/data.txt" --labels "$TMP/labels.txt" --out "$TMP/out.csv"
like "$ERR" "labels.txt' line 1: 'x' is no number" "is named"

if [ -n "$SHARED" ]; then
    E=$SHARED/data/timeeval-example
    for case in plain:labels.txt indices:labels.indices.txt; do
        name=${case%%:*}
        runs 0 "preprocess $name" "$TE" datasets preprocess --data "$E/data.txt" --labels "$E/${case#*:}" --out "$TMP/out.csv"
        runs 0 "equals the peer's" cmp "$TMP/out.csv" "$SHARED/golden/preprocess/$name.csv"
        runs 0 "preprocess $name, hours" "$TE" datasets preprocess --data "$E/data.txt" --labels "$E/${case#*:}" --out "$TMP/out.csv" --convert-to-datetime --datetime-unit h
        runs 0 "equals the peer's" cmp "$TMP/out.csv" "$SHARED/golden/preprocess/$name.hours.csv"
    done
    mkdir "$TMP/real" && cp "$SHARED/data/datasets.csv" "$TMP/real" && chmod u+w "$TMP/real/datasets.csv"
    runs 0 "add to the peer's index" "$TE" datasets add --root "$TMP/real" A/new --test "$D/multivariate/machines/plant.test.csv"
    is "$(grep -v '^A,new,' "$TMP/real/datasets.csv" | diff - "$SHARED/data/datasets.csv")" "" "leaves the other rows as they were"
    runs 0 "custom datasets" "$TE" datasets custom "$SHARED/data/custom_datasets.json" --csv
    like "$OUT" '^custom,ecg806,.*,10000,1,0.015,2,75,75,75,' "are analyzed"
    runs 0 "verify --full of real datasets" "$TE" datasets verify --full --root "$SHARED/data"
else
    skip "golden files of preprocessing, real index" "no ../shared here"
fi
finish

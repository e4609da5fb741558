#!/bin/bash
# The sample algorithms find what they are meant to find, and their images are reproducible.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1

# A sine with one odd stretch of 20 values at 600, the last column says so; "train" has labels but no oddity
series()
{
    awk -v odd="$1" -v channels="$2" 'BEGIN {
        printf "timestamp"; for (c = 0; c < channels; c++) printf ",v%d", c; print ",is_anomaly"
        for (i = 0; i < 1000; i++) {
            a = odd && i >= 600 && i < 620
            printf "%d", i
            for (c = 0; c < channels; c++) {
                x = sin(i / 8 + c) + 0.01 * sin(i * 7.7)
                if (a) x = (kind == "shape") ? 0.3 * sin(i * 1.3) : x + 3
                printf ",%.6f", x
            }
            print "," (a ? 1 : 0)
        }
    }' kind="$3"
}

# where FILE WINDOW: the place of the highest score lies where the oddity is
where()
{
    awk -v w="$2" 'NR == 1 || $1 > best { best = $1; at = NR - 1 } END { exit !(at + w > 595 && at < 625) }' "$1"
}

run()
{
    "build/images/$1" execute-algorithm "{\"dataInput\": \"$TMP/$3\", \"dataOutput\": \"$TMP/$1.scores\", \"modelInput\": \"$TMP/$1.pkl\", \"modelOutput\": \"$TMP/$1.pkl\", \"executionType\": \"$2\", \"customParameters\": $4}"
}

series 1 1 level >"$TMP/level.csv"
series 1 1 shape >"$TMP/shape.csv"
series 0 1 level >"$TMP/normal.csv"
series 1 3 level >"$TMP/three.csv"

runs 0 "moving_zscore executes" run moving_zscore execute level.csv '{"window_size": 200}'
where "$TMP/moving_zscore.scores" 0; ok $? "moving_zscore finds a change of level"
is "$(wc -l <"$TMP/moving_zscore.scores")" 1000 "one score a row"
runs 0 "discord executes" run discord execute shape.csv '{"window_size": 30, "other": [1, {"a": "}"}]}'
where "$TMP/discord.scores" 30; ok $? "discord finds a change of shape"
is "$(wc -l <"$TMP/discord.scores")" 971 "one score a window"
runs 1 "gaussian_profile needs its model" run gaussian_profile execute level.csv '{}'
like "$ERR" "cannot read the model" "and says so"
runs 0 "gaussian_profile trains" run gaussian_profile train normal.csv '{}'
runs 0 "gaussian_profile executes" run gaussian_profile execute level.csv '{}'
where "$TMP/gaussian_profile.scores" 0; ok $? "gaussian_profile finds a change of level"
runs 0 "channel_centroid executes" run channel_centroid execute three.csv '{}'
where "$TMP/channel_centroid.scores" 0; ok $? "channel_centroid finds it in three channels"
runs 0 "labelled_bins trains" run labelled_bins train level.csv '{}'
runs 0 "labelled_bins executes" run labelled_bins execute level.csv '{}'
where "$TMP/labelled_bins.scores" 0; ok $? "labelled_bins finds what it learnt"
runs 1 "one channel is demanded" run moving_zscore execute three.csv '{}'
runs 1 "a missing file is told" run moving_zscore execute none.csv '{}'
runs 2 "without argument: usage" build/images/discord

need curl tar sha256sum
for i in 1 2; do
    runs 0 "archive $i" jobs/images/load.sh -o "$TMP/$i" build/images/discord
    sleep 1
done
cmp "$TMP/1/discord.tar" "$TMP/2/discord.tar"; ok $? "the same program gives the same image"
finish

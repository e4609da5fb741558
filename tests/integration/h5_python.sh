#!/bin/bash
# A result file read by h5py and pandas as the README says, and results.csv as TimeEval's readers do.
. "$(dirname "$0")/../lib.sh"
cd "$TMP" || exit 1
/usr/bin/python3 -c 'import h5py, pandas, tables' 2> /dev/null || skip_all "python3-h5py, python3-pandas or python3-tables is missing"
mixed_run 'repetitions = 2
metrics = ROC_AUC, PR_AUC, F1Score(PercentileThresholding(percentile=95))' \
    "param.word = \"it's, \\\"ä\\\"\""
cat > lines.py << 'END'
import sys, warnings
warnings.simplefilter("ignore")
import h5py, numpy, pandas
f = h5py.File("r/results.h5", "r")
df = pandas.DataFrame(f["experiments"][:])
df = df.apply(lambda c: c.str.decode("utf-8") if c.dtype == object else c)
n = len(df)
def check(name, good):
    print("pass" if good else "FAIL", name)
check("one-line DataFrame with text by one more line", n == 18 and set(df.algorithm) == {"fine", "broken"})
frame = pandas.read_hdf("r/results.h5", "frame")
check("read_hdf gives the same frame", list(frame.columns) == list(df.columns)[1:] and all(
    (frame[c].fillna("x").astype(str).values == df[c].fillna("x").astype(str).values).all() for c in frame.columns))
check("text is str", isinstance(frame.error_message.iloc[0], str))
check("attributes", f.attrs["complete"] == 1 and f.attrs["run_name"] == "r" and f.attrs["start"].endswith("Z"))
ok = df[df.status == "OK"]
good = True
for _, row in ok.iterrows():
    scores = f["scores/raw"][row.scores_offset:row.scores_offset + row.scores_length]
    d = f["datasets/table"][row.dataset_row]
    labels = f["datasets/labels"][d["labels_offset"]:d["labels_offset"] + d["labels_length"]]
    series = pandas.read_csv(d["test_path"].decode())
    good &= len(scores) == len(labels) == len(series) and (labels == series.is_anomaly).all()
    good &= numpy.nanmin(scores) == row.score_min and numpy.nanmax(scores) == row.score_max
check("scores and labels of %d experiments" % len(ok), good and len(ok) == 12)
p = f["parameters/table"][ok.iloc[0].params_row]
json = f["parameters/json"][p["offset"]:p["offset"] + p["length"]].tobytes().decode()
check("parameters", json == ok.iloc[0].hyper_params)
log = f["logs/raw"][ok.iloc[0].log_offset:][:ok.iloc[0].log_length].tobytes().decode()
check("log", log.startswith("Starting evaluation of experiment fine-walks-"))
check("configuration", f["config/c.ini"][()].decode() == open("c.ini").read())
csv = pandas.read_csv("r/results.csv", float_precision="round_trip")
names = ("algorithm collection dataset algo_training_type algo_input_dimensionality dataset_training_type "
    "dataset_input_dimensionality train_preprocess_time train_main_time execute_preprocess_time execute_main_time "
    "execute_postprocess_time status error_message repetition hyper_params hyper_params_id").split()
check("results.csv has every column in order", list(csv.columns) == names + list(frame.columns[17:20]))
check("and the table's values", (csv.ROC_AUC.fillna(9) == df.ROC_AUC.fillna(9)).all() and (csv.hyper_params == df.hyper_params).all()
    and (csv.status == "Status." + df.status).all())
csv.to_csv("again.csv", index=False)
check("pandas writes the same bytes", open("again.csv").read() == open("r/results.csv").read())
o = csv[csv.status == "Status.OK"]
m = list(frame.columns[17:20])
times = names[7:12]
short = o.groupby(names[:3])[m + ["train_main_time", "execute_main_time"]].mean().add_suffix("_mean")
short["repetitions"] = o.groupby(names[:3]).repetition.count()
full = o.groupby(names[:3] + ["hyper_params_id"])[m + times]
long = pandas.concat([full.mean().add_suffix("_mean"), full.std().add_suffix("_std")], axis=1)
long["repetitions"] = full.size()
short.to_csv("short.csv"), long.to_csv("full.csv")
END
runs 0 "Python reads it" /usr/bin/python3 lines.py
while read -r word name; do
    is "$word" pass "$name"
done <<< "$OUT"
for kind in short full; do
    runs 0 "aggregate $kind" "$TE" export r/results.h5 --aggregate $kind --csv mine.csv
    is "$(cat mine.csv)" "$(cat $kind.csv)" "is what pandas computes, byte for byte"
done
finish

#!/bin/bash
# Further metrics in a finished file: the values that the run would have given, and nothing else changes.
. "$(dirname "$0")/../lib.sh"
cd "$TMP" || exit 1
/usr/bin/python3 -c 'import h5py, pandas, tables' 2> /dev/null || skip_all "python3-h5py, python3-pandas or python3-tables is missing"
mixed_run 'metrics = ROC_AUC, VUS_PR, RangePrVUS(max_buffer_size=50), BEST_F1, F1Score(TopKRangesThresholding())'
cp r/results.h5 before.h5
runs 0 "metrics are added" "$TE" rescore r/results.h5 --metric 'ROC_AUC(name="a"), VUS_PR(name="b")' \
    'RangePrVUS(max_buffer_size=50, name="c")' --metric 'BEST_F1(name="d"), F1Score(TopKRangesThresholding(), name="e"), PATE'
runs 0 "the file is whole" "$TE" verify r/results.h5
cat > same.py << 'END'
import warnings
warnings.simplefilter("ignore")
import h5py, numpy, pandas
old, new = h5py.File("before.h5", "r"), h5py.File("r/results.h5", "r")
a, b = old["experiments"][:], new["experiments"][:]
pairs = {"a": "ROC_AUC", "b": "VUS_PR", "c": "RANGE_PR_VOLUME", "d": "BEST_F1", "e": "F1Score_TopKRangesThresholding(k=None)"}
for k, v in pairs.items():
    assert b[k].tobytes() == a[v].tobytes(), v
    assert numpy.isfinite(b[k]).any(), v
assert numpy.isfinite(b["PATE"]).sum() == (b["status"] == b"OK").sum() > 0
for name in a.dtype.names:
    assert a[name].tobytes() == b[name].tobytes(), name
def same(name, thing):
    if isinstance(thing, h5py.Dataset) and name not in ("experiments", "frame/table"):
        assert thing[()].tobytes() == new[name][()].tobytes() if thing.dtype.kind != "O" else (thing[()] == new[name][()]), name
old.visititems(same)
frame = pandas.read_hdf("r/results.h5", "frame")
assert frame["PATE"].dtype == float and list(frame.columns) == list(b.dtype.names)[1:]
END
runs 0 "bit-equal to the run's values, and the rest as before" /usr/bin/python3 same.py
runs 0 "a name that is taken becomes the canonical text" "$TE" rescore r/results.h5 --metric PATE
cp r/results.h5 after.h5
runs 0 "a metric that is there already adds nothing" "$TE" rescore r/results.h5 --metric PATE
like "$OUT" "^0 columns added" "says so"
runs 0 "the file is as it was" cmp r/results.h5 after.h5
runs 2 "an unknown metric" "$TE" rescore r/results.h5 --metric PATEE
runs 2 "no metric" "$TE" rescore r/results.h5
finish

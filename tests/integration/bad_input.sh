#!/bin/bash
# Bad input, each kind once, on the real program: exit status 2, and a message that names the file, line or
# key, what is wrong and what would be right. Nothing is left where it does not belong.
. "$(dirname "$0")/../lib.sh"
cd "$TMP" || exit 1
unset DOCKER_HOST

mkdir data results
printf 'timestamp,value,is_anomaly\n' >data/a.csv
for i in $(seq 60); do echo "$i,$((i % 7)).5,$((i == 30))"; done >>data/a.csv
HEADER=dataset_type,collection_name,dataset_name,train_path,test_path,train_type,input_type,datetime_index,train_is_normal,length,dimensions,contamination,num_anomalies,min_anomaly_length,median_anomaly_length,max_anomaly_length,mean,stddev,trend,stationarity,period_size,split_at
row() { echo "real,C,$1,,$2,unsupervised,univariate,False,False,60,1,0.0167,1,1,1,1,3.0,2.0,no trend,stationary,,"; }
index() { { echo "$HEADER"; row "${1:-a}" "${2:-a.csv}"; } >data/datasets.csv; }
index

GOOD='[datasets]
root = data
[algorithm:A]
fake = ok
'
config() { printf '%s' "$1" >c.ini; }

# bad NAME ERE...: the command in CMD ends with 2, its standard error matches every expression and is no crash
CMD="run c.ini --set run.name=x"
bad()
{
    local name=$1 got err ere
    shift
    # shellcheck disable=SC2086 # words of a command
    timeout 60 ${AS:-} "$TE" $CMD >out 2>err </dev/null
    got=$?
    err=$(cat err)
    if [ $got != 2 ]; then
        ok 1 "$name: exit status 2" || note "exit status $got: $(tail -n 5 err)"
        rm -rf results/x
        return
    fi
    for ere in '^timeeval-mpi: ' "$@"; do
        if ! grep -Eq -- "$ere" err; then
            ok 1 "$name" || note "no '$ere' in: $err"
            return
        fi
    done
    ok 0 "$name"
    rm -rf results/x
}

# What root may do nobody may not. as_other VAR=VALUE bad ...: the same as another user
OTHER=
[ "$(id -u)" = 0 ] && OTHER="setpriv --reuid=65534 --regid=65534 --clear-groups"
chmod 755 . data results
as_other()
{
    local CMD=${1#CMD=}
    shift
    if [ "$(id -u)" = 0 ] && ! $OTHER "$TE" --version >/dev/null 2>&1; then
        skip "$2" "another user cannot run the program where it lies"
        return
    fi
    AS=$OTHER "$@"
}

config "$GOOD"
runs 0 "the good configuration runs" "$TE" run c.ini --set run.name=x
rm -rf results/x

# ---- the file
CMD="run missing.ini" bad "missing configuration" "missing.ini" "No such file"
CMD="run data" bad "a folder instead of a file" "'data' is a folder"
mkfifo pipe.ini
CMD="run pipe.ini" bad "a FIFO instead of a file" "pipe.ini" "regular|FIFO|file"
cp c.ini closed.ini && chmod 000 closed.ini
as_other CMD="run closed.ini" bad "unreadable configuration" "closed.ini" "Permission denied"
: >empty.ini
CMD="run empty.ini" bad "an empty file" "no algorithm: add a section" "no datasets"
CMD="nosuch.ini" bad "missing configuration, named alone" "nosuch.ini"
CMD="run" bad "no configuration" "needs an argument.*CONFIG"
CMD="rnu c.ini" bad "unknown command" "did you mean 'run'"
CMD="run c.ini --reusme" bad "unknown option" "did you mean '--resume'"
CMD="run c.ini more.ini" bad "an argument too many" "no use for 'more.ini'"
CMD="run c.ini --set run.nmae=x" bad "--set of an unknown key" "--set run.nmae=x" "did you mean 'name'"
CMD="run c.ini --set oops" bad "--set without '='" "--set oops" "section.key=value"
CMD="run c.ini --retry nonsense" bad "--retry with an unknown word" "nonsense" "error|timeout"

# ---- lines
config "${GOOD}[rnu]
x = 1
"
bad "unknown section" "c.ini:5: unknown section \[rnu\], did you mean \[run\]"
config "${GOOD}imgae = x
"
bad "unknown key" "c.ini:5: unknown key 'imgae' in \[algorithm:A\], did you mean 'image'"
config "${GOOD}fake = ok
"
bad "duplicate key" "c.ini:5: key 'fake' is twice in \[algorithm:A\], first in line 4"
config "${GOOD}[datasets]
"
bad "duplicate section" "c.ini:5: section \[datasets\] is there twice, first in line 1"
config "${GOOD}[run]
metrics = $(head -c 1100000 /dev/zero | tr '\0' x)
"
bad "a line longer than 1 MiB" "c.ini:6: the line has 1100010 bytes, at most 1048576"
{ printf '%s[run]\nname = a' "$GOOD"; printf '\0b\n'; } >c.ini
CMD="run c.ini" bad "NUL byte" "c.ini:6: control character 0x00 \(NUL\)"
{ printf '%s[run]\nmetrics = a' "$GOOD"; printf '\377\n'; } >c.ini
bad "invalid UTF-8" "c.ini:6: byte 12 \(0xff\) is not valid UTF-8: save"
config "${GOOD}[run
"
bad "a section without its end" "c.ini:5: section '\[run' has no '\]'"
config "${GOOD}[run]
repetitions
"
bad "a line that is nothing" "c.ini:6: 'repetitions' is neither"
config "${GOOD}[run]
repetitions = many
[resources]
train_timeout = 5 fortnights
task_memory_limit = -3 GB
task_cpu_limit = 0
execute_timeout = 0
[docker]
pull = sometimes
"
bad "wrong types, units and ranges, in one go" "c.ini:6: \[run\] repetitions: 'many'" \
    "c.ini:8: \[resources\] train_timeout: .*fortnights.*8 hours" "c.ini:9: .*-3 GB" "c.ini:10: .*range" \
    "c.ini:11: .*range" "c.ini:13: .*'sometimes' is not one of never, missing or always" "has 6 problems"

# ---- names never leave the run folder
for name in a/b .. . "../../escaped-$$" "$(printf 'a\001b')" "$(head -c 300 /dev/zero | tr '\0' n)"; do
    config "${GOOD}[run]
name = $name
"
    CMD="run c.ini" bad "run name '$(printf %.20s "$name" | tr '\001' '?')'" "c.ini:6: "
done
config "${GOOD}[run]
name =
"
CMD="run c.ini" bad "empty run name" "c.ini:6: .*empty"
for name in a/b .. "../../escaped-$$"; do
    config "${GOOD/algorithm:A/algorithm:$name}"
    bad "algorithm name '$name'" "c.ini:3: algorithm name"
done
config "${GOOD}name = $(head -c 300 /dev/zero | tr '\0' n)
"
bad "algorithm name of 300 bytes" "c.ini:5: .*300 bytes"
config "${GOOD/algorithm:A/algorithm:$(head -c 60 /dev/zero | tr '\0' n)}"
bad "section name of 70 bytes" "c.ini:3: .*70 bytes, more than 49.*name = "
config "$GOOD"
for name in a/b .. "$(head -c 300 /dev/zero | tr '\0' n)"; do
    index "$name"
    bad "dataset name '$(printf %.20s "$name")'" "datasets.csv.*2" "name|C/"
done
index

# ---- algorithms
config '[datasets]
root = data
[algorithm:A]
training_type = unsupervised
'
bad "an algorithm without image or function" "c.ini:3: algorithm 'A' has nothing to run: add one of image"
config "${GOOD/fake = ok/function = libmine.so}"
bad "a function without a symbol" "c.ini:4: .*library.so:symbol"
config "${GOOD/fake = ok/catalog = no_such_algorithm}"
bad "an algorithm that is not in the catalog" "no_such_algorithm"
config "${GOOD}param.x = [1, 2
"
bad "a parameter that starts like a list and is none" "c.ini:5|param.x|'x'"
config "${GOOD}grid.x = 5
"
bad "a grid that is no list" "x"
config "${GOOD}postprocess = reverse_windwoing(window_size=3)
"
bad "unknown post-processing" "reverse_windwoing"
config "${GOOD}param.w = heuristic:NoSuchHeuristic(factor=1)
"
bad "unknown heuristic" "NoSuchHeuristic"
config "${GOOD}[run]
metrics = ROC_AUC, ROC_ACU
"
bad "unknown metric" "ROC_ACU"
config "${GOOD}[run]
metrics = RangePrVUS(max_buffer=3)
"
bad "unknown option of a metric" "max_buffer"
config "${GOOD}[run]
experiment_combinations = none.csv
"
bad "combinations file that is not there" "none.csv"

# ---- the engine
config "${GOOD/fake = ok/image = no\/such:1}"
CMD="run c.ini --set docker.host=$TMP/nosuch.sock" bad "a socket that does not exist" "$TMP/nosuch.sock" \
    "No such file" "\[docker\] host or DOCKER_HOST"
CMD="run c.ini --set docker.host=$TMP/c.ini" bad "a socket that is none" "$TMP/c.ini" "refused"
CMD="run c.ini --set docker.host=tcp://1.2.3.4:5" bad "a socket elsewhere" "docker.host=tcp" "unix:///path"
PYTHON=$( [ -x /usr/bin/python3 ] && echo /usr/bin/python3 || echo python3 )
if command -v "$PYTHON" >/dev/null; then
    $PYTHON -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(9)
s.settimeout(60)
while True:
    c = s.accept()[0]
    c.recv(1000)
    c.sendall(b"hello, I am no engine\n")
    c.close()
' "$TMP/other.sock" 2>/dev/null &
    other=$!
    # shellcheck disable=SC2034 # of lib.sh
    AT_EXIT="kill $other 2>/dev/null"
    for _ in $(seq 50); do [ -S "$TMP/other.sock" ] && break; sleep 0.1; done
    CMD="run c.ini --set docker.host=$TMP/other.sock" bad "a socket that is not an engine's" "$TMP/other.sock" \
        "not an engine"
    CMD="run c.ini --set docker.host=$TMP/other.sock" bad "and what would be right" "name the engine's own socket"
    kill $other 2>/dev/null
else
    skip "a socket that is not an engine's" "python3 is not installed"
fi
engine=$("$ROOT/jobs/engine.sh" start 2>/dev/null)
if [ -n "$engine" ]; then
    chmod 755 "$TMP"
    as_other CMD="run c.ini --set docker.host=$engine --set docker.pull=never" bad "a socket that may not be opened" \
        "${engine#unix://}" "Permission denied" "join the group that owns the socket"
    CMD="run c.ini --set docker.host=$engine --set docker.pull=never" bad "an image that is not there" \
        "no/such:1 is not there, and pull = never: load or pull it"
else
    skip "an image that is not there" "no engine answers"
fi

# ---- datasets
config "${GOOD/root = data/root = data
include = C\/b}"
bad "dataset not in the index" "C/b"
config "${GOOD/root = data/root = nowhere}"
bad "dataset folder that is not there" "nowhere"
config "${GOOD/root = data/root = data
include = NAB}"
bad "a pattern without '/'" "c.ini:3: .*COLLECTION/DATASET"
config "$GOOD"
{ echo "$HEADER"; row a a.csv; } | cut -d, -f1-4,6- >data/datasets.csv
bad "index without a needed column" "datasets.csv" "test_path"
index a /etc/passwd
bad "index row with an absolute path" "datasets.csv" "/etc/passwd"
index a ../secret.csv
bad "index row with a ../ path" "datasets.csv" "\.\./secret.csv"
{ echo "$HEADER"; row a a.csv; row a a.csv; } >data/datasets.csv
bad "a dataset twice in the index" "datasets.csv" "C.*a"
index "$(printf '"a\nb"')"
bad "a dataset name with a newline" "datasets.csv' line 2" "control characters"
index a gone.csv
bad "a dataset that no node has" "gone.csv|C/a"
index

# ---- series
broken() { printf "$2" >data/b.csv; index b b.csv; bad "$1" "C/b" "b.csv" "$3"; }
broken "a series without header" '1,2,0\n2,3,1\n' "line 1: numbers where a header line should be"
broken "a series with a ragged row" 't,v,is_anomaly\n1,2,0\n2,3\n' "line 3: 2 cells where the header has 3"
broken "text in a number" 't,v,is_anomaly\n1,2,0\n2,x,1\n' "line 3"
broken "a series without anomaly column" 't,v,w\n1,2,0\n2,3,1\n' "is_anomaly"
broken "a series without rows" 't,v,is_anomaly\n' "no rows"
broken "an empty series" '' "header"
broken "a label that is no label" 't,v,is_anomaly\n1,2,0\n2,3,7\n' "line 3"
chmod 600 data/a.csv && index
as_other CMD="run c.ini --set run.results=$TMP/open" bad "a series that may not be read" "C/a" "a.csv" "Permission denied"
chmod 644 data/a.csv && chmod 700 data
as_other CMD="run c.ini" bad "an index that may not be read" "data/datasets.csv" "Permission denied"
chmod 755 data
mkdir data/b.d && index b b.d
bad "a folder where a series should be" "C/b" "b.d"
index

# ---- results
config "$GOOD"
: >plain
CMD="run c.ini --set run.results=plain --set run.name=x" bad "results is a file" "plain"
CMD="run c.ini --set run.results=/proc/none --set run.name=x" bad "results folder not writable" "/proc"
as_other CMD="run c.ini --set run.name=y" bad "results folder of somebody else" "\[run\] results: cannot create .*/results/y'" \
    "Permission denied"
CMD="run c.ini --set run.scratch=plain --set run.name=x" bad "scratch is a file" "\[run\] scratch, .*plain' exists and is no folder"
as_other CMD="run c.ini --set run.results=$TMP/open --set run.scratch=$TMP/results" bad "scratch folder of somebody else" \
    "\[run\] scratch, .*cannot write in folder '.*/results': Permission denied"
"$TE" run c.ini --set run.name=again >/dev/null 2>&1
CMD="run c.ini --set run.name=again" bad "a run of that name is there" "again" "--resume"
CMD="run c.ini --set run.name=again --resume --set run.repetitions=2" bad "another plan on resume" "again|resume" "repetitions"
! compgen -G "$TMP/secret*" >/dev/null && ! compgen -G "$TMP/escaped*" >/dev/null && [ ! -e "$TMP/../escaped-$$" ]
ok $? "nothing was made outside the results folder"
finish

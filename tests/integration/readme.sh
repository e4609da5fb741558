#!/bin/bash
# README.md is true: its commands run as they stand there, and it names every command and option.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1

# blocks KIND: the fenced blocks of that kind, one after the other, a NUL behind each
blocks()
{
    awk -v kind="$1" '
        /^```/ && inside { inside = 0; printf "%c", 0; next }
        /^```/ { inside = substr($0, 4) == kind; next }
        inside { print }' README.md
}

runs 0 "the reference of commands is that of the program" tests/tools/readme.sh "$TE" --check
runs 0 "the man page can be made" "$TE" __man
printf '%s\n' "$OUT" >"$TMP/man.1"
if command -v groff >/dev/null; then
    warnings=$(groff -man -Tutf8 -ww "$TMP/man.1" 2>&1 >/dev/null)
    is "$warnings" "" "groff has nothing to say about it"
else
    skip "groff has nothing to say about it" "groff is not installed"
fi
runs 0 "the completion can be made" "$TE" __complete
printf '%s\n' "$OUT" >"$TMP/complete"
runs 0 "bash reads the completion" bash -n "$TMP/complete"

# Commands of the contract, whether or not the tables know them.
for command in run plan doctor launch datasets algorithms score export import rescore merge finish verify status clean; do
    grep -Eq "(\`|timeeval-mpi )$command" README.md
    ok $? "README names $command"
done

# What the tables for users of TimeEval name is there: keys of the configuration, commands, columns.
runs 0 "help config" "$TE" help config
printf '%s\n' "$OUT" >"$TMP/keys"
"$TE" help 2>&1 | cat - README.md >"$TMP/commands"
is "$(awk '/^## From TimeEval/ { on = 1; next } /^## / { on = 0 } on && /^\|/ { print }' README.md | python3 -c '
import re, sys
keys = set(re.findall(r"^  ([a-z_]+(?:\.NAME)?) = ", open(sys.argv[1]).read(), re.M))
commands = set(re.findall(r"^\| `([a-z ]+)` ", open(sys.argv[2]).read(), re.M))
values = {"execute_wall_incl_overhead", "results.csv", "/experiments", "b", "datasets.csv", "[remote]", "[datasets]", "[resources]", "[run]", "[algorithm:NAME]", "independent", "full", "MemoryError"}
seen = 0
for row in sys.stdin:
    for token in re.findall(r"`([^`]+)`", (row.split(" | ", 1) + [""])[1]):
        word = re.sub(r"^(timeeval-mpi|\[[a-z]+\]) ", "", token)
        name = word.split(" = ")[0].split()[0]
        known = name in keys or name in commands or word in commands or token in values or name.endswith(".ini")
        seen += 1
        if not known: print("unknown:", token)
print("some" if seen > 40 else seen)
' "$TMP/keys" "$TMP/commands")" "some" "every key and command that the tables for users of TimeEval name"

# The topics of help list what there is; README names no metric that they do not.
runs 0 "help heuristics" "$TE" help heuristics
is "$(printf '%s\n' "$OUT" | grep -cE '^  [A-Za-z]+Heuristic\(')" 10 "lists the ten"
runs 0 "help postprocess" "$TE" help postprocess
like "$OUT" 'reverse_windowing\(window_size=W, reduction=mean\)' "lists them"
runs 0 "help metrics" "$TE" help metrics
is "$(awk '/^## Metrics/ { on = 1; next } /^## / { on = 0 } on && /^\|/ { print }' README.md | grep -oE '`[A-Za-z_1]+[`(]' | tr -d '`(' | sort -u | while read -r name; do case $OUT in *"$name"*) ;; *) echo "$name" ;; esac; done)" "" "lists all metrics of README"
runs 2 "help on nothing" "$TE" help nothing

# A copy of the checkout's outside, so that runs leave nothing in it.
mkdir "$TMP/checkout" "$TMP/bin"
ln -s "$ROOT"/* "$TMP/checkout/"
ln -s "$TE" "$TMP/bin/timeeval-mpi"
PATH=$TMP/bin:$PATH
cd "$TMP/checkout" || exit 1
blocks "ini first.ini" | tr -d '\0' >first.ini
[ -s first.ini ]; ok $? "README has a first configuration"

n=0
while IFS= read -r -d '' block; do
    while IFS= read -r line; do
        [ -n "$line" ] || continue
        n=$((n + 1))
        case $line in
        export\ *) eval "$line"; continue ;;
        esac
        timeout 120 bash -c "$line" >"$TMP/out" 2>&1 </dev/null
        rc=$?
        ok $rc "runs: $line" || note "exit status $rc; $(tail -n 8 "$TMP/out")"
    done <<<"$block"
done < <(blocks sh)
[ $n -ge 5 ]; ok $? "README has commands to run ($n lines)"

# Where a cluster or a fresh machine is needed other tests run them; here: do they exist?
while IFS= read -r -d '' block; do
    while IFS= read -r line; do
        case $line in
        make\ *) ${MAKE:-make} -n "${line#make }" >/dev/null 2>&1; ok $? "is a target: $line" ;;
        sbatch\ *)
            set -- ${line#sbatch }
            while [[ $1 = -* ]]; do shift; done
            bash -n "$1"
            ok $? "is a script: $line" ;;
        timeeval-mpi\ *) set -- $line; timeeval-mpi "$2" --help >/dev/null; ok $? "is a command: $line" ;;
        *) ok 1 "is known to this test: $line" ;;
        esac
    done <<<"${block%$'\n'}"
done < <(blocks "sh quickstart"; blocks "sh cluster")

# The five lines of Python, on the run that was just made; Debian's Python has the packages.
PYTHON=$( [ -x /usr/bin/python3 ] && echo /usr/bin/python3 || echo python3 )
if $PYTHON -c 'import h5py, pandas, tables' 2>/dev/null; then
    { blocks python | tr -d '\0'; echo 'assert len(table) > 0 and len(scores) > 0, (len(table), len(scores))'; } >read.py
    runs 0 "the lines of Python read the result" $PYTHON read.py
else
    skip "the lines of Python read the result" "python3 lacks h5py, pandas or tables"
fi
finish

#!/bin/bash
# `make quickstart` after the build: engine, images, the run on four ranks, the table of results.
#
#   quickstart.sh [RANKS]       WITHOUT_ENGINE=1 leaves images out; RESULTS=FOLDER
set -u
cd "$(dirname "$0")/.." || exit 1
ranks=${1:-4}
program=$PWD/build/release/timeeval-mpi
name=quickstart-$(date -u +%Y%m%d-%H%M%S)-$$ # two may begin in one second
results=${RESULTS:-$PWD/build/quickstart}
config=jobs/quickstart.ini
own=
say() { printf '%s\n' "-- $*"; }
trap '[ -z "$own" ] || jobs/engine.sh stop' EXIT
trap 'exit 130' INT TERM

why=
if [ -n "${WITHOUT_ENGINE:-}" ]; then
    why="WITHOUT_ENGINE is set"
else
    was=$(jobs/engine.sh status 2>/dev/null)
    if DOCKER_HOST=$(jobs/engine.sh start 2>build/engine.err); then
        export DOCKER_HOST
        jobs/engine.sh status >/dev/null 2>&1 && [ -z "$was" ] && own=1
        say "Docker engine at $DOCKER_HOST$([ -z "$own" ] || echo " (ours; it stops at the end)")"
        jobs/images/load.sh build/images/*[!.]?* | sed 's/^/   image /' || exit 1
    else
        unset DOCKER_HOST
        why=$(tail -n 1 build/engine.err)
    fi
fi
if [ -n "$why" ]; then
    config=jobs/quickstart-programs.ini
    say "no Docker engine: $why"
    say "left out: algorithms in images; the same detectors run as programs instead"
fi

args=(--oversubscribe --bind-to none --enable-recovery -np "$ranks")
if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
mkdir -p "$results"
say "mpirun ${args[*]} timeeval-mpi $config"
mpirun "${args[@]}" "$program" run "$config" --set run.name="$name" --set run.results="$results" </dev/null
code=$(cat "$results/$name/exit" 2>/dev/null || echo 1)
[ "$code" = 0 ] || [ "$code" = 3 ] || { say "the run failed (exit $code)"; exit 1; }

# table: commas to columns, numbers to three places
table()
{
    awk -F, '
        { for (i = 1; i <= NF; i++) {
              t = $i
              if (NR > 1 && t ~ /^-?[0-9.]+(e-?[0-9]+)?$/ && t ~ /[.e]/) t = sprintf("%.3f", t)
              cell[NR, i] = t
              if (length(t) > width[i]) width[i] = length(t)
          }
          if (NF > wide) wide = NF }
        END { for (r = 1; r <= NR; r++) {
                  line = ""
                  for (i = 1; i <= wide; i++) line = line sprintf("%-" width[i] + 2 "s", cell[r, i])
                  sub(/ +$/, "", line); print line
              } }'
}

echo
"$program" export "$results/$name/results.h5" --aggregate short 2>/dev/null | table
echo
say "everything lies in ${results#"$PWD"/}/$name: results.h5 (scores, metrics, measurements), results.csv, logs"
[ "$code" = 0 ] || { say "some experiments failed: timeeval-mpi status ${results#"$PWD"/}/$name --failed"; exit 3; }

#!/bin/bash
# The quickstart with an engine and without one, and what `make install` puts where.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
need mpirun make
quick() { env RESULTS="$TMP/r" "$@" jobs/quickstart.sh 3; }

runs 0 "without an engine" quick WITHOUT_ENGINE=1
like "$OUT" 'left out: algorithms in images' "it says what was left out"
like "$OUT" 'Discord +oscillations +ecg-beats +0\.9' "the table is shown, the discord is found"
runs 0 "the file is whole" "$TE" verify "$(ls -d "$TMP"/r/quickstart-* | tail -n 1)/results.h5"

if [ "$(id -u)" = 0 ] && PATH=$PATH:/usr/sbin command -v dockerd >/dev/null; then
    # an engine that the tests need later on stays
    runs 0 "with an engine" quick KEEP=1
    is "$(find "$TMP/r" -maxdepth 1 -name 'quickstart-*' | wc -l)" 2 "it is a run of its own"
    like "$OUT" 'Labelled bins +oscillations +sine-shift' "a supervised image was trained and executed"
    unlike "$OUT" 'experiments failed' "nothing failed"
else
    skip "with an engine" "needs root and dockerd"
fi

runs 0 "make install" make -s install DESTDIR="$TMP/i" PREFIX=/usr
for f in bin/timeeval-mpi include/timeeval/plugin.h share/man/man1/timeeval-mpi.1 \
    share/timeeval-mpi/quickstart.ini share/timeeval-mpi/images/load.sh share/timeeval-mpi/slurm/requeue.sbatch; do
    [ -s "$TMP/i/usr/$f" ]; ok $? "installed: $f"
done
like "$("$TMP/i/usr/bin/timeeval-mpi" --version 2>&1)" '[0-9]+\.[0-9]+' "the installed program runs"
ls "$TMP"/i/usr/share/timeeval-mpi/catalog* >/dev/null 2>&1; ok $? "installed: the catalog"
finish

#!/bin/bash
# The architecture, held to by script: see src/layers.txt.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
runs 0 "folders, cycles, external headers, banned functions" tests/tools/layers.sh
note "$OUT"
# The checker itself: it must find what is wrong.
mkdir -p "$TMP/p/tests"
mkdir -p "$TMP/p/src" "$TMP/p/include/te"
cp -r src/base src/layers.txt "$TMP/p/src/"
cp -r include/te/base "$TMP/p/include/te/"
cp -r tests/tools "$TMP/p/tests/"
cd "$TMP/p" || exit 1
cat >src/base/wrong.c <<'C'
#include "te/core/msg.h"
#include <mpi.h>
void te_wrong(char *out) { sprintf(out, "gets("); exit(1); }
/* strcpy(a, b) */
C
printf '#include "te/base/buf.h"\n' >>include/te/base/err.h
runs 1 "a file that breaks every rule" tests/tools/layers.sh --no-objects
like "$OUT" 'base may not include core' "an upward include is found"
like "$OUT" '<mpi.h> belongs into' "a misplaced external header is found"
like "$OUT" 'include cycle' "a cycle is found"
like "$OUT" 'banned function' "a banned function is found"
like "$OUT" 'exit below cli' "exit below cli is found"
unlike "$OUT" 'strcpy' "comments are no code"
finish

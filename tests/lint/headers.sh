#!/bin/bash
# Every header compiles alone.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
runs 0 "every header compiles alone" tests/tools/headers.sh
note "$OUT"
finish

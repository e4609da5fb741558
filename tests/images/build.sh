#!/bin/bash
# Builds the test image timeeval-mpi/probe:1.0.0 into the engine of DOCKER_HOST.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=$root/build/images-test
mkdir -p "$out"
${CC:-gcc} -O1 -static -o "$out/probe" "$here/probe.c"
cp "$here/probe.json" "$out/probe.json"
"$root/jobs/images/load.sh" "$out/probe" >/dev/null

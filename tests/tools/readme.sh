#!/bin/bash
# Puts the reference of commands, made from the program's tables, between the two markers of README.md.
#
#   readme.sh PROGRAM [--check]     --check: changes nothing, fails where it would
set -u
program=$(realpath "$1") || exit 1
cd "$(dirname "$0")/../.." || exit 1
new=$(mktemp) || exit 1
trap 'rm -f "$new"' EXIT
{
    sed '/^<!-- commands:/q' README.md
    echo
    "$program" __markdown || exit 1
    echo
    sed -n '/^<!-- end of commands/,$p' README.md
} >"$new"
if [ "${2:-}" = --check ]; then
    diff -u README.md "$new" && exit 0
    echo "README.md is behind the command tables: make readme" >&2
    exit 1
fi
cat "$new" >README.md

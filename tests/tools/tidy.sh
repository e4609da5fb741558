#!/bin/bash
# clang-tidy as the project wants it:  tidy.sh [FILE...]   (default: everything below src)
set -u
cd "$(dirname "$0")/../.." || exit 1
[ $# -gt 0 ] || mapfile -t all < <(git ls-files 'src/*.c')
# shellcheck disable=SC2046 # words wanted
printf '%s\n' "${@:-${all[@]}}" | xargs -P "$(nproc)" -n 8 sh -c 'clang-tidy --quiet "$@" -- -std=c11 -D_GNU_SOURCE -Iinclude '"$(
    pkg-config --cflags ompi-c hdf5-serial 2>/dev/null | sed 's/-I/-isystem/g')"' 2>/dev/null' tidy

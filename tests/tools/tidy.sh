#!/bin/bash
# clang-tidy as the project wants it:  tidy.sh [FILE...]   (default: everything below src)
set -u
cd "$(dirname "$0")/../.." || exit 1
[ $# -gt 0 ] || mapfile -t all < <(git ls-files 'src/*.c')
flags="-std=c11 -D_GNU_SOURCE -Iinclude $(pkg-config --cflags ompi-c hdf5-serial 2>/dev/null | sed 's/-I/-isystem/g')"
# what one file brings is printed in one go, for several are looked at at a time
export flags
# shellcheck disable=SC2016 # for the inner shell
printf '%s\n' "${@:-${all[@]}}" | xargs -P "$(nproc)" -n 1 sh -c \
    'found=$(clang-tidy --quiet "$1" -- $flags 2>/dev/null); [ -z "$found" ] || printf "%s\n" "$found"' tidy

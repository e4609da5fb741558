#!/bin/bash
# Every header compiles alone:  headers.sh [COMPILER]
set -u
cd "$(dirname "$0")/../.." || exit 1
cc=${1:-gcc}
bad=0 n=0
for header in $(find include src tests jobs -name '*.h' | sort); do
    n=$((n + 1))
    extra=
    case $header in src/store/h5_*) extra=$(pkg-config --cflags hdf5-serial 2>/dev/null) ;; esac
    # shellcheck disable=SC2086 # words wanted
    printf '#include "%s"\n#include "%s"\nextern int unit;\n' "$header" "$header" |
        "$cc" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -Iinclude -I. -I"$(dirname "$header")" \
            -Itests/unit $extra -fsyntax-only -x c - || { echo "$header: does not compile alone"; bad=1; }
done
[ $bad = 0 ] && echo "headers: $n compile alone"
exit $bad

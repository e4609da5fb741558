#!/bin/sh
# cppcheck as the project wants it:  cppcheck.sh FILE...
cd "$(dirname "$0")/../.." || exit 1
exec cppcheck --quiet --std=c11 --language=c --platform=unix64 --enable=warning,performance,portability \
    --inline-suppr --suppressions-list=tests/tools/cppcheck.txt --error-exitcode=1 \
    --template='{file}:{line}: {severity}: {message} [{id}]' -D_GNU_SOURCE -D__GNUC__ -Iinclude -Itests/unit "$@"

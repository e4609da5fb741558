#!/bin/bash
# Lint of what changed since the branch left main (or since the last commit): format, cppcheck, shell scripts, spelling.
# LINT=all looks at everything.
. "$(dirname "$0")/../lib.sh"
cd "$ROOT" || exit 1
need git
git rev-parse --git-dir >/dev/null 2>&1 || skip_all "not a git checkout"

changed()
{
    local base
    if [ "${LINT:-}" = all ]; then
        git ls-files -- "$@"
        return
    fi
    base=$(git merge-base HEAD origin/main 2>/dev/null || git rev-parse -q --verify HEAD~1 || git rev-parse HEAD)
    [ "$base" != "$(git rev-parse HEAD)" ] || base=$(git rev-parse -q --verify HEAD~1 || echo "$base")
    { git diff --name-only --diff-filter=d "$base" -- "$@"; git ls-files --others --exclude-standard -- "$@"; } | sort -u
}
mapfile -t sources < <(changed '*.c' '*.h')
mapfile -t scripts < <(changed '*.sh' 'tests/run' 'tests/full' 'tests/bench/run' '.ci/run')
mapfile -t texts < <(changed '*.c' '*.h' '*.sh' '*.md' Makefile)

# check NAME TOOL COUNT CMD...: skipped where the tool is missing or nothing changed
check()
{
    local name=$1 tool=$2 count=$3
    shift 3
    if [ "$count" = 0 ]; then
        ok 0 "$name: nothing changed"
    elif ! command -v "$tool" >/dev/null; then
        skip "$name" "no '$tool' on this machine"
    else
        runs 0 "$name: $count files" "$@"
    fi
}
check "format" clang-format ${#sources[@]} clang-format --dry-run --Werror "${sources[@]}"
check "cppcheck" cppcheck ${#sources[@]} tests/tools/cppcheck.sh "${sources[@]}"
check "shell scripts" shellcheck ${#scripts[@]} shellcheck -x -S warning "${scripts[@]}"
check "spelling" codespell ${#texts[@]} codespell -q 3 -I tests/tools/spelling.txt "${texts[@]}"
finish

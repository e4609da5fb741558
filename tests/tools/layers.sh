#!/bin/bash
# Holds the code to src/layers.txt: who may include whom, no cycles, external headers in one place,
# no banned function, nothing global that only its own file uses (where build/ has objects).
# Prints a line per finding; the exit status says whether there was one.
set -u
cd "$(dirname "$0")/../.." || exit 1
RULES=src/layers.txt
found=$(mktemp) || exit 1
trap 'rm -f "$found" "$found".*' EXIT
files=$(find src include -name '*.[ch]' | sort)
say() { echo "$*" >>"$found"; }

# --- edges between folders: "file included" for every include of the project's own
# shellcheck disable=SC2086 # a list of files
grep -noE '^[ \t]*#[ \t]*include[ \t]*"[^"]+"' $files /dev/null |
    sed -E 's/^([^:]+):([0-9]+):.*"([^"]+)"$/\1 \2 \3/' >"$found.includes"
awk -v rules=$RULES '
    function folder(path) { sub(/^(src|include\/te)\//, "", path); sub(/\/.*/, "", path); return path }
    BEGIN {
        while ((getline line < rules) > 0) {
            if (line ~ /^#/ || line ~ /^extern / || line !~ /:/) continue
            split(line, part, ":")
            known[part[1]] = 1
            n = split(part[2], list, " ")
            for (i = 1; i <= n; i++) allowed[part[1], list[i]] = 1
        }
    }
    $1 ~ /^include\/timeeval\// { print $1 ":" $2 ": a public header includes nothing of ours: " $3; next }
    {
        from = folder($1)
        if (!(from in known)) { print $1 ": folder " from " is not in " rules; next }
        if ($3 ~ /^timeeval\//) next
        to = $3 ~ /^te\// ? $3 : "te/" from "/" $3
        sub(/^te\//, "", to); sub(/\/.*/, "", to)
        if ($3 !~ /^te\// && $3 ~ /\//) print $1 ":" $2 ": include \"" $3 "\" by its layer: te/<layer>/x.h"
        if (to != from && !((from, to) in allowed)) print $1 ":" $2 ": " from " may not include " to " (" $3 ")"
    }' "$found.includes" >>"$found"

# --- cycles: between headers an error; between modules (a .c and its .h taken as one) a note
# graph STRIP: "from to" lines, file names without the part that STRIP matches
graph()
{
    awk -v strip="$1" '
        function module(path) { sub(/^(src|include\/te)\//, "", path); sub(strip, "", path); return path }
        $1 ~ /^include\/timeeval/ || $3 ~ /^timeeval\// { next }
        {
            from = module($1)
            folder = from; sub(/\/.*/, "", folder)
            dest = module($3 ~ /^te\// ? substr($3, 4) : folder "/" $3)
            if (from != dest) print from, dest
        }' "$found.includes" | sort -u
}
loops() { tsort "$1" 2>&1 >/dev/null | sed 's/^tsort: .*input contains a loop:$/include cycle:/; s/^tsort: /    /'; }
graph '^$' >"$found.graph"
loops "$found.graph" >>"$found"
graph '\\.[ch]$' >"$found.modules"
loops "$found.modules" | sed 's/^include cycle:/note: include cycle of modules:/'

# --- external headers
while read -r _ header places; do
    header=${header%:}
    # shellcheck disable=SC2086
    grep -lE "^[ \t]*#[ \t]*include[ \t]*<${header//./\\.}>" $files /dev/null | while read -r file; do
        good=0
        for place in $places; do
            # shellcheck disable=SC2254 # a pattern
            case $file in src/$place) good=1 ;; esac
        done
        [ $good = 1 ] || echo "$file: <$header> belongs into $places only"
    done >>"$found"
done < <(grep '^extern ' $RULES)

# --- banned functions, comments and strings aside
banned='sprintf|vsprintf|strcpy|strcat|stpcpy|strncpy|strncat|strtok|strtok_r|gets|atoi|atol|atoll|atof|system|popen|rand|srand|random|alloca'
for file in $files; do
    # quotes inside character constants would confuse the next step; a line keeps its number
    sed -E "s/'\\\\?.'/0/g; s/\"([^\"\\\\]|\\\\.)*\"/\"\"/g; s@//.*@@" "$file" |
        awk '{ line = $0
               while (1) {
                   if (open) { i = index(line, "*/"); if (!i) { line = ""; break } line = substr(line, i + 2); open = 0; out = out line }
                   i = index(line, "/*"); if (!i) break
                   j = index(substr(line, i + 2), "*/")
                   if (j) line = substr(line, 1, i - 1) " " substr(line, i + 2 + j + 1)
                   else { line = substr(line, 1, i - 1); print NR ":" line; line = ""; open = 1; next }
               }
               print NR ":" line }' >"$found.plain"
    grep -nE "(^|[^A-Za-z0-9_.>])($banned)[ \t]*\(" "$found.plain" | cut -d: -f2- | sed "s@^@$file:@; s@\$@   <- banned function@" >>"$found"
    case $file in
    src/cli/* | include/te/cli/*) ;;
    *) grep -nE '(^|[^A-Za-z0-9_.>])exit[ \t]*\(' "$found.plain" | cut -d: -f2- | sed "s@^@$file:@; s@\$@   <- exit below cli@" >>"$found" ;;
    esac
done

# --- global names that nobody else uses
objects=$(find build/release/obj build/release/tests -name '*.o' 2>/dev/null)
if [ -n "$objects" ] && [ "${1:-}" != --no-objects ]; then
    for o in $objects; do
        case $o in
        build/release/obj/*) src=src/${o#build/release/obj/} ;;
        *) src=${o#build/release/} ;;
        esac
        [ -e "${src%.o}.c" ] && nm -g "$o" | sed "s@^@${src%.o}.c @"
    done >"$found.symbols"
    awk '
        NF == 3 && $2 == "U" { used[$3] = 1; next }
        NF == 4 && $3 ~ /^[TDBRC]$/ && $1 ~ /^src\// && $4 != "main" { where[$4] = $1 }
        END { for (s in where) if (!(s in used)) print where[s] ": " s " is used nowhere else: make it static or remove it" }
    ' "$found.symbols" | sort >>"$found.unused"
    if [ "${1:-}" = --unused ]; then
        cat "$found.unused" >>"$found"
    elif [ -s "$found.unused" ]; then
        echo "note: $(wc -l <"$found.unused") global names that no other file uses (tests/tools/layers.sh --unused lists them)"
    fi
fi

if [ -s "$found" ]; then
    cat "$found"
    exit 1
fi
echo "layers: $(echo "$files" | wc -l) files, $(wc -l <"$found.modules") includes between modules: in order"

#include "te/base/str.h"

#include <stdint.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"

bool te_str_glob(const char *pattern, const char *text)
{
    const char *star = NULL, *mark = NULL; /* last star, and the text it has eaten so far */
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            mark = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++mark;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* Length of the whole character at s, 0 if it is not well formed (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *s, size_t len)
{
    unsigned char lo = 0x80, hi = 0xBF;
    size_t want;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xC2 || s[0] > 0xF4)
        return 0;
    want = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (s[0] == 0xE0)
        lo = 0xA0;
    else if (s[0] == 0xED)
        hi = 0x9F;
    else if (s[0] == 0xF0)
        lo = 0x90;
    else if (s[0] == 0xF4)
        hi = 0x8F;
    if (len < want || s[1] < lo || s[1] > hi)
        return 0;
    for (size_t i = 2; i < want; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return want;
}

bool te_str_utf8(const char *text, size_t len, size_t *bad)
{
    for (size_t i = 0; i < len;) {
        size_t n = utf8_length((const unsigned char *)text + i, len - i);
        if (n == 0) {
            if (bad)
                *bad = i;
            return false;
        }
        i += n;
    }
    return true;
}

enum { DISTANCE_MAX = 64 };

static unsigned min2(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned te_str_distance(const char *a, const char *b, unsigned limit)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned rows[3][DISTANCE_MAX + 1]; /* two rows back, one row back, now */
    if (n > DISTANCE_MAX || m > DISTANCE_MAX)
        return strcmp(a, b) == 0 ? 0 : limit + 1;
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= m; j++)
        before[j] = last[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned cost = a[i - 1] != b[j - 1];
            now[j] = min2(min2(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = min2(now[j], before[j - 2] + 1);
        }
        unsigned *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return min2(last[m], limit + 1);
}

const char *te_str_suggest(const char *word, const char *const *candidates, size_t count)
{
    size_t len = strlen(word);
    unsigned limit = len <= 3 ? 1 : len <= 8 ? 2 : 3;
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        unsigned d = te_str_distance(word, candidates[i], limit);
        if (d <= limit) {
            best = candidates[i];
            if (d == 0)
                break;
            limit = d - 1;
        }
    }
    return best;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *te_str_trim(char *text)
{
    while (is_blank(*text))
        text++;
    size_t len = strlen(text);
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    text[len] = '\0';
    return text;
}

bool te_str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool te_str_ends(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

/* The comma that ends the item at p (outside brackets and quotes), or the NUL. */
static char *item_end(char *p)
{
    int depth = 0;
    char quote = '\0';
    for (; *p; p++) {
        if (quote) {
            if (*p == '\\' && p[1])
                p++;
            else if (*p == quote)
                quote = '\0';
        } else if (*p == '\'' || *p == '"') {
            quote = *p;
        } else if (strchr("([{", *p)) {
            depth++;
        } else if (strchr(")]}", *p)) {
            depth -= depth > 0;
        } else if (*p == ',' && depth == 0) {
            break;
        }
    }
    return p;
}

int te_str_split(const char *text, char ***items, size_t *count, struct te_err *err)
{
    size_t most = 1, n = 0, len = strlen(text) + 1;
    for (const char *p = text; *p; p++)
        most += *p == ',';
    if (most > SIZE_MAX / 2 / sizeof(char *) - len)
        return te_err_set(err, TE_ERR_LIMIT, "list of %zu items is too long", most);
    char **list = te_alloc(most * sizeof *list + len, err);
    if (!list)
        return -1;
    char *copy = (char *)(list + most);
    memcpy(copy, text, len);
    for (char *p = copy, *end; p; p = end) {
        end = item_end(p);
        if (*end)
            *end++ = '\0';
        else
            end = NULL;
        char *item = te_str_trim(p);
        if (*item)
            list[n++] = item;
    }
    *items = list;
    *count = n;
    return 0;
}

int te_str_check_name(const char *what, const char *name, struct te_err *err)
{
    size_t len = strlen(name), bad;
    if (len == 0)
        return te_err_set(err, TE_ERR_USAGE, "%s is empty", what);
    if (len > TE_MAX_NAME)
        return te_err_set(err, TE_ERR_USAGE, "%s '%.40s...' has %zu bytes: at most %d are allowed",
                          what, name, len, TE_MAX_NAME);
    if (!te_str_utf8(name, len, &bad))
        return te_err_set(err, TE_ERR_USAGE, "%s is not valid UTF-8 at byte %zu", what, bad + 1);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return te_err_set(err, TE_ERR_USAGE, "%s must not be '%s'", what, name);
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
        if (*p == '/')
            return te_err_set(err, TE_ERR_USAGE, "%s '%s' must not contain '/'", what, name);
        if (*p < 0x20 || *p == 0x7F)
            return te_err_set(err, TE_ERR_USAGE,
                              "%s must not contain control characters (byte %zu is 0x%02x)", what,
                              (size_t)(p - (const unsigned char *)name) + 1, *p);
    }
    return 0;
}

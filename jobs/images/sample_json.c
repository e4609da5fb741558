/*
 * The little JSON that an algorithm needs: the value of a key, a number, a text. It trusts nothing:
 * every step stops at the end of the text, and depth is bounded.
 */
#include "sample.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

static const char *blank(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

/* Behind the string that starts at p, or NULL. */
static const char *skip_text(const char *p)
{
    if (*p++ != '"')
        return NULL;
    for (; *p && *p != '"'; p++)
        if (*p == '\\' && *++p == '\0')
            return NULL;
    return *p ? p + 1 : NULL;
}

/* Behind the value that starts at p, or NULL. Brackets are counted, strings are stepped over. */
static const char *skip_value(const char *p)
{
    int depth = 0;
    p = blank(p);
    do {
        if (*p == '\0')
            return NULL;
        if (*p == '"') {
            if (!(p = skip_text(p)))
                return NULL;
        } else if (*p == '{' || *p == '[') {
            if (++depth > DEPTH_MAX)
                return NULL;
            p++;
        } else if (*p == '}' || *p == ']') {
            if (--depth < 0)
                return NULL;
            p++;
        } else if (depth == 0) {
            size_t n = strcspn(p, ",}] \t\r\n");
            return n ? p + n : NULL;
        } else {
            p++;
        }
    } while (depth > 0);
    return p;
}

const char *sample_json_get(const char *object, const char *key)
{
    const char *p = object ? blank(object) : "";
    if (*p++ != '{')
        return NULL;
    for (;;) {
        p = blank(p);
        char name[128];
        const char *end = skip_text(p);
        if (!end)
            return NULL;
        bool same = sample_json_text(p, name, sizeof name) == 0 && strcmp(name, key) == 0;
        p = blank(end);
        if (*p++ != ':')
            return NULL;
        if (same)
            return blank(p);
        if (!(p = skip_value(p)))
            return NULL;
        p = blank(p);
        if (*p++ != ',')
            return NULL;
    }
}

static int hex4(const char *p, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        char c = p[i];
        if (c >= 'A' && c <= 'F')
            c = (char)(c - 'A' + 'a');
        const char *at = c ? strchr(digits, c) : NULL;
        if (!at)
            return -1;
        *code = *code * 16 + (uint32_t)(at - digits);
    }
    return 0;
}

static size_t utf8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | c);
    return n;
}

/* One escape behind the backslash; returns the characters used, 0 if it is none. */
static size_t escape(const char *p, char *out, size_t *n)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = *p ? strchr(from, *p) : NULL;
    if (at) {
        out[0] = to[at - from];
        *n = 1;
        return 1;
    }
    uint32_t c, low;
    if (*p != 'u' || hex4(p + 1, &c) != 0)
        return 0;
    size_t used = 5;
    if (c >= 0xd800 && c < 0xdc00 && p[5] == '\\' && p[6] == 'u' && hex4(p + 7, &low) == 0 &&
        low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        used = 11;
    }
    *n = utf8(c, out);
    return used;
}

int sample_json_text(const char *value, char *out, size_t size)
{
    size_t len = 0;
    if (!value || *value++ != '"')
        return -1;
    while (*value && *value != '"') {
        char piece[4] = {*value};
        size_t n = 1;
        if (*value++ == '\\') {
            size_t used = escape(value, piece, &n);
            if (!used)
                return -1;
            value += used;
        }
        if (len + n >= size)
            return -1;
        memcpy(out + len, piece, n);
        len += n;
    }
    out[len] = '\0';
    return *value ? 0 : -1;
}

double sample_number(const struct sample_args *args, const char *name, double fallback)
{
    const char *value = sample_json_get(args->parameters, name);
    if (!value || strncmp(value, "null", 4) == 0)
        return fallback;
    if (strncmp(value, "true", 4) == 0)
        return 1;
    if (strncmp(value, "false", 5) == 0)
        return 0;
    char *end;
    double number = strtod(value, &end);
    return end == value || isnan(number) ? fallback : number;
}

size_t sample_count(const struct sample_args *args, const char *name, size_t fallback, size_t low,
                    size_t high)
{
    double number = sample_number(args, name, (double)fallback);
    if (high < low)
        high = low;
    return !(number >= (double)low) ? low : number >= (double)high ? high : (size_t)number;
}

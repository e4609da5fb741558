#include "te/base/units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
    const char *name;
    double factor;
};

static const struct unit durations[] = {
    {"ms", 1e-3},
    {"milisecond", 1e-3},
    {"miliseconds", 1e-3},
    {"millisecond", 1e-3},
    {"milliseconds", 1e-3},
    {"s", 1},
    {"sec", 1},
    {"secs", 1},
    {"second", 1},
    {"seconds", 1},
    {"m", 60},
    {"min", 60},
    {"mins", 60},
    {"minute", 60},
    {"minutes", 60},
    {"h", 3600},
    {"hour", 3600},
    {"hours", 3600},
    {"d", 86400},
    {"day", 86400},
    {"days", 86400},
    {"w", 604800},
    {"week", 604800},
    {"weeks", 604800},
    {"M", 30.5 * 86400},
    {"month", 30.5 * 86400},
    {"months", 30.5 * 86400},
    {"y", 365.0 * 86400},
    {"year", 365.0 * 86400},
    {"years", 365.0 * 86400},
    {"Year", 365.0 * 86400},
};

static const struct unit sizes[] = {
    {"B", 1},
    {"kB", 1024},
    {"KB", 1024},
    {"KiB", 1024},
    {"K", 1024},
    {"MB", 1048576},
    {"MiB", 1048576},
    {"M", 1048576},
    {"GB", 1073741824},
    {"GiB", 1073741824},
    {"G", 1073741824},
    {"TB", 1099511627776.0},
    {"T", 1099511627776.0},
    {"TiB", 1099511627776.0},
};

static const char *skip_blanks(const char *p)
{
    while (isspace((unsigned char)*p))
        p++;
    return p;
}

/* Number without sign, exponent or hex at *pp. */
static bool plain_number(const char **pp, double *out)
{
    const char *p = *pp;
    size_t digits = strspn(p, "0123456789");
    size_t len = digits;
    if (p[len] == '.') {
        size_t more = strspn(p + len + 1, "0123456789");
        digits += more;
        len += 1 + more;
    }
    char copy[64];
    if (digits == 0 || len >= sizeof copy)
        return false;
    memcpy(copy, p, len);
    copy[len] = '\0';
    *out = strtod(copy, NULL);
    *pp = p + len;
    return true;
}

static const struct unit *find_unit(const struct unit *units, size_t count, const char *word,
                                    size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(units[i].name) == len && strncmp(units[i].name, word, len) == 0)
            return &units[i];
    return NULL;
}

/* Blanks, commas and the word "and" separate the parts of a duration. */
static const char *skip_separators(const char *p)
{
    for (;;) {
        p = skip_blanks(p);
        if (*p == ',')
            p++;
        else if (strncmp(p, "and", 3) == 0 && isspace((unsigned char)p[3]))
            p += 3;
        else
            return p;
    }
}

int te_parse_duration(const char *text, double *seconds, struct te_err *err)
{
    static const char right[] = "write e.g. '8 hours', '30 minutes', '1h 30m' or seconds";
    double total = 0;
    size_t parts = 0;
    for (const char *p = skip_separators(text); *p; p = skip_separators(p), parts++) {
        double number;
        if (!plain_number(&p, &number))
            return te_err_set(err, TE_ERR_USAGE, "'%.80s' is no duration: %s", text, right);
        p = skip_blanks(p);
        size_t len = 0;
        while (isalpha((unsigned char)p[len]))
            len++;
        if (len == 0 && *p == '\0' && parts == 0) {
            total = number;
            continue;
        }
        const struct unit *u = find_unit(durations, sizeof durations / sizeof *durations, p, len);
        if (!u)
            return te_err_set(err, TE_ERR_USAGE, "'%.80s' has no or an unknown time unit: %s", text,
                              right);
        total += number * u->factor;
        p += len;
    }
    if (parts == 0)
        return te_err_set(err, TE_ERR_USAGE, "empty duration: %s", right);
    *seconds = total;
    return 0;
}

int te_parse_size(const char *text, int64_t *bytes, struct te_err *err)
{
    const char *p = skip_blanks(text);
    double number, factor = 1;
    bool ok = plain_number(&p, &number);
    p = skip_blanks(p);
    size_t len = strlen(p);
    while (len > 0 && isspace((unsigned char)p[len - 1]))
        len--;
    if (ok && len > 0) {
        const struct unit *u = find_unit(sizes, sizeof sizes / sizeof *sizes, p, len);
        ok = u != NULL;
        factor = u ? u->factor : 1;
    }
    if (!ok || number * factor >= 0x1p62)
        return te_err_set(err, TE_ERR_USAGE,
                          "'%.80s' is no size: write e.g. '3 GB', '500 MB' or bytes", text);
    *bytes = (int64_t)(number * factor);
    return 0;
}

int te_parse_int(const char *text, int64_t min, int64_t max, int64_t *out, struct te_err *err)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (end == text || *skip_blanks(end) != '\0')
        return te_err_set(err, TE_ERR_USAGE, "'%.80s' is no whole number", text);
    if (errno == ERANGE || v < min || v > max)
        return te_err_set(err, TE_ERR_USAGE, "%.80s is out of range: %lld to %lld is allowed", text,
                          (long long)min, (long long)max);
    *out = v;
    return 0;
}

int te_parse_double(const char *text, double min, double max, double *out, struct te_err *err)
{
    char *end;
    double v = strtod(text, &end);
    if (end == text || *skip_blanks(end) != '\0' || isnan(v))
        return te_err_set(err, TE_ERR_USAGE, "'%.80s' is no number", text);
    if (v < min || v > max)
        return te_err_set(err, TE_ERR_USAGE, "%.80s is out of range: %g to %g is allowed", text,
                          min, max);
    *out = v;
    return 0;
}

int te_parse_bool(const char *text, int *out, struct te_err *err)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *out = (int)(i % 2);
            return 0;
        }
    return te_err_set(err, TE_ERR_USAGE, "'%.80s' is neither true nor false", text);
}

void te_format_size(double bytes, char *out, size_t size)
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t i = 0;
    while (fabs(bytes) >= 1024 && i + 1 < sizeof names / sizeof *names) {
        bytes /= 1024;
        i++;
    }
    snprintf(out, size, i == 0 ? "%.0f %s" : "%.1f %s", bytes, names[i]);
}

void te_format_duration(double seconds, char *out, size_t size)
{
    if (isnan(seconds))
        snprintf(out, size, "unknown");
    else if (seconds < 60)
        snprintf(out, size, seconds < 10 ? "%.1f s" : "%.0f s", seconds);
    else if (seconds < 3600)
        snprintf(out, size, "%.0f min %.0f s", floor(seconds / 60), floor(fmod(seconds, 60)));
    else if (seconds < 86400 * 2)
        snprintf(out, size, "%.0f h %.0f min", floor(seconds / 3600),
                 floor(fmod(seconds, 3600) / 60));
    else
        snprintf(out, size, "%.0f d %.0f h", floor(seconds / 86400),
                 floor(fmod(seconds, 86400) / 3600));
}

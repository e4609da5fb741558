#include "te/text/stamp.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    int64_t per_second; /* units in a second, or 0 */
    int64_t seconds;    /* seconds in a unit, or 0 */
    int decimals;       /* of a second in the text */
} units[] = {
    {"D", 0, 86400, 0}, {"h", 0, 3600, 0},     {"m", 0, 60, 0},          {"s", 1, 1, 0},
    {"ms", 1000, 0, 3}, {"us", 1000000, 0, 6}, {"ns", 1000000000, 0, 9},
};

static const int64_t last_second = 253402300799; /* 9999-12-31 23:59:59 */

int te_stamp_unit_parse(const char *word, enum te_stamp_unit *out)
{
    if (strcmp(word, "H") == 0)
        word = "h";
    for (int i = 0; i < TE_STAMP_COUNT; i++)
        if (strcmp(units[i].word, word) == 0) {
            *out = (enum te_stamp_unit)i;
            return 0;
        }
    return -1;
}

/* Gregorian date of a day since 1970 >= 0, by 400-year cycles that start in March. */
static void date_of(int64_t day, int *year, int *month, int *mday)
{
    int64_t shifted = day + 719468;
    int64_t cycle = shifted / 146097, in_cycle = shifted % 146097;
    int64_t y = (in_cycle - in_cycle / 1460 + in_cycle / 36524 - in_cycle / 146096) / 365;
    int64_t in_year = in_cycle - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * in_year + 2) / 153; /* from March */
    *mday = (int)(in_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + cycle * 400 + (m >= 10));
}

size_t te_stamp_text(int64_t count, enum te_stamp_unit unit, enum te_stamp_unit finest,
                     char out[TE_STAMP_TEXT])
{
    int64_t rest = 0, seconds;
    if (count < 0)
        return 0;
    if (units[unit].seconds) {
        if (count > last_second / units[unit].seconds)
            return 0;
        seconds = count * units[unit].seconds;
    } else {
        seconds = count / units[unit].per_second;
        rest = count % units[unit].per_second;
    }
    if (seconds > last_second)
        return 0;
    int year, month, day;
    date_of(seconds / 86400, &year, &month, &day);
    int n = snprintf(out, TE_STAMP_TEXT, "%04d-%02d-%02d", year, month, day);
    if (finest == TE_STAMP_DAY || n < 0)
        return n < 0 ? 0 : (size_t)n;
    int in_day = (int)(seconds % 86400);
    n += snprintf(out + n, TE_STAMP_TEXT - (size_t)n, " %02d:%02d:%02d", in_day / 3600,
                  in_day / 60 % 60, in_day % 60);
    int decimals = units[finest].decimals;
    if (decimals == 0)
        return (size_t)n;
    for (int have = units[unit].decimals; have < decimals; have++)
        rest *= 10;
    n += snprintf(out + n, TE_STAMP_TEXT - (size_t)n, ".%0*lld", decimals, (long long)rest);
    return (size_t)n;
}

/* Time stamps of series as pandas writes them, UTC, from 1970 on. */
#ifndef TE_TEXT_STAMP_H
#define TE_TEXT_STAMP_H

#include <stddef.h>
#include <stdint.h>

enum te_stamp_unit {
    TE_STAMP_DAY,
    TE_STAMP_HOUR,
    TE_STAMP_MINUTE,
    TE_STAMP_SECOND,
    TE_STAMP_MILLI,
    TE_STAMP_MICRO,
    TE_STAMP_NANO,
    TE_STAMP_COUNT
};

enum { TE_STAMP_TEXT = 40 };

/* By pandas' words "D", "h" (also "H"), "m", "s", "ms", "us", "ns"; -1 if unknown. */
int te_stamp_unit_parse(const char *word, enum te_stamp_unit *out);
/*
 * `count` units since 1970 as text; finest: the finest unit that a column needs, which decides
 * whether time of day and 3, 6 or 9 decimals are written: "1970-01-02", "1970-01-01 01:00:00",
 * "1970-01-01 00:00:00.001". Returns the length; 0 if it is beyond the year 9999.
 */
size_t te_stamp_text(int64_t count, enum te_stamp_unit unit, enum te_stamp_unit finest,
                     char out[TE_STAMP_TEXT]);

#endif

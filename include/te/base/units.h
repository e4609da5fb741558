/* Quantities as users write them. All return 0 or -1 with TE_ERR_USAGE that says what would be
 * right. */
#ifndef TE_BASE_UNITS_H
#define TE_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

/* "8 hours", "1h 30m", "1 day, 2 hours and 3 minutes", "90" (seconds), "1.5 hours", "500 ms"; > = 0
 * s. */
int te_parse_duration(const char *text, double *seconds, struct te_err *err) TE_MUST_CHECK;
/* "3 GB", "500 MB", "64 KiB", "1024" (bytes): powers of 1024. */
int te_parse_size(const char *text, int64_t *bytes, struct te_err *err) TE_MUST_CHECK;
/* Whole decimal number within [min, max]. */
int te_parse_int(const char *text, int64_t min, int64_t max, int64_t *out,
                 struct te_err *err) TE_MUST_CHECK;
int te_parse_double(const char *text, double min, double max, double *out,
                    struct te_err *err) TE_MUST_CHECK;
/* true/false, yes/no, on/off, 1/0 in any case. */
int te_parse_bool(const char *text, int *out, struct te_err *err) TE_MUST_CHECK;
/* "1.5 GiB", "12 min 3 s": for people. size >= 32. */
void te_format_size(double bytes, char *out, size_t size);
void te_format_duration(double seconds, char *out, size_t size);

#endif

/* Numbers as text: correctly rounded parsing, Python's shortest repr. */
#ifndef TE_TEXT_NUM_H
#define TE_TEXT_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TE_NUM_TEXT = 32 };

/*
 * Parses a decimal number at text[0..len), bit-equal to strtod; also inf, infinity, nan in any case
 * with sign. No blanks, no hex. Returns the bytes used, 0 if there is no number.
 */
size_t te_num_parse(const char *text, size_t len, double *out);
/* Whole decimal integer that fills text[0..len) and fits. */
bool te_num_parse_int(const char *text, size_t len, int64_t *out);
/* Python's repr(float): "1.0", "1e-05", "1e+16", "nan", "inf", "-0.0". Returns the length. */
size_t te_num_repr(double value, char out[TE_NUM_TEXT]);
/* %.17g, for JSON output of metrics ("null" is the caller's business). */
size_t te_num_full(double value, char out[TE_NUM_TEXT]);

#endif

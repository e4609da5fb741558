/* Leading bits of the powers of five, shared by parsing and printing of numbers. */
#ifndef TE_TEXT_NUM_TABLE_H
#define TE_TEXT_NUM_TABLE_H

#include <stdint.h>

enum { TE_POW5_MIN = -342, TE_POW5_MAX = 324 };

/* {high, low} halves; 10^q has the same leading bits. */
extern const uint64_t te_pow5[TE_POW5_MAX - TE_POW5_MIN + 1][2];

#endif

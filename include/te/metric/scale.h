/*
 * Min-max scaling of scores, bit for bit as TimeEval does it.
 *
 * lo and hi are minimum and maximum of the finite scores. Scaled scores follow from raw ones and
 * these two numbers alone, so only raw scores are stored.
 */
#ifndef TE_METRIC_SCALE_H
#define TE_METRIC_SCALE_H

#include <stdbool.h>
#include <stddef.h>

/* false (lo and hi NaN): there is no finite score, and scaling changes nothing. */
bool te_scale_find(const double *raw, size_t n, double *lo, double *hi);

/* out[i] from raw[i]; the arrays may be the same. NaN and infinities stay; lo or hi NaN: a copy. */
void te_scale_apply(const double *raw, size_t n, double lo, double hi, double *out);

#endif

/*
 * Window scores to point scores (reverse windowing), as TimeEval's definition for one process.
 *
 * Window i covers points i .. i+w-1. Point t gets the mean, median or sum over the windows that
 * cover it, NaN scores left out: out[t] from scores max(0,t-w+1) .. min(m-1,t), m+w-1 values.
 * Without any score that is not NaN: NaN (sum: 0).
 */
#ifndef TE_METRIC_WINDOW_H
#define TE_METRIC_WINDOW_H

#include <stddef.h>
#include "te/base/err.h"

enum te_reduction { TE_REDUCE_MEAN, TE_REDUCE_MEDIAN, TE_REDUCE_SUM };

/*
 * out has room for m + w - 1 values. w >= 1, else TE_ERR_USAGE. Mean and sum O(m + w) (relative
 * error below 1e-12), median O((m + w) log w); memory O(w).
 */
int te_window_reverse(const double *scores, size_t m, size_t w, enum te_reduction how, double *out,
                      struct te_err *err) TE_MUST_CHECK;

/* Zeros of length `length` with the scores in the middle (an odd surplus goes behind); TE_ERR_USAGE
 * if there are more scores than length. */
int te_window_pad(const double *scores, size_t m, size_t length, double *out,
                  struct te_err *err) TE_MUST_CHECK;

#endif

/*
 * The other ways in which algorithms' outputs become point scores. Arrays only: which family, and
 * which parameters, others decide.
 */
#ifndef TE_METRIC_INTERVALS_H
#define TE_METRIC_INTERVALS_H

#include <stddef.h>
#include "te/base/err.h"

/*
 * Intervals (HOT SAX, GrammarViz): row p with a score > 0 adds it to the points p .. p+length-1,
 * and a point's value is the mean over the intervals that cover it, 0 where there is none.
 * starts NULL: row p starts at point p (HOT SAX); else at starts[p] (GrammarViz's index cell).
 * lengths NULL: all have default_length; else trunc(lengths[p]). An interval that leaves the
 * series is cut at its end (TimeEval fails there); *clipped counts them, for a warning.
 * out: n values, n = number of rows. TE_ERR_USAGE: a start outside, a length that is not finite or
 * below 0. O(n + sum of lengths), as the order of additions is part of the definition.
 */
int te_intervals_mean(const double *scores, size_t n, const double *starts, const double *lengths,
                      size_t default_length, double *out, size_t *clipped,
                      struct te_err *err) TE_MUST_CHECK;

/*
 * MSCRED: reverse windowing (mean, window w) of the m scores, each value repeated gap times except
 * the last `offset`, offset = (dataset_length - (max_window - 1)) mod gap; with offset 0 nothing is
 * repeated, as in TimeEval. *out is a new array of *n_out values that the caller frees (te_free).
 */
int te_intervals_mscred(const double *scores, size_t m, size_t w, size_t gap, size_t max_window,
                        size_t dataset_length, double **out, size_t *n_out,
                        struct te_err *err) TE_MUST_CHECK;

/*
 * Repetition (TAnoGan): every score w times, then NaN up to n. TE_ERR_USAGE if more than n values
 * come of it.
 */
int te_intervals_repeat(const double *scores, size_t m, size_t w, double *out, size_t n,
                        struct te_err *err) TE_MUST_CHECK;

#endif

/* Sums, means and deviations as numpy and pandas make them, so that figures agree to the last
 * digits. NaN values are left out of means and deviations. */
#ifndef TE_STATS_DESCRIBE_H
#define TE_STATS_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>

/* numpy's pairwise summation of contiguous doubles. */
double te_sum(const double *x, size_t n);
/* NaN if there is no number in x. */
double te_mean(const double *x, size_t n);
/* Divisor count - 1; NaN for fewer than two numbers. Two passes. scratch: n doubles. */
double te_stddev(const double *x, size_t n, double *scratch);
bool te_all_finite(const double *x, size_t n);

#endif

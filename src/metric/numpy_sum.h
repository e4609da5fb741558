/* Sums in the order in which numpy adds a contiguous vector: private to the metrics. */
#ifndef METRIC_NUMPY_SUM_H
#define METRIC_NUMPY_SUM_H

#include <stddef.h>

double metric_sum(const double *v, size_t n);
double metric_mean(const double *v, size_t n);
/* Population standard deviation. */
double metric_std(const double *v, size_t n);

#endif

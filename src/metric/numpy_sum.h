/* Sums in the order in which numpy adds a contiguous vector: private to the metrics. */
#ifndef METRIC_NUMPY_SUM_H
#define METRIC_NUMPY_SUM_H

#include <stddef.h>

double metric_sum(const double *v, size_t n);
double metric_mean(const double *v, size_t n);
/* Population standard deviation. */
double metric_std(const double *v, size_t n);

/* The same sum of values that come one by one. */
enum { METRIC_SUM_BLOCK = 8192 };
struct metric_adder {
    double total;
    size_t n;
    double block[METRIC_SUM_BLOCK];
};
void metric_adder_init(struct metric_adder *a);
void metric_adder_push(struct metric_adder *a, double v);
double metric_adder_value(const struct metric_adder *a);

#endif

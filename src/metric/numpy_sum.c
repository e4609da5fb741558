/*
 * A sigma threshold compares scores with mean + k * deviation, where one unit in the last place
 * can decide a point. So the two are added up in numpy's order: blocks of 8192 one after the other,
 * pairwise inside a block, eight accumulators below 128 values.
 */
#include "numpy_sum.h"

#include <math.h>

enum { BLOCK = METRIC_SUM_BLOCK, LEAF = 128 };

static double pairwise(const double *v, size_t n)
{
    if (n < 8) {
        double total = 0.0;
        for (size_t i = 0; i < n; i++) {
            total += v[i];
        }
        return total;
    }
    if (n <= LEAF) {
        double r[8];
        for (size_t k = 0; k < 8; k++) {
            r[k] = v[k];
        }
        size_t i = 8;
        for (; i + 8 <= n; i += 8) {
            for (size_t k = 0; k < 8; k++) {
                r[k] += v[i + k];
            }
        }
        double total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
        for (; i < n; i++) {
            total += v[i];
        }
        return total;
    }
    size_t half = n / 2;
    half -= half % 8;
    return pairwise(v, half) + pairwise(v + half, n - half);
}

double metric_sum(const double *v, size_t n)
{
    double total = 0.0;
    for (size_t at = 0; at < n; at += BLOCK) {
        total += pairwise(v + at, n - at < BLOCK ? n - at : BLOCK);
    }
    return total;
}

double metric_mean(const double *v, size_t n)
{
    return metric_sum(v, n) / (double)n;
}

double metric_std(const double *v, size_t n)
{
    double mean = metric_mean(v, n);
    double block[BLOCK];
    double total = 0.0;
    for (size_t at = 0; at < n; at += BLOCK) {
        size_t len = n - at < BLOCK ? n - at : BLOCK;
        for (size_t i = 0; i < len; i++) {
            double d = v[at + i] - mean;
            block[i] = d * d;
        }
        total += pairwise(block, len);
    }
    return sqrt(total / (double)n);
}

void metric_adder_init(struct metric_adder *a)
{
    a->total = 0.0;
    a->n = 0;
}

void metric_adder_push(struct metric_adder *a, double v)
{
    if (a->n == BLOCK) {
        a->total += pairwise(a->block, BLOCK);
        a->n = 0;
    }
    a->block[a->n++] = v;
}

double metric_adder_value(const struct metric_adder *a)
{
    return a->total + pairwise(a->block, a->n);
}

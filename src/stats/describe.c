#include "te/stats/describe.h"

#include <math.h>

enum { UNROLLED = 128 };

/* Eight running sums, combined in pairs, then the rest. */
static double block_sum(const double *x, size_t n)
{
    double sum = 0;
    size_t i = 0;
    if (n >= 8) {
        double r[8];
        for (size_t k = 0; k < 8; k++)
            r[k] = x[k];
        for (i = 8; i + 8 <= n; i += 8)
            for (size_t k = 0; k < 8; k++)
                r[k] += x[i + k];
        sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    }
    for (; i < n; i++)
        sum += x[i];
    return sum;
}

double te_sum(const double *x, size_t n)
{
    if (n <= UNROLLED)
        return block_sum(x, n);
    size_t half = n / 2;
    half -= half % 8;
    return te_sum(x, half) + te_sum(x + half, n - half);
}

/* The same sum over a function of x: what is left out counts as 0. */
static double sum_of(const double *x, size_t n, double *scratch, double mean, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        bool missing = isnan(x[i]);
        double distance = mean - x[i];
        scratch[i] = missing ? 0 : distance * distance;
        *count += !missing;
    }
    return te_sum(scratch, n);
}

/* Pairwise over numbers only; the recursion's borders are those of the whole array. */
static double sum_without_nan(const double *x, size_t n, size_t *count)
{
    double block[UNROLLED];
    if (n > UNROLLED) {
        size_t half = n / 2;
        half -= half % 8;
        double left = sum_without_nan(x, half, count);
        return left + sum_without_nan(x + half, n - half, count);
    }
    for (size_t i = 0; i < n; i++) {
        bool missing = isnan(x[i]);
        block[i] = missing ? 0 : x[i];
        *count += !missing;
    }
    return block_sum(block, n);
}

double te_mean(const double *x, size_t n)
{
    size_t count = 0;
    double sum = sum_without_nan(x, n, &count);
    return count ? sum / (double)count : (double)NAN;
}

double te_stddev(const double *x, size_t n, double *scratch)
{
    size_t count;
    double squares = sum_of(x, n, scratch, te_mean(x, n), &count);
    return count > 1 ? sqrt(squares / (double)(count - 1)) : (double)NAN;
}

bool te_all_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

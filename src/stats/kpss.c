#include "te/stats/stationarity.h"

#include <math.h>
#include <stdbool.h>
#include "te/base/mem.h"
#include "te/stats/describe.h"

static const struct {
    double statistic, p;
} table[] = {{0.347, 0.10}, {0.463, 0.05}, {0.574, 0.025}, {0.739, 0.01}};

enum { N_TABLE = sizeof table / sizeof table[0] };

static const double level = 0.05; /* of both tests */

static double p_value(double s)
{
    if (isnan(s))
        return s;
    if (s <= table[0].statistic)
        return table[0].p;
    for (size_t i = 1; i < N_TABLE; i++)
        if (s <= table[i].statistic) {
            double share =
                (s - table[i - 1].statistic) / (table[i].statistic - table[i - 1].statistic);
            return table[i - 1].p + share * (table[i].p - table[i - 1].p);
        }
    return table[N_TABLE - 1].p;
}

/* Sum of e_t * e_(t-lag); four running sums, for n * lags of them are made. */
static double autoproduct(const double *e, size_t n, size_t lag)
{
    double sum[4] = {0, 0, 0, 0};
    size_t t = lag;
    for (; t + 4 <= n; t += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += e[t + k] * e[t + k - lag];
    for (; t < n; t++)
        sum[0] += e[t] * e[t - lag];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Hobijn, Franses, Ooms (1998). */
static size_t choose_lags(const double *e, size_t n)
{
    double count = (double)n;
    size_t covariances = (size_t)pow(count, 2.0 / 9);
    double s0 = autoproduct(e, n, 0) / count, s1 = 0;
    for (size_t i = 1; i <= covariances; i++) {
        double r = autoproduct(e, n, i) / (count / 2);
        s0 += r;
        s1 += (double)i * r;
    }
    double ratio = s1 / s0;
    double lags = 1.1447 * pow(ratio * ratio, 1.0 / 3) * pow(count, 1.0 / 3);
    return lags < count - 1 ? (size_t)lags : n - 1; /* NaN: n - 1 */
}

static double long_run_variance(const double *e, size_t n, size_t lags)
{
    double sum = autoproduct(e, n, 0);
    for (size_t i = 1; i <= lags; i++)
        sum += 2 * (1 - (double)i / ((double)lags + 1)) * autoproduct(e, n, i);
    return sum / (double)n;
}

/*
 * KPSS test of level stationarity (Kwiatkowski et al., 1992), lags by Hobijn et al. (1998); p-value
 * interpolated from the table and kept within 0.01 .. 0.1. NaN where it cannot be made.
 */
static int te_kpss(const double *x, size_t n, double *statistic, double *p, struct te_err *err)
{
    *statistic = *p = (double)NAN;
    if (n < 2 || !te_all_finite(x, n))
        return 0;
    te_autofree double *e = te_zalloc(n, sizeof *e, err);
    if (!e)
        return -1;
    double mean = te_mean(x, n), walk = 0, eta = 0;
    for (size_t i = 0; i < n; i++) {
        e[i] = x[i] - mean;
        walk += e[i];
        eta += walk * walk;
    }
    if (!(autoproduct(e, n, 0) > 0))
        return 0; /* constant */
    eta /= (double)n * (double)n;
    *statistic = eta / long_run_variance(e, n, choose_lags(e, n));
    *p = p_value(*statistic);
    return 0;
}

const char *te_stationarity_word(enum te_stationarity s)
{
    static const char *const words[] = {"stationary", "difference_stationary", "trend_stationary",
                                        "not_stationary"};
    return (unsigned)s < TE_STATIONARITY_COUNT ? words[s] : "unknown";
}

int te_stationarity(const double *x, size_t n, enum te_stationarity *out, struct te_err *err)
{
    double statistic, adf, kpss;
    if (te_adf(x, n, &statistic, &adf, err) < 0 || te_kpss(x, n, &statistic, &kpss, err) < 0)
        return -1;
    bool a = adf < level, k = kpss < level; /* false for NaN */
    *out = a && k ? TE_STATIONARY
           : k    ? TE_TREND_STATIONARY
           : a    ? TE_DIFFERENCE_STATIONARY
                  : TE_NOT_STATIONARY;
    return 0;
}

/*
 * Window choice of TSB-AD: the period of a series from its autocorrelation. Lags go to 400, so the
 * sums are formed directly.
 */
#include <math.h>

#include "te/metric/input.h"

enum { POINTS = 20000, LAGS = 400, FIRST_LAG = 3, LAST_INDEX = 300, FALLBACK = 125 };

static double autocovariance(const double *v, size_t n, double mean, size_t lag)
{
    double total = 0.0;
    for (size_t i = lag; i < n; i++) {
        total += (v[i] - mean) * (v[i - lag] - mean);
    }
    return total / (double)n;
}

uint32_t te_metric_period(const double *series, size_t n)
{
    double acf[LAGS + 1];
    size_t len = n < POINTS ? n : POINTS;
    double mean = 0.0;
    for (size_t i = 0; i < len; i++) {
        mean += series[i] / (double)len;
    }
    if (len == 0 || !isfinite(mean)) {
        return FALLBACK;
    }
    size_t count = len < LAGS + 1 ? len : LAGS + 1;
    for (size_t lag = 0; lag < count; lag++) {
        acf[lag] = autocovariance(series, len, mean, lag);
    }
    /* Index k of the reference counts from lag FIRST_LAG. */
    size_t best = 0;
    for (size_t lag = FIRST_LAG + 1; lag + 1 < count; lag++) {
        bool peak = acf[lag] > acf[lag - 1] && acf[lag] > acf[lag + 1];
        if (peak && (best == 0 || acf[lag] > acf[best])) {
            best = lag;
        }
    }
    size_t index = best - FIRST_LAG;
    if (best == 0 || index < FIRST_LAG || index > LAST_INDEX) {
        return FALLBACK;
    }
    return (uint32_t)best;
}

/* Unit-root and stationarity tests of a channel, and the class that TimeEval makes of them. */
#ifndef TE_STATS_STATIONARITY_H
#define TE_STATS_STATIONARITY_H

#include <stddef.h>
#include "te/base/err.h"

/* In TimeEval's order; a dataset has the highest of its channels. */
enum te_stationarity {
    TE_STATIONARY,
    TE_DIFFERENCE_STATIONARY,
    TE_TREND_STATIONARY,
    TE_NOT_STATIONARY,
    TE_STATIONARITY_COUNT
};

/* "stationary", "difference_stationary", "trend_stationary", "not_stationary". */
const char *te_stationarity_word(enum te_stationarity s);

/*
 * Augmented Dickey-Fuller test with constant, lags chosen by AIC up to ceil(12 (n/100)^(1/4));
 * p-value by MacKinnon (1994). NaN where the test cannot be made: too few values, values that are
 * not finite, a constant series.
 */
int te_adf(const double *x, size_t n, double *statistic, double *p,
           struct te_err *err) TE_MUST_CHECK;
/* Both p-values below 0.05: stationary; ADF's alone: difference; KPSS's alone: trend; none: not.
 * (The words are TimeEval's.) */
int te_stationarity(const double *x, size_t n, enum te_stationarity *out,
                    struct te_err *err) TE_MUST_CHECK;

#endif

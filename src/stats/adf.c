#include "te/stats/stationarity.h"

#include <math.h>
#include <stdbool.h>
#include "te/base/mem.h"
#include "te/stats/describe.h"
#include "qr.h"

/*
 * The regression d_t on [1, x_(t-1), d_(t-1) .. d_(t-L)], d the first differences. x is centred on
 * its mean first: with a constant in the model that changes no figure but the constant's, and keeps
 * large offsets from eating digits.
 */
struct model {
    const double *x;
    size_t n;
    double mean;
    size_t lags;
    size_t start;    /* first t (row of x) that takes part */
    bool level_last; /* order of columns: level behind the lags, else before them */
};

static double difference(const struct model *m, size_t t)
{
    return m->x[t] - m->x[t - 1];
}

static void add_rows(const struct model *m, struct te_qr *qr)
{
    size_t lead = qr->lead, k = m->lags;
    size_t level = m->level_last ? k + 1 : 1, lag = m->level_last ? 1 : 2;
    for (size_t t = m->start; t < m->n; t++) {
        double *row = te_qr_row(qr);
        row[0] = 1;
        row[level * lead] = m->x[t - 1] - m->mean;
        for (size_t i = 1; i <= k; i++)
            row[(lag + i - 1) * lead] = difference(m, t - i);
        row[(k + 2) * lead] = difference(m, t);
    }
    te_qr_finish(qr);
}

/* Sum of squares in the last column from row `from` on: what the first `from` columns leave. */
static double residual(const struct te_qr *qr, size_t from)
{
    double sum = 0;
    for (size_t i = qr->cols; i-- > from;) {
        double z = te_qr_at(qr, i, qr->cols - 1);
        sum += z * z;
    }
    return sum;
}

/* Lag count with the least AIC; all are compared over the rows that the longest leaves. */
static int choose_lags(const double *x, size_t n, double mean, size_t max_lags, size_t *best,
                       struct te_err *err)
{
    struct te_qr qr te_cleanup(te_qr_release) = {0};
    struct model m = {x, n, mean, max_lags, max_lags + 1, false};
    if (te_qr_init(&qr, max_lags + 3, err) < 0)
        return -1;
    add_rows(&m, &qr);
    double rows = (double)(n - m.start), least = HUGE_VAL;
    *best = 0;
    for (size_t lags = 0; lags <= max_lags; lags++) {
        double ssr = residual(&qr, lags + 2);
        double loglik = -rows / 2 * (log(2 * M_PI * ssr / rows) + 1);
        double aic = -2 * loglik + 2 * (double)(lags + 2);
        if (aic < least) {
            least = aic;
            *best = lags;
        }
    }
    return 0;
}

/* t-value of the level. Its column stands last, so its coefficient and error need one entry of the
 * triangle each. */
static int statistic_at(const double *x, size_t n, double mean, size_t lags, double *out,
                        struct te_err *err)
{
    struct te_qr qr te_cleanup(te_qr_release) = {0};
    struct model m = {x, n, mean, lags, lags + 1, true};
    if (te_qr_init(&qr, lags + 3, err) < 0)
        return -1;
    add_rows(&m, &qr);
    size_t level = lags + 1, y = lags + 2; /* y: the number of regressors, too */
    double total = residual(&qr, 0), ssr = residual(&qr, y);
    double rows = (double)(n - m.start), degrees = rows - (double)y;
    double sign = te_qr_at(&qr, level, level) < 0 ? -1 : 1;
    /* a fit without any rest, as of a straight line, says nothing */
    if (degrees <= 0 || !(ssr > 1e-26 * total))
        *out = (double)NAN;
    else
        *out = sign * te_qr_at(&qr, level, y) / sqrt(ssr / degrees);
    return 0;
}

static double normal_cdf(double z)
{
    return erfc(-z / M_SQRT2) / 2;
}

/* MacKinnon (1994), one variable, constant. */
static double p_value(double s)
{
    if (isnan(s))
        return s;
    if (s > 2.74)
        return 1;
    if (s < -18.83)
        return 0;
    if (s <= -1.61)
        return normal_cdf(2.1659 + s * (1.4412 + s * 0.038269));
    return normal_cdf(1.7339 + s * (0.93202 + s * (-0.12745 + s * -0.010368)));
}

static bool is_constant(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] != x[0])
            return false;
    return true;
}

int te_adf(const double *x, size_t n, double *statistic, double *p, struct te_err *err)
{
    *statistic = *p = (double)NAN;
    if (n < 4 || !te_all_finite(x, n) || is_constant(x, n))
        return 0;
    double wanted = ceil(12 * pow((double)n / 100, 0.25));
    size_t max_lags = n / 2 - 2, lags;
    if (wanted < (double)max_lags)
        max_lags = (size_t)wanted;
    double mean = te_mean(x, n);
    if (choose_lags(x, n, mean, max_lags, &lags, err) < 0 ||
        statistic_at(x, n, mean, lags, statistic, err) < 0)
        return -1;
    *p = p_value(*statistic);
    return 0;
}

#include "te/stats/trend.h"

#include <math.h>
#include "te/base/mem.h"
#include "te/stats/describe.h"

static const double least_r2 = 0.5;

const char *te_trend_word(int order)
{
    static const char *const words[] = {"no", "linear", "quadratic", "kubic"};
    return order >= 0 && order <= TE_TREND_ORDERS ? words[order] : "unknown";
}

/* Whole numbers below 2^53 as long as the power stays there; TimeEval's own wrap around beyond
 * 2^63, which is not copied. */
static double power(size_t i, int order)
{
    double x = (double)i, value = x;
    for (int k = 1; k < order; k++)
        value *= x;
    return value;
}

/* Work arrays of one channel. */
struct work {
    double *regressor, *product;
    const double *centred;
    size_t n;
};

static double dot(const struct work *w, const double *a, const double *b)
{
    for (size_t i = 0; i < w->n; i++)
        w->product[i] = a[i] * b[i];
    return te_sum(w->product, w->n);
}

static struct te_trend fit(const struct work *w, int order)
{
    for (size_t i = 0; i < w->n; i++)
        w->regressor[i] = power(i, order);
    double mean = te_sum(w->regressor, w->n) / (double)w->n;
    for (size_t i = 0; i < w->n; i++)
        w->regressor[i] -= mean;
    double squares = dot(w, w->regressor, w->regressor);
    double slope = squares > 0 ? dot(w, w->regressor, w->centred) / squares : 0;
    double total = dot(w, w->centred, w->centred);
    for (size_t i = 0; i < w->n; i++) {
        double rest = w->centred[i] - slope * w->regressor[i];
        w->product[i] = rest * rest;
    }
    double residual = te_sum(w->product, w->n);
    double r2 = total > 0 ? 1 - residual / total : residual > 0 ? 0 : 1;
    return (struct te_trend){order, slope, r2};
}

int te_trends_fit(const double *x, size_t n, struct te_trend out[TE_TREND_ORDERS], size_t *count,
                  struct te_err *err)
{
    *count = 0;
    if (n == 0 || !te_all_finite(x, n))
        return 0;
    te_autofree double *block = te_zalloc(3 * n, sizeof *block, err);
    if (!block)
        return -1;
    double mean = te_sum(x, n) / (double)n;
    for (size_t i = 0; i < n; i++)
        block[i] = x[i] - mean;
    struct work w = {block + n, block + 2 * n, block, n};
    for (int order = 1; order <= TE_TREND_ORDERS; order++) {
        struct te_trend trend = fit(&w, order);
        if (trend.r2 > least_r2)
            out[(*count)++] = trend;
    }
    return 0;
}

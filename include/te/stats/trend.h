/* Trends of a channel: least squares with intercept on i, i^2 and i^3, each on its own, as
 * TimeEval's analyzer does. */
#ifndef TE_STATS_TREND_H
#define TE_STATS_TREND_H

#include <stddef.h>
#include "te/base/err.h"

enum { TE_TREND_ORDERS = 3 };

struct te_trend {
    int order; /* 1 linear, 2 quadratic, 3 kubic */
    double coef;
    double r2; /* share of variance explained, above 0.5 */
};

/* "linear", "quadratic", "kubic" (TimeEval's spelling). */
const char *te_trend_word(int order);
/* Fills in those that explain more than half of the variance; *count of them. A channel with a
 * value that is not finite has none. */
int te_trends_fit(const double *x, size_t n, struct te_trend out[TE_TREND_ORDERS], size_t *count,
                  struct te_err *err) TE_MUST_CHECK;

#endif

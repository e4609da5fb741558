#include "threshold.h"

#include <math.h>
#include "numpy_sum.h"
#include "te/base/mem.h"
#include "te/metric/threshold.h"

size_t metric_points(const struct te_metric_input *in, size_t cut)
{
    return cut > 0 ? in->n_upto[cut - 1] : 0;
}

size_t metric_hits(const struct te_metric_input *in, size_t cut)
{
    return cut > 0 ? in->tp_upto[cut - 1] : 0;
}

/* Distinct score number g. */
static double distinct(const struct te_metric_input *in, size_t g)
{
    return in->sorted[in->n_upto[g] - 1];
}

size_t metric_cut_at(const struct te_metric_input *in, double value, bool strict)
{
    size_t lo = 0;
    size_t hi = in->n_distinct;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        double s = distinct(in, mid);
        if (strict ? s > value : s >= value) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* Hyndman and Fan's definition 7, with the operations in numpy's order. q in [0, 1]. */
static double quantile(const struct te_metric_input *in, double q)
{
    size_t n = in->n;
    double v = (double)(n - 1) * q;
    if (v >= (double)(n - 1)) {
        return in->sorted[0];
    }
    double lo = floor(v);
    double g = v - lo;
    double a = in->sorted[n - 1 - (size_t)lo];
    double b = in->sorted[n - 2 - (size_t)lo];
    double d = b - a;
    return g < 0.5 ? a + d * g : b - d * (1.0 - g);
}

static int topk_points(const struct metric_value *k, const struct te_metric_input *in,
                       double *threshold, struct te_err *err)
{
    double n = (double)in->n;
    double count = k->kind == VALUE_NONE ? (double)in->n_positive : k->d;
    double q = (1.0 - count / n) * 100.0 / 100.0;
    if (!(q >= 0.0 && q <= 1.0)) {
        return te_err_set(err, TE_ERR_FORMAT,
                          "the %.0f highest points cannot be told in %zu points", count, in->n);
    }
    *threshold = quantile(in, q);
    return 0;
}

/*
 * Ranges in the prediction at each cut: a point starts one unless its predecessor is predicted at
 * the same cut already, and both are predicted from the lower of the two scores on. So the numbers
 * at all cuts follow from two histograms. The highest and the lowest score are never tried.
 */
static int topk_ranges(const struct metric_value *k, const struct te_metric_input *in, size_t *cut,
                       struct te_err *err)
{
    size_t m = in->n_distinct;
    int64_t want = k->kind == VALUE_NONE ? (int64_t)in->n_ranges : k->i;
    if (m <= 2) {
        *cut = 1;
        return 0;
    }
    te_autofree int32_t *change = te_zalloc(m, sizeof *change, err);
    if (!change) {
        return -1;
    }
    change[in->rank[0]]++;
    for (size_t i = 1; i < in->n; i++) {
        uint32_t a = in->rank[i - 1];
        uint32_t b = in->rank[i];
        change[b]++;
        change[a > b ? a : b]--;
    }
    int64_t ranges = change[0];
    size_t g = 1;
    for (; g < m - 1; g++) {
        ranges += change[g];
        if (ranges >= want) {
            break;
        }
    }
    *cut = (g < m - 1 ? g : m - 2) + 1;
    return 0;
}

/* Scores are predictions already. */
static int taken_as_is(const struct te_metric_input *in, size_t *cut, struct te_err *err)
{
    if (in->score_type != TE_METRIC_INT) {
        return te_err_set(err, TE_ERR_FORMAT,
                          "NoThresholding judges 0/1 predictions, and these scores are not");
    }
    for (size_t g = 0; g < in->n_distinct; g++) {
        double s = distinct(in, g);
        if (s != 0.0 && s != 1.0) {
            return te_err_set(err, TE_ERR_FORMAT, "prediction %.17g is neither 0 nor 1", s);
        }
    }
    *cut = distinct(in, 0) == 1.0 ? 1 : 0;
    return 0;
}

int metric_cut(const struct metric_threshold *t, const struct te_metric_input *in, size_t *cut,
               double *threshold, struct te_err *err)
{
    double value = NAN;
    switch (t->strategy) {
    case STRATEGY_NONE:
        if (taken_as_is(in, cut, err) < 0) {
            return -1;
        }
        break;
    case STRATEGY_FIXED:
        value = t->arg.d;
        break;
    case STRATEGY_PERCENTILE:
        value = quantile(in, t->arg.d / 100.0);
        break;
    case STRATEGY_TOPK_POINTS:
        if (topk_points(&t->arg, in, &value, err) < 0) {
            return -1;
        }
        break;
    case STRATEGY_TOPK_RANGES:
        if (topk_ranges(&t->arg, in, cut, err) < 0) {
            return -1;
        }
        value = distinct(in, *cut - 1);
        break;
    case STRATEGY_SIGMA:
        value = metric_mean(in->scores, in->n) + t->arg.d * metric_std(in->scores, in->n);
        break;
    default:
        return te_err_set(err, TE_ERR_INTERNAL, "a strategy without a threshold");
    }
    if (t->strategy != STRATEGY_NONE && t->strategy != STRATEGY_TOPK_RANGES) {
        *cut = metric_cut_at(in, value, false);
    }
    if (threshold) {
        *threshold = value;
    }
    return 0;
}

int te_threshold_find(const char *strategy, const struct te_metric_input *input,
                      struct te_threshold_cut *out, struct te_err *err)
{
    struct metric_threshold t;
    size_t cut = 0;
    double threshold = NAN;
    if (metric_parse_threshold(strategy, &t, err) < 0 ||
        metric_cut(&t, input, &cut, &threshold, err) < 0) {
        return -1;
    }
    *out = (struct te_threshold_cut){threshold, metric_points(input, cut), 0};
    bool before = false;
    for (size_t i = 0; i < input->n; i++) {
        bool now = input->rank[i] < cut;
        out->n_ranges += now && !before ? 1U : 0U;
        before = now;
    }
    return 0;
}

/*
 * AFFILIATION_PRECISION, _RECALL, _F1 (Huet, Navarro, Rossi: Local Evaluation of Time Series
 * Anomaly Detection Algorithms, KDD 2022, doi 10.1145/3534678.3539339), at one threshold or the one
 * of 100 with the largest F1.
 *
 * Point i is the interval [i, i+1). Each anomaly J has a zone E of the axis that is nearer to it
 * than to others, and I are the predictions in E. Precision: mean over I of the chance that a
 * random point of E is further from J; recall: mean over J of the chance that a random point of E
 * is further away than the nearest prediction. Both integrands are piecewise linear, so every
 * point's share is a closed form. A prediction's share of the precision does not depend on the
 * other predictions: one pass gives it for all thresholds. Recall walks over J per threshold.
 */
#include <math.h>
#include <stdio.h>
#include "levels.h"
#include "memo.h"

struct zone {
    double start; /* E */
    double end;
    double from; /* J */
    double to;
    size_t first; /* points that E touches */
    size_t last;
    size_t j_first; /* points of J */
    size_t j_last;
};

static struct zone zone_of(const struct te_metric_input *in, size_t k)
{
    const struct te_metric_range *r = in->ranges;
    struct zone z = {.from = r[k].first,
                     .to = (double)r[k].last + 1.0,
                     .j_first = r[k].first,
                     .j_last = r[k].last};
    z.start = k > 0 ? ((double)r[k - 1].last + 1.0 + z.from) / 2.0 : 0.0;
    z.end = k + 1 < in->n_ranges ? (z.to + (double)r[k + 1].first) / 2.0 : (double)in->n;
    z.first = (size_t)floor(z.start);
    z.last = (size_t)ceil(z.end) - 1;
    return z;
}

/* ---- precision ---- */

/* Integral from 0 to d of min(t, m) + t. */
static double twice_distance(double d, double m)
{
    double near = d <= m ? d * d / 2.0 : m * m / 2.0 + m * (d - m);
    return near + d * d / 2.0;
}

/* Integral of the chance over the part [u, v) of a predicted point, outside or inside J. */
static double precision_share(const struct zone *z, double u, double v)
{
    if (u >= z->from && v <= z->to) {
        return v - u;
    }
    double m = fmin(z->from - z->start, z->end - z->to);
    double d0 = v <= z->from ? z->from - v : u - z->to;
    double d1 = d0 + (v - u);
    double lost = twice_distance(d1, m) - twice_distance(d0, m) + (z->to - z->from) * (v - u);
    return (v - u) - lost / (z->end - z->start);
}

struct sums {
    double value[MAX_LEVELS];   /* sum of the anomalies' values */
    double counted[MAX_LEVELS]; /* anomalies that have one */
};

static void add_precision(const struct zone *z, const struct metric_levels *levels,
                          struct sums *out)
{
    double share[MAX_LEVELS + 1] = {0};
    double length[MAX_LEVELS + 1] = {0};
    for (size_t i = z->first; i <= z->last; i++) {
        double u = fmax((double)i, z->start);
        double v = fmin((double)i + 1.0, z->end);
        share[levels->of[i]] += precision_share(z, u, v);
        length[levels->of[i]] += v - u;
    }
    double all_share = 0.0;
    double all_length = 0.0;
    for (size_t c = levels->count; c-- > 0;) {
        all_share += share[c + 1];
        all_length += length[c + 1];
        if (all_length > 0.0) {
            out->value[c] += all_share / all_length;
            out->counted[c] += 1.0;
        }
    }
}

/* ---- recall ---- */

/* Integral over [u, v) of t - p + min(t - p, end - t), p <= u: the nearest prediction ends at p. */
static double behind(double p, double end, double u, double v)
{
    if (v <= u) {
        return 0.0;
    }
    double turn = fmin(fmax((p + end) / 2.0, u), v);
    double distance = ((v - p) * (v - p) - (u - p) * (u - p)) / 2.0;
    double rising = ((turn - p) * (turn - p) - (u - p) * (u - p)) / 2.0;
    double falling = ((end - turn) * (end - turn) - (end - v) * (end - v)) / 2.0;
    return distance + rising + falling;
}

/*
 * Loss over [u, v) between a prediction that ends at p and one that starts at q (either NaN when
 * there is none). The part before a prediction is the mirror image of the part behind one.
 */
static double gap_loss(const struct zone *z, double p, double q, double u, double v)
{
    if (isnan(p) && isnan(q)) {
        return 0.0;
    }
    double middle = isnan(p) ? u : isnan(q) ? v : fmin(fmax((p + q) / 2.0, u), v);
    double loss = 0.0;
    if (!isnan(p)) {
        loss += behind(p, z->end, u, middle);
    }
    if (!isnan(q)) {
        loss += behind(-q, -z->start, -v, -middle);
    }
    return loss;
}

/* Nearest predictions outside J per threshold, as the borders that face J. */
struct outside {
    double left[MAX_LEVELS];
    double right[MAX_LEVELS];
};

static void find_outside(const struct zone *z, const struct metric_levels *levels,
                         struct outside *o)
{
    for (size_t c = 0; c < levels->count; c++) {
        o->left[c] = NAN;
        o->right[c] = NAN;
    }
    size_t top = 0;
    for (size_t i = z->j_first; i-- > z->first;) {
        for (; top < levels->of[i]; top++) {
            o->left[top] = (double)i + 1.0;
        }
    }
    top = 0;
    for (size_t i = z->j_last + 1; i <= z->last; i++) {
        for (; top < levels->of[i]; top++) {
            o->right[top] = (double)i;
        }
    }
}

static double recall_at(const struct zone *z, const struct metric_levels *levels, size_t c,
                        double left, double right)
{
    double p = left;
    double at = z->from;
    double loss = 0.0;
    bool any = !isnan(left) || !isnan(right);
    for (size_t i = z->j_first; i <= z->j_last; i++) {
        if (levels->of[i] > c) {
            loss += (double)i > at ? gap_loss(z, p, (double)i, at, (double)i) : 0.0;
            at = (double)i + 1.0;
            p = at;
            any = true;
        }
    }
    if (!any) {
        return 0.0;
    }
    loss += at < z->to ? gap_loss(z, p, right, at, z->to) : 0.0;
    return 1.0 - loss / ((z->end - z->start) * (z->to - z->from));
}

static void add_recall(const struct zone *z, const struct metric_levels *levels, struct sums *out)
{
    struct outside o;
    find_outside(z, levels, &o);
    for (size_t c = 0; c < levels->count; c++) {
        out->value[c] += recall_at(z, levels, c, o.left[c], o.right[c]);
        out->counted[c] += 1.0;
    }
}

/* ---- the metrics ---- */

struct affiliation {
    double precision; /* NaN: nothing is predicted */
    double recall;
    double f1;
};

static struct affiliation best_of(const struct sums *precision, const struct sums *recall,
                                  size_t count)
{
    struct affiliation best = {NAN, 0.0, -1.0};
    for (size_t c = 0; c < count; c++) {
        double p = precision->counted[c] > 0.0 ? precision->value[c] / precision->counted[c] : NAN;
        double r = recall->value[c] / recall->counted[c];
        double f1 = p + r > 0.0 ? 2.0 * p * r / (p + r) : 0.0;
        if (f1 > best.f1) {
            best = (struct affiliation){p, r, f1};
        }
    }
    return best;
}

static int judge(const struct te_metric_spec *spec, const struct te_metric_input *in,
                 struct affiliation *out, struct te_err *err)
{
    struct metric_levels levels;
    struct sums precision = {{0}, {0}};
    struct sums recall = {{0}, {0}};
    if (metric_levels_init(&levels, &spec->threshold, in, err) < 0) {
        return -1;
    }
    for (size_t k = 0; k < in->n_ranges; k++) {
        struct zone z = zone_of(in, k);
        add_precision(&z, &levels, &precision);
        add_recall(&z, &levels, &recall);
    }
    *out = best_of(&precision, &recall, levels.count);
    metric_levels_release(&levels);
    return 0;
}

/* The three metrics usually come together, and the search for the best threshold is the costly
 * part. */
static int judge_once(const struct te_metric_spec *spec, struct te_metric_input *in,
                      struct affiliation *out, struct te_err *err)
{
    static const char KEY[] = "affiliation best";
    double kept[MEMO_VALUES] = {0};
    bool best = spec->threshold.strategy == STRATEGY_BEST;
    if (best && metric_memo_get(in, KEY, kept)) {
        *out = (struct affiliation){kept[0], kept[1], kept[2]};
        return 0;
    }
    if (judge(spec, in, out, err) < 0) {
        return -1;
    }
    if (best) {
        kept[0] = out->precision;
        kept[1] = out->recall;
        kept[2] = out->f1;
        metric_memo_put(in, KEY, kept);
    }
    return 0;
}

static int affiliation_precision(const struct te_metric_spec *spec, struct te_metric_input *in,
                                 double *value, struct te_err *err)
{
    struct affiliation a;
    if (metric_without_anomaly(in, value, err)) {
        return 0;
    }
    if (judge_once(spec, in, &a, err) < 0) {
        return -1;
    }
    if (isnan(a.precision)) {
        te_err_set(err, TE_OK, "undefined: no point is predicted");
    }
    *value = a.precision;
    return 0;
}

static int affiliation_recall(const struct te_metric_spec *spec, struct te_metric_input *in,
                              double *value, struct te_err *err)
{
    struct affiliation a;
    if (metric_without_anomaly(in, value, err)) {
        return 0;
    }
    if (judge_once(spec, in, &a, err) < 0) {
        return -1;
    }
    *value = a.recall;
    return 0;
}

static int affiliation_f1(const struct te_metric_spec *spec, struct te_metric_input *in,
                          double *value, struct te_err *err)
{
    struct affiliation a;
    if (metric_without_anomaly(in, value, err)) {
        return 0;
    }
    if (judge_once(spec, in, &a, err) < 0) {
        return -1;
    }
    *value = a.f1;
    return 0;
}

static const struct metric_option OPTIONS[] = {
    {"thresholding_strategy", OPTION_STRATEGY, 0, 0, NULL, METRIC_NONE},
};

const struct metric_def metric_affiliation_precision = {
    .class_name = "AFFILIATION_PRECISION",
    .column = "AFFILIATION_PRECISION",
    .flags = METRIC_ANY_TYPE | METRIC_BEST,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = affiliation_precision,
    .doc = "affiliation precision (Huet et al. 2022)",
};

const struct metric_def metric_affiliation_recall = {
    .class_name = "AFFILIATION_RECALL",
    .column = "AFFILIATION_RECALL",
    .flags = METRIC_ANY_TYPE | METRIC_BEST,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = affiliation_recall,
    .doc = "affiliation recall (Huet et al. 2022)",
};

const struct metric_def metric_affiliation_f1 = {
    .class_name = "AFFILIATION_F1",
    .column = "AFFILIATION_F1",
    .flags = METRIC_ANY_TYPE | METRIC_BEST,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = affiliation_f1,
    .doc = "harmonic mean of affiliation precision and recall (Huet et al. 2022)",
};

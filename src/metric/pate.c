/*
 * PATE and PATE_F1 (Ghorbani, Reinders, Tax: PATE, Proximity-Aware Time series anomaly Evaluation,
 * KDD 2024, arXiv 2405.12096): precision and recall with weights for points in a pre- and a
 * post-buffer of each anomaly, as area under the curve or F1, averaged over pairs of buffer sizes.
 *
 * A buffer point's weight does not depend on the threshold, except that a pre-buffer counts only
 * once its anomaly is hit. So true positives at all thresholds are sums over buckets, as in
 * vus_core.h. What a missed point of a hit anomaly costs depends on how long the first predicted
 * piece is; one pass over the anomalies per threshold gives it, for all buffer sizes at once.
 */
#include <math.h>
#include <string.h>
#include "levels.h"
#include "te/base/mem.h"
#include "threshold.h"

enum { EARLY, DELAY, SPLITS, THRESHOLDS, F1_STRATEGY = 0, F1_EARLY, F1_DELAY, F1_SPLITS };

/* The thresholds as numbers of distinct scores, ascending: rank[i] < cuts[j] is predicted. */
struct cuts {
    size_t *at;
    size_t count;
};

/* What thresholds decide, for any buffer sizes. */
struct state {
    const struct te_metric_input *in;
    struct cuts cuts;
    uint32_t *bucket; /* point -> first threshold that marks it */
    uint32_t *hit;    /* anomaly -> first threshold that hits it */
    double *missed;   /* false negatives per threshold */
    double *gained;   /* per bucket: true positives that it adds */
};

static void state_release(struct state *s)
{
    te_free(s->cuts.at);
    te_free(s->bucket);
    te_free(s->hit);
    te_free(s->missed);
    te_free(s->gained);
}

/* ---- thresholds ---- */

/* Distinct score g, if the anomalous points found change there; first and last always. */
static bool is_turn(const struct te_metric_input *in, size_t g)
{
    size_t last = in->n_distinct - 1;
    if (g == 0 || g == last) {
        return true;
    }
    return in->tp_upto[g] != in->tp_upto[g - 1] || in->tp_upto[g] != in->tp_upto[g + 1];
}

static double score_of(const struct te_metric_input *in, size_t g)
{
    return in->sorted[in->n_upto[g] - 1];
}

/* `wanted` percentiles of the turning points' scores, from the highest down. */
static int thin_out(const struct te_metric_input *in, const size_t *turns, size_t n_turns,
                    size_t wanted, struct cuts *cuts, struct te_err *err)
{
    cuts->at = te_alloc(wanted * sizeof *cuts->at, err);
    if (!cuts->at) {
        return -1;
    }
    for (size_t j = 0; j < wanted; j++) {
        double percent = wanted > 1 ? 100.0 + (double)j * (-100.0 / (double)(wanted - 1)) : 100.0;
        percent = j + 1 == wanted && wanted > 1 ? 0.0 : percent;
        double v = (double)(n_turns - 1) * (percent / 100.0);
        size_t lo = (size_t)fmin(floor(v), (double)(n_turns - 1));
        size_t hi = lo + 1 < n_turns ? lo + 1 : lo;
        double a = score_of(in, turns[n_turns - 1 - lo]);
        double b = score_of(in, turns[n_turns - 1 - hi]);
        double g = v - floor(v);
        double t = g < 0.5 ? a + (b - a) * g : b - (b - a) * (1.0 - g);
        cuts->at[j] = metric_cut_at(in, t, false);
    }
    cuts->count = wanted;
    return 0;
}

static int choose_cuts(const struct te_metric_input *in, const struct metric_value *wanted,
                       struct cuts *cuts, struct te_err *err)
{
    te_autofree size_t *turns = te_alloc(in->n_distinct * sizeof *turns, err);
    size_t count = 0;
    if (!turns) {
        return -1;
    }
    for (size_t g = 0; g < in->n_distinct; g++) {
        if (is_turn(in, g)) {
            turns[count++] = g;
        }
    }
    if (wanted->kind == VALUE_INT) {
        return thin_out(in, turns, count, (size_t)wanted->i, cuts, err);
    }
    for (size_t j = 0; j < count; j++) {
        turns[j]++;
    }
    *cuts = (struct cuts){te_steal(turns), count};
    return 0;
}

/* ---- what is missed ---- */

/* False negatives of one anomaly that is hit at a cut. */
static double missed_in(const struct te_metric_input *in, struct te_metric_range r, size_t cut)
{
    size_t length = r.last - r.first + 1;
    size_t piece = 0;
    size_t i = r.first;
    while (in->rank[i] >= cut) {
        i++;
    }
    for (; i <= r.last && in->rank[i] < cut; i++) {
        piece++;
    }
    double border = (double)r.first + (double)piece;
    double count = (double)piece + 1.0;
    double middle = ((double)r.first + border) / 2.0;
    double whole = (double)length * ((double)length - 1.0) / 2.0;
    double missed = 0.0;
    for (i = r.first; i <= r.last; i++) {
        if (in->rank[i] >= cut) {
            double t = (double)i;
            missed += t <= border ? 1.0 : 1.0 - count * (t - middle) / whole;
        }
    }
    return missed;
}

static void count_missed(struct state *s)
{
    const struct te_metric_input *in = s->in;
    for (size_t j = 0; j < s->cuts.count; j++) {
        double missed = 0.0;
        for (size_t k = 0; k < in->n_ranges; k++) {
            bool hit = s->hit[k] <= j;
            missed += hit ? missed_in(in, in->ranges[k], s->cuts.at[j])
                          : (double)(in->ranges[k].last - in->ranges[k].first + 1);
        }
        s->missed[j] = missed;
    }
}

/* ---- buckets ---- */

static int state_init(struct state *s, const struct te_metric_input *in, struct te_err *err)
{
    s->in = in;
    s->bucket = te_alloc(in->n * sizeof *s->bucket, err);
    s->hit = s->bucket ? te_alloc((in->n_ranges + 1) * sizeof *s->hit, err) : NULL;
    s->missed = s->hit ? te_zalloc(s->cuts.count + 1, sizeof *s->missed, err) : NULL;
    s->gained = s->missed ? te_zalloc(s->cuts.count + 1, sizeof *s->gained, err) : NULL;
    if (!s->gained) {
        return -1;
    }
    size_t j = 0;
    for (size_t p = 0; p < in->n; p++) {
        uint32_t point = in->order[p];
        while (j < s->cuts.count && s->cuts.at[j] <= in->rank[point]) {
            j++;
        }
        s->bucket[point] = (uint32_t)j;
    }
    for (size_t k = 0; k < in->n_ranges; k++) {
        s->hit[k] = UINT32_MAX;
        for (size_t i = in->ranges[k].first; i <= in->ranges[k].last; i++) {
            s->hit[k] = s->bucket[i] < s->hit[k] ? s->bucket[i] : s->hit[k];
        }
    }
    count_missed(s);
    return 0;
}

/* ---- true positives for one pair of buffer sizes ---- */

struct zones {
    size_t pre;  /* first point of the pre-buffer, = the anomaly's first if there is none */
    size_t post; /* last point of the post-buffer */
};

static struct zones zones_of(const struct te_metric_input *in, size_t k, size_t early, size_t delay,
                             size_t post_before)
{
    const struct te_metric_range *r = in->ranges;
    struct zones z;
    size_t limit = k + 1 < in->n_ranges ? r[k + 1].first - 1 : in->n - 1;
    z.post = r[k].last + delay < limit ? r[k].last + delay : limit;
    z.pre = r[k].first >= early ? r[k].first - early : 0;
    if (k > 0 && z.pre <= post_before) {
        z.pre = post_before + 1;
    }
    return z;
}

static void gain_range(struct state *s, size_t k, struct zones z)
{
    struct te_metric_range r = s->in->ranges[k];
    double mid = ((double)r.first + (double)r.last) / 2.0;
    for (size_t i = r.first; i <= r.last; i++) {
        s->gained[s->bucket[i]] += 1.0;
    }
    for (size_t i = (size_t)r.last + 1; i <= z.post; i++) {
        s->gained[s->bucket[i]] += 1.0 - ((double)i - mid) / ((double)z.post - mid);
    }
    for (size_t i = z.pre; i < r.first; i++) {
        uint32_t from = s->bucket[i] > s->hit[k] ? s->bucket[i] : s->hit[k];
        s->gained[from] += 1.0 - (mid - (double)i) / (mid - (double)z.pre);
    }
}

struct point {
    double precision;
    double recall;
};

static struct point point_at(const struct state *s, size_t j, double tp)
{
    size_t marked = metric_points(s->in, s->cuts.at[j]);
    double all = tp + s->missed[j];
    return (struct point){marked > 0 ? tp / (double)marked : 0.0, all > 0.0 ? tp / all : 0.0};
}

/* Area under the curve, or F1 where there is one threshold and f1 is wanted. */
static double pair_value(struct state *s, size_t early, size_t delay, bool f1)
{
    struct point before = {1.0, 0.0};
    double area = 0.0;
    double tp = 0.0;
    size_t post_before = 0;
    memset(s->gained, 0, (s->cuts.count + 1) * sizeof *s->gained);
    for (size_t k = 0; k < s->in->n_ranges; k++) {
        struct zones z = zones_of(s->in, k, early, delay, post_before);
        gain_range(s, k, z);
        post_before = z.post;
    }
    for (size_t j = 0; j < s->cuts.count; j++) {
        tp += s->gained[j];
        struct point now = point_at(s, j, tp);
        if (f1) {
            double sum = now.precision + now.recall;
            return sum > 0.0 ? 2.0 * now.precision * now.recall / sum : 0.0;
        }
        if (now.recall >= before.recall) {
            area += (now.recall - before.recall) * (now.precision + before.precision) / 2.0;
            before = now;
        }
    }
    return area;
}

static double mean_over_pairs(struct state *s, const struct metric_value *early,
                              const struct metric_value *delay, size_t splits, bool f1)
{
    double total = 0.0;
    for (size_t a = 0; a <= splits; a++) {
        for (size_t b = 0; b <= splits; b++) {
            size_t e = (size_t)early->i * a / splits;
            size_t d = (size_t)delay->i * b / splits;
            total += pair_value(s, e, d, f1);
        }
    }
    return total / (double)((splits + 1) * (splits + 1));
}

static int pate(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                struct te_err *err)
{
    struct state s = {0};
    if (metric_without_anomaly(in, value, err)) {
        return 0;
    }
    int rc = choose_cuts(in, &spec->args[THRESHOLDS], &s.cuts, err);
    rc = rc == 0 ? state_init(&s, in, err) : rc;
    if (rc == 0) {
        *value = mean_over_pairs(&s, &spec->args[EARLY], &spec->args[DELAY],
                                 (size_t)spec->args[SPLITS].i, false);
    }
    state_release(&s);
    return rc;
}

static int pate_f1(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                   struct te_err *err)
{
    struct state s = {0};
    size_t cut = 0;
    if (metric_without_anomaly(in, value, err)) {
        return 0;
    }
    int rc = metric_cut(&spec->threshold, in, &cut, NULL, err);
    s.cuts.at = rc == 0 ? te_alloc(sizeof *s.cuts.at, err) : NULL;
    rc = s.cuts.at ? 0 : -1;
    if (rc == 0) {
        s.cuts.at[0] = cut;
        s.cuts.count = 1;
        rc = state_init(&s, in, err);
    }
    if (rc == 0) {
        *value = mean_over_pairs(&s, &spec->args[F1_EARLY], &spec->args[F1_DELAY],
                                 (size_t)spec->args[F1_SPLITS].i, true);
    }
    state_release(&s);
    return rc;
}

static const char *const ALL[] = {"all", NULL};

static const struct metric_option OPTIONS[] = {
    {"e", OPTION_INT, 0, 1e9, NULL, METRIC_INT(100)},
    {"d", OPTION_INT, 0, 1e9, NULL, METRIC_INT(100)},
    {"splits", OPTION_INT, 1, 100, NULL, METRIC_INT(1)},
    {"thresholds", OPTION_INT, 2, 100000, ALL, METRIC_INT(250)},
};

static const struct metric_option F1_OPTIONS[] = {
    {"thresholding_strategy", OPTION_STRATEGY, 0, 0, NULL, METRIC_NONE},
    {"e", OPTION_INT, 0, 1e9, NULL, METRIC_INT(100)},
    {"d", OPTION_INT, 0, 1e9, NULL, METRIC_INT(100)},
    {"splits", OPTION_INT, 1, 100, NULL, METRIC_INT(1)},
};

const struct metric_def metric_pate = {
    .class_name = "PATE",
    .column = "PATE",
    .flags = METRIC_ANY_TYPE,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = pate,
    .doc = "proximity-aware area under precision and recall (Ghorbani et al. 2024)",
};

const struct metric_def metric_pate_f1 = {
    .class_name = "PATE_F1",
    .column = "PATE_F1",
    .flags = METRIC_ANY_TYPE | METRIC_NO_DEFAULT,
    .options = F1_OPTIONS,
    .n_options = METRIC_COUNT(F1_OPTIONS),
    .compute = pate_f1,
    .doc = "proximity-aware F1 of predictions (Ghorbani et al. 2024)",
};

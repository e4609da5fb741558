#include "vus_core.h"

#include <math.h>
#include <stdio.h>
#include "memo.h"
#include "te/base/mem.h"

void vus_thresholds_release(struct vus_thresholds *t)
{
    te_free(t->bucket);
    te_free(t->marked);
    te_free(t->hits);
    *t = (struct vus_thresholds){0};
}

/* Sorted position of threshold j: evenly spread, and the product in double decides the floor. */
static size_t position(size_t j, size_t count, size_t n)
{
    if (j + 1 == count && count > 1) {
        return n - 1;
    }
    double step = count > 1 ? (double)(n - 1) / (double)(count - 1) : 0.0;
    return (size_t)((double)j * step);
}

static void fill_buckets(const struct te_metric_input *in, const uint32_t *ranks,
                         struct vus_thresholds *t)
{
    size_t j = 0;
    for (size_t p = 0; p < in->n; p++) {
        uint32_t point = in->order[p];
        while (j < t->count && ranks[j] < in->rank[point]) {
            j++;
        }
        t->bucket[point] = (uint32_t)j;
    }
}

int vus_thresholds_init(struct vus_thresholds *t, const struct te_metric_input *in, size_t count,
                        struct te_err *err)
{
    *t = (struct vus_thresholds){.count = count};
    te_autofree uint32_t *ranks = te_alloc(count * sizeof *ranks, err);
    t->bucket = ranks ? te_alloc(in->n * sizeof *t->bucket, err) : NULL;
    t->marked = t->bucket ? te_alloc(count * sizeof *t->marked, err) : NULL;
    t->hits = t->marked ? te_alloc(count * sizeof *t->hits, err) : NULL;
    if (!t->hits) {
        vus_thresholds_release(t);
        return -1;
    }
    for (size_t j = 0; j < count; j++) {
        ranks[j] = in->rank[in->order[position(j, count, in->n)]];
        t->marked[j] = (double)in->n_upto[ranks[j]];
        t->hits[j] = (double)in->tp_upto[ranks[j]];
    }
    fill_buckets(in, ranks, t);
    return 0;
}

/* NaN stays NaN. */
static double at_most_1(double x)
{
    return x > 1.0 ? 1.0 : x;
}

struct rates {
    double recall;
    double fallout;
    double precision;
};

/* One point of the curve. In TSB-AD's definition only the marked part of the slopes counts as
 * positive mass. */
static struct rates rates_at(enum vus_kind kind, double n, double positives, double slope_total,
                             double slope_marked, double hits, double marked)
{
    double tp = hits + slope_marked;
    double slopes = kind == VUS_TSB ? slope_marked : slope_total;
    double p = (positives + (positives + slopes)) / 2.0;
    double fallout = (marked - tp) / (n - p);
    return (struct rates){at_most_1(tp / p), kind == VUS_TSB ? fallout : at_most_1(fallout),
                          tp / marked};
}

struct vus_areas vus_curve(enum vus_kind kind, const struct te_metric_input *in,
                           const struct vus_thresholds *t, const double *slope,
                           const struct vus_segments *segments)
{
    struct vus_areas area = {0.0, 0.0};
    struct rates before = {0.0, 0.0, 1.0};
    double total = 0.0;
    double marked = 0.0;
    size_t found = 0;
    for (size_t j = 0; j <= t->count; j++) {
        total += slope[j];
    }
    for (size_t j = 0; j < t->count; j++) {
        marked += slope[j];
        found += segments->lowest[j];
        struct rates now = rates_at(kind, (double)in->n, (double)in->n_positive, total, marked,
                                    t->hits[j], t->marked[j]);
        now.recall *= (double)found / (double)segments->n;
        double height = kind == VUS_TSB ? now.precision : (now.precision + before.precision) / 2.0;
        area.pr += (now.recall - before.recall) * height;
        area.roc += (now.fallout - before.fallout) * (now.recall + before.recall) / 2.0;
        before = now;
    }
    area.roc += (1.0 - before.fallout) * (1.0 + before.recall) / 2.0;
    return area;
}

int vus_mean(enum vus_kind kind, struct te_metric_input *in, size_t samples, size_t first,
             size_t last, struct vus_areas *out, struct te_err *err)
{
    char key[MEMO_KEY];
    double kept[MEMO_VALUES] = {NAN, NAN};
    snprintf(key, sizeof key, "vus %d %zu %zu %zu", (int)kind, samples, first, last);
    if (metric_memo_get(in, key, kept)) {
        *out = (struct vus_areas){kept[0], kept[1]};
        return 0;
    }
    struct vus_areas areas = {NAN, NAN};
    if (in->n_ranges > 0) {
        int rc = kind == VUS_LINEAR ? vus_linear(in, samples, first, last, &areas, err)
                                    : vus_root(kind, in, samples, first, last, &areas, err);
        if (rc < 0) {
            return -1;
        }
    }
    kept[0] = areas.pr;
    kept[1] = areas.roc;
    metric_memo_put(in, key, kept);
    *out = areas;
    return 0;
}

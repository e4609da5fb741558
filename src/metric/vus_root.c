/*
 * Root slopes that add up: a point at distance d from an anomaly gets sqrt(1 - d/B), once per
 * anomaly whose slope reaches it, at most 1 in all. d <= B/2, so one slope gives at least
 * sqrt(1/2) and two give 1: a point is outside, single (with one distance) or full. Slopes are
 * fronts that walk away from each anomaly, one point per step of h = B/2; the third front that
 * reaches a point changes nothing, so a front ends where the second neighbour begins its own, and
 * all fronts together take O(n) steps. Single points are counted in a table of distance times
 * bucket, which gives the slopes' weight at any B without touching a point.
 */
#include <math.h>
#include <string.h>
#include "te/base/mem.h"
#include "vus_core.h"

static const uint32_t FULL = UINT32_MAX;
static const size_t MAX_TABLE = (size_t)1 << 25; /* cells */

/* One walking slope: at half size h it reaches from + step * (h - lag). */
struct front {
    int64_t from;
    int64_t end; /* first position where it is of no more use */
    int step;
};

/* Anomalies whose slopes have merged. */
struct segment {
    int64_t first;
    int64_t last;
    uint32_t lowest;
};

struct walk {
    const struct te_metric_input *in;
    struct vus_thresholds t;
    bool tsb;
    int64_t lag;     /* the right slope is this much shorter */
    uint32_t *state; /* per point: 0 outside, FULL, or the distance of its only slope */
    struct front *fronts;
    size_t n_fronts;
    struct segment *segments;
    size_t n_segments;
    double *full;  /* per bucket: points of weight 1 in slopes */
    double *table; /* [distance][bucket]: single points; NULL when scanned instead */
    double *slope;
    struct vus_segments segs;
};

static void walk_release(struct walk *w)
{
    vus_thresholds_release(&w->t);
    te_free(w->state);
    te_free(w->fronts);
    te_free(w->segments);
    te_free(w->full);
    te_free(w->table);
    te_free(w->slope);
    te_free(w->segs.lowest);
}

static int walk_alloc(struct walk *w, size_t table_rows, struct te_err *err)
{
    size_t buckets = w->t.count + 1;
    if (table_rows > MAX_TABLE / buckets) {
        return te_err_set(err, TE_ERR_LIMIT,
                          "half the buffer size times the number of thresholds is %zu times %zu, "
                          "but must be at most %zu",
                          table_rows, buckets, MAX_TABLE);
    }
    w->state = te_zalloc(w->in->n, sizeof *w->state, err);
    w->fronts = w->state ? te_zalloc(2 * w->in->n_ranges, sizeof *w->fronts, err) : NULL;
    w->segments = w->fronts ? te_zalloc(w->in->n_ranges, sizeof *w->segments, err) : NULL;
    w->full = w->segments ? te_zalloc(buckets, sizeof *w->full, err) : NULL;
    w->table =
        w->full && table_rows ? te_zalloc(table_rows * buckets, sizeof *w->table, err) : NULL;
    w->slope =
        w->full && (w->table || !table_rows) ? te_zalloc(buckets, sizeof *w->slope, err) : NULL;
    w->segs.lowest = w->slope ? te_zalloc(buckets, sizeof *w->segs.lowest, err) : NULL;
    return w->segs.lowest ? 0 : -1;
}

static void start(struct walk *w)
{
    const struct te_metric_range *r = w->in->ranges;
    size_t count = w->in->n_ranges;
    for (size_t k = 0; k < count; k++) {
        int64_t stop_right = k + 2 < count ? (int64_t)r[k + 2].last : (int64_t)w->in->n;
        int64_t stop_left = k >= 2 ? (int64_t)r[k - 2].first : -1;
        w->fronts[w->n_fronts++] = (struct front){r[k].last, stop_right, 1};
        w->fronts[w->n_fronts++] = (struct front){r[k].first, stop_left, -1};
        struct segment s = {r[k].first, r[k].last, UINT32_MAX};
        for (size_t i = r[k].first; i <= r[k].last; i++) {
            s.lowest = w->t.bucket[i] < s.lowest ? w->t.bucket[i] : s.lowest;
        }
        w->segments[w->n_segments++] = s;
    }
}

/* table_rows: largest half size if many sizes are asked for, 0 to scan the points. */
static int walk_init(struct walk *w, enum vus_kind kind, const struct te_metric_input *in,
                     size_t samples, size_t table_rows, struct te_err *err)
{
    *w = (struct walk){.in = in, .tsb = kind == VUS_TSB, .lag = kind == VUS_TSB ? 0 : 1};
    if (vus_thresholds_init(&w->t, in, samples, err) < 0 || walk_alloc(w, table_rows, err) < 0) {
        walk_release(w);
        return -1;
    }
    start(w);
    return 0;
}

static double *cell(const struct walk *w, uint32_t d, uint32_t bucket)
{
    return &w->table[(size_t)(d - 1) * (w->t.count + 1) + bucket];
}

static void reach(struct walk *w, int64_t x, int64_t distance)
{
    uint32_t *state = &w->state[x];
    uint32_t bucket = w->t.bucket[x];
    if (w->in->labels[x] || *state == FULL) {
        return;
    }
    if (*state == 0) {
        *state = (uint32_t)distance;
        if (w->table) {
            *cell(w, *state, bucket) += 1.0;
        }
        return;
    }
    if (w->table) {
        *cell(w, *state, bucket) -= 1.0;
    }
    *state = FULL;
    w->full[bucket] += 1.0;
}

static void advance_fronts(struct walk *w, int64_t h)
{
    size_t kept = 0;
    for (size_t k = 0; k < w->n_fronts; k++) {
        struct front f = w->fronts[k];
        int64_t distance = f.step > 0 ? h - w->lag : h;
        int64_t x = f.from + f.step * distance;
        if (f.step > 0 ? x >= f.end : x <= f.end) {
            continue;
        }
        w->fronts[kept++] = f;
        if (distance > 0) {
            reach(w, x, distance);
        }
    }
    w->n_fronts = kept;
}

static void grow_segment(const struct walk *w, struct segment *s, bool right)
{
    if (s->first > 0) {
        s->first--;
        uint32_t b = w->t.bucket[s->first];
        s->lowest = b < s->lowest ? b : s->lowest;
    }
    if (right && s->last + 1 < (int64_t)w->in->n) {
        s->last++;
        uint32_t b = w->t.bucket[s->last];
        s->lowest = b < s->lowest ? b : s->lowest;
    }
}

/* TSB-AD merges segments that overlap, TimeEval those that touch, too. */
static void grow_segments(struct walk *w, int64_t h)
{
    int64_t reach_of_merge = w->tsb ? 0 : 1;
    size_t kept = 0;
    for (size_t k = 0; k < w->n_segments; k++) {
        struct segment s = w->segments[k];
        grow_segment(w, &s, h > w->lag);
        struct segment *before = kept > 0 ? &w->segments[kept - 1] : NULL;
        if (before && s.first <= before->last + reach_of_merge) {
            before->last = s.last;
            before->lowest = s.lowest < before->lowest ? s.lowest : before->lowest;
        } else {
            w->segments[kept++] = s;
        }
    }
    w->n_segments = kept;
}

static double root(size_t d, size_t size)
{
    return sqrt(1.0 - (double)d / (double)size);
}

static void weigh_by_table(struct walk *w, size_t h, size_t size)
{
    size_t buckets = w->t.count + 1;
    memcpy(w->slope, w->full, buckets * sizeof *w->slope);
    for (size_t d = 1; d <= h; d++) {
        const double *row = &w->table[(d - 1) * buckets];
        double weight = root(d, size);
        for (size_t j = 0; j < buckets; j++) {
            w->slope[j] += weight * row[j];
        }
    }
}

static void weigh_by_scan(struct walk *w, size_t size)
{
    memcpy(w->slope, w->full, (w->t.count + 1) * sizeof *w->slope);
    for (size_t i = 0; i < w->in->n; i++) {
        if (w->state[i] != 0 && w->state[i] != FULL) {
            w->slope[w->t.bucket[i]] += root(w->state[i], size);
        }
    }
}

static struct vus_areas evaluate(struct walk *w, size_t size)
{
    if (w->table) {
        weigh_by_table(w, size / 2, size);
    } else {
        weigh_by_scan(w, size);
    }
    memset(w->segs.lowest, 0, (w->t.count + 1) * sizeof *w->segs.lowest);
    w->segs.n = w->n_segments;
    for (size_t k = 0; k < w->n_segments; k++) {
        w->segs.lowest[w->segments[k].lowest]++;
    }
    return vus_curve(w->tsb ? VUS_TSB : VUS_COMPAT, w->in, &w->t, w->slope, &w->segs);
}

int vus_root(enum vus_kind kind, const struct te_metric_input *in, size_t samples, size_t first,
             size_t last, struct vus_areas *out, struct te_err *err)
{
    struct walk w;
    struct vus_areas sum = {0.0, 0.0};
    size_t most = last / 2;
    if (walk_init(&w, kind, in, samples, last > first ? most : 0, err) < 0) {
        return -1;
    }
    size_t h = 0;
    for (size_t size = first; size <= last; size++) {
        while (h < size / 2) {
            h++;
            /* Beyond the series' length nothing changes any more. */
            if (h <= in->n + 1) {
                advance_fronts(&w, (int64_t)h);
                grow_segments(&w, (int64_t)h);
            }
        }
        struct vus_areas now = evaluate(&w, size);
        sum.pr += now.pr;
        sum.roc += now.roc;
    }
    walk_release(&w);
    double sizes = (double)(last - first + 1);
    *out = (struct vus_areas){sum.pr / sizes, sum.roc / sizes};
    return 0;
}

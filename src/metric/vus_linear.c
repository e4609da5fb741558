/*
 * Straight slopes: a point at distance d <= h from the nearest anomaly weighs 1 - c d, with
 * c = (1 - 1/sqrt 2) / h. The weight is linear in d, so two sums per bucket (how many slope points,
 * and their distances) give the slopes' weight at any h, and going from h to h + 1 only adds the
 * points at distance h + 1: O(n log n + n + last/2 * (samples + anomalies)) for all buffers.
 *
 * An anomaly's segment reaches h points to both sides and, as in TimeEval, one point further to
 * the right, if that point has weight from a neighbour.
 */
#include <math.h>
#include <string.h>
#include "te/base/mem.h"
#include "vus_core.h"

/* Normal points between two anomalies: lo < x < hi. */
struct gap {
    int64_t lo; /* last point of the anomaly before; -1 if there is none */
    int64_t hi; /* first point of the anomaly behind; n if there is none */
};

struct sweep {
    const struct te_metric_input *in;
    struct vus_thresholds t;
    struct gap *gaps; /* those that still have points further from an anomaly */
    size_t n_gaps;
    uint32_t *lowest;         /* per anomaly: lowest bucket in its segment */
    int64_t *points;          /* per bucket: slope points */
    int64_t *distances;       /* per bucket: sum of their distances */
    double *slope;            /* per bucket: their weight at the present h */
    struct vus_segments segs; /* at the present h */
};

static void sweep_release(struct sweep *s)
{
    vus_thresholds_release(&s->t);
    te_free(s->gaps);
    te_free(s->lowest);
    te_free(s->points);
    te_free(s->distances);
    te_free(s->slope);
    te_free(s->segs.lowest);
}

static int sweep_alloc(struct sweep *s, struct te_err *err)
{
    size_t buckets = s->t.count + 1;
    s->gaps = te_zalloc(s->in->n_ranges + 1, sizeof *s->gaps, err);
    s->lowest = s->gaps ? te_zalloc(s->in->n_ranges, sizeof *s->lowest, err) : NULL;
    s->points = s->lowest ? te_zalloc(buckets, sizeof *s->points, err) : NULL;
    s->distances = s->points ? te_zalloc(buckets, sizeof *s->distances, err) : NULL;
    s->slope = s->distances ? te_zalloc(buckets, sizeof *s->slope, err) : NULL;
    s->segs.lowest = s->slope ? te_zalloc(buckets, sizeof *s->segs.lowest, err) : NULL;
    return s->segs.lowest ? 0 : -1;
}

static uint32_t lowest_between(const struct vus_thresholds *t, size_t first, size_t last)
{
    uint32_t least = t->bucket[first];
    for (size_t i = first + 1; i <= last; i++) {
        least = t->bucket[i] < least ? t->bucket[i] : least;
    }
    return least;
}

static int sweep_init(struct sweep *s, const struct te_metric_input *in, size_t samples,
                      struct te_err *err)
{
    *s = (struct sweep){.in = in, .segs = {NULL, in->n_ranges}};
    if (vus_thresholds_init(&s->t, in, samples, err) < 0 || sweep_alloc(s, err) < 0) {
        sweep_release(s);
        return -1;
    }
    int64_t before = -1;
    for (size_t k = 0; k < in->n_ranges; k++) {
        s->gaps[s->n_gaps++] = (struct gap){before, in->ranges[k].first};
        before = in->ranges[k].last;
        s->lowest[k] = lowest_between(&s->t, in->ranges[k].first, in->ranges[k].last);
    }
    s->gaps[s->n_gaps++] = (struct gap){before, (int64_t)in->n};
    return 0;
}

static void add_point(struct sweep *s, int64_t x, int64_t d)
{
    uint32_t j = s->t.bucket[x];
    s->points[j]++;
    s->distances[j] += d;
}

/* Adds the points of a gap whose nearest anomaly is d away; false once there are none. */
static bool grow_gap(struct sweep *s, struct gap gap, int64_t d)
{
    bool has_lo = gap.lo >= 0;
    bool has_hi = gap.hi < (int64_t)s->in->n;
    int64_t left = gap.lo + d;
    int64_t right = gap.hi - d;
    bool any = false;
    if (has_lo && left < gap.hi && (!has_hi || left <= right)) {
        add_point(s, left, d);
        any = true;
    }
    if (has_hi && right > gap.lo && (!has_lo || right > left)) {
        add_point(s, right, d);
        any = true;
    }
    return any;
}

static void grow_gaps(struct sweep *s, int64_t d)
{
    size_t kept = 0;
    for (size_t k = 0; k < s->n_gaps; k++) {
        if (grow_gap(s, s->gaps[k], d)) {
            s->gaps[kept++] = s->gaps[k];
        }
    }
    s->n_gaps = kept;
}

static void grow_segments(struct sweep *s, size_t h)
{
    const struct te_metric_input *in = s->in;
    for (size_t k = 0; k < in->n_ranges; k++) {
        size_t first = in->ranges[k].first;
        size_t last = in->ranges[k].last;
        uint32_t left = first >= h ? s->t.bucket[first - h] : UINT32_MAX;
        uint32_t right = last + h < in->n ? s->t.bucket[last + h] : UINT32_MAX;
        uint32_t least = left < right ? left : right;
        s->lowest[k] = least < s->lowest[k] ? least : s->lowest[k];
    }
}

/*
 * All segments at one h at once: both ends move only forward, so a queue of candidates (ascending
 * buckets) gives every minimum in O(n).
 */
static int jump_segments(struct sweep *s, size_t h, struct te_err *err)
{
    const struct te_metric_input *in = s->in;
    te_autofree uint32_t *queue = te_alloc(in->n * sizeof *queue, err);
    if (!queue) {
        return -1;
    }
    size_t head = 0;
    size_t tail = 0;
    size_t next = 0;
    for (size_t k = 0; k < in->n_ranges; k++) {
        size_t from = in->ranges[k].first >= h ? in->ranges[k].first - h : 0;
        size_t to = in->ranges[k].last + h < in->n ? in->ranges[k].last + h : in->n - 1;
        for (; next <= to; next++) {
            while (tail > head && s->t.bucket[queue[tail - 1]] >= s->t.bucket[next]) {
                tail--;
            }
            queue[tail++] = (uint32_t)next;
        }
        while (queue[head] < from) {
            head++;
        }
        s->lowest[k] = s->t.bucket[queue[head]];
    }
    return 0;
}

/* The bucket of the point behind segment k, if it counts. */
static uint32_t surplus(const struct sweep *s, size_t k, size_t h)
{
    const struct te_metric_input *in = s->in;
    size_t x = in->ranges[k].last + h + 1;
    bool weighs = h > 0 && k + 1 < in->n_ranges && x < in->n && in->ranges[k + 1].first <= x + h;
    return weighs ? s->t.bucket[x] : UINT32_MAX;
}

static struct vus_areas evaluate(struct sweep *s, size_t h)
{
    const struct te_metric_input *in = s->in;
    double c = h > 0 ? (1.0 - 1.0 / sqrt(2.0)) / (double)h : 0.0;
    for (size_t j = 0; j <= s->t.count; j++) {
        s->slope[j] = (double)s->points[j] - c * (double)s->distances[j];
    }
    memset(s->segs.lowest, 0, (s->t.count + 1) * sizeof *s->segs.lowest);
    for (size_t k = 0; k < in->n_ranges; k++) {
        uint32_t extra = surplus(s, k, h);
        s->segs.lowest[extra < s->lowest[k] ? extra : s->lowest[k]]++;
    }
    return vus_curve(VUS_LINEAR, in, &s->t, s->slope, &s->segs);
}

/* How many of the buffer sizes first..last have half size h. */
static double sizes_with_half(size_t h, size_t first, size_t last)
{
    double count = 0.0;
    for (size_t b = 2 * h; b <= 2 * h + 1; b++) {
        count += b >= first && b <= last ? 1.0 : 0.0;
    }
    return count;
}

int vus_linear(const struct te_metric_input *in, size_t samples, size_t first, size_t last,
               struct vus_areas *out, struct te_err *err)
{
    struct sweep s;
    struct vus_areas sum = {0.0, 0.0};
    if (sweep_init(&s, in, samples < in->n ? samples : in->n, err) < 0) {
        return -1;
    }
    int rc = 0;
    for (size_t h = 0; h <= last / 2 && rc == 0; h++) {
        bool wanted = h >= first / 2;
        if (h > 0) {
            grow_gaps(&s, (int64_t)h);
        }
        if (h > 0 && h == first / 2) {
            rc = jump_segments(&s, h, err);
        } else if (h > first / 2) {
            grow_segments(&s, h);
        }
        if (!wanted && s.n_gaps == 0) {
            h = first / 2 - 1; /* nothing changes until then */
        }
        if (wanted && rc == 0) {
            struct vus_areas now = evaluate(&s, h);
            double weight = sizes_with_half(h, first, last);
            sum.pr += weight * now.pr;
            sum.roc += weight * now.roc;
        }
    }
    sweep_release(&s);
    double sizes = (double)(last - first + 1);
    *out = (struct vus_areas){sum.pr / sizes, sum.roc / sizes};
    return rc;
}

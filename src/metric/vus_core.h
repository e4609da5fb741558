/*
 * Areas under range-aware curves with buffers around the anomalies, and their mean over buffer
 * sizes (Paparrizos, Boniol, Palpanas, Tsay, Elmore, Franklin: Volume under the Surface, PVLDB 15,
 * 2022). Private to the metrics.
 *
 * The labels become weights: 1 inside an anomaly, a slope beside it. A curve needs, per threshold,
 * only sums over the points above it; so points are put into buckets by the first threshold that
 * marks them, and from one buffer size to the next only the points at the new border move.
 */
#ifndef METRIC_VUS_CORE_H
#define METRIC_VUS_CORE_H

#include "te/metric/input.h"

struct vus_areas {
    double pr;
    double roc;
};

/* A sample of the sorted scores as thresholds, highest first. */
struct vus_thresholds {
    size_t count;
    uint32_t *bucket; /* point -> first threshold that marks it; count if none does */
    double *marked;   /* points >= threshold */
    double *hits;     /* anomalous points among them */
};

int vus_thresholds_init(struct vus_thresholds *t, const struct te_metric_input *in, size_t count,
                        struct te_err *err) TE_MUST_CHECK;
void vus_thresholds_release(struct vus_thresholds *t);

enum vus_kind {
    VUS_LINEAR, /* TimeEval: straight slopes, the maximum where they meet */
    VUS_COMPAT, /* TimeEval's compatibility mode: root slopes that add up */
    VUS_TSB     /* TSB-AD: as before, with a right slope one point longer and other sums */
};

/* What a segment (an anomaly with its slopes, where they merge several) needs: whether a point of
 * it is marked, so the lowest bucket in it. */
struct vus_segments {
    uint32_t *lowest; /* histogram over buckets, count + 1 */
    size_t n;
};

/*
 * Areas at one buffer size. slope: weight of the slope points per bucket (count + 1 of them).
 */
struct vus_areas vus_curve(enum vus_kind kind, const struct te_metric_input *in,
                           const struct vus_thresholds *t, const double *slope,
                           const struct vus_segments *segments);

/* Mean of the areas over the buffer sizes first .. last. Both NaN without anomalies. */
int vus_linear(const struct te_metric_input *in, size_t samples, size_t first, size_t last,
               struct vus_areas *out, struct te_err *err) TE_MUST_CHECK;
int vus_root(enum vus_kind kind, const struct te_metric_input *in, size_t samples, size_t first,
             size_t last, struct vus_areas *out, struct te_err *err) TE_MUST_CHECK;

/* Either, and the result is kept in the input, as both areas are usually asked for. */
int vus_mean(enum vus_kind kind, struct te_metric_input *in, size_t samples, size_t first,
             size_t last, struct vus_areas *out, struct te_err *err) TE_MUST_CHECK;

#endif

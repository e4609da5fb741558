/* Thresholds as counts of distinct scores: private to the metrics. */
#ifndef METRIC_THRESHOLD_H
#define METRIC_THRESHOLD_H

#include "spec.h"

/*
 * cut: the highest `cut` distinct scores are predicted, i.e. rank[i] < cut. threshold may be NULL.
 * Not for STRATEGY_BEST. O(1) after the sort, O(log n) at most; top-k ranges and sigma O(n).
 */
int metric_cut(const struct metric_threshold *t, const struct te_metric_input *in, size_t *cut,
               double *threshold, struct te_err *err) TE_MUST_CHECK;
/* The number of distinct scores >= value (for strict, > value); none for NaN. */
size_t metric_cut_at(const struct te_metric_input *in, double value, bool strict);
/* Predicted points and predicted anomalous points at a cut. */
size_t metric_points(const struct te_metric_input *in, size_t cut);
size_t metric_hits(const struct te_metric_input *in, size_t cut);

#endif

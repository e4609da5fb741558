/*
 * Thresholding strategies: where scores are cut into predictions, pred[i] = (s[i] >= threshold).
 *
 * NoThresholding, FixedValueThresholding(threshold=0.8), PercentileThresholding(percentile=90),
 * TopKPointsThresholding(k=None), TopKRangesThresholding(k=None), SigmaThresholding(factor=3.0).
 */
#ifndef TE_METRIC_THRESHOLD_H
#define TE_METRIC_THRESHOLD_H

#include <stddef.h>
#include "te/base/err.h"
#include "te/metric/input.h"

struct te_threshold_cut {
    double threshold; /* NaN for NoThresholding */
    size_t n_points;  /* predicted points */
    size_t n_ranges;  /* maximal runs of predicted points */
};

/* The cut that a strategy, written as in a metric spec, makes. -1: it has none (too few points). */
int te_threshold_find(const char *strategy, const struct te_metric_input *input,
                      struct te_threshold_cut *out, struct te_err *err) TE_MUST_CHECK;

#endif

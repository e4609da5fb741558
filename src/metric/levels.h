/*
 * Predictions at many thresholds in one byte per point: a point of level l is predicted at the
 * thresholds 0 .. l-1. Private to the metrics.
 */
#ifndef METRIC_LEVELS_H
#define METRIC_LEVELS_H

#include "spec.h"

enum { MAX_LEVELS = 100 };

struct metric_levels {
    size_t count; /* thresholds */
    uint8_t *of;  /* point -> level */
};

/*
 * best: 100 thresholds evenly spread from the lowest to the highest score, and s > t is predicted
 * (the oracle of TSB-AD; at the last one nothing is). Else the strategy's one threshold, s >= t.
 */
int metric_levels_init(struct metric_levels *levels, const struct metric_threshold *threshold,
                       const struct te_metric_input *in, struct te_err *err) TE_MUST_CHECK;
void metric_levels_release(struct metric_levels *levels);

/* Predicted normal points and predicted anomalous points at every threshold. */
void metric_levels_count(const struct metric_levels *levels, const struct te_metric_input *in,
                         double normal[MAX_LEVELS], double anomalous[MAX_LEVELS]);

/* Says that there is no anomaly to find: *value is NaN then. */
bool metric_without_anomaly(const struct te_metric_input *in, double *value, struct te_err *err);

#endif

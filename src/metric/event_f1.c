/*
 * EVENT_F1: the composite F1 of the share of anomalies hit and the point-wise precision (Fc1; Garg,
 * Zhang, Samaran, Savitha, Foo: An Evaluation of Anomaly Detection and Diagnosis in Multivariate
 * Time Series, TNNLS 2021), at one threshold or the best of 100.
 */
#include <string.h>
#include "levels.h"

/* hits[c]: anomalies with a point predicted at threshold c. */
static void count_hits(const struct metric_levels *levels, const struct te_metric_input *in,
                       double hits[MAX_LEVELS])
{
    memset(hits, 0, MAX_LEVELS * sizeof *hits);
    for (size_t k = 0; k < in->n_ranges; k++) {
        uint8_t top = 0;
        for (size_t i = in->ranges[k].first; i <= in->ranges[k].last; i++) {
            top = levels->of[i] > top ? levels->of[i] : top;
        }
        for (size_t c = 0; c < top; c++) {
            hits[c] += 1.0;
        }
    }
}

static int event_f1(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                    struct te_err *err)
{
    struct metric_levels levels;
    double normal[MAX_LEVELS];
    double anomalous[MAX_LEVELS];
    double hits[MAX_LEVELS];
    if (metric_without_anomaly(in, value, err)) {
        return 0;
    }
    if (metric_levels_init(&levels, &spec->threshold, in, err) < 0) {
        return -1;
    }
    metric_levels_count(&levels, in, normal, anomalous);
    count_hits(&levels, in, hits);
    double best = 0.0;
    for (size_t c = 0; c < levels.count; c++) {
        double marked = normal[c] + anomalous[c];
        double r = hits[c] / (double)in->n_ranges;
        double p = marked > 0.0 ? anomalous[c] / marked : 0.0;
        double f = 2.0 * r * p / (r + p + 1e-15);
        best = f > best ? f : best;
    }
    metric_levels_release(&levels);
    *value = best;
    return 0;
}

static const struct metric_option OPTIONS[] = {
    {"thresholding_strategy", OPTION_STRATEGY, 0, 0, NULL, METRIC_NONE},
};

const struct metric_def metric_event_f1 = {
    .class_name = "EVENT_F1",
    .column = "EVENT_F1",
    .flags = METRIC_ANY_TYPE | METRIC_BEST,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = event_f1,
    .doc = "F1 of event-wise recall and point-wise precision (Garg et al. 2021)",
};

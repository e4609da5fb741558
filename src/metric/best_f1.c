/*
 * BEST_F1: the largest point-wise F1 over all thresholds. With epsilon = 1e-5 it is TSB-AD's
 * Standard-F1, which adds that to the denominator.
 */
#include "levels.h"

static int best_f1(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                   struct te_err *err)
{
    double epsilon = spec->args[0].d;
    double positives = (double)in->n_positive;
    double best = 0.0;
    if (metric_without_anomaly(in, value, err)) {
        return 0;
    }
    for (size_t g = 0; g < in->n_distinct; g++) {
        double tp = (double)in->tp_upto[g];
        double marked = (double)in->n_upto[g];
        double p = tp / marked;
        double r = tp / positives;
        double f =
            epsilon > 0.0 ? 2.0 * p * r / (p + r + epsilon) : 2.0 * tp / (marked + positives);
        best = f > best ? f : best;
    }
    *value = best;
    return 0;
}

static const struct metric_option OPTIONS[] = {
    {"epsilon", OPTION_NUMBER, 0.0, 1.0, NULL, METRIC_INT(0)},
};

const struct metric_def metric_best_f1 = {
    .class_name = "BEST_F1",
    .column = "BEST_F1",
    .flags = METRIC_ANY_TYPE,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = best_f1,
    .doc = "largest point-wise F1 over all thresholds",
};

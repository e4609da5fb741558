/*
 * UCR_SCORE: is the highest score near the one anomaly? (Wu and Keogh, TKDE 2021, for their
 * archive: within 100 points, or the anomaly's length if that is more.) UCR_SCORE_ANY asks the same
 * of series with several anomalies.
 */
#include <math.h>
#include "levels.h"

static bool is_near(const struct te_metric_input *in, struct te_metric_range r, int64_t tolerance)
{
    int64_t top = in->order[0]; /* the first of equal scores */
    int64_t length = (int64_t)r.last - r.first + 1;
    int64_t slack = length > tolerance ? length : tolerance;
    return top >= (int64_t)r.first - slack && top <= (int64_t)r.last + slack;
}

static int ucr_any(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                   struct te_err *err)
{
    bool near = false;
    if (metric_without_anomaly(in, value, err)) {
        return 0;
    }
    for (size_t k = 0; k < in->n_ranges && !near; k++) {
        near = is_near(in, in->ranges[k], spec->args[0].i);
    }
    *value = near ? 1.0 : 0.0;
    return 0;
}

static int ucr(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
               struct te_err *err)
{
    if (in->n_ranges > 1) {
        te_err_set(err, TE_OK,
                   "undefined: there are %zu anomalies and UCR_SCORE is for one (UCR_SCORE_ANY "
                   "takes several)",
                   in->n_ranges);
        *value = NAN;
        return 0;
    }
    return ucr_any(spec, in, value, err);
}

static const struct metric_option OPTIONS[] = {
    {"tolerance", OPTION_INT, 0, 2147483648.0, NULL, METRIC_INT(100)},
};

const struct metric_def metric_ucr_score = {
    .class_name = "UCR_SCORE",
    .column = "UCR_SCORE",
    .flags = METRIC_ANY_TYPE,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = ucr,
    .doc = "1 if the highest score is near the only anomaly, else 0",
};

const struct metric_def metric_ucr_score_any = {
    .class_name = "UCR_SCORE_ANY",
    .column = "UCR_SCORE_ANY",
    .flags = METRIC_ANY_TYPE,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = ucr_any,
    .doc = "1 if the highest score is near any anomaly, else 0",
};

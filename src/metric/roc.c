/*
 * ROC_AUC: area under the receiver operating characteristic, trapezoids over one step per distinct
 * score; equals the Mann-Whitney statistic (Fawcett, Pattern Recognition Letters 27, 2006).
 */
#include <math.h>
#include "spec.h"

static int roc_auc(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                   struct te_err *err)
{
    (void)spec;
    uint64_t p = in->n_positive;
    uint64_t n = in->n - in->n_positive;
    if (p == 0 || n == 0) {
        te_err_set(err, TE_OK, "undefined: all points have the label %d", p > 0);
        *value = NAN;
        return 0;
    }
    /* Twice the area in units of one pair: below 2^63 for 2^31 points. */
    uint64_t area = 0;
    uint64_t tp_before = 0;
    uint64_t fp_before = 0;
    for (size_t g = 0; g < in->n_distinct; g++) {
        uint64_t tp = in->tp_upto[g];
        uint64_t fp = in->n_upto[g] - tp;
        area += (fp - fp_before) * (tp + tp_before);
        tp_before = tp;
        fp_before = fp;
    }
    *value = (double)area / (2.0 * (double)p * (double)n);
    return 0;
}

static const struct metric_option OPTIONS[] = {
    {"plot", OPTION_BOOL | OPTION_SILENT, 0, 0, NULL, METRIC_BOOL(0)},
    {"plot_store", OPTION_BOOL | OPTION_SILENT, 0, 0, NULL, METRIC_BOOL(0)},
};

const struct metric_def metric_roc_auc = {
    .class_name = "RocAUC",
    .column = "ROC_AUC",
    .flags = METRIC_PEER,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = roc_auc,
    .doc = "area under the ROC curve",
};

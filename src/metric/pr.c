/*
 * PR_AUC and AVERAGE_PRECISION: the precision-recall curve with one step per distinct score, its
 * area by trapezoids (which is optimistic: Davis and Goadrich, ICML 2006) and by steps.
 */
#include "numpy_sum.h"
#include "spec.h"

static double precision_at(const struct te_metric_input *in, size_t g)
{
    return (double)in->tp_upto[g] / (double)in->n_upto[g];
}

/* Without anomalies every recall counts as 1. */
static double recall_at(const struct te_metric_input *in, size_t g)
{
    return in->n_positive > 0 ? (double)in->tp_upto[g] / (double)in->n_positive : 1.0;
}

static void remark(const struct te_metric_input *in, struct te_err *err)
{
    if (in->n_positive == 0) {
        te_err_set(err, TE_OK, "there is no anomaly: the value says nothing");
    }
}

/* Both areas are added from the lowest threshold up, in numpy's order. */
static int pr_auc(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                  struct te_err *err)
{
    (void)spec;
    struct metric_adder area;
    metric_adder_init(&area);
    for (size_t g = in->n_distinct; g-- > 0;) {
        /* At the end the added point (recall 0, precision 1). */
        double r = g > 0 ? recall_at(in, g - 1) : 0.0;
        double p = g > 0 ? precision_at(in, g - 1) : 1.0;
        metric_adder_push(&area, (recall_at(in, g) - r) * (precision_at(in, g) + p) / 2.0);
    }
    remark(in, err);
    *value = metric_adder_value(&area);
    return 0;
}

static int average_precision(const struct te_metric_spec *spec, struct te_metric_input *in,
                             double *value, struct te_err *err)
{
    (void)spec;
    struct metric_adder area;
    metric_adder_init(&area);
    remark(in, err);
    *value = 0.0;
    if (in->n_positive == 0) {
        return 0;
    }
    for (size_t g = in->n_distinct; g-- > 0;) {
        double r = g > 0 ? recall_at(in, g - 1) : 0.0;
        metric_adder_push(&area, (recall_at(in, g) - r) * precision_at(in, g));
    }
    *value = metric_adder_value(&area);
    return 0;
}

static const struct metric_option PR_OPTIONS[] = {
    {"plot", OPTION_BOOL | OPTION_SILENT, 0, 0, NULL, METRIC_BOOL(0)},
    {"plot_store", OPTION_BOOL | OPTION_SILENT, 0, 0, NULL, METRIC_BOOL(0)},
};

const struct metric_def metric_pr_auc = {
    .class_name = "PrAUC",
    .column = "PR_AUC",
    .flags = METRIC_PEER,
    .options = PR_OPTIONS,
    .n_options = METRIC_COUNT(PR_OPTIONS),
    .compute = pr_auc,
    .doc = "area under the precision-recall curve, trapezoids",
};

/* For two classes every kind of averaging is the same. */
static const char *const AVERAGES[] = {"micro", "macro", "samples", "weighted", NULL};

static const struct metric_option AP_OPTIONS[] = {
    {"average", OPTION_NONE | OPTION_SILENT, 0, 0, AVERAGES, METRIC_CHOICE(1)},
};

const struct metric_def metric_average_precision = {
    .class_name = "AveragePrecision",
    .column = "AVERAGE_PRECISION",
    .flags = METRIC_PEER,
    .options = AP_OPTIONS,
    .n_options = METRIC_COUNT(AP_OPTIONS),
    .compute = average_precision,
    .doc = "mean of the precisions weighted by the gain in recall",
};

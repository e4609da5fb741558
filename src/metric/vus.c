/*
 * VUS_PR and VUS_ROC as TSB-AD computes them today (Liu and Paparrizos, The Elephant in the Room,
 * NeurIPS 2024): the mean over the windows 0 .. window of areas under range-aware curves. Four
 * definitions go by this name; TimeEval's are RangePrVUS and RangeRocVUS.
 */
#include <math.h>
#include "spec.h"
#include "vus_core.h"

enum { WINDOW, THRE, FALLBACK_WINDOW = 125 };

static int volume(const struct te_metric_spec *spec, struct te_metric_input *in,
                  struct vus_areas *out, struct te_err *err)
{
    size_t window = (size_t)spec->args[WINDOW].i;
    if (spec->args[WINDOW].kind == VALUE_CHOICE) {
        window = in->period > 0 ? in->period : FALLBACK_WINDOW;
    }
    if (in->n_positive == 0 || in->n_positive == in->n) {
        te_err_set(err, TE_OK, "undefined: all points have the label %d", in->n_positive > 0);
        *out = (struct vus_areas){NAN, NAN};
        return 0;
    }
    return vus_mean(VUS_TSB, in, (size_t)spec->args[THRE].i, 0, window, out, err);
}

static int vus_pr(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                  struct te_err *err)
{
    struct vus_areas a;
    if (volume(spec, in, &a, err) < 0) {
        return -1;
    }
    *value = a.pr;
    return 0;
}

static int vus_roc(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                   struct te_err *err)
{
    struct vus_areas a;
    if (volume(spec, in, &a, err) < 0) {
        return -1;
    }
    *value = a.roc;
    return 0;
}

static const char *const AUTO[] = {"auto", NULL};

static const struct metric_option OPTIONS[] = {
    {"window", OPTION_INT, 0, 20000, AUTO, METRIC_CHOICE(0)},
    {"thre", OPTION_INT, 2, 3000, NULL, METRIC_INT(250)},
};

const struct metric_def metric_vus_pr = {
    .class_name = "VUS_PR",
    .column = "VUS_PR",
    .flags = METRIC_ANY_TYPE,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = vus_pr,
    .doc = "volume under the precision-recall surface, TSB-AD's definition",
};

const struct metric_def metric_vus_roc = {
    .class_name = "VUS_ROC",
    .column = "VUS_ROC",
    .flags = METRIC_ANY_TYPE,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = vus_roc,
    .doc = "volume under the ROC surface, TSB-AD's definition",
};

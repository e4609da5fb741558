/*
 * RangePrAUC, RangeRocAUC, RangePrVUS, RangeRocVUS: TimeEval's range-aware areas and volumes
 * (vus_core.h), normal and in compatibility mode.
 */
#include <math.h>
#include <stdlib.h>
#include "spec.h"
#include "te/base/mem.h"
#include "vus_core.h"

/* Compatibility mode fixes the number of thresholds. */
enum { BUFFER, COMPAT, MAX_SAMPLES, COMPAT_SAMPLES = 250, MAX_COMPAT_BUFFER = 20000 };

static int by_length(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The anomalies' median length, the mean of the middle two cut to a whole number. */
static int median_length(const struct te_metric_input *in, size_t *out, struct te_err *err)
{
    size_t count = in->n_ranges;
    if (count == 0) {
        return te_err_set(err, TE_ERR_FORMAT,
                          "there is no anomaly whose length could be the buffer size");
    }
    te_autofree uint32_t *lengths = te_alloc(count * sizeof *lengths, err);
    if (!lengths) {
        return -1;
    }
    for (size_t k = 0; k < count; k++) {
        lengths[k] = in->ranges[k].last - in->ranges[k].first + 1;
    }
    qsort(lengths, count, sizeof *lengths, by_length);
    uint64_t upper = lengths[count / 2];
    *out = count % 2 ? upper : (upper + lengths[count / 2 - 1]) / 2;
    return 0;
}

static int areas(const struct te_metric_spec *spec, struct te_metric_input *in, size_t first,
                 size_t last, struct vus_areas *out, struct te_err *err)
{
    bool compat = spec->args[COMPAT].i != 0;
    size_t samples = compat ? COMPAT_SAMPLES : (size_t)spec->args[MAX_SAMPLES].i;
    samples = !compat && samples > in->n ? in->n : samples;
    if (vus_mean(compat ? VUS_COMPAT : VUS_LINEAR, in, samples, first, last, out, err) < 0) {
        return -1;
    }
    if (in->n_ranges == 0) {
        te_err_set(err, TE_OK, "undefined: there is no anomaly");
    } else if (isnan(out->roc)) {
        te_err_set(err, TE_OK, "undefined: every point is anomalous");
    }
    return 0;
}

static int one_size(const struct te_metric_spec *spec, struct te_metric_input *in,
                    struct vus_areas *out, struct te_err *err)
{
    size_t size = (size_t)spec->args[BUFFER].i;
    if (spec->args[BUFFER].kind == VALUE_NONE && median_length(in, &size, err) < 0) {
        return -1;
    }
    return areas(spec, in, size, size, out, err);
}

static int pr_auc(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                  struct te_err *err)
{
    struct vus_areas a;
    if (one_size(spec, in, &a, err) < 0) {
        return -1;
    }
    *value = a.pr;
    return 0;
}

static int roc_auc(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                   struct te_err *err)
{
    struct vus_areas a;
    if (one_size(spec, in, &a, err) < 0) {
        return -1;
    }
    *value = a.roc;
    return 0;
}

static int pr_vus(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                  struct te_err *err)
{
    struct vus_areas a;
    if (areas(spec, in, 0, (size_t)spec->args[BUFFER].i, &a, err) < 0) {
        return -1;
    }
    *value = a.pr;
    return 0;
}

static int roc_vus(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                   struct te_err *err)
{
    struct vus_areas a;
    if (areas(spec, in, 0, (size_t)spec->args[BUFFER].i, &a, err) < 0) {
        return -1;
    }
    *value = a.roc;
    return 0;
}

static int check_volume(const struct te_metric_spec *spec, struct te_err *err)
{
    if (spec->args[COMPAT].i && spec->args[BUFFER].i > MAX_COMPAT_BUFFER) {
        return te_err_set(err, TE_ERR_USAGE,
                          "max_buffer_size must be at most %d in compatibility mode",
                          MAX_COMPAT_BUFFER);
    }
    return 0;
}

static const struct metric_option AUC_OPTIONS[] = {
    {"buffer_size", OPTION_INT | OPTION_NONE, 0, 1e9, NULL, METRIC_NONE},
    {"compatibility_mode", OPTION_BOOL, 0, 0, NULL, METRIC_BOOL(0)},
    {"max_samples", OPTION_INT, 1, 1e6, NULL, METRIC_INT(250)},
    {"plot", OPTION_BOOL | OPTION_SILENT, 0, 0, NULL, METRIC_BOOL(0)},
    {"plot_store", OPTION_BOOL | OPTION_SILENT, 0, 0, NULL, METRIC_BOOL(0)},
};

static const struct metric_option VUS_OPTIONS[] = {
    {"max_buffer_size", OPTION_INT, 0, 1e6, NULL, METRIC_INT(500)},
    {"compatibility_mode", OPTION_BOOL, 0, 0, NULL, METRIC_BOOL(0)},
    {"max_samples", OPTION_INT, 1, 1e6, NULL, METRIC_INT(250)},
};

const struct metric_def metric_range_pr_auc = {
    .class_name = "RangePrAUC",
    .column = "RANGE_PR_AUC",
    .flags = METRIC_PEER,
    .options = AUC_OPTIONS,
    .n_options = METRIC_COUNT(AUC_OPTIONS),
    .compute = pr_auc,
    .doc = "area under the range-aware precision-recall curve with a buffer around anomalies",
};

const struct metric_def metric_range_roc_auc = {
    .class_name = "RangeRocAUC",
    .column = "RANGE_ROC_AUC",
    .flags = METRIC_PEER,
    .options = AUC_OPTIONS,
    .n_options = METRIC_COUNT(AUC_OPTIONS),
    .compute = roc_auc,
    .doc = "area under the range-aware ROC curve with a buffer around anomalies",
};

const struct metric_def metric_range_pr_vus = {
    .class_name = "RangePrVUS",
    .column = "RANGE_PR_VOLUME",
    .flags = METRIC_PEER,
    .options = VUS_OPTIONS,
    .n_options = METRIC_COUNT(VUS_OPTIONS),
    .check = check_volume,
    .compute = pr_vus,
    .doc = "mean of RangePrAUC over the buffer sizes 0 to max_buffer_size",
};

const struct metric_def metric_range_roc_vus = {
    .class_name = "RangeRocVUS",
    .column = "RANGE_ROC_VOLUME",
    .flags = METRIC_PEER,
    .options = VUS_OPTIONS,
    .n_options = METRIC_COUNT(VUS_OPTIONS),
    .check = check_volume,
    .compute = roc_vus,
    .doc = "mean of RangeRocAUC over the buffer sizes 0 to max_buffer_size",
};

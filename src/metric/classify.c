/* Precision, Recall, F1Score: point-wise classification at a threshold. */
#include "spec.h"
#include "threshold.h"

struct counts {
    double hits;
    double predicted;
    double actual;
};

static int count(const struct te_metric_spec *spec, const struct te_metric_input *in,
                 struct counts *out, struct te_err *err)
{
    size_t cut = 0;
    if (metric_cut(&spec->threshold, in, &cut, NULL, err) < 0) {
        return -1;
    }
    out->hits = (double)metric_hits(in, cut);
    out->predicted = (double)metric_points(in, cut);
    out->actual = (double)in->n_positive;
    return 0;
}

static double precision_of(const struct counts *c, struct te_err *err)
{
    if (c->predicted == 0.0) {
        te_err_set(err, TE_OK, "no point is predicted: the precision counts as 0");
        return 0.0;
    }
    return c->hits / c->predicted;
}

static double recall_of(const struct counts *c, struct te_err *err)
{
    if (c->actual == 0.0) {
        te_err_set(err, TE_OK, "there is no anomaly: the recall counts as 0");
        return 0.0;
    }
    return c->hits / c->actual;
}

static int precision(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                     struct te_err *err)
{
    struct counts c;
    if (count(spec, in, &c, err) < 0) {
        return -1;
    }
    *value = precision_of(&c, err);
    return 0;
}

static int recall(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                  struct te_err *err)
{
    struct counts c;
    if (count(spec, in, &c, err) < 0) {
        return -1;
    }
    *value = recall_of(&c, err);
    return 0;
}

static int f1_score(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                    struct te_err *err)
{
    struct counts c;
    if (count(spec, in, &c, err) < 0) {
        return -1;
    }
    double p = precision_of(&c, err);
    double r = recall_of(&c, err);
    *value = p + r == 0.0 ? 0.0 : 2.0 * p * r / (p + r);
    return 0;
}

static void name(const struct te_metric_spec *spec, struct te_buf *out)
{
    te_buf_addf(out, "%s_", spec->def->class_name);
    metric_write_threshold(&spec->threshold, out);
}

static const struct metric_option OPTIONS[] = {
    {"thresholding_strategy", OPTION_STRATEGY, 0, 0, NULL, METRIC_NONE},
};

const struct metric_def metric_precision = {
    .class_name = "Precision",
    .name = name,
    .flags = METRIC_PEER | METRIC_NO_DEFAULT,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = precision,
    .doc = "share of the predicted points that are anomalous",
};

const struct metric_def metric_recall = {
    .class_name = "Recall",
    .name = name,
    .flags = METRIC_PEER | METRIC_NO_DEFAULT,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = recall,
    .doc = "share of the anomalous points that are predicted",
};

const struct metric_def metric_f1_score = {
    .class_name = "F1Score",
    .name = name,
    .flags = METRIC_PEER | METRIC_NO_DEFAULT,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = f1_score,
    .doc = "harmonic mean of point-wise precision and recall",
};

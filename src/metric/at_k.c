/*
 * PrecisionAtK and FScoreAtK: the threshold of TopKRanges(k), and whole ranges as hits and misses.
 */
#include "range_core.h"
#include "threshold.h"

static int judge(const struct te_metric_spec *spec, const struct te_metric_input *in,
                 struct range_score *out, struct te_err *err)
{
    const struct metric_threshold top_k = {STRATEGY_TOPK_RANGES, spec->args[0]};
    const struct range_rules exists = {1.0, BIAS_FLAT};
    struct range_bits bits = {0};
    size_t cut = 0;
    if (metric_cut(&top_k, in, &cut, NULL, err) < 0 || range_bits_init(&bits, in->n, err) < 0) {
        return -1;
    }
    range_bits_add(&bits, in, 0, cut);
    int rc = range_judge(&bits, in, CARD_RECIPROCAL, exists, exists, out, err);
    range_bits_release(&bits);
    return rc;
}

static int precision_at_k(const struct te_metric_spec *spec, struct te_metric_input *in,
                          double *value, struct te_err *err)
{
    struct range_score score;
    if (judge(spec, in, &score, err) < 0) {
        return -1;
    }
    *value = score.precision;
    return 0;
}

static int f_score_at_k(const struct te_metric_spec *spec, struct te_metric_input *in,
                        double *value, struct te_err *err)
{
    struct range_score score;
    if (judge(spec, in, &score, err) < 0) {
        return -1;
    }
    *value = range_f_score(score, 1.0);
    return 0;
}

static void name(const struct te_metric_spec *spec, const char *stem, struct te_buf *out)
{
    te_buf_adds(out, stem);
    metric_write_value(&spec->args[0], &spec->def->options[0], out);
    te_buf_addc(out, ')');
}

static void precision_name(const struct te_metric_spec *spec, struct te_buf *out)
{
    name(spec, "PRECISION@K(", out);
}

static void f_score_name(const struct te_metric_spec *spec, struct te_buf *out)
{
    name(spec, "F_SCORE@K(", out);
}

static const struct metric_option OPTIONS[] = {
    {"k", OPTION_INT | OPTION_NONE, 1.0, 9e18, NULL, METRIC_NONE},
};

const struct metric_def metric_precision_at_k = {
    .class_name = "PrecisionAtK",
    .name = precision_name,
    .flags = METRIC_PEER,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = precision_at_k,
    .doc = "share of the k highest predicted ranges that touch an anomaly",
};

const struct metric_def metric_f_score_at_k = {
    .class_name = "FScoreAtK",
    .name = f_score_name,
    .flags = METRIC_PEER,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = f_score_at_k,
    .doc = "harmonic mean of PrecisionAtK and the share of anomalies touched",
};

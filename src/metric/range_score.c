/* RangePrecision, RangeRecall, RangeFScore: range_core.h at one threshold. */
#include <float.h>
#include "range_core.h"
#include "threshold.h"

static int judge(const struct te_metric_spec *spec, const struct te_metric_input *in,
                 enum range_cardinality card, struct range_rules p_rules,
                 struct range_rules r_rules, struct range_score *out, struct te_err *err)
{
    size_t cut = 0;
    struct range_bits bits = {0};
    if (metric_cut(&spec->threshold, in, &cut, NULL, err) < 0 ||
        range_bits_init(&bits, in->n, err) < 0) {
        return -1;
    }
    range_bits_add(&bits, in, 0, cut);
    int rc = range_judge(&bits, in, card, p_rules, r_rules, out, err);
    range_bits_release(&bits);
    return rc;
}

enum { SIDE_STRATEGY, SIDE_ALPHA, SIDE_CARDINALITY, SIDE_BIAS };

static int one_side(const struct te_metric_spec *spec, const struct te_metric_input *in,
                    struct range_score *out, struct te_err *err)
{
    struct range_rules rules = {spec->args[SIDE_ALPHA].d, (enum range_bias)spec->args[SIDE_BIAS].i};
    return judge(spec, in, (enum range_cardinality)spec->args[SIDE_CARDINALITY].i, rules, rules,
                 out, err);
}

static int range_precision(const struct te_metric_spec *spec, struct te_metric_input *in,
                           double *value, struct te_err *err)
{
    struct range_score score;
    if (one_side(spec, in, &score, err) < 0) {
        return -1;
    }
    *value = score.precision;
    return 0;
}

static int range_recall(const struct te_metric_spec *spec, struct te_metric_input *in,
                        double *value, struct te_err *err)
{
    struct range_score score;
    if (one_side(spec, in, &score, err) < 0) {
        return -1;
    }
    *value = score.recall;
    return 0;
}

enum { F_STRATEGY, F_BETA, F_P_ALPHA, F_R_ALPHA, F_CARDINALITY, F_P_BIAS, F_R_BIAS, F_NAME };

/* TimeEval uses p_bias on both sides. */
static int range_f(const struct te_metric_spec *spec, const struct te_metric_input *in,
                   enum range_bias r_bias, double *value, struct te_err *err)
{
    struct range_rules p_rules = {spec->args[F_P_ALPHA].d, (enum range_bias)spec->args[F_P_BIAS].i};
    struct range_rules r_rules = {spec->args[F_R_ALPHA].d, r_bias};
    struct range_score score;
    if (judge(spec, in, (enum range_cardinality)spec->args[F_CARDINALITY].i, p_rules, r_rules,
              &score, err) < 0) {
        return -1;
    }
    *value = range_f_score(score, spec->args[F_BETA].d);
    return 0;
}

static int range_f_score_peer(const struct te_metric_spec *spec, struct te_metric_input *in,
                              double *value, struct te_err *err)
{
    if (spec->args[F_P_BIAS].i != spec->args[F_R_BIAS].i) {
        te_err_set(err, TE_OK, "r_bias has no effect, as in TimeEval: see StrictRangeFScore");
    }
    return range_f(spec, in, (enum range_bias)spec->args[F_P_BIAS].i, value, err);
}

static int range_f_score_strict(const struct te_metric_spec *spec, struct te_metric_input *in,
                                double *value, struct te_err *err)
{
    return range_f(spec, in, (enum range_bias)spec->args[F_R_BIAS].i, value, err);
}

static void f_name(const struct te_metric_spec *spec, struct te_buf *out)
{
    te_buf_addf(out, "RANGE_F%.2f_SCORE", spec->args[F_BETA].d);
}

static void strict_name(const struct te_metric_spec *spec, struct te_buf *out)
{
    te_buf_addf(out, "STRICT_RANGE_F%.2f_SCORE", spec->args[F_BETA].d);
}

#define STRATEGY                                                                                   \
    {                                                                                              \
        "thresholding_strategy", OPTION_STRATEGY, 0, 0, NULL, METRIC_NONE                          \
    }
#define ALPHA(name, value)                                                                         \
    {                                                                                              \
        name, OPTION_NUMBER, 0.0, 1.0, NULL, METRIC_FLOAT(value)                                   \
    }
#define CARDINALITY                                                                                \
    {                                                                                              \
        "cardinality", 0, 0, 0, RANGE_CARDINALITIES, METRIC_CHOICE(CARD_RECIPROCAL)                \
    }
#define BIAS(name)                                                                                 \
    {                                                                                              \
        name, 0, 0, 0, RANGE_BIASES, METRIC_CHOICE(BIAS_FLAT)                                      \
    }
#define NAME                                                                                       \
    {                                                                                              \
        "name", OPTION_NAME, 0, 0, NULL, METRIC_NONE                                               \
    }

static const struct metric_option SIDE_OPTIONS[] = {STRATEGY, ALPHA("alpha", 0.0), CARDINALITY,
                                                    BIAS("bias"), NAME};

static const struct metric_option F_OPTIONS[] = {
    STRATEGY,
    {"beta", OPTION_NUMBER, 0.0, DBL_MAX, NULL, METRIC_INT(1)},
    ALPHA("p_alpha", 0.0),
    ALPHA("r_alpha", 0.5),
    CARDINALITY,
    BIAS("p_bias"),
    BIAS("r_bias"),
    NAME};

const struct metric_def metric_range_precision = {
    .class_name = "RangePrecision",
    .column = "RANGE_PRECISION",
    .flags = METRIC_PEER,
    .options = SIDE_OPTIONS,
    .n_options = METRIC_COUNT(SIDE_OPTIONS),
    .compute = range_precision,
    .doc = "range-based precision (Tatbul et al. 2018)",
};

const struct metric_def metric_range_recall = {
    .class_name = "RangeRecall",
    .column = "RANGE_RECALL",
    .flags = METRIC_PEER,
    .options = SIDE_OPTIONS,
    .n_options = METRIC_COUNT(SIDE_OPTIONS),
    .compute = range_recall,
    .doc = "range-based recall (Tatbul et al. 2018)",
};

const struct metric_def metric_range_f_score = {
    .class_name = "RangeFScore",
    .name = f_name,
    .flags = METRIC_PEER,
    .options = F_OPTIONS,
    .n_options = METRIC_COUNT(F_OPTIONS),
    .compute = range_f_score_peer,
    .doc = "F-beta of range-based precision and recall; r_bias is ignored, as in TimeEval",
};

const struct metric_def metric_strict_range_f_score = {
    .class_name = "StrictRangeFScore",
    .name = strict_name,
    .flags = METRIC_PEER,
    .options = F_OPTIONS,
    .n_options = METRIC_COUNT(F_OPTIONS),
    .compute = range_f_score_strict,
    .doc = "RangeFScore that honours r_bias",
};

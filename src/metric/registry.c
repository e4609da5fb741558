/* The table of metrics: a new one is a row here. */
#include <string.h>
#include "spec.h"
#include "te/base/max.h"
#include "te/base/str.h"

#define METRICS(X)                                                                                 \
    X(roc_auc)                                                                                     \
    X(pr_auc)                                                                                      \
    X(average_precision)                                                                           \
    X(precision)                                                                                   \
    X(recall)                                                                                      \
    X(f1_score)                                                                                    \
    X(range_curve)                                                                                 \
    X(range_precision)                                                                             \
    X(range_recall)                                                                                \
    X(range_f_score)                                                                               \
    X(strict_range_f_score)                                                                        \
    X(precision_at_k)                                                                              \
    X(f_score_at_k)                                                                                \
    X(range_pr_auc)                                                                                \
    X(range_roc_auc)                                                                               \
    X(range_pr_vus)                                                                                \
    X(range_roc_vus)                                                                               \
    X(vus_pr)                                                                                      \
    X(vus_roc)                                                                                     \
    X(best_f1)                                                                                     \
    X(event_f1)                                                                                    \
    X(affiliation_precision)                                                                       \
    X(affiliation_recall)                                                                          \
    X(affiliation_f1)                                                                              \
    X(pa_f1)                                                                                       \
    X(pa_k)                                                                                        \
    X(ucr_score)                                                                                   \
    X(ucr_score_any)                                                                               \
    X(pate)                                                                                        \
    X(pate_f1)

#define DECLARE(name) extern const struct metric_def metric_##name;
METRICS(DECLARE)

#define ROW(name) &metric_##name,
static const struct metric_def *const TABLE[] = {METRICS(ROW)};

/* TimeEval's DefaultMetrics, and its column names where they say clearly which metric is meant. */
static const struct {
    const char *name;
    const char *spec;
} CONSTANTS[] = {
    {"ROC_AUC", "RocAUC()"},
    {"PR_AUC", "PrAUC()"},
    {"AVERAGE_PRECISION", "AveragePrecision()"},
    {"RANGE_PR_AUC", "RangePrecisionRangeRecallAUC(50, r_alpha=0, cardinality='one')"},
    {"FIXED_RANGE_PR_AUC", "RangePrecisionRangeRecallAUC(name='FIXED_RANGE_PR_AUC')"},
    {"RANGE_PRECISION", "RangePrecision()"},
    {"RANGE_RECALL", "RangeRecall()"},
    {"RANGE_F1", "RangeFScore(beta=1)"},
    {"RANGE_ROC_AUC", "RangeRocAUC()"},
    {"RANGE_PR_VOLUME", "RangePrVUS()"},
    {"RANGE_ROC_VOLUME", "RangeRocVUS()"},
};

/* `all`: every metric that continuous scores have a value for. */
static const char *const DEFAULTS[] = {
    "ROC_AUC",
    "PR_AUC",
    "AVERAGE_PRECISION",
    "Precision(PercentileThresholding())",
    "Recall(PercentileThresholding())",
    "F1Score(PercentileThresholding())",
    "RANGE_PR_AUC",
    "FIXED_RANGE_PR_AUC",
    "RangePrecision(PercentileThresholding())",
    "RangeRecall(PercentileThresholding())",
    "RangeFScore(PercentileThresholding())",
    "PrecisionAtK()",
    "FScoreAtK()",
    "RangePrAUC()",
    "RangeRocAUC()",
    "RangePrVUS()",
    "RangeRocVUS()",
    "VUS_PR",
    "VUS_ROC",
    "BEST_F1",
    "EVENT_F1",
    "AFFILIATION_PRECISION",
    "AFFILIATION_RECALL",
    "AFFILIATION_F1",
    "PA_F1",
    "PA_K",
    "UCR_SCORE",
    "PATE",
};

const char *metric_default(size_t k)
{
    return k < METRIC_COUNT(DEFAULTS) ? DEFAULTS[k] : NULL;
}

static void describe_option(const struct metric_option *o, bool first, struct te_buf *out)
{
    te_buf_addf(out, "%s%s", first ? "" : ", ", o->name);
    if (!(o->allowed & (OPTION_STRATEGY | OPTION_NAME))) {
        te_buf_addc(out, '=');
        metric_write_value(&o->def, o, out);
    }
}

/* NULL past the end. */
static const struct metric_def *metric_at(size_t k)
{
    return k < METRIC_COUNT(TABLE) ? TABLE[k] : NULL;
}

int te_metric_describe(size_t k, struct te_metric_info *out, struct te_err *err)
{
    const struct metric_def *def = metric_at(k);
    struct te_buf buf;
    memset(out, 0, sizeof *out);
    if (!def) {
        return 0;
    }
    te_buf_init(&buf, 4 * TE_KIB);
    for (size_t i = 0; i < def->n_options; i++) {
        describe_option(&def->options[i], i == 0, &buf);
    }
    char *options = te_buf_take(&buf, err);
    if (!options) {
        return -1;
    }
    *out = (struct te_metric_info){def->class_name, def->doc, options};
    return 0;
}

const struct metric_def *metric_find(const char *class_name)
{
    for (size_t k = 0; k < METRIC_COUNT(TABLE); k++) {
        if (strcmp(TABLE[k]->class_name, class_name) == 0) {
            return TABLE[k];
        }
    }
    return NULL;
}

const char *metric_constant(const char *name)
{
    for (size_t k = 0; k < METRIC_COUNT(CONSTANTS); k++) {
        if (strcmp(CONSTANTS[k].name, name) == 0) {
            return CONSTANTS[k].spec;
        }
    }
    return NULL;
}

const char *te_metric_constant(size_t k, const char **spec)
{
    if (k >= METRIC_COUNT(CONSTANTS)) {
        return NULL;
    }
    *spec = CONSTANTS[k].spec;
    return CONSTANTS[k].name;
}

const char *metric_suggest(const char *word)
{
    const char *names[METRIC_COUNT(TABLE) + METRIC_COUNT(CONSTANTS)];
    size_t count = 0;
    for (size_t k = 0; k < METRIC_COUNT(TABLE); k++) {
        names[count++] = TABLE[k]->class_name;
    }
    for (size_t k = 0; k < METRIC_COUNT(CONSTANTS); k++) {
        names[count++] = CONSTANTS[k].name;
    }
    return te_str_suggest(word, names, count);
}

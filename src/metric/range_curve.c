/*
 * RangePrecisionRangeRecallAUC: area under the curve of range-based precision over range-based
 * recall at a sample of the distinct scores. The thresholds are swept downwards over one bitmap.
 */
#include <float.h>
#include <stdlib.h>
#include "range_core.h"
#include "te/base/mem.h"

enum { MAX_SAMPLES, R_ALPHA, P_ALPHA, CARDINALITY, BIAS, PLOT, PLOT_STORE, NAME };

/*
 * Distinct scores to try, as numbers counted from the highest: of all but the lowest, ascending,
 * every step-th and the last. Returns how many; picks has room for 2 * max_samples + 1.
 */
static size_t choose(size_t n_distinct, size_t max_samples, size_t *picks)
{
    size_t c = n_distinct - 1;
    size_t step = c > max_samples ? c / (max_samples - 1) : 1;
    size_t count = 0;
    for (size_t k = 0; k < c; k += step) {
        picks[count++] = c - 1 - k;
    }
    if (picks[count - 1] != 0) {
        picks[count++] = 0;
    }
    return count;
}

/* Recall descending, equal recalls by ascending precision. */
static int by_recall(const void *a, const void *b)
{
    const struct range_score *x = a;
    const struct range_score *y = b;
    if (x->recall != y->recall) {
        return x->recall < y->recall ? 1 : -1;
    }
    return (x->precision > y->precision) - (x->precision < y->precision);
}

static double area_under(const struct range_score *curve, size_t count, double share)
{
    struct range_score before = {share, 1.0};
    double area = 0.0;
    for (size_t k = 0; k <= count; k++) {
        struct range_score now = k < count ? curve[k] : (struct range_score){1.0, 0.0};
        area += (before.recall - now.recall) * (now.precision + before.precision) / 2.0;
        before = now;
    }
    return area;
}

static int trace(const struct te_metric_spec *spec, const struct te_metric_input *in,
                 const size_t *picks, size_t count, struct range_score *curve, struct te_err *err)
{
    enum range_bias bias = (enum range_bias)spec->args[BIAS].i;
    struct range_rules p_rules = {spec->args[P_ALPHA].d, bias};
    struct range_rules r_rules = {spec->args[R_ALPHA].d, bias};
    struct range_bits bits = {0};
    if (range_bits_init(&bits, in->n, err) < 0) {
        return -1;
    }
    int rc = 0;
    size_t done = 0;
    for (size_t k = count; k-- > 0 && rc == 0;) {
        range_bits_add(&bits, in, done, picks[k] + 1);
        done = picks[k] + 1;
        rc = range_judge(&bits, in, (enum range_cardinality)spec->args[CARDINALITY].i, p_rules,
                         r_rules, &curve[k], err);
    }
    range_bits_release(&bits);
    return rc;
}

static int range_curve(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                       struct te_err *err)
{
    size_t max_samples = (size_t)spec->args[MAX_SAMPLES].i;
    if (max_samples > in->n_distinct) {
        max_samples = in->n_distinct < 2 ? 2 : in->n_distinct; /* takes them all */
    }
    size_t room = 2 * max_samples + 1;
    te_autofree size_t *picks = te_zalloc(room, sizeof *picks, err);
    te_autofree struct range_score *curve = picks ? te_zalloc(room, sizeof *curve, err) : NULL;
    if (!curve) {
        return -1;
    }
    size_t count = choose(in->n_distinct, max_samples, picks);
    if (trace(spec, in, picks, count, curve, err) < 0) {
        return -1;
    }
    qsort(curve, count, sizeof *curve, by_recall);
    *value = area_under(curve, count, (double)in->n_positive / (double)in->n);
    return 0;
}

static const struct metric_option OPTIONS[] = {
    {"max_samples", OPTION_INT, 2, 1e9, NULL, METRIC_INT(50)},
    {"r_alpha", OPTION_NUMBER, 0.0, 1.0, NULL, METRIC_FLOAT(0.5)},
    {"p_alpha", OPTION_NUMBER, 0.0, 1.0, NULL, METRIC_FLOAT(0.0)},
    {"cardinality", 0, 0, 0, RANGE_CARDINALITIES, METRIC_CHOICE(CARD_RECIPROCAL)},
    {"bias", 0, 0, 0, RANGE_BIASES, METRIC_CHOICE(BIAS_FLAT)},
    {"plot", OPTION_BOOL | OPTION_SILENT, 0, 0, NULL, METRIC_BOOL(0)},
    {"plot_store", OPTION_BOOL | OPTION_SILENT, 0, 0, NULL, METRIC_BOOL(0)},
    {"name", OPTION_NAME, 0, 0, NULL, METRIC_NONE},
};

const struct metric_def metric_range_curve = {
    .class_name = "RangePrecisionRangeRecallAUC",
    .column = "RANGE_PR_AUC",
    .flags = METRIC_PEER,
    .options = OPTIONS,
    .n_options = METRIC_COUNT(OPTIONS),
    .compute = range_curve,
    .doc = "area under range-based precision over range-based recall (Tatbul et al. 2018)",
};

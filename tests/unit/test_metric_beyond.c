/* Metrics that TimeEval lacks, against the values of their authors' code. */
#include "metric_golden.h"
#include "te/base/mem.h"
#include "te/metric/metric.h"
#include "te/metric/threshold.h"

static struct {
    size_t cases, values, deviations, wrong;
    double worst;
} total;

/* The reference's key -> our spec. %s: window, thre or percentile texts are copied. */
static bool translate(const char *key, char *spec, size_t len)
{
    static const struct {
        const char *key;
        const char *spec;
    } fixed[] = {{"TSBAD_StandardF1(oracle)", "BEST_F1(epsilon=1e-5)"},
                 {"TSBAD_PA_F1(oracle)", "PA_F1"},
                 {"TSBAD_EventF1(oracle)", "EVENT_F1"},
                 {"TSBAD_AffiliationF(oracle)", "AFFILIATION_F1"}};
    static const struct {
        const char *start;
        const char *before;
        const char *after;
    } with_percentile[] = {
        {"PA_F1(percentile=", "PA_F1(PercentileThresholding(", "))"},
        {"EventF1(percentile=", "EVENT_F1(PercentileThresholding(", "))"},
        {"AffiliationPrecision(percentile=", "AFFILIATION_PRECISION(PercentileThresholding(", "))"},
        {"AffiliationRecall(percentile=", "AFFILIATION_RECALL(PercentileThresholding(", "))"},
        {"TSBAD_RF1(percentile=", "RangeFScore(PercentileThresholding(",
         "), r_alpha=0.2, p_alpha=0)"},
        {"PATE_F1(e=5,d=5,splits=1,percentile=", "PATE_F1(PercentileThresholding(",
         "), e=5, d=5, splits=1)"}};
    for (size_t k = 0; k < sizeof fixed / sizeof fixed[0]; k++) {
        if (strcmp(key, fixed[k].key) == 0) {
            snprintf(spec, len, "%s", fixed[k].spec);
            return true;
        }
    }
    for (size_t k = 0; k < sizeof with_percentile / sizeof with_percentile[0]; k++) {
        size_t start = strlen(with_percentile[k].start);
        if (strncmp(key, with_percentile[k].start, start) == 0) {
            snprintf(spec, len, "%s%.*s%s", with_percentile[k].before,
                     (int)(strlen(key + start) - 1), key + start, with_percentile[k].after);
            return true;
        }
    }
    if (strncmp(key, "TSBAD_VUS_", 10) == 0) {
        snprintf(spec, len, "%s", key + 6);
        return true;
    }
    if (strncmp(key, "PATE(", 5) == 0) {
        snprintf(spec, len, "%s", key);
        return true;
    }
    return false;
}

/* Slips of the reference code (compat/metrics_beyond.md, section 3). */
static bool is_slip(const char *key, const struct te_metric_input *in)
{
    bool starts = in->n_ranges > 0 && in->ranges[0].first == 0;
    bool ends = in->n_ranges > 0 && in->ranges[in->n_ranges - 1].last == in->n - 1;
    struct te_err err = TE_ERR_INIT;
    struct te_threshold_cut cut = {0};
    const char *percentile = strstr(key, "percentile=");
    if (strncmp(key, "TSBAD_RF1", 9) == 0 && percentile) {
        char strategy[80];
        snprintf(strategy, sizeof strategy, "PercentileThresholding(%s", percentile);
        return te_threshold_find(strategy, in, &cut, &err) == 0 && cut.n_points == in->n;
    }
    return (starts && strstr(key, "PA_F1")) || (ends && strstr(key, "EventF1"));
}

static void compare(const char *name, const char *key, const json_t *want,
                    struct te_metric_input *in)
{
    char text[200];
    struct te_err err = TE_ERR_INIT;
    struct te_metric_spec *spec = NULL;
    double expected = NAN;
    double value = NAN;
    if (!golden_number(want, &expected) || !translate(key, text, sizeof text)) {
        return;
    }
    bool have =
        te_metric_parse(text, &spec, &err) == 0 && te_metric_compute(spec, in, &value, &err) == 0;
    te_metric_free(spec);
    if (have && near(value, expected, 1e-9, 0.0)) {
        total.values++;
        total.worst = isnan(value) ? total.worst : fmax(total.worst, fabs(value - expected));
    } else if (is_slip(key, in)) {
        total.deviations++;
    } else if (total.wrong++ < 40) {
        te_note("%s: %s as %s: %.17g (%s), expected %.17g", name, key, text, value, err.text,
                expected);
    }
}

static void run_case(const char *folder, const char *name)
{
    json_t *root = golden_load(folder, "beyond.json");
    if (!root) {
        return;
    }
    struct te_err err = TE_ERR_INIT;
    json_t *about = golden_load(folder, "expected.json");
    struct column labels = column_read(folder, json_text(about, "labels_file"));
    struct column scores = column_read(folder, json_text(about, "scores_file"));
    struct te_metric_arrays arrays = {labels.values, labels.n, TE_METRIC_INT,
                                      scores.values, scores.n, TE_METRIC_FLOAT};
    struct te_metric_input in;
    CU_ASSERT_EQUAL_FATAL(te_metric_input_init_arrays(&in, &arrays, &err), 0);
    const char *key;
    json_t *want;
    json_object_foreach(json_object_get(root, "metrics"), key, want)
    {
        compare(name, key, want, &in);
    }
    total.cases++;
    te_metric_input_release(&in);
    column_free(&labels);
    column_free(&scores);
    json_decref(about);
    json_decref(root);
}

static void values(void)
{
    if (!golden_there()) {
        return;
    }
    each_case(GOLDEN "/public", run_case);
    te_note("%zu cases: %zu values compared (largest difference %.2g), %zu slips of the reference "
            "not repeated, %zu wrong",
            total.cases, total.values, total.worst, total.deviations, total.wrong);
    CU_ASSERT_EQUAL(total.cases, 28);
    CU_ASSERT(total.values >= 600);
    CU_ASSERT_EQUAL(total.wrong, 0);
}

TE_TESTS = {TE_TEST(values)};
TE_TEST_MAIN

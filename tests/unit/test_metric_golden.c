/* Every public value that TimeEval's own code computed, against ours. */
#include "metric_golden.h"
#include "te/base/mem.h"
#include "te/metric/metric.h"
#include "te/metric/threshold.h"

static struct {
    size_t cases, values, no_values, exact, deviations, wrong, thresholds;
    double worst;
} total;

static enum te_metric_dtype type_of(const json_t *root, const char *key)
{
    return strncmp(json_text(root, key), "float", 5) == 0 ? TE_METRIC_FLOAT : TE_METRIC_INT;
}

/* Differences that the specification wants (compat/metrics.md, section 16). */
static const char *deviation(const char *name, const char *spec)
{
    if (strncmp(name, "h36", 3) == 0) {
        return "no points: one error for all metrics";
    }
    if (!strncmp(name, "h20", 3) || !strncmp(name, "h21", 3) || !strncmp(name, "h35", 3)) {
        return "labels outside {0,1} are refused";
    }
    if (strstr(spec, "RangePrecisionRangeRecallAUC(max_samples=1)")) {
        return "max_samples=1 is refused when the configuration is read";
    }
    return NULL;
}

/* Each deviation is said once per case. */
static void say_deviation(const char *name, const char *reason)
{
    static char said[100];
    char now[100];
    total.deviations++;
    snprintf(now, sizeof now, "%.40s: %.50s", name, reason);
    if (strcmp(now, said) != 0) {
        te_note("deviation on purpose: %s", now);
        memcpy(said, now, sizeof said);
    }
}

static double tolerance(const char *spec)
{
    static const struct {
        const char *start;
        double tolerance;
    } rows[] = {{"RocAUC", 1e-14},           {"PrAUC", 1e-14},
                {"AveragePrecision", 1e-14}, {"RangePrecisionRangeRecallAUC", 1e-14},
                {"RangePrAUC", 1e-12},       {"RangeRocAUC", 1e-12},
                {"RangePrVUS", 1e-12},       {"RangeRocVUS", 1e-12}};
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
        if (strncmp(spec, rows[k].start, strlen(rows[k].start)) == 0) {
            return rows[k].tolerance;
        }
    }
    return 0.0;
}

static bool compute(const char *text, struct te_metric_input *in, double *value, char *why,
                    size_t len)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_spec *spec = NULL;
    bool ok =
        te_metric_parse(text, &spec, &err) == 0 && te_metric_compute(spec, in, value, &err) == 0;
    te_metric_free(spec);
    snprintf(why, len, "%s", err.text);
    return ok;
}

static void judge(const char *name, const char *spec, const json_t *want, bool have, double value,
                  const char *why)
{
    double expected = NAN;
    bool number = golden_number(want, &expected);
    if (!number && !have) {
        total.no_values++;
        return;
    }
    bool good = number && have && near(value, expected, tolerance(spec), 0.0);
    if (!good && deviation(name, spec)) {
        say_deviation(name, deviation(name, spec));
        return;
    }
    if (good) {
        total.values++;
        if (!isnan(value)) {
            total.exact += value == expected;
            total.worst = fmax(total.worst, fabs(value - expected));
        }
        return;
    }
    if (total.wrong++ < 40) {
        te_note("%s: %s: %s%.17g (%s), expected %s%.17g", name, spec, have ? "" : "no value ",
                value, why, number ? "" : "no value ", expected);
    }
}

static void check_thresholds(const char *name, const json_t *root, struct te_metric_input *in)
{
    const char *strategy;
    json_t *want;
    json_object_foreach(json_object_get(root, "thresholds_after_validation"), strategy, want)
    {
        struct te_err err = TE_ERR_INIT;
        struct te_threshold_cut cut = {0};
        bool have = te_threshold_find(strategy, in, &cut, &err) == 0;
        bool failed = json_object_get(want, "error") != NULL;
        double t = NAN;
        bool known = golden_number(json_object_get(want, "threshold"), &t);
        double relative = strncmp(strategy, "Sigma", 5) == 0 ? 1e-12 : 0.0;
        bool good = failed ? !have
                           : have && (!known || near(cut.threshold, t, 0.0, relative)) &&
                                 (double)cut.n_points ==
                                     json_number_value(json_object_get(want, "n_positive")) &&
                                 (double)cut.n_ranges ==
                                     json_number_value(json_object_get(want, "n_ranges"));
        if (good) {
            total.thresholds++;
        } else if (deviation(name, "")) {
            say_deviation(name, deviation(name, ""));
        } else if (total.wrong++ < 40) {
            te_note("%s: %s: threshold %.17g (%zu points, %zu ranges; %s), expected %.17g", name,
                    strategy, cut.threshold, cut.n_points, cut.n_ranges, err.text, t);
        }
    }
}

static void run_case(const char *folder, const char *name)
{
    struct te_err err = TE_ERR_INIT;
    json_t *root = golden_load(folder, "expected.json");
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    struct column labels = column_read(folder, json_text(root, "labels_file"));
    struct column scores = column_read(folder, json_text(root, "scores_file"));
    struct te_metric_arrays arrays = {labels.values, labels.n, type_of(root, "label_dtype"),
                                      scores.values, scores.n, type_of(root, "score_dtype")};
    struct te_metric_input in;
    bool ready = te_metric_input_init_arrays(&in, &arrays, &err) == 0;
    const char *spec;
    json_t *want;
    json_object_foreach(json_object_get(root, "metrics"), spec, want)
    {
        double value = NAN;
        char why[TE_ERR_TEXT_MAX] = "";
        snprintf(why, sizeof why, "%s", err.text);
        bool have = ready && compute(spec, &in, &value, why, sizeof why);
        judge(name, spec, want, have, value, why);
    }
    if (ready) {
        check_thresholds(name, root, &in);
        te_metric_input_release(&in);
    }
    column_free(&labels);
    column_free(&scores);
    json_decref(root);
}

static void values(void)
{
    if (!golden_there()) {
        return;
    }
    total.cases = each_case(GOLDEN "/public", run_case);
    te_note("%zu cases: %zu values compared (%zu bit-equal, largest difference %.2g), %zu without "
            "a value on both sides, %zu thresholds, %zu deviations on purpose, %zu wrong",
            total.cases, total.values, total.exact, total.worst, total.no_values, total.thresholds,
            total.deviations, total.wrong);
    CU_ASSERT(total.cases >= 60);
    CU_ASSERT(total.values >= 10000);
    CU_ASSERT_EQUAL(total.wrong, 0);
}

static void names(void)
{
    if (!golden_there()) {
        return;
    }
    json_t *root = golden_load(GOLDEN, "names.json");
    size_t equal = 0;
    size_t refused = 0;
    const char *text;
    json_t *want;
    json_object_foreach(root, text, want)
    {
        struct te_err err = TE_ERR_INIT;
        struct te_metric_spec *spec = NULL;
        bool ok = te_metric_parse(text, &spec, &err) == 0;
        if (json_is_object(want)) {
            CU_ASSERT(!ok);
            refused += !ok;
        } else if (ok && strcmp(te_metric_name(spec), json_string_value(want)) == 0) {
            equal++;
        } else if (!strstr(text, "max_samples=1)") || strstr(text, "buffer_size")) {
            te_note("%s: '%s' (%s), expected '%s'", text, ok ? te_metric_name(spec) : "no spec",
                    err.text, json_string_value(want));
            CU_FAIL("wrong name");
        }
        te_metric_free(spec);
    }
    te_note("%zu names equal, %zu constructor errors refused", equal, refused);
    CU_ASSERT(equal >= 290);
    CU_ASSERT_EQUAL(refused, 8);
    json_decref(root);
}

/* A few of these figures come with the project, so that a machine without the others checks them.
 */
static void own_figures(void)
{
    size_t index;
    json_t *one;
    json_t *root = golden_load("tests/golden", "metrics.json");
    size_t compared = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    json_array_foreach(json_object_get(root, "cases"), index, one)
    {
        struct te_err err = TE_ERR_INIT;
        struct te_metric_input in;
        uint8_t labels[64] = {0};
        double scores[64] = {0};
        size_t n = json_array_size(json_object_get(one, "labels"));
        CU_ASSERT_FATAL(n > 0 && n <= 64);
        for (size_t i = 0; i < n; i++) {
            labels[i] = json_number_value(json_array_get(json_object_get(one, "labels"), i)) != 0;
            scores[i] = json_number_value(json_array_get(json_object_get(one, "scores"), i));
        }
        CU_ASSERT_EQUAL_FATAL(te_metric_input_init(&in, labels, scores, n, &err), 0);
        const char *spec;
        json_t *want;
        json_object_foreach(json_object_get(one, "values"), spec, want)
        {
            char why[TE_ERR_TEXT_MAX];
            double value = NAN;
            bool have = compute(spec, &in, &value, why, sizeof why);
            CU_ASSERT(have && near(value, json_number_value(want), 1e-12, 0.0));
            compared++;
        }
        te_metric_input_release(&in);
    }
    te_note("%zu figures of tests/golden/metrics.json compared", compared);
    CU_ASSERT(compared >= 100);
    json_decref(root);
}

TE_TESTS = {TE_TEST(values), TE_TEST(names), TE_TEST(own_figures)};
TE_TEST_MAIN

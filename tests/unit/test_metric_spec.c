/* Specs: names, canonical texts, refusals with their places, and lists. */
#include <math.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/metric/metric.h"
#include "te_test.h"

static void check(const char *text, const char *name, const char *canonical)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_spec *spec = NULL;
    struct te_metric_spec *again = NULL;
    if (te_metric_parse(text, &spec, &err) < 0) {
        te_note("%s", err.text);
        CU_FAIL("refused");
        return;
    }
    CU_ASSERT_STRING_EQUAL(te_metric_name(spec), name);
    CU_ASSERT_STRING_EQUAL(te_metric_canonical(spec), canonical);
    if (strcmp(te_metric_canonical(spec), canonical) != 0) {
        te_note("%s", te_metric_canonical(spec));
    }
    /* The canonical text is a spec of the same metric. */
    CU_ASSERT_EQUAL(te_metric_parse(te_metric_canonical(spec), &again, &err), 0);
    if (again) {
        CU_ASSERT_STRING_EQUAL(te_metric_canonical(again), canonical);
    }
    te_metric_free(again);
    te_metric_free(spec);
}

static void texts(void)
{
    check("ROC_AUC", "ROC_AUC", "RocAUC()");
    check(" DefaultMetrics.ROC_AUC ", "ROC_AUC", "RocAUC()");
    check("RocAUC(plot=False)", "ROC_AUC", "RocAUC()");
    check("ROC_AUC(name='area')", "area", "RocAUC(name='area')");
    check("RangePrVUS(max_buffer_size=100)", "RANGE_PR_VOLUME", "RangePrVUS(max_buffer_size=100)");
    check("RangePrVUS( 100 , True )", "RANGE_PR_VOLUME",
          "RangePrVUS(max_buffer_size=100, compatibility_mode=True)");
    check("F1Score(PercentileThresholding(percentile=95))",
          "F1Score_PercentileThresholding(percentile=95)",
          "F1Score(PercentileThresholding(percentile=95))");
    check("F1Score(PercentileThresholding(95.0))",
          "F1Score_PercentileThresholding(percentile=95.0)",
          "F1Score(PercentileThresholding(percentile=95.0))");
    check("F1Score(thresholding_strategy=SigmaThresholding)",
          "F1Score_SigmaThresholding(factor=3.0)", "F1Score(SigmaThresholding(factor=3.0))");
    check("RANGE_PR_AUC", "RANGE_PR_AUC",
          "RangePrecisionRangeRecallAUC(r_alpha=0, cardinality='one')");
    check("FIXED_RANGE_PR_AUC", "FIXED_RANGE_PR_AUC",
          "RangePrecisionRangeRecallAUC(name='FIXED_RANGE_PR_AUC')");
    check("RangeFScore(beta=0.333333)", "RANGE_F0.33_SCORE",
          "RangeFScore(NoThresholding(), beta=0.333333)");
    check("FScoreAtK(7)", "F_SCORE@K(7)", "FScoreAtK(k=7)");
    check("VUS_PR", "VUS_PR", "VUS_PR()");
    check("VUS_PR(window=auto)", "VUS_PR", "VUS_PR()");
    check("VUS_PR(window=100)", "VUS_PR(window=100)", "VUS_PR(window=100)");
    check("AFFILIATION_F1(best)", "AFFILIATION_F1", "AFFILIATION_F1()");
    check("PA_F1(FixedValueThresholding(1e-5))", "PA_F1(FixedValueThresholding(threshold=1e-05))",
          "PA_F1(FixedValueThresholding(threshold=1e-05))");
    check("RocAUC()[nan_is_0=False,inf_is_1=True]", "ROC_AUC", "RocAUC()[nan_is_0=False]");
}

static void refuse(const char *text, const char *part)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_spec *spec = NULL;
    int rc = te_metric_parse(text, &spec, &err);
    CU_ASSERT_EQUAL(rc, -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    CU_ASSERT_PTR_NULL(spec);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, part));
    if (rc == 0 || !strstr(err.text, part)) {
        te_note("%s: %s", text, err.text);
    }
    te_metric_free(spec);
}

static void refusals(void)
{
    refuse("", "missing");
    refuse("RangePrVU()", "did you mean 'RangePrVUS'");
    refuse("ROC_AUCC", "did you mean 'ROC_AUC'");
    refuse("RangePrVUS(max_bufer_size=3)", "did you mean 'max_buffer_size'");
    refuse("RangePrVUS(max_buffer_size=3", "column 11: the bracket is never closed");
    refuse("RangePrVUS(3))", "column 14: unexpected ')'");
    refuse("RangePrVUS(-1)", "whole number from 0");
    refuse("RangePrVUS(1.5)", "whole number");
    refuse("RangePrVUS(1e99x)", "not a number");
    refuse("RangePrVUS(True)", "not allowed");
    refuse("RangePrVUS(3, max_buffer_size=4)", "given twice");
    refuse("RangePrVUS(max_buffer_size=4, True)", "cannot follow");
    refuse("RangePrVUS(1, True, 2, 3)", "at most 3");
    refuse("RangePrVUS(30000, True)", "20000");
    refuse("F1Score()", "needs a thresholding strategy");
    refuse("F1Score(90)", "thresholding strategy belongs here");
    refuse("F1Score(PercentileThresholding(101))", "from 0 to 100");
    refuse("F1Score(PercentileThresholding(percents=9))", "no option 'percents'");
    refuse("F1Score(PercentileThreshold(9))", "did you mean 'PercentileThresholding'");
    refuse("F1Score(PyThreshThresholding(x))", "Python object");
    refuse("F1Score(SigmaThresholding(0))", "above 0");
    refuse("F1Score(best)", "no thresholding strategy");
    refuse("RangePrecision(alpha=1.5)", "from 0 to 1");
    refuse("RangePrecision(bias='sideways')", "'flat', 'front', 'middle', 'back'");
    refuse("RangePrecision(name=3)", "must be a text");
    refuse("RangePrecision(name='')", "must be a text");
    refuse("RangePrecision(name='a", "never closed");
    refuse("RangePrecisionRangeRecallAUC(max_samples=1)", "from 2");
    refuse("RangeFScore(beta=-1)", "from 0");
    refuse("RocAUC()[nan_is_0=3]", "True or False");
    refuse("RocAUC()[nan_is_0=True", "never closed");
    refuse("RocAUC(ROC_AUC())", "cannot be called");
    refuse("RocAUC,", "unexpected ','");
}

static void lists(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_list list;
    CU_ASSERT_EQUAL_FATAL(
        te_metric_parse_list("RANGE_PR_AUC, RangePrAUC(buffer_size=10), RangePrAUC(20), RocAUC(), "
                             "ROC_AUC, RangePrecision(PercentileThresholding(90), name=\"a, b\")",
                             &list, &err),
        0);
    CU_ASSERT_EQUAL(list.count, 5);
    CU_ASSERT_STRING_EQUAL(te_metric_name(list.specs[0]), "RANGE_PR_AUC");
    CU_ASSERT_STRING_EQUAL(te_metric_name(list.specs[1]), "RangePrAUC(buffer_size=10)");
    CU_ASSERT_STRING_EQUAL(te_metric_name(list.specs[2]), "RangePrAUC(buffer_size=20)");
    CU_ASSERT_STRING_EQUAL(te_metric_name(list.specs[4]), "a, b");
    CU_ASSERT_EQUAL(list.n_notices, 3);
    te_metric_list_release(&list);

    CU_ASSERT_EQUAL(te_metric_parse_list("", &list, &err), 0);
    CU_ASSERT_EQUAL(list.count, 0);
    te_metric_list_release(&list);

    CU_ASSERT_EQUAL(te_metric_parse_list("RocAUC(name='x'), PrAUC(name='x')", &list, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "another name"));

    CU_ASSERT_EQUAL(te_metric_parse_list("PA_F1", &list, &err), 0);
    CU_ASSERT_EQUAL(list.count, 2);
    CU_ASSERT_STRING_EQUAL(te_metric_name(list.specs[1]), "PA_F1(random_seed=0)");
    te_metric_list_release(&list);

    CU_ASSERT_EQUAL(te_metric_all(&list, &err), 0);
    CU_ASSERT(list.count >= 25);
    for (size_t k = 0; k < list.count; k++) {
        CU_ASSERT(!te_metric_needs_integer_scores(list.specs[k]));
        for (size_t j = 0; j < k; j++) {
            CU_ASSERT(strcmp(te_metric_name(list.specs[j]), te_metric_name(list.specs[k])) != 0);
        }
    }
    te_metric_list_release(&list);
}

static void predictions(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_spec *spec = NULL;
    CU_ASSERT_EQUAL_FATAL(te_metric_parse("RANGE_PRECISION", &spec, &err), 0);
    CU_ASSERT(te_metric_needs_integer_scores(spec));
    te_metric_free(spec);
    CU_ASSERT_EQUAL_FATAL(te_metric_parse("ROC_AUC", &spec, &err), 0);
    CU_ASSERT(!te_metric_needs_integer_scores(spec));
    te_metric_free(spec);
}

static void period(void)
{
    static double v[3000];
    for (size_t i = 0; i < 3000; i++) {
        v[i] = sin(2.0 * 3.14159265358979 * (double)i / 37.0);
    }
    CU_ASSERT_EQUAL(te_metric_period(v, 3000), 37);
    for (size_t i = 0; i < 3000; i++) {
        v[i] = (double)i;
    }
    CU_ASSERT_EQUAL(te_metric_period(v, 3000), 125);
    v[5] = NAN;
    CU_ASSERT_EQUAL(te_metric_period(v, 3000), 125);
    CU_ASSERT_EQUAL(te_metric_period(v, 0), 125);
    CU_ASSERT_EQUAL(te_metric_period(v, 2), 125);
    struct te_err err = TE_ERR_INIT;
    struct te_metric_spec *spec = NULL;
    CU_ASSERT_EQUAL_FATAL(te_metric_parse("VUS_PR", &spec, &err), 0);
    CU_ASSERT(te_metric_wants_period(spec));
    te_metric_free(spec);
    CU_ASSERT_EQUAL_FATAL(te_metric_parse("VUS_PR(9)", &spec, &err), 0);
    CU_ASSERT(!te_metric_wants_period(spec));
    te_metric_free(spec);
    CU_ASSERT_EQUAL_FATAL(te_metric_parse("PATE(thresholds=all)", &spec, &err), 0);
    CU_ASSERT(!te_metric_wants_period(spec));
    te_metric_free(spec);
}

static void listing(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_info info;
    size_t count = 0;
    while (te_metric_describe(count, &info, &err) == 0 && info.class_name) {
        CU_ASSERT_PTR_NOT_NULL(info.doc);
        te_free(info.options);
        count++;
    }
    CU_ASSERT(count >= 25);
}

TE_TESTS = {TE_TEST(texts),       TE_TEST(refusals), TE_TEST(lists),
            TE_TEST(predictions), TE_TEST(period),   TE_TEST(listing)};
TE_TEST_MAIN

/*
 * Metrics on random inputs: fast against naive implementations (which live here), and properties
 * that must hold whatever the data are.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/base/rng.h"
#include "te/metric/metric.h"
#include "te_test.h"

enum { MOST = 160 };

static struct te_rng rng;
static uint8_t labels[MOST];
static double scores[MOST];
static size_t n;

/* Any shape: few or many distinct scores, few or many anomalies, touching the ends or not. */
static void make_case(size_t round)
{
    te_rng_seed(&rng, round);
    n = 2 + te_rng_below(&rng, MOST - 2);
    uint64_t distinct = 2 + te_rng_below(&rng, round % 3 ? 1000 : 6);
    uint64_t stay = 1 + te_rng_below(&rng, 12);
    uint8_t label = te_rng_below(&rng, 2) != 0;
    for (size_t i = 0; i < n; i++) {
        if (te_rng_below(&rng, stay) == 0) {
            label = te_rng_below(&rng, 3) == 0;
        }
        labels[i] = label;
        scores[i] = (double)(te_rng_below(&rng, distinct) + label * te_rng_below(&rng, 3)) / 1024.0;
    }
}

static size_t count_labels(void)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        count += labels[i];
    }
    return count;
}

static bool value_of(const char *text, double *value)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_spec *spec = NULL;
    struct te_metric_input in;
    bool have = false;
    *value = NAN;
    if (te_metric_parse(text, &spec, &err) < 0) {
        te_note("%s", err.text);
        CU_FAIL("spec refused");
        return false;
    }
    if (te_metric_input_init(&in, labels, scores, n, &err) == 0) {
        have = te_metric_compute(spec, &in, value, &err) == 0;
        te_metric_input_release(&in);
    }
    te_metric_free(spec);
    return have;
}

static size_t compared;

static void expect(const char *text, double want, double tolerance, size_t round)
{
    double got;
    bool have = value_of(text, &got);
    bool same = isnan(want) ? isnan(got) : fabs(got - want) <= tolerance;
    compared++;
    if (!have || !same) {
        te_note("round %zu, n=%zu: %s: %.17g, naive %.17g", round, n, text, got, want);
        CU_FAIL("differs from the naive implementation");
    }
}

/* ---- naive: point-wise ---- */

static double naive_roc(void)
{
    double wins = 0, pairs = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (labels[i] && !labels[j]) {
                wins += scores[i] > scores[j] ? 1.0 : scores[i] == scores[j] ? 0.5 : 0.0;
                pairs += 1.0;
            }
        }
    }
    return pairs > 0 ? wins / pairs : NAN;
}

static double naive_best_f1(void)
{
    double best = 0.0;
    for (size_t t = 0; t < n; t++) {
        double tp = 0, marked = 0;
        for (size_t i = 0; i < n; i++) {
            marked += scores[i] >= scores[t];
            tp += scores[i] >= scores[t] && labels[i];
        }
        best = fmax(best, 2.0 * tp / (marked + (double)count_labels()));
    }
    return best;
}

static double naive_average_precision(void)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double tp = 0, marked = 0;
        for (size_t j = 0; j < n; j++) {
            marked += scores[j] >= scores[i];
            tp += scores[j] >= scores[i] && labels[j];
        }
        sum += labels[i] ? tp / marked : 0.0;
    }
    return sum / (double)count_labels();
}

/* ---- naive: ranges ---- */

struct ranges {
    size_t count;
    size_t first[MOST], last[MOST];
};

static struct ranges ranges_of(const bool *on)
{
    struct ranges r = {.count = 0};
    for (size_t i = 0; i < n; i++) {
        if (on[i] && (i == 0 || !on[i - 1])) {
            r.first[r.count++] = i;
        }
        if (on[i]) {
            r.last[r.count - 1] = i;
        }
    }
    return r;
}

static double naive_weight(size_t t, size_t len, const char *bias)
{
    if (strcmp(bias, "front") == 0) {
        return (double)(len - t + 1);
    }
    if (strcmp(bias, "back") == 0) {
        return (double)t;
    }
    if (strcmp(bias, "middle") == 0) {
        return 2 * t <= len ? (double)t : (double)(len - t + 1);
    }
    return 1.0;
}

static double naive_side(const struct ranges *a, const struct ranges *b, double alpha,
                         bool reciprocal, const char *bias)
{
    double total = 0.0;
    for (size_t i = 0; i < a->count; i++) {
        size_t touching = 0;
        double omega = 0.0;
        size_t len = a->last[i] - a->first[i] + 1;
        for (size_t j = 0; j < b->count; j++) {
            double mine = 0, whole = 0;
            for (size_t x = a->first[i]; x <= a->last[i]; x++) {
                double w = naive_weight(x - a->first[i] + 1, len, bias);
                whole += w;
                mine += x >= b->first[j] && x <= b->last[j] ? w : 0.0;
            }
            touching += mine > 0;
            omega += mine / whole;
        }
        double gamma = reciprocal && touching > 1 ? 1.0 / (double)touching : 1.0;
        total += alpha * (touching > 0) + (1.0 - alpha) * gamma * omega;
    }
    return total / (double)a->count;
}

static void range_metrics(void)
{
    static const char *const biases[] = {"flat", "front", "middle", "back"};
    for (size_t round = 0; round < 400; round++) {
        make_case(round);
        bool real[MOST] = {false}, marked[MOST] = {false};
        double t = scores[te_rng_below(&rng, n)];
        for (size_t i = 0; i < n; i++) {
            real[i] = labels[i];
            marked[i] = scores[i] >= t;
        }
        struct ranges r = ranges_of(real), p = ranges_of(marked);
        if (r.count == 0 || t > 1.0 || naive_best_f1() < 0) {
            continue;
        }
        const char *bias = biases[round % 4];
        bool reciprocal = round % 3 != 0;
        double alpha = (double)(round % 5) / 4.0;
        char spec[200];
        for (int recall = 0; recall < 2; recall++) {
            snprintf(spec, sizeof spec,
                     "%s(FixedValueThresholding(%.17g), alpha=%.17g, cardinality='%s', bias='%s')",
                     recall ? "RangeRecall" : "RangePrecision", t, alpha,
                     reciprocal ? "reciprocal" : "one", bias);
            double want = recall ? naive_side(&r, &p, alpha, reciprocal, bias)
                                 : naive_side(&p, &r, alpha, reciprocal, bias);
            bool constant = true;
            for (size_t i = 1; i < n; i++) {
                constant = constant && scores[i] == scores[0];
            }
            expect(spec, constant ? 0.0 : want, 1e-12, round);
        }
    }
}

/* ---- naive: volumes ---- */

struct naive_curve {
    double pr, roc;
};

static int by_descent(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

enum kind { LINEAR, COMPAT, TSB };

static double naive_slope(enum kind kind, const struct ranges *r, size_t x, size_t buffer)
{
    size_t h = buffer / 2;
    double w = labels[x] ? 1.0 : 0.0;
    double sum = 0.0;
    for (size_t k = 0; k < r->count && buffer > 1; k++) {
        size_t right = x > r->last[k] ? x - r->last[k] : 0;
        size_t left = x < r->first[k] ? r->first[k] - x : 0;
        size_t d = right > left ? right : left;
        size_t reach = kind == COMPAT && right > 0 ? h - 1 : h;
        if (d == 0 || d > reach) {
            continue;
        }
        if (kind == LINEAR) {
            double lo = 1.0 / sqrt(2.0);
            w = fmax(w, (double)(h - d) * ((1.0 - lo) / (double)h) + lo);
        } else {
            sum += sqrt(1.0 - (double)d / (double)buffer);
        }
    }
    return fmin(w + sum, 1.0);
}

/* Segments as a list of first and last points. */
static struct ranges naive_segments(enum kind kind, const struct ranges *r, const double *w,
                                    size_t buffer)
{
    size_t h = buffer / 2;
    struct ranges s = {.count = 0};
    if (buffer <= 1) {
        return *r;
    }
    if (kind == COMPAT) {
        bool on[MOST] = {false};
        for (size_t i = 0; i < n; i++) {
            on[i] = w[i] > 0.0;
        }
        return ranges_of(on);
    }
    for (size_t k = 0; k < r->count; k++) {
        size_t last = r->last[k] + h + (kind == LINEAR);
        bool merge = kind == TSB && k > 0 && r->last[k - 1] + h + h >= r->first[k];
        if (!merge) {
            s.first[s.count++] = r->first[k] > h ? r->first[k] - h : 0;
        }
        s.last[s.count - 1] = last < n ? last : n - 1;
    }
    return s;
}

static struct naive_curve naive_area(enum kind kind, size_t buffer, size_t samples)
{
    bool real[MOST] = {false};
    double w[MOST], sorted[MOST] = {0}, sum_w = 0.0, sum_y = (double)count_labels();
    for (size_t i = 0; i < n; i++) {
        real[i] = labels[i];
        sorted[i] = scores[i];
    }
    struct ranges r = ranges_of(real);
    for (size_t i = 0; i < n; i++) {
        w[i] = naive_slope(kind, &r, i, buffer);
        sum_w += w[i];
    }
    struct ranges segments = naive_segments(kind, &r, w, buffer);
    qsort(sorted, n, sizeof *sorted, by_descent);
    size_t count = kind == LINEAR && samples > n ? n : samples;
    struct naive_curve area = {0, 0};
    double r0 = 0, f0 = 0, q0 = 1;
    for (size_t j = 0; j < count; j++) {
        double step = count > 1 ? (double)(n - 1) / (double)(count - 1) : 0.0;
        size_t at = j + 1 == count && count > 1 ? n - 1 : (size_t)((double)j * step);
        double t = sorted[at], tp = 0, marked = 0, slopes = 0, found = 0;
        for (size_t i = 0; i < n; i++) {
            marked += scores[i] >= t;
            tp += scores[i] >= t ? w[i] : 0.0;
            slopes += scores[i] >= t && !labels[i] ? w[i] : 0.0;
        }
        for (size_t k = 0; k < segments.count; k++) {
            bool hit = false;
            for (size_t i = segments.first[k]; i <= segments.last[k]; i++) {
                hit = hit || (scores[i] >= t && w[i] > 0.0);
            }
            found += hit;
        }
        double p = kind == TSB ? (2 * sum_y + slopes) / 2 : (sum_y + sum_w) / 2;
        double recall = fmin(tp / p, 1.0) * found / (double)segments.count;
        double fall = (marked - tp) / ((double)n - p);
        fall = kind == TSB ? fall : fall > 1 ? 1 : fall;
        double q = tp / marked;
        area.pr += (recall - r0) * (kind == TSB ? q : (q + q0) / 2);
        area.roc += (fall - f0) * (recall + r0) / 2;
        r0 = recall, f0 = fall, q0 = q;
    }
    area.roc += (1 - f0) * (1 + r0) / 2;
    return area;
}

static bool is_constant(void)
{
    for (size_t i = 1; i < n; i++) {
        if (scores[i] != scores[0]) {
            return false;
        }
    }
    return true;
}

static void volumes(void)
{
    for (size_t round = 0; round < 300; round++) {
        make_case(round);
        size_t positive = count_labels();
        size_t most = te_rng_below(&rng, 60);
        size_t samples = 2 + te_rng_below(&rng, 40);
        struct naive_curve linear = {0, 0}, compat = {0, 0}, tsb = {0, 0};
        if (positive == 0 || positive == n || is_constant()) {
            continue;
        }
        for (size_t b = 0; b <= most; b++) {
            struct naive_curve a = naive_area(LINEAR, b, samples);
            struct naive_curve c = naive_area(COMPAT, b, 250);
            struct naive_curve t = naive_area(TSB, b, samples);
            linear.pr += a.pr / (double)(most + 1), linear.roc += a.roc / (double)(most + 1);
            compat.pr += c.pr / (double)(most + 1), compat.roc += c.roc / (double)(most + 1);
            tsb.pr += t.pr / (double)(most + 1), tsb.roc += t.roc / (double)(most + 1);
        }
        char spec[200];
        snprintf(spec, sizeof spec, "RangePrVUS(%zu, max_samples=%zu)", most, samples);
        expect(spec, linear.pr, 1e-12, round);
        snprintf(spec, sizeof spec, "RangeRocVUS(%zu, max_samples=%zu)", most, samples);
        expect(spec, linear.roc, 1e-12, round);
        snprintf(spec, sizeof spec, "RangePrVUS(%zu, True)", most);
        expect(spec, compat.pr, 1e-12, round);
        snprintf(spec, sizeof spec, "RangeRocVUS(%zu, True)", most);
        expect(spec, compat.roc, 1e-12, round);
        snprintf(spec, sizeof spec, "VUS_PR(%zu, thre=%zu)", most, samples);
        expect(spec, tsb.pr, 1e-12, round);
        snprintf(spec, sizeof spec, "VUS_ROC(%zu, thre=%zu)", most, samples);
        expect(spec, tsb.roc, 1e-12, round);
        struct naive_curve one = naive_area(LINEAR, 7 * most, samples);
        snprintf(spec, sizeof spec, "RangePrAUC(%zu, max_samples=%zu)", 7 * most, samples);
        expect(spec, one.pr, 1e-12, round);
        one = naive_area(COMPAT, 7 * most, 250);
        snprintf(spec, sizeof spec, "RangeRocAUC(%zu, True)", 7 * most);
        expect(spec, one.roc, 1e-12, round);
    }
}

static void point_wise(void)
{
    for (size_t round = 0; round < 400; round++) {
        make_case(round);
        if (count_labels() == 0 || is_constant()) {
            continue;
        }
        expect("ROC_AUC", naive_roc(), 1e-14, round);
        expect("BEST_F1", naive_best_f1(), 1e-14, round);
        expect("AVERAGE_PRECISION", naive_average_precision(), 1e-13, round);
    }
    te_note("%zu values equal to those of naive implementations", compared);
}

/* ---- properties ---- */

static const char *const by_rank[] = {"ROC_AUC",
                                      "PR_AUC",
                                      "AVERAGE_PRECISION",
                                      "PrecisionAtK()",
                                      "FScoreAtK()",
                                      "RANGE_PR_AUC",
                                      "RangePrVUS(30)",
                                      "VUS_PR(20)",
                                      "BEST_F1",
                                      "UCR_SCORE_ANY",
                                      "F1Score(TopKRangesThresholding())",
                                      "PATE(5, 5, thresholds=all)"};
static const char *const by_point[] = {"ROC_AUC",
                                       "PR_AUC",
                                       "AVERAGE_PRECISION",
                                       "BEST_F1",
                                       "F1Score(PercentileThresholding(80))",
                                       "Recall(TopKPointsThresholding())"};

static void transform(void)
{
    for (size_t i = 0; i < n; i++) {
        double k = scores[i] * 1024.0;
        scores[i] = k * k * k - 5.0; /* exact and strictly increasing for k >= 0 */
    }
}

static void shuffle(void)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = te_rng_below(&rng, i);
        uint8_t y = labels[i - 1];
        double s = scores[i - 1];
        labels[i - 1] = labels[j];
        scores[i - 1] = scores[j];
        labels[j] = y;
        scores[j] = s;
    }
}

static void unchanged(const char *const *specs, size_t count, void (*change)(void), size_t round)
{
    double before[16], after;
    bool had[16];
    make_case(round);
    for (size_t k = 0; k < count; k++) {
        had[k] = value_of(specs[k], &before[k]);
    }
    change();
    for (size_t k = 0; k < count; k++) {
        bool has = value_of(specs[k], &after);
        bool same = has == had[k] && (!has || fabs(after - before[k]) <= 1e-13 ||
                                      (isnan(after) && isnan(before[k])));
        if (!same) {
            te_note("round %zu: %s: %.17g became %.17g", round, specs[k], before[k], after);
            CU_FAIL("changed");
        }
    }
}

static void invariance(void)
{
    for (size_t round = 0; round < 300; round++) {
        unchanged(by_rank, sizeof by_rank / sizeof by_rank[0], transform, round);
        unchanged(by_point, sizeof by_point / sizeof by_point[0], shuffle, round);
    }
}

static void reversal(void)
{
    for (size_t round = 0; round < 200; round++) {
        double forth, back;
        make_case(round);
        (void)value_of("ROC_AUC", &forth);
        for (size_t i = 0; i < n; i++) {
            scores[i] = -scores[i];
        }
        (void)value_of("ROC_AUC", &back);
        CU_ASSERT(isnan(forth) || is_constant() || fabs(forth + back - 1.0) < 1e-14);
    }
}

/* Affiliation, TSB-AD's volume and flat range metrics do not know the direction of time. */
static void mirror(void)
{
    static const char *const specs[] = {"AFFILIATION_F1",
                                        "AFFILIATION_PRECISION(PercentileThresholding(70))",
                                        "AFFILIATION_RECALL(PercentileThresholding(70))",
                                        "VUS_PR(17)",
                                        "VUS_ROC(17)",
                                        "RangeFScore(PercentileThresholding(70))",
                                        "EVENT_F1",
                                        "PA_K",
                                        "PA_F1"};
    double before[9], after;
    for (size_t round = 0; round < 200; round++) {
        make_case(round);
        for (size_t k = 0; k < 9; k++) {
            (void)value_of(specs[k], &before[k]);
        }
        for (size_t i = 0; i < n / 2; i++) {
            uint8_t y = labels[i];
            double s = scores[i];
            labels[i] = labels[n - 1 - i];
            scores[i] = scores[n - 1 - i];
            labels[n - 1 - i] = y;
            scores[n - 1 - i] = s;
        }
        for (size_t k = 0; k < 9; k++) {
            (void)value_of(specs[k], &after);
            CU_ASSERT(fabs(after - before[k]) < 1e-12 || (isnan(after) && isnan(before[k])));
        }
    }
}

static void bounds(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_list all;
    size_t values = 0;
    CU_ASSERT_EQUAL_FATAL(te_metric_all(&all, &err), 0);
    for (size_t round = 0; round < 300; round++) {
        struct te_metric_input in;
        make_case(round);
        for (size_t i = 0; i < n && round % 7 == 0; i++) {
            scores[i] = i % 11 == 3 ? NAN : i % 13 == 4 ? INFINITY : scores[i];
        }
        CU_ASSERT_EQUAL_FATAL(te_metric_input_init(&in, labels, scores, n, &err), 0);
        for (size_t k = 0; k < all.count; k++) {
            double v = NAN;
            if (te_metric_compute(all.specs[k], &in, &v, &err) == 0 && !isnan(v)) {
                values++;
                if (!(v >= 0.0 && v <= 1.0 + 1e-12)) {
                    te_note("round %zu: %s: %.17g", round, te_metric_text(all.specs[k]), v);
                    CU_FAIL("out of bounds");
                }
            }
        }
        te_metric_input_release(&in);
    }
    CU_ASSERT(values > 5000);
    te_metric_list_release(&all);
}

/* Every allocation fails once: an error, never a crash, a leak or a wrong value. */
static void without_memory(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_list all;
    make_case(5);
    CU_ASSERT_EQUAL_FATAL(te_metric_all(&all, &err), 0);
    bool failed = true;
    for (unsigned long k = 1; failed && k < 1000; k++) {
        struct te_metric_list other;
        te_mem_fail_at(k);
        failed = te_metric_all(&other, &err) < 0;
        if (!failed) {
            te_metric_list_release(&other);
        }
    }
    failed = true;
    for (unsigned long k = 1; failed && k < 1000; k++) {
        struct te_metric_input in;
        failed = false;
        te_mem_fail_at(k);
        if (te_metric_input_init(&in, labels, scores, n, &err) < 0) {
            CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
            failed = true;
            continue;
        }
        for (size_t m = 0; m < all.count; m++) {
            double v = NAN;
            failed |=
                te_metric_compute(all.specs[m], &in, &v, &err) < 0 && err.code == TE_ERR_NOMEM;
        }
        te_metric_input_release(&in);
        failed |= k < 200;
    }
    te_mem_fail_at(0);
    te_metric_list_release(&all);
}

TE_TESTS = {TE_TEST(range_metrics), TE_TEST(volumes), TE_TEST(point_wise), TE_TEST(invariance),
            TE_TEST(reversal),      TE_TEST(mirror),  TE_TEST(bounds),     TE_TEST(without_memory)};
TE_TEST_MAIN

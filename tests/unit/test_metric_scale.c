/* Scaling and window scores against TimeEval's values, and the other families on small arrays. */
#include <stdint.h>
#include "metric_golden.h"
#include "te/base/mem.h"
#include "te/metric/intervals.h"
#include "te/metric/scale.h"
#include "te/metric/window.h"

static size_t compared;
static size_t wrong;

static void scale_case(const char *folder, const char *name)
{
    struct column raw = column_read(folder, "raw.txt");
    struct column want = column_read(folder, "scaled.txt");
    double lo, hi;
    (void)te_scale_find(raw.values, raw.n, &lo, &hi);
    te_scale_apply(raw.values, raw.n, lo, hi, raw.values);
    CU_ASSERT_EQUAL(raw.n, want.n);
    for (size_t i = 0; i < raw.n && i < want.n; i++) {
        bool same =
            raw.values[i] == want.values[i] || (isnan(raw.values[i]) && isnan(want.values[i]));
        compared++;
        if (!same && wrong++ < 20) {
            te_note("%s: point %zu: %.17g, expected %.17g", name, i, raw.values[i], want.values[i]);
        }
    }
    column_free(&raw);
    column_free(&want);
}

static void scaling(void)
{
    if (!golden_there()) {
        return;
    }
    compared = wrong = 0;
    size_t cases = each_case(GOLDEN "/public/scaling", scale_case);
    te_note("%zu cases, %zu scaled scores bit-equal", cases, compared - wrong);
    CU_ASSERT(cases >= 18);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void compare_list(const char *name, const json_t *want, const double *out, size_t n,
                         double relative)
{
    CU_ASSERT_EQUAL(json_array_size(want), n);
    for (size_t i = 0; i < n && i < json_array_size(want); i++) {
        double expected = NAN;
        (void)golden_number(json_array_get(want, i), &expected);
        compared++;
        if (!near(out[i], expected, 0.0, relative) && wrong++ < 20) {
            te_note("%s: point %zu: %.17g, expected %.17g", name, i, out[i], expected);
        }
    }
}

static void window_case(const char *folder, const char *name)
{
    static const struct {
        const char *key;
        enum te_reduction how;
        double relative;
    } rows[] = {{"MEAN[entire]", TE_REDUCE_MEAN, 1e-12},
                {"MEDIAN[entire]", TE_REDUCE_MEDIAN, 0.0},
                {"SUM[entire]", TE_REDUCE_SUM, 1e-12}};
    json_t *root = golden_load(folder, "expected.json");
    struct column s = column_read(folder, "scores.txt");
    size_t w = (size_t)json_number_value(json_object_get(root, "window_size"));
    double *out = calloc(s.n + w + 64, sizeof *out);
    json_t *results = json_object_get(root, "results");
    for (size_t k = 0; k < 3; k++) {
        struct te_err err = TE_ERR_INIT;
        json_t *want = json_object_get(results, rows[k].key);
        if (json_is_array(want)) {
            CU_ASSERT_EQUAL(te_window_reverse(s.values, s.n, w, rows[k].how, out, &err), 0);
            compare_list(name, want, out, s.n + w - 1, rows[k].relative);
        }
    }
    const char *key;
    json_t *want;
    json_object_foreach(results, key, want)
    {
        struct te_err err = TE_ERR_INIT;
        size_t length = 0;
        if (sscanf(key, "padding_borders(%zu)", &length) == 1) {
            double *padded = calloc(length + 1, sizeof *padded);
            int rc = te_window_pad(s.values, s.n, length, padded, &err);
            CU_ASSERT_EQUAL(rc == 0, json_is_array(want));
            if (rc == 0 && json_is_array(want)) {
                compare_list(name, want, padded, length, 0.0);
            }
            free(padded);
        }
    }
    free(out);
    column_free(&s);
    json_decref(root);
}

static void windows(void)
{
    if (!golden_there()) {
        return;
    }
    compared = wrong = 0;
    size_t cases = each_case(GOLDEN "/public/reverse_windowing", window_case);
    te_note("%zu cases, %zu of %zu values right", cases, compared - wrong, compared);
    CU_ASSERT(cases >= 16);
    CU_ASSERT_EQUAL(wrong, 0);
}

/* ---- fast against plain ---- */

static uint64_t state = 88172645463325252U;

static double random_unit(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) * 0x1p-53;
}

static int by_double(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double plain(const double *s, size_t m, size_t w, size_t t, enum te_reduction how,
                    double *room)
{
    size_t count = 0;
    double sum = 0.0;
    for (size_t i = t + 1 >= w ? t + 1 - w : 0; i <= t && i < m; i++) {
        if (!isnan(s[i])) {
            room[count++] = s[i];
            sum += s[i];
        }
    }
    if (how == TE_REDUCE_SUM) {
        return sum;
    }
    if (count == 0) {
        return NAN;
    }
    if (how == TE_REDUCE_MEAN) {
        return sum / (double)count;
    }
    qsort(room, count, sizeof *room, by_double);
    return count % 2 ? room[count / 2] : (room[count / 2 - 1] + room[count / 2]) / 2.0;
}

static void windows_against_plain(void)
{
    static double s[5000], out[12000], room[5000];
    static const size_t sizes[][2] = {
        {0, 3},      {1, 1},       {1, 5000},   {7, 128},  {7, 129},   {300, 200},  {1000, 31},
        {5000, 130}, {4500, 2000}, {100, 4000}, {5000, 1}, {4097, 64}, {2048, 1024}};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        size_t m = sizes[k][0], w = sizes[k][1];
        for (size_t i = 0; i < m; i++) {
            double u = random_unit();
            s[i] = u < 0.05    ? NAN
                   : u < 0.06  ? INFINITY
                   : u < 0.065 ? -INFINITY
                               : random_unit() - 0.3;
        }
        for (int how = TE_REDUCE_MEAN; how <= TE_REDUCE_SUM; how++) {
            struct te_err err = TE_ERR_INIT;
            CU_ASSERT_EQUAL(te_window_reverse(s, m, w, (enum te_reduction)how, out, &err), 0);
            size_t bad = 0;
            for (size_t t = 0; t < m + w - 1; t++) {
                double want = plain(s, m, w, t, (enum te_reduction)how, room);
                bad += !near(out[t], want, 1e-11, 1e-12);
            }
            CU_ASSERT_EQUAL(bad, 0);
        }
    }
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL(te_window_reverse(s, 3, 0, TE_REDUCE_MEAN, out, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
}

static void intervals(void)
{
    struct te_err err = TE_ERR_INIT;
    double out[8];
    size_t clipped = 9;
    const double scores[] = {0, 2, 4, NAN, -1, 0};
    CU_ASSERT_EQUAL(te_intervals_mean(scores, 6, NULL, NULL, 2, out, &clipped, &err), 0);
    const double want[] = {0, 2, 3, 4, 0, 0};
    for (size_t i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(out[i], want[i]);
    }
    CU_ASSERT_EQUAL(clipped, 0);
    const double starts[] = {5, 4, 0, 0, 0, 0};
    const double lengths[] = {1, 3.9, 1, 1, 1, 1};
    CU_ASSERT_EQUAL(te_intervals_mean(scores, 6, starts, lengths, 0, out, &clipped, &err), 0);
    CU_ASSERT_EQUAL(clipped, 1);
    CU_ASSERT_EQUAL(out[0], 4.0);
    CU_ASSERT_EQUAL(out[4], 2.0);
    CU_ASSERT_EQUAL(out[5], 2.0);
    const double outside[] = {6, 6, 6, 6, 6, 6};
    CU_ASSERT_EQUAL(te_intervals_mean(scores, 6, outside, lengths, 0, out, &clipped, &err), -1);
    const double endless[] = {1, INFINITY, 1, 1, 1, 1};
    CU_ASSERT_EQUAL(te_intervals_mean(scores, 6, NULL, endless, 0, out, &clipped, &err), -1);
}

static void other_families(void)
{
    struct te_err err = TE_ERR_INIT;
    const double s[] = {1, 2, 3};
    double *out = NULL;
    size_t n = 0;
    /* window 1: v = s; offset (15 - 2) mod 4 = 1: 1 and 2 four times each, 3 once */
    CU_ASSERT_EQUAL(te_intervals_mscred(s, 3, 1, 4, 3, 15, &out, &n, &err), 0);
    CU_ASSERT_EQUAL(n, 9);
    CU_ASSERT_EQUAL(out[3], 1.0);
    CU_ASSERT_EQUAL(out[4], 2.0);
    CU_ASSERT_EQUAL(out[8], 3.0);
    te_free(out);
    /* offset 0: nothing is repeated */
    CU_ASSERT_EQUAL(te_intervals_mscred(s, 3, 1, 4, 3, 14, &out, &n, &err), 0);
    CU_ASSERT_EQUAL(n, 3);
    te_free(out);
    /* (1 - 9) mod 3 = 1 in Python */
    CU_ASSERT_EQUAL(te_intervals_mscred(s, 3, 2, 3, 10, 1, &out, &n, &err), 0);
    CU_ASSERT_EQUAL(n, 10);
    te_free(out);
    CU_ASSERT_EQUAL(te_intervals_mscred(s, 3, 1, 0, 3, 14, &out, &n, &err), -1);

    double r[8];
    CU_ASSERT_EQUAL(te_intervals_repeat(s, 3, 2, r, 8, &err), 0);
    CU_ASSERT_EQUAL(r[0], 1.0);
    CU_ASSERT_EQUAL(r[1], 1.0);
    CU_ASSERT_EQUAL(r[5], 3.0);
    CU_ASSERT(isnan(r[6]) && isnan(r[7]));
    CU_ASSERT_EQUAL(te_intervals_repeat(s, 3, 3, r, 8, &err), -1);
}

TE_TESTS = {TE_TEST(scaling), TE_TEST(windows), TE_TEST(windows_against_plain), TE_TEST(intervals),
            TE_TEST(other_families)};
TE_TEST_MAIN

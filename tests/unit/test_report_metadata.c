#include "te_test.h"

#include <jansson.h>
#include <math.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/dataset.h"
#include "te/report/metadata.h"
#include "te/stats/describe.h"

static struct te_err err;

static const char saw[] =
    "timestamp,value,is_anomaly\n0,0.0,0\n1,1.0,0\n2,2.0,1\n3,3.0,1\n4,4.0,0\n"
    "5,5.0,0\n";

/* The example of the format's description, all figures known. */
static void analyzes_a_known_series(void)
{
    te_autofree char *folder = te_fs_mkdtemp("/tmp", "te-metadata-", &err);
    te_autofree char *path = te_fs_join(folder, "saw.csv", &err);
    te_autofree char *json = te_fs_join(folder, "saw.metadata.json", &err);
    struct te_metadata m;
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(path, saw, sizeof saw - 1, &err), 0);
    CU_ASSERT_EQUAL_FATAL(te_metadata_analyze(path, "demo", "saw", false, false, &m, &err), 0);
    CU_ASSERT(m.length == 6 && m.dimensions == 1 && m.labels.num_anomalies == 1);
    CU_ASSERT_EQUAL(te_metadata_mean(&m), 2.5);
    CU_ASSERT_EQUAL(te_metadata_stddev(&m), 1.8708286933869707);
    CU_ASSERT_STRING_EQUAL(te_metadata_trend(&m), "kubic trend");
    CU_ASSERT_STRING_EQUAL(te_metadata_stationarity(&m), "not_stationary");
    CU_ASSERT_EQUAL_FATAL(m.channels[0].n_trends, 3);
    CU_ASSERT_DOUBLE_EQUAL(m.channels[0].trends[1].coef, 0.18427518, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(m.channels[0].trends[2].r2, 0.8208, 1e-4);
    CU_ASSERT_EQUAL(te_metadata_save(json, &m, 1, false, &err), 0);
    CU_ASSERT_EQUAL(te_metadata_save(json, &m, 1, false, &err), 0); /* replaced, not doubled */
    m.is_train = true;
    m.channels[0].mean = (double)NAN;
    CU_ASSERT_EQUAL(te_metadata_save(json, &m, 1, false, &err), 0);
    CU_ASSERT_EQUAL(te_metadata_save(json, &m, 1, false, &err), 0);
    te_autofree char *text = NULL;
    size_t len, ids = 0;
    CU_ASSERT_EQUAL_FATAL(te_fs_read(json, TE_MAX_JSON_FILE, &text, &len, &err), 0);
    for (const char *p = text; (p = strstr(p, "dataset_id")); p++)
        ids++;
    CU_ASSERT_EQUAL(ids, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"value\": NaN"));
    CU_ASSERT_EQUAL(te_fs_write_atomic(json, "{}", 2, &err), 0);
    CU_ASSERT_EQUAL(te_metadata_save(json, &m, 1, false, &err), 0);
    te_autofree char *backup = te_fs_join(folder, "saw.metadata.json.bak", &err);
    CU_ASSERT(te_fs_exists(backup));
    te_metadata_release(&m);
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

static void sums_like_numpy(void)
{
    double x[1000], scratch[1000];
    for (int i = 0; i < 1000; i++)
        x[i] = i % 7 == 3 ? (double)NAN : (double)i;
    CU_ASSERT_EQUAL(te_mean(x, 1000), 499.41656942823806);
    CU_ASSERT_DOUBLE_EQUAL(te_stddev(x, 1000, scratch), 288.7964072120553, 1e-10);
    CU_ASSERT(isnan(te_mean(x + 3, 1)));
    CU_ASSERT(isnan(te_stddev(x, 1, scratch)));
}

static void takes_odd_series_without_a_test(void)
{
    double constant[50], line[50], gap[50];
    for (int i = 0; i < 50; i++) {
        constant[i] = 3;
        line[i] = i;
        gap[i] = i == 20 ? (double)NAN : i % 3;
    }
    struct te_trend trends[TE_TREND_ORDERS];
    size_t n;
    enum te_stationarity s;
    CU_ASSERT_EQUAL(te_stationarity(constant, 50, &s, &err), 0);
    CU_ASSERT_EQUAL(s, TE_NOT_STATIONARY);
    CU_ASSERT_EQUAL(te_trends_fit(constant, 50, trends, &n, &err), 0);
    CU_ASSERT(n == 3 && trends[2].coef == 0 && trends[2].r2 == 1);
    CU_ASSERT_EQUAL(te_stationarity(line, 50, &s, &err), 0);
    CU_ASSERT_EQUAL(s, TE_TREND_STATIONARY);
    CU_ASSERT_EQUAL(te_trends_fit(gap, 50, trends, &n, &err), 0);
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_EQUAL(te_stationarity(gap, 50, &s, &err), 0);
    CU_ASSERT_EQUAL(s, TE_NOT_STATIONARY);
    CU_ASSERT_EQUAL(te_stationarity(line, 2, &s, &err), 0);
}

static size_t values, words, bytes_equal;

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(b), 1e-300) || fabs(a - b) <= 1e-12 * fabs(b) || a == b;
}

/* Numbers within 1e-9 of each other (relative), everything else the same. */
static int compare(const json_t *ours, const json_t *theirs, const char *where)
{
    if (json_is_number(theirs) && json_is_number(ours)) {
        values++;
        if (near(json_number_value(ours), json_number_value(theirs)))
            return 0;
        te_note("%s: %.17g, expected %.17g", where, json_number_value(ours),
                json_number_value(theirs));
        return 1;
    }
    if (json_typeof(ours) != json_typeof(theirs)) {
        te_note("%s: another type", where);
        return 1;
    }
    if (json_is_string(theirs)) {
        words++;
        if (strcmp(json_string_value(ours), json_string_value(theirs)) == 0)
            return 0;
        te_note("%s: '%s', expected '%s'", where, json_string_value(ours),
                json_string_value(theirs));
        return 1;
    }
    int bad = 0;
    if (json_is_array(theirs)) {
        if (json_array_size(ours) != json_array_size(theirs)) {
            te_note("%s: %zu items, expected %zu", where, json_array_size(ours),
                    json_array_size(theirs));
            return 1;
        }
        for (size_t i = 0; i < json_array_size(theirs); i++)
            bad += compare(json_array_get(ours, i), json_array_get(theirs, i), where);
    }
    if (json_is_object(theirs)) {
        bad += json_object_size(ours) != json_object_size(theirs);
        json_t *object = json_deep_copy(theirs);
        for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
            const json_t *mine = json_object_get(ours, json_object_iter_key(i));
            bad += mine ? compare(mine, json_object_iter_value(i), json_object_iter_key(i)) : 1;
        }
        json_decref(object);
    }
    return bad;
}

/* Multivariate golden files were made without the stationarity tests. */
static int compare_file(const struct te_dataset *d, bool is_train)
{
    const char *golden = "../shared/golden/metadata";
    te_autofree char *path = te_asprintf(&err, "%s/%s__%s.%s.metadata.json", golden, d->collection,
                                         d->name, is_train ? "train" : "test");
    te_autofree char *expected = NULL;
    size_t len;
    if (!path || te_fs_read(path, TE_MAX_JSON_FILE, &expected, &len, &err) < 0)
        return 0;
    struct te_metadata m te_cleanup(te_metadata_release) = {0};
    CU_ASSERT_EQUAL_FATAL(te_metadata_analyze(is_train ? d->train_path : d->test_path,
                                              d->collection, d->name, is_train, false, &m, &err),
                          0);
    if (m.dimensions > 1)
        for (int64_t i = 0; i < m.dimensions; i++)
            m.channels[i].stationarity = TE_NOT_STATIONARY;
    te_autofree char *text = te_metadata_json(&m, 1, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    json_t *ours = json_loads(text, 0, NULL), *theirs = json_loads(expected, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ours);
    CU_ASSERT_PTR_NOT_NULL_FATAL(theirs);
    int bad = compare(ours, theirs, path);
    if (bad)
        te_note("in %s", path);
    CU_ASSERT_EQUAL(bad, 0);
    bytes_equal += strcmp(text, expected) == 0;
    json_decref(ours);
    json_decref(theirs);
    return 1;
}

static void equals_the_peers_metadata(void)
{
    char data[] = "../shared/data";
    char *folders[] = {data};
    if (!te_fs_exists("../shared/golden/metadata")) {
        te_skip("no ../shared/golden here");
        return;
    }
    struct te_strings roots = {folders, 1, 1};
    struct te_datasets all;
    CU_ASSERT_EQUAL_FATAL(te_datasets_open(&roots, NULL, &all, NULL, &err), 0);
    int files = 0;
    for (size_t i = 0; i < all.count; i++)
        files += compare_file(&all.items[i], false) + compare_file(&all.items[i], true);
    te_note("%d files: %zu values within 1e-9, %zu words equal; %zu files equal byte for byte",
            files, values, words, bytes_equal);
    CU_ASSERT_EQUAL(files, 27);
    te_datasets_release(&all);
}

/* The index's aggregated columns. */
static void equals_the_real_index(void)
{
    char data[] = "../shared/data";
    char *folders[] = {data};
    if (!te_fs_exists("../shared/data/datasets.csv")) {
        te_skip("no ../shared/data here");
        return;
    }
    struct te_strings roots = {folders, 1, 1};
    struct te_datasets all;
    CU_ASSERT_EQUAL_FATAL(te_datasets_open(&roots, NULL, &all, NULL, &err), 0);
    for (size_t i = 0; i < all.count; i++) {
        const struct te_dataset *d = &all.items[i];
        struct te_metadata m te_cleanup(te_metadata_release) = {0};
        CU_ASSERT_EQUAL_FATAL(te_metadata_analyze(d->test_path, d->collection, d->name, false,
                                                  d->dimensions > 1, &m, &err),
                              0);
        CU_ASSERT(near(te_metadata_mean(&m), d->mean));
        CU_ASSERT(near(te_metadata_stddev(&m), d->stddev));
        if (d->dimensions == 1)
            CU_ASSERT_STRING_EQUAL(te_metadata_trend(&m), d->trend);
        CU_ASSERT_STRING_EQUAL(te_metadata_stationarity(&m), d->stationarity);
    }
    te_datasets_release(&all);
}

TE_TESTS = {
    TE_TEST(analyzes_a_known_series),         TE_TEST(sums_like_numpy),
    TE_TEST(takes_odd_series_without_a_test), TE_TEST(equals_the_peers_metadata),
    TE_TEST(equals_the_real_index),
};
TE_TEST_MAIN

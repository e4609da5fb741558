#include "te_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/dataset.h"
#include "te/model/series.h"

static struct te_err err;
static char *folder;
static char *file;

static void set_up(void)
{
    te_err_clear(&err);
    folder = te_fs_mkdtemp("/tmp", "te-series-", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    file = te_fs_join(folder, "s.csv", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
}

static void tear_down(void)
{
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
    te_free(te_steal(folder));
    te_free(te_steal(file));
}

static void put(const char *text, size_t len)
{
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(file, text, len, &err), 0);
}

static int load(const char *text, unsigned want, struct te_series *out)
{
    put(text, strlen(text));
    return te_series_load(file, want, out, &err);
}

static void loads_all_parts(void)
{
    set_up();
    struct te_series s;
    CU_ASSERT_EQUAL_FATAL(
        load("timestamp,\"a,b\",c,is_anomaly\r\n0,1.5,-2,0\r\n\r\n1, 3e2 ,,1\n"
             "2,\"7\",True,0.0",
             TE_SERIES_VALUES | TE_SERIES_LABELS | TE_SERIES_INDEX | TE_SERIES_STAMPS, &s),
        0);
    CU_ASSERT_EQUAL(s.rows, 3);
    CU_ASSERT_EQUAL(s.dims, 2);
    CU_ASSERT_STRING_EQUAL(s.names[1], "a,b");
    CU_ASSERT_EQUAL(s.values[0], 1.5);
    CU_ASSERT_EQUAL(s.values[1], -2);
    CU_ASSERT_EQUAL(s.values[2], 300);
    CU_ASSERT(isnan(s.values[3]));
    CU_ASSERT_EQUAL(s.values[4], 7);
    CU_ASSERT_EQUAL(s.values[5], 1);
    CU_ASSERT_EQUAL(s.labels[0], 0);
    CU_ASSERT_EQUAL(s.labels[1], 1);
    CU_ASSERT_EQUAL(s.index[2], 2);
    CU_ASSERT_STRING_EQUAL(s.stamps + s.stamp_at[1], "1");
    double *column = te_series_column(&s, 1, &err);
    CU_ASSERT(column && column[0] == -2 && column[2] == 1);
    te_free(column);
    te_series_release(&s);
    tear_down();
}

static void finds_columns_by_position_and_name(void)
{
    set_up();
    struct te_series s;
    const char *text = "timestamp,is_anomaly,x\n2014-01-01 00:00:00,1,5\n2014-01-02 00:00:00,0,6\n";
    CU_ASSERT_EQUAL_FATAL(
        load(text, TE_SERIES_VALUES | TE_SERIES_LABELS | TE_SERIES_INDEX | TE_SERIES_STAMPS, &s),
        0);
    CU_ASSERT_EQUAL(s.values[0], 1);
    CU_ASSERT_EQUAL(s.labels[0], 1);
    CU_ASSERT_PTR_NULL(s.index);
    CU_ASSERT_STRING_EQUAL(s.stamps + s.stamp_at[1], "2014-01-02 00:00:00");
    te_series_release(&s);
    CU_ASSERT_EQUAL_FATAL(load(text, TE_SERIES_LAST | TE_SERIES_ANY_LABELS, &s), 0);
    CU_ASSERT_EQUAL(s.labels[1], 6);
    CU_ASSERT_PTR_NULL(s.values);
    te_series_release(&s);
    CU_ASSERT_EQUAL_FATAL(load(text, TE_SERIES_VALUES | TE_SERIES_ALL, &s), 0);
    CU_ASSERT_EQUAL(s.dims, 2);
    CU_ASSERT_EQUAL(s.values[3], 6);
    te_series_release(&s);
    uint8_t *labels;
    size_t rows;
    CU_ASSERT_EQUAL_FATAL(te_series_labels(file, &labels, &rows, &err), 0);
    CU_ASSERT(rows == 2 && labels[0] == 1 && labels[1] == 0);
    te_free(labels);
    tear_down();
}

static void names_line_and_column_of_faults(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "is empty: a header line is missing"},
        {"0,1.5,0\n1,2.5,0\n", "line 1: numbers where a header line should be"},
        {"timestamp,is_anomaly\n0,1\n", "has 2 columns"},
        {"timestamp,v,label\n0,1,1\n", "has no column 'is_anomaly'"},
        {"timestamp,v,is_anomaly\n", "has a header but no rows"},
        {"timestamp,v,is_anomaly\n0,1,0\n1,2\n", "line 3: 2 cells where the header has 3"},
        {"timestamp,v,is_anomaly\n0,1,0\n1,2,3,0\n", "line 3: 4 cells where the header has 3"},
        {"timestamp,v,is_anomaly\n0,1,0\n\n1,2x,0\n", "line 4, column 'v': '2x' is no number"},
        {"timestamp,v,is_anomaly\n0,1_0,0\n", "line 2, column 'v': '1_0' is no number"},
        {"timestamp,v,is_anomaly\n0,0x1,0\n", "line 2, column 'v': '0x1' is no number"},
        {"timestamp,v,is_anomaly\n0,1,0\n1,2,\n",
         "line 3: the label is missing; it must be 0 or 1"},
        {"timestamp,v,is_anomaly\n0,1,0\n1,2,2\n", "line 3: label 2 is neither 0 nor 1"},
        {"timestamp,v,is_anomaly\n0,1,yes\n", "line 2, column 'is_anomaly': 'yes' is no number"},
    };
    set_up();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_series s;
        CU_ASSERT_EQUAL(load(cases[i].text, TE_SERIES_VALUES | TE_SERIES_LABELS, &s), -1);
        CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, file));
        if (!strstr(err.text, cases[i].message)) {
            te_note("%s", err.text);
            CU_FAIL("message");
        }
        if (strstr(cases[i].message, "column 'v'"))
            continue; /* the label path does not look at features */
        uint8_t *labels;
        size_t rows;
        CU_ASSERT_EQUAL(te_series_labels(file, &labels, &rows, &err), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].message));
    }
    tear_down();
}

static void refuses_what_is_no_text_file(void)
{
    set_up();
    struct te_series s;
    put("timestamp,v,is_anomaly\n0,\0,0\n", 29);
    CU_ASSERT_EQUAL(te_series_load(file, TE_SERIES_VALUES, &s, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "line 2: a NUL byte"));
    CU_ASSERT_EQUAL(te_series_load(folder, TE_SERIES_VALUES, &s, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "is a folder, not a file"));
    te_autofree char *fifo = te_fs_join(folder, "fifo", &err);
    CU_ASSERT_EQUAL(mkfifo(fifo, 0600), 0);
    CU_ASSERT_EQUAL(te_series_load(fifo, TE_SERIES_VALUES, &s, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "FIFO"));
    te_autofree char *none = te_fs_join(folder, "none.csv", &err);
    CU_ASSERT_EQUAL(te_series_load(none, TE_SERIES_VALUES, &s, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    tear_down();
}

/* Lines across the borders of blocks, and one longer than a block. */
static void reads_over_block_borders(void)
{
    enum { ROWS = 60000, LONG = 300000 };
    set_up();
    struct te_buf buf;
    te_buf_init(&buf, 64 * 1024 * 1024);
    te_buf_adds(&buf, "timestamp,v,is_anomaly\n");
    for (int i = 0; i < ROWS; i++)
        te_buf_addf(&buf, "%d,%d.%d,%d\n", i, i * 7, i % 1000, i % 5 == 0);
    te_buf_adds(&buf, "1,");
    for (int i = 0; i < LONG; i++)
        te_buf_addc(&buf, ' ');
    te_buf_adds(&buf, "5,1\n");
    put(buf.data, buf.len);
    struct te_series s;
    CU_ASSERT_EQUAL_FATAL(
        te_series_load(file, TE_SERIES_VALUES | TE_SERIES_LABELS | TE_SERIES_INDEX, &s, &err), 0);
    CU_ASSERT_EQUAL(s.rows, ROWS + 1);
    size_t wrong = 0;
    for (int i = 0; i < ROWS; i++) {
        char text[64];
        snprintf(text, sizeof text, "%d.%d", i * 7, i % 1000);
        wrong +=
            s.values[i] != strtod(text, NULL) || s.labels[i] != (i % 5 == 0) || s.index[i] != i;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(s.values[ROWS], 5);
    te_series_release(&s);
    te_buf_release(&buf);
    tear_down();
}

static void counts_anomalies_as_the_analyzer(void)
{
    const double nan = (double)NAN;
    static const double plain[] = {0, 1, 1, 0, 1, 0};
    struct te_label_stats s;
    CU_ASSERT_EQUAL(te_label_stats(plain, 6, &s, &err), 0);
    CU_ASSERT_EQUAL(s.contamination, 0.5);
    CU_ASSERT(s.num_anomalies == 2 && s.min_length == 1 && s.median_length == 1 &&
              s.max_length == 2);
    const double odd[] = {1, 2, 2, 0.5, 0, nan, nan, 0};
    CU_ASSERT_EQUAL(te_label_stats(odd, 8, &s, &err), 0);
    CU_ASSERT_EQUAL(s.contamination, 0.125);
    CU_ASSERT_EQUAL(s.num_anomalies, 5);
    static const double four[] = {1, 1, 1, 0, 1, 1, 1, 1};
    CU_ASSERT_EQUAL(te_label_stats(four, 8, &s, &err), 0);
    CU_ASSERT_EQUAL(s.median_length, 3);
    CU_ASSERT_EQUAL(te_label_stats(plain, 1, &s, &err), 0);
    CU_ASSERT(s.num_anomalies == 0 && s.max_length == 0);
}

static void opens_custom_datasets(void)
{
    set_up();
    put("timestamp,v,is_anomaly\n0,1,0\n1,2,1\n2,2,1\n3,4,0\n", 47);
    te_autofree char *train = te_fs_join(folder, "t.csv", &err);
    const char *normal = "timestamp,v,label\n0,1,0\n1,2,0\n";
    CU_ASSERT_EQUAL(te_fs_write_atomic(train, normal, strlen(normal), &err), 0);
    te_autofree char *path = te_fs_join(folder, "c.json", &err);
    te_autofree char *text = te_asprintf(&err,
                                         "{\"z\": {\"test_path\": \"s.csv\", \"train_path\": "
                                         "\"./t.csv\", \"period\": 3, \"x\": 1},\n"
                                         " \"a\": {\"test_path\": \"%s\", \"type\": \"real\"}}",
                                         file);
    CU_ASSERT_EQUAL(te_fs_write_atomic(path, text, strlen(text), &err), 0);
    struct te_strings none = {0};
    struct te_datasets all;
    CU_ASSERT_EQUAL_FATAL(te_datasets_open(&none, path, &all, NULL, &err), 0);
    CU_ASSERT_EQUAL_FATAL(all.count, 2);
    CU_ASSERT_EQUAL(all.n_custom, 2);
    const struct te_dataset *d = &all.items[0];
    CU_ASSERT_STRING_EQUAL(d->name, "z");
    CU_ASSERT_EQUAL(d->training, TE_SEMI_SUPERVISED);
    CU_ASSERT_EQUAL(d->contamination, 0.5);
    CU_ASSERT(d->length == 4 && d->num_anomalies == 1 && d->period_size == 3 && d->period_is_int);
    CU_ASSERT_STRING_EQUAL(d->type, "unknown");
    CU_ASSERT_EQUAL(all.items[1].training, TE_UNSUPERVISED);
    CU_ASSERT_PTR_EQUAL(te_datasets_find(&all, "custom", "a"), &all.items[1]);
    te_datasets_release(&all);
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"a\": }", "line 1, column"},
        {"[]", "should be one JSON object"},
        {"{\"a\": 5}", "dataset 'a' should be an object"},
        {"{\"a\": {}}", "dataset 'a' has no 'test_path'"},
        {"{\"a\": {\"test_path\": 5}}", "'test_path' should be a path"},
        {"{\"a\": {\"test_path\": \"no.csv\"}}", "does not exist"},
        {"{\"a/b\": {\"test_path\": \"s.csv\"}}", "dataset name"},
        {"{\"a\": {\"test_path\": \"s.csv\", \"train_path\": \"x\"}}", "train_path"},
        {"{\"a\": {\"test_path\": \"t.csv\"}}", "has no column 'is_anomaly'"},
        {"{\"a\": {\"test_path\": \"s.csv\"}, \"a\": {\"test_path\": \"s.csv\"}}", "duplicate"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_EQUAL(te_fs_write_atomic(path, cases[i].text, strlen(cases[i].text), &err), 0);
        CU_ASSERT_EQUAL(te_datasets_open(&none, path, &all, NULL, &err), -1);
        CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "c.json'"));
        if (!strstr(err.text, cases[i].message)) {
            te_note("%s", err.text);
            CU_FAIL("message");
        }
    }
    tear_down();
}

static void custom_hides_indexed_of_the_same_name(void)
{
    if (!te_fs_exists("../shared/data/datasets.csv")) {
        te_skip("no ../shared/data here");
        return;
    }
    char data[] = "../shared/data", name[] = "ecg806", collection[] = "custom";
    char *folders[] = {data};
    struct te_strings roots = {folders, 1, 1};
    struct te_datasets all;
    CU_ASSERT_EQUAL_FATAL(
        te_datasets_open(&roots, "../shared/data/custom_datasets.json", &all, NULL, &err), 0);
    CU_ASSERT_EQUAL(all.count, 22);
    const struct te_dataset_filter filters[] = {
        {.dataset = name}, {.collection = collection}, {.has_min_anomalies = true}};
    static const size_t expected[] = {1, 2, 22};
    for (size_t i = 0; i < 3; i++) {
        uint32_t *indices;
        size_t count;
        CU_ASSERT_EQUAL_FATAL(te_datasets_select(&all, &filters[i], &indices, &count, &err), 0);
        CU_ASSERT_EQUAL(count, expected[i]);
        te_free(indices);
    }
    const struct te_dataset *d = te_datasets_find(&all, "custom", "ecg806");
    CU_ASSERT_PTR_NOT_NULL_FATAL(d);
    CU_ASSERT(d->length == 10000 && d->training == TE_SEMI_SUPERVISED && d->contamination == 0.015);
    te_datasets_release(&all);
}

/* The index's figures are those of the series. */
static void label_figures_equal_the_real_index(void)
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
    size_t compared = 0;
    for (size_t i = 0; i < all.count; i++) {
        const struct te_dataset *d = &all.items[i];
        struct te_series s;
        struct te_label_stats stats;
        CU_ASSERT_EQUAL_FATAL(
            te_series_load(d->test_path, TE_SERIES_VALUES | TE_SERIES_LABELS, &s, &err), 0);
        CU_ASSERT_EQUAL(te_label_stats(s.labels, s.rows, &stats, &err), 0);
        CU_ASSERT_EQUAL((int64_t)s.rows, d->length);
        CU_ASSERT_EQUAL((int64_t)s.dims, d->dimensions);
        CU_ASSERT_EQUAL(stats.contamination, d->contamination);
        CU_ASSERT_EQUAL(stats.num_anomalies, d->num_anomalies);
        CU_ASSERT_EQUAL(stats.min_length, d->min_anomaly_length);
        CU_ASSERT_EQUAL(stats.median_length, d->median_anomaly_length);
        CU_ASSERT_EQUAL(stats.max_length, d->max_anomaly_length);
        uint8_t *labels;
        size_t rows, same = 0;
        CU_ASSERT_EQUAL_FATAL(te_series_labels(d->test_path, &labels, &rows, &err), 0);
        CU_ASSERT_EQUAL_FATAL(rows, s.rows);
        for (size_t r = 0; r < rows; r++)
            same += labels[r] == s.labels[r];
        CU_ASSERT_EQUAL(same, rows);
        compared += 7;
        te_free(labels);
        te_series_release(&s);
    }
    te_note("%zu datasets, %zu figures compared", all.count, compared);
    te_datasets_release(&all);
}

/* Every allocation fails once: an error, and nothing is left behind. */
static void survives_failing_allocations(void)
{
    set_up();
    put("timestamp,v,is_anomaly\n0,1,0\n1,2,1\n2,2,1\n3,4,0\n", 47);
    te_autofree char *path = te_fs_join(folder, "c.json", &err);
    const char *text = "{\"a\": {\"test_path\": \"s.csv\", \"train_path\": \"s.csv\"}}";
    CU_ASSERT_EQUAL(te_fs_write_atomic(path, text, strlen(text), &err), 0);
    struct te_strings none = {0};
    unsigned long n = 1;
    for (;; n++) {
        struct te_datasets all;
        te_mem_fail_at(n);
        int rc = te_datasets_open(&none, path, &all, NULL, &err);
        te_mem_fail_at(0);
        if (rc == 0) {
            te_datasets_release(&all);
            break;
        }
        CU_ASSERT_NOT_EQUAL(err.code, TE_OK);
    }
    te_note("%lu allocations failed one after the other", n - 1);
    CU_ASSERT(n > 20);
    tear_down();
}

TE_TESTS = {
    TE_TEST(survives_failing_allocations),          TE_TEST(loads_all_parts),
    TE_TEST(finds_columns_by_position_and_name),    TE_TEST(names_line_and_column_of_faults),
    TE_TEST(refuses_what_is_no_text_file),          TE_TEST(reads_over_block_borders),
    TE_TEST(counts_anomalies_as_the_analyzer),      TE_TEST(opens_custom_datasets),
    TE_TEST(custom_hides_indexed_of_the_same_name), TE_TEST(label_figures_equal_the_real_index),
};
TE_TEST_MAIN

#include "te_test.h"

#include <math.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/dataset.h"
#include "te/model/series.h"
#include "te/report/synth.h"

static struct te_err err;

/* The folder that the project ships is what the generator makes, to the last byte. */
static void samples_are_the_shipped_ones(void)
{
    te_autofree char *folder = te_fs_mkdtemp("/tmp", "te-synth-", &err);
    static const char *const files[] = {"SHA256SUMS", "datasets.csv"};
    if (!te_fs_exists("datasets-index/SHA256SUMS")) {
        te_skip("no datasets-index here");
        return;
    }
    for (size_t i = 0; i < te_synth_sample_count(); i++)
        CU_ASSERT_EQUAL_FATAL(te_synth_write(folder, te_synth_sample(i), false, &err), 0);
    CU_ASSERT_EQUAL(te_synth_checksums(folder, &err), 0);
    for (size_t i = 0; i < 2; i++) {
        te_autofree char *made = te_fs_join(folder, files[i], &err);
        te_autofree char *shipped = te_fs_join("datasets-index", files[i], &err);
        te_autofree char *a = NULL, *b = NULL;
        size_t n, m;
        CU_ASSERT_EQUAL_FATAL(te_fs_read(made, TE_MIB, &a, &n, &err), 0);
        CU_ASSERT_EQUAL_FATAL(te_fs_read(shipped, TE_MIB, &b, &m, &err), 0);
        CU_ASSERT_STRING_EQUAL(a, b);
    }
    te_note("%zu datasets made", te_synth_sample_count());
    CU_ASSERT_EQUAL(te_synth_write(folder, te_synth_sample(0), false, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    CU_ASSERT_EQUAL(te_synth_write(folder, te_synth_sample(0), true, &err), 0);
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

static void index_agrees_with_the_series(void)
{
    char root[] = "datasets-index";
    char *items[] = {root};
    struct te_strings roots = {items, 1, 1};
    struct te_datasets all;
    if (!te_fs_exists("datasets-index/datasets.csv")) {
        te_skip("no datasets-index here");
        return;
    }
    CU_ASSERT_EQUAL_FATAL(te_datasets_open(&roots, NULL, &all, NULL, &err), 0);
    for (size_t i = 0; i < all.count; i++) {
        const struct te_dataset *d = &all.items[i];
        struct te_series s;
        struct te_label_stats stats;
        CU_ASSERT_EQUAL_FATAL(te_series_load(d->test_path,
                                             TE_SERIES_VALUES | TE_SERIES_LABELS | TE_SERIES_INDEX,
                                             &s, &err),
                              0);
        CU_ASSERT_EQUAL(te_label_stats(s.labels, s.rows, &stats, &err), 0);
        CU_ASSERT((int64_t)s.rows == d->length && (int64_t)s.dims == d->dimensions);
        CU_ASSERT((s.index == NULL) == d->datetime_index);
        CU_ASSERT(stats.num_anomalies == d->num_anomalies &&
                  stats.contamination == d->contamination);
        te_series_release(&s);
        CU_ASSERT_EQUAL(d->train_path != NULL, d->training != TE_UNSUPERVISED);
        if (!d->train_path)
            continue;
        CU_ASSERT_EQUAL_FATAL(te_series_load(d->train_path, TE_SERIES_LABELS, &s, &err), 0);
        CU_ASSERT_EQUAL(te_label_stats(s.labels, s.rows, &stats, &err), 0);
        CU_ASSERT_EQUAL(stats.num_anomalies > 0, d->training == TE_SUPERVISED);
        te_series_release(&s);
    }
    te_datasets_release(&all);
}

enum { ROWS = 1000 };

/* Each kind of anomaly changes the series where the labels say, and (but for those that move the
 * phase for good) nowhere else. */
static void anomalies_are_where_the_labels_say(void)
{
    static double with[ROWS], without[ROWS];
    static uint8_t labels[ROWS], none[ROWS];
    for (int base = 0; base < TE_BASE_COUNT; base++)
        for (int kind = 0; kind < TE_ANOMALY_COUNT; kind++) {
            struct te_gen_channel channel = {(enum te_base_kind)base, 37, 2, 0, 5,
                                             TE_GEN_LINEAR,           1};
            struct te_gen_anomaly anomaly = {(enum te_anomaly_kind)kind, 60, 1.5, 0};
            struct te_gen_spec spec = {ROWS, 1, &channel, 1, &anomaly, 99};
            CU_ASSERT_EQUAL_FATAL(te_generate(&spec, with, labels, &err), 0);
            anomaly.strength = 0;
            anomaly.kind = TE_ANOMALY_AMPLITUDE;
            anomaly.length = 1;
            CU_ASSERT_EQUAL_FATAL(te_generate(&spec, without, none, &err), 0);
            size_t inside = 0, before = 0, points = 0, first = 0;
            for (size_t i = 0; i < ROWS; i++) {
                points += labels[i];
                first = points ? first : i + 1;
                inside += labels[i] && with[i] != without[i];
                before += i < first && with[i] != without[i];
            }
            CU_ASSERT_EQUAL(points, kind == TE_ANOMALY_EXTREMUM ? 1 : 60);
            CU_ASSERT_EQUAL(before, 0);
            bool phase = kind == TE_ANOMALY_FREQUENCY || kind == TE_ANOMALY_PATTERN_SHIFT;
            bool flat = base == TE_BASE_RANDOM_MODE_JUMP || base == TE_BASE_CYLINDER_BELL_FUNNEL ||
                        base == TE_BASE_SQUARE;
            bool deaf = base == TE_BASE_RANDOM_WALK || base == TE_BASE_POLYNOMIAL ||
                        base == TE_BASE_RANDOM_MODE_JUMP;
            if (!(phase && deaf) && !flat)
                CU_ASSERT(inside > 0);
        }
}

static void refuses_what_does_not_fit(void)
{
    double values[100];
    uint8_t labels[100];
    struct te_gen_channel channel = {TE_BASE_SINE, 10, 1, 0, 0, TE_GEN_NO_TREND, 0};
    struct te_gen_anomaly anomaly = {TE_ANOMALY_MEAN, 99, 1, 0};
    struct te_gen_spec spec = {100, 1, &channel, 1, &anomaly, 1};
    CU_ASSERT_EQUAL(te_generate(&spec, values, labels, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    anomaly.length = 5;
    anomaly.channel = 1;
    CU_ASSERT_EQUAL(te_generate(&spec, values, labels, &err), -1);
    anomaly.channel = 0;
    channel.period = 1;
    CU_ASSERT_EQUAL(te_generate(&spec, values, labels, &err), -1);
}

TE_TESTS = {
    TE_TEST(samples_are_the_shipped_ones),
    TE_TEST(index_agrees_with_the_series),
    TE_TEST(anomalies_are_where_the_labels_say),
    TE_TEST(refuses_what_does_not_fit),
};
TE_TEST_MAIN

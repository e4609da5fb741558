/*
 * Speed of reading a canonical CSV file, beside a memchr scan over the same bytes in the same run.
 *
 *   bench_csv [ROWS] [FILE]     default 2,000,000 rows into a temporary file
 *
 * Every value read is compared with strtod.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/base/buf.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/rng.h"
#include "te/model/series.h"
#include "te/text/num.h"

enum { REPEATS = 3 };

static int fail(const struct te_err *err)
{
    fprintf(stderr, "bench_csv: %s\n", err->text);
    return 1;
}

/* One feature with as many digits as measured data has, and a rare anomaly. */
static int write_file(const char *path, size_t rows, struct te_err *err)
{
    FILE *out = fopen(path, "w");
    struct te_rng rng;
    if (!out)
        return te_err_sys(err, TE_ERR_IO, "cannot create '%s'", path);
    te_rng_seed(&rng, 1);
    fputs("timestamp,value,is_anomaly\n", out);
    for (size_t i = 0; i < rows; i++) {
        char text[TE_NUM_TEXT];
        te_num_repr(te_rng_normal(&rng) * 100, text);
        fprintf(out, "%zu,%s,%d\n", i, text, te_rng_below(&rng, 100) == 0);
    }
    if (fclose(out) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot write '%s'", path);
    return 0;
}

static double scan_time(const char *data, size_t len)
{
    double best = HUGE_VAL;
    for (int i = 0; i < REPEATS; i++) {
        double start = te_clock_mono();
        size_t lines = 0;
        for (const char *p = data; (p = memchr(p, '\n', len - (size_t)(p - data))); p++)
            lines++;
        double time = te_clock_mono() - start;
        if (lines && time < best)
            best = time;
    }
    return best;
}

static size_t wrong_values(const char *data, const struct te_series *s)
{
    size_t wrong = 0;
    const char *p = strchr(data, '\n');
    for (size_t i = 0; i < s->rows; i++) {
        char *end;
        p = strchr(p, ',') + 1;
        double expected = strtod(p, &end);
        wrong += memcmp(&expected, &s->values[i * s->dims], sizeof expected) != 0;
        p = strchr(end, '\n');
    }
    return wrong;
}

static int load_time(const char *path, unsigned want, double *best, struct te_series *series,
                     struct te_err *err)
{
    *best = HUGE_VAL;
    for (int i = 0; i < REPEATS; i++) {
        double start = te_clock_mono();
        te_series_release(series);
        if (te_series_load(path, want, series, err) < 0)
            return -1;
        double time = te_clock_mono() - start;
        *best = time < *best ? time : *best;
    }
    return 0;
}

static int labels_time(const char *path, double *best, struct te_err *err)
{
    *best = HUGE_VAL;
    for (int i = 0; i < REPEATS; i++) {
        uint8_t *labels;
        size_t rows;
        double start = te_clock_mono();
        if (te_series_labels(path, &labels, &rows, err) < 0)
            return -1;
        double time = te_clock_mono() - start;
        *best = time < *best ? time : *best;
        te_free(labels);
    }
    return 0;
}

static int measure(const char *path, struct te_err *err)
{
    te_autofree char *data = NULL;
    size_t len;
    double load, labels;
    struct te_series series te_cleanup(te_series_release) = {0};
    if (te_fs_read(path, 16 * TE_GIB, &data, &len, err) < 0)
        return -1;
    double scan = scan_time(data, len), mb = (double)len / 1e6;
    if (load_time(path, TE_SERIES_VALUES | TE_SERIES_LABELS, &load, &series, err) < 0 ||
        labels_time(path, &labels, err) < 0)
        return -1;
    size_t wrong = wrong_values(data, &series);
    printf("csv: %zu rows, %.0f MB; memchr scan %.0f MB/s\n", series.rows, mb, mb / scan);
    printf(
        "csv: values and labels %.0f MB/s, ratio to the scan %.4f, %zu values differ from strtod\n",
        mb / load, scan / load, wrong);
    printf("csv: labels alone %.0f MB/s, ratio to the scan %.4f\n", mb / labels, scan / labels);
    return wrong ? te_err_set(err, TE_ERR_FORMAT, "%zu values differ from strtod", wrong) : 0;
}

int main(int argc, char **argv)
{
    struct te_err err = TE_ERR_INIT;
    size_t rows = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000000;
    if (argc > 2)
        return measure(argv[2], &err) < 0 ? fail(&err) : 0;
    te_autofree char *folder = te_fs_mkdtemp("/tmp", "te-bench-csv-", &err);
    if (!folder)
        return fail(&err);
    te_autofree char *path = te_fs_join(folder, "bench.csv", &err);
    int rc = !path || write_file(path, rows, &err) < 0 || measure(path, &err) < 0 ? fail(&err) : 0;
    return te_fs_remove_tree(folder, &err) < 0 ? fail(&err) : rc;
}

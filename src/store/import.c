#include "te/store/import.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "import_folders.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/map.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/base/units.h"
#include "te/metric/scale.h"
#include "te/model/dataset.h"
#include "te/report/table.h"
#include "te/report/tree.h"
#include "te/text/csv.h"
#include "te/text/num.h"

struct import {
    const char *folder;
    char *csv_path;
    struct te_csv csv;
    int column[TE_COL_COUNT];
    int *metric_column;
    struct te_rec_header header; /* metrics borrow the table's cells */
    const struct te_datasets *datasets;
    struct te_map seen; /* experiment -> how many there were */
    struct te_h5_writer *writer;
    size_t without; /* rows that are OK and have no score file */
    struct te_strings *notices;
};

static int complain(const struct import *im, size_t row, const char *column, const char *cell,
                    const char *wanted, struct te_err *err)
{
    return te_err_set(err, TE_ERR_USAGE, "%s:%u: column '%s' has '%s': %s", im->csv_path,
                      te_csv_line(&im->csv, row), column, cell, wanted);
}

/* A metric column has numbers alone, and is none of TimeEval's. */
static bool is_metric(const struct import *im, size_t col)
{
    const char *name = te_csv_header(&im->csv, col);
    if (strcmp(name, "train_postprocess_time") == 0 || name[0] == '\0')
        return false;
    for (int c = 0; c < TE_COL_COUNT; c++)
        if (strcmp(name, te_table_column_name((enum te_table_column)c)) == 0)
            return false;
    for (size_t row = 0; row < im->csv.n_rows; row++) {
        const char *cell = te_csv_cell(&im->csv, row, col);
        double value;
        size_t len = strlen(cell);
        if (!te_csv_is_missing(cell, len) && te_num_parse(cell, len, &value) != len)
            return false;
    }
    return true;
}

static int find_columns(struct import *im, struct te_err *err)
{
    static const enum te_table_column needed[] = {TE_COL_ALGORITHM,  TE_COL_COLLECTION,
                                                  TE_COL_DATASET,    TE_COL_STATUS,
                                                  TE_COL_REPETITION, TE_COL_HYPER_PARAMS_ID};
    for (int c = 0; c < TE_COL_COUNT; c++)
        im->column[c] = te_csv_column(&im->csv, te_table_column_name((enum te_table_column)c));
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (im->column[needed[i]] < 0)
            return te_err_set(err, TE_ERR_USAGE, "%s:1: there is no column '%s'", im->csv_path,
                              te_table_column_name(needed[i]));
    im->metric_column = te_zalloc(im->csv.n_cols, sizeof *im->metric_column, err);
    im->header.metrics = te_zalloc(im->csv.n_cols, sizeof *im->header.metrics, err);
    if (!im->metric_column || !im->header.metrics)
        return -1;
    for (size_t col = 0; col < im->csv.n_cols; col++)
        if (is_metric(im, col)) {
            im->metric_column[im->header.n_metrics] = (int)col;
            im->header.metrics[im->header.n_metrics++] = im->csv.cells[col];
        }
    return 0;
}

/* "" where the table lacks the column. */
static const char *cell_of(const struct import *im, size_t row, enum te_table_column c)
{
    return im->column[c] < 0 ? "" : te_csv_cell(&im->csv, row, (size_t)im->column[c]);
}

static int number_of(const struct import *im, size_t row, enum te_table_column c, double *out,
                     struct te_err *err)
{
    const char *cell = cell_of(im, row, c);
    size_t len = strlen(cell);
    *out = NAN;
    if (te_csv_is_missing(cell, len) || te_num_parse(cell, len, out) == len)
        return 0;
    return complain(im, row, te_table_column_name(c), cell, "a number is wanted", err);
}

/* TimeEval's scripts write lower-case words, its runs names in upper case. */
static int training_of(const struct import *im, size_t row, enum te_table_column c,
                       enum te_training *out, struct te_err *err)
{
    const char *cell = cell_of(im, row, c);
    if (cell[0] == '\0' || te_training_parse(cell, out) == 0)
        return 0;
    for (int i = 0; i < TE_TRAINING_COUNT; i++)
        if (strcmp(cell, te_training_name((enum te_training)i)) == 0) {
            *out = (enum te_training)i;
            return 0;
        }
    return complain(im, row, te_table_column_name(c), cell,
                    "UNSUPERVISED, SEMI_SUPERVISED or SUPERVISED is wanted", err);
}

static int dimension_of(const struct import *im, size_t row, enum te_table_column c,
                        enum te_dimension *out, struct te_err *err)
{
    const char *cell = cell_of(im, row, c);
    if (cell[0] == '\0' || te_dimension_parse(cell, out) == 0)
        return 0;
    return complain(im, row, te_table_column_name(c), cell, "UNIVARIATE or MULTIVARIATE is wanted",
                    err);
}

static int status_of(const struct import *im, size_t row, enum te_status *out, struct te_err *err)
{
    const char *cell = cell_of(im, row, TE_COL_STATUS);
    const char *word = te_str_starts(cell, "Status.") ? cell + 7 : cell;
    if (te_status_parse(word, out) == 0)
        return 0;
    if (strcmp(word, "needs fix") == 0) { /* TimeEval's create_summary */
        *out = TE_STATUS_ERROR;
        return 0;
    }
    return complain(im, row, "status", cell, "OK, ERROR, TIMEOUT or OOM is wanted", err);
}

static int task_of(const struct import *im, size_t row, struct te_task *t, struct te_err *err)
{
    int64_t repetition;
    if (te_parse_int(cell_of(im, row, TE_COL_REPETITION), 1, INT32_MAX, &repetition, err) < 0)
        return te_err_wrap(err, "%s:%u: column 'repetition'", im->csv_path,
                           te_csv_line(&im->csv, row));
    *t = (struct te_task){.number = (uint32_t)row, .repetition = (uint32_t)repetition};
    t->algorithm = te_strdup(cell_of(im, row, TE_COL_ALGORITHM), err);
    t->collection = te_strdup(cell_of(im, row, TE_COL_COLLECTION), err);
    t->dataset = te_strdup(cell_of(im, row, TE_COL_DATASET), err);
    t->hyper_params_id = te_strdup(cell_of(im, row, TE_COL_HYPER_PARAMS_ID), err);
    t->params_json = te_strdup(cell_of(im, row, TE_COL_HYPER_PARAMS), err);
    if (!t->algorithm || !t->collection || !t->dataset || !t->hyper_params_id || !t->params_json)
        return -1;
    if (training_of(im, row, TE_COL_ALGO_TRAINING, &t->algorithm_training, err) < 0 ||
        training_of(im, row, TE_COL_DATASET_TRAINING, &t->dataset_training, err) < 0 ||
        dimension_of(im, row, TE_COL_ALGO_DIMENSION, &t->algorithm_dimension, err) < 0)
        return -1;
    return dimension_of(im, row, TE_COL_DATASET_DIMENSION, &t->dataset_dimension, err);
}

static int result_of(const struct import *im, size_t row, struct te_result *r, struct te_err *err)
{
    te_result_init(r);
    r->number = (uint32_t)row;
    r->attempt = 1;
    r->error_message = te_strdup(cell_of(im, row, TE_COL_ERROR_MESSAGE), err);
    r->metrics = te_zalloc(im->header.n_metrics, sizeof *r->metrics, err);
    r->n_metrics = im->header.n_metrics;
    if (!r->error_message || !r->metrics || status_of(im, row, &r->status, err) < 0 ||
        number_of(im, row, TE_COL_TRAIN_PREPROCESS, &r->train_preprocess_time, err) < 0 ||
        number_of(im, row, TE_COL_TRAIN_MAIN, &r->phase[TE_TRAIN].main_time, err) < 0 ||
        number_of(im, row, TE_COL_EXECUTE_PREPROCESS, &r->execute_preprocess_time, err) < 0 ||
        number_of(im, row, TE_COL_EXECUTE_MAIN, &r->phase[TE_EXECUTE].main_time, err) < 0 ||
        number_of(im, row, TE_COL_EXECUTE_POSTPROCESS, &r->execute_postprocess_time, err) < 0)
        return -1;
    for (size_t i = 0; i < r->n_metrics; i++) {
        const char *cell = te_csv_cell(&im->csv, row, (size_t)im->metric_column[i]);
        size_t len = strlen(cell);
        r->metrics[i].has_value =
            !te_csv_is_missing(cell, len) && te_num_parse(cell, len, &r->metrics[i].value) == len;
    }
    for (int p = 0; p < TE_PHASE_COUNT; p++)
        r->phase[p].ran = !isnan(r->phase[p].main_time);
    if (r->status == TE_STATUS_TIMEOUT)
        r->reason = TE_REASON_TIMEOUT;
    else if (r->status == TE_STATUS_OOM)
        r->reason = TE_REASON_OOM;
    return 0;
}

/* The same identity that a plan gives; equal rows are counted. */
static int identify(struct import *im, struct te_task *t, struct te_err *err)
{
    unsigned char digest[TE_HASH_SHA256_BYTES];
    uint64_t n = 0;
    te_autofree char *key =
        te_asprintf(err, "%s\x1f%s\x1f%s\x1f%s\x1f%u", t->algorithm, t->collection, t->dataset,
                    t->hyper_params_id, t->repetition);
    if (!key)
        return -1;
    te_map_get(&im->seen, key, &n);
    te_autofree char *text = te_asprintf(err, "%s\x1f%llu", key, (unsigned long long)n);
    if (!text || te_map_put(&im->seen, key, n + 1, NULL, err) < 0 ||
        te_sha256(text, strlen(text), digest, err) < 0)
        return -1;
    for (int i = 0; i < 8; i++)
        t->id = t->id << 8 | digest[i];
    return 0;
}

/* ---- files of an experiment ------------------------------------------------------------- */

/* NULL without err: the file is not there. */
static char *read_file(const char *folder, const char *name, size_t *len, struct te_err *err)
{
    char *data = NULL;
    te_autofree char *path = te_fs_join(folder, name, err);
    if (!path || !te_fs_exists(path))
        return NULL;
    return te_fs_read(path, 64 * TE_GIB, &data, len, err) < 0 ? NULL : data;
}

/* TimeEval's raw scores may be booleans, too. */
static size_t parse_score(const char *text, size_t len, double *out)
{
    for (int b = 0; b < 2; b++) {
        const char *word = b ? "True" : "False";
        size_t n = strlen(word);
        if (len < n || memcmp(text, word, n) != 0)
            continue;
        *out = b;
        return n;
    }
    return te_num_parse(text, len, out);
}

static int parse_scores(const char *text, size_t len, double **out, size_t *count,
                        struct te_err *err)
{
    size_t lines = 1, n = 0;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    te_autofree double *values = te_alloc(lines * sizeof *values, err);
    if (!values)
        return -1;
    for (size_t at = 0; at < len;) {
        size_t used = parse_score(text + at, len - at, &values[n]);
        if (used == 0 || (at + used < len && text[at + used] != '\n'))
            return te_err_set(err, TE_ERR_USAGE, "line %zu is not one number", n + 1);
        n++;
        at += used + 1;
    }
    *out = te_steal(values);
    *count = n;
    return 0;
}

/* A file that is no list of numbers (cut in the middle of one) is told and not taken. */
static int leave_out(struct import *im, const char *folder, const char *name, struct te_err *err)
{
    struct te_err why = *err;
    te_err_clear(err);
    te_autofree char *note = te_asprintf(err, "'%s/%s' is left out: %s", folder, name, why.text);
    return note ? te_strings_add(im->notices, note, err) : -1;
}

static int read_scores(struct import *im, const char *folder, struct te_result *r, double **scores,
                       size_t *count, struct te_err *err)
{
    const char *name = "raw_anomaly_scores.ts";
    size_t len = 0;
    te_autofree char *text = read_file(folder, name, &len, err);
    if (!text && err->code == 0) {
        name = "anomaly_scores.ts"; /* scaled already: scaling them again changes little */
        text = read_file(folder, name, &len, err);
    }
    if (!text) {
        im->without += err->code == 0 && r->status == TE_STATUS_OK;
        return err->code ? -1 : 0;
    }
    if (parse_scores(text, len, scores, count, err) < 0)
        return err->code == TE_ERR_NOMEM ? -1 : leave_out(im, folder, name, err);
    r->n_scores = *count;
    r->integer_scores = *count > 0 && strpbrk(text, ".eEnN") == NULL;
    te_scale_find(*scores, *count, &r->score_min, &r->score_max);
    return 0;
}

static int read_texts(const char *folder, struct te_task *t, struct te_result *r,
                      struct te_err *err)
{
    size_t len = 0;
    r->log = read_file(folder, "execution.log", &len, err);
    if (r->log && strlen(r->log) != len) /* NUL bytes end a text here */
        for (size_t i = 0; i < len; i++)
            r->log[i] = r->log[i] ? r->log[i] : '?';
    if (err->code || t->params_json[0])
        return err->code ? -1 : 0;
    char *params = read_file(folder, "hyper_params.json", &len, err);
    if (params) {
        te_free(t->params_json);
        t->params_json = params;
    }
    return err->code ? -1 : 0;
}

static int find_dataset(const struct import *im, struct te_task *t, struct te_err *err)
{
    const struct te_dataset *d =
        im->datasets ? te_datasets_find(im->datasets, t->collection, t->dataset) : NULL;
    if (!d)
        return 0;
    t->dataset_length = d->length;
    t->dataset_dims = d->dimensions;
    t->test_path = te_strdup(d->test_path, err);
    if (d->train_path)
        t->train_path = te_strdup(d->train_path, err);
    return t->test_path && (t->train_path || !d->train_path) ? 0 : -1;
}

/* Task, result and scores of a row; widths (may be NULL): measure only. */
static int import_row(struct import *im, size_t row, struct te_h5_widths *widths,
                      struct te_err *err)
{
    struct te_task t = {0};
    struct te_result r;
    te_autofree double *scores = NULL;
    size_t count = 0;
    te_result_init(&r);
    int rc = task_of(im, row, &t, err);
    te_autofree char *below = rc == 0 ? te_tree_path(&t, err) : NULL;
    te_autofree char *folder = below ? te_fs_join(im->folder, below, err) : NULL;
    if (!folder || result_of(im, row, &r, err) < 0 || identify(im, &t, err) < 0 ||
        find_dataset(im, &t, err) < 0 || read_texts(folder, &t, &r, err) < 0)
        rc = -1;
    r.id = t.id;
    if (rc == 0 && widths)
        te_h5_widths_add(widths, &t, &r);
    else if (rc == 0 && (read_scores(im, folder, &r, &scores, &count, err) < 0 ||
                         (count && te_h5_writer_scores(im->writer, scores, count, err) < 0) ||
                         te_h5_writer_row(im->writer, &t, &r, err) < 0))
        rc = -1;
    te_task_release(&t);
    te_result_release(&r);
    return rc;
}

/* results.csv, or what it would be. */
static int read_table(struct import *im, struct te_err *err)
{
    struct te_buf text;
    size_t untouched = 0;
    if (te_fs_exists(im->csv_path))
        return te_csv_read(im->csv_path, 16 * TE_GIB, &im->csv, err);
    te_buf_init(&text, 16 * TE_GIB);
    int rc = te_import_folders(im->folder, im->datasets, &text, &untouched, err);
    if (rc == 0)
        rc = te_csv_parse(im->csv_path, text.data, text.len, &im->csv, err);
    te_buf_release(&text);
    te_autofree char *note =
        rc == 0 ? te_asprintf(err,
                              "there is no results.csv: statuses are told from the folders, %zu "
                              "experiments that never began are left out",
                              untouched)
                : NULL;
    return note ? te_strings_add(im->notices, note, err) : -1;
}

static int import_all(struct import *im, const char *out, struct te_strings *notices,
                      struct te_err *err)
{
    struct te_h5_widths widths = {.rows = 0};
    struct te_h5_options options = {
        .scores = true,
        .complete = true,
        .labels = im->datasets ? te_h5_labels_from_file : NULL,
        .notices = notices,
    };
    if (read_table(im, err) < 0 || find_columns(im, err) < 0)
        return -1;
    for (size_t i = 0; i < im->csv.n_rows; i++)
        if (import_row(im, i, &widths, err) < 0)
            return -1;
    te_map_release(&im->seen);
    te_map_init(&im->seen);
    im->header.n_experiments = im->csv.n_rows;
    im->header.created = NAN;
    struct te_h5_facts facts = {
        .header = &im->header, .ended = NAN, .complete = true, .exit_code = -1};
    if (te_h5_writer_open(out, &facts, &widths, &options, &im->writer, err) < 0)
        return -1;
    for (size_t i = 0; i < im->csv.n_rows; i++)
        if (import_row(im, i, NULL, err) < 0)
            return -1;
    return te_h5_writer_commit(im->writer, err);
}

int te_import(const char *folder, const char *out, const struct te_datasets *datasets,
              struct te_strings *notices, size_t *rows, struct te_err *err)
{
    te_err_clear(err); /* below it tells what is missing from what failed */
    struct import im = {.folder = folder, .datasets = datasets, .notices = notices};
    te_autofree char *name = te_strdup(te_fs_basename(folder), err);
    im.csv_path = name ? te_fs_join(folder, TE_H5_CSV, err) : NULL;
    im.header.run_name = name;
    te_map_init(&im.seen);
    int rc = im.csv_path ? import_all(&im, out, notices, err) : -1;
    if (rc == 0) {
        te_autofree char *text = te_asprintf(err, "%zu experiments have no score file", im.without);
        if (im.without && (!text || te_strings_add(notices, text, err) < 0))
            rc = -1;
        if (rc == 0 && !datasets)
            rc = te_strings_add(notices,
                                "without --root or --custom the file has no labels, and cannot be "
                                "rescored",
                                err);
        *rows = im.csv.n_rows;
    }
    te_h5_writer_close(im.writer);
    te_csv_release(&im.csv);
    te_map_release(&im.seen);
    te_free(im.metric_column);
    te_free(im.header.metrics);
    te_free(im.csv_path);
    return rc;
}

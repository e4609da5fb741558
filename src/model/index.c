/* datasets.csv: the index of a dataset folder. Columns are found by name, order and extra ones do
 * not matter. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/text/csv.h"
#include "te/text/num.h"
#include "te/model/index.h"
#include "dataset_parts.h"

enum kind { NAME, TEXT, PATH, BOOL, INT, FLOAT };

#define FIELD(name) offsetof(struct te_dataset, name)

/* flag: where it is noted that a cell is not empty (BOOL only). */
static const struct column {
    const char *name;
    enum kind kind;
    bool required;
    size_t offset, flag;
} columns[] = {
    {"collection_name", NAME, true, FIELD(collection), 0},
    {"dataset_name", NAME, true, FIELD(name), 0},
    {"train_path", PATH, true, FIELD(train_path), 0},
    {"test_path", PATH, true, FIELD(test_path), 0},
    {"dataset_type", TEXT, true, FIELD(type), 0},
    {"datetime_index", BOOL, true, FIELD(datetime_index), FIELD(has_datetime_index)},
    {"split_at", FLOAT, false, FIELD(split_at), 0},
    {"train_type", TEXT, true, FIELD(train_type), 0},
    {"train_is_normal", BOOL, true, FIELD(train_is_normal), FIELD(has_train_is_normal)},
    {"input_type", TEXT, true, FIELD(input_type), 0},
    {"length", INT, true, FIELD(length), 0},
    {"dimensions", INT, true, FIELD(dimensions), 0},
    {"contamination", FLOAT, true, FIELD(contamination), 0},
    {"num_anomalies", INT, true, FIELD(num_anomalies), 0},
    {"min_anomaly_length", INT, true, FIELD(min_anomaly_length), 0},
    {"median_anomaly_length", INT, true, FIELD(median_anomaly_length), 0},
    {"max_anomaly_length", INT, true, FIELD(max_anomaly_length), 0},
    {"mean", FLOAT, false, FIELD(mean), 0},
    {"stddev", FLOAT, false, FIELD(stddev), 0},
    {"trend", TEXT, false, FIELD(trend), 0},
    {"stationarity", TEXT, false, FIELD(stationarity), 0},
    {"period_size", FLOAT, false, FIELD(period_size), 0},
};

enum { N_COLUMNS = sizeof columns / sizeof columns[0] };
_Static_assert((int)N_COLUMNS == (int)TE_INDEX_COLUMNS, "one number for both");

/* Where a cell stands, for messages. */
struct place {
    const char *file;
    uint32_t line;
    const char *column;
    const char *folder;
};

static int bad_cell(const struct place *at, const char *cell, const char *right, struct te_err *err)
{
    return te_err_set(err, TE_ERR_USAGE, "'%s' line %u, column '%s': '%s' should be %s", at->file,
                      at->line, at->column, cell, right);
}

static int set_text(const char *cell, char **out, struct te_err *err)
{
    *out = te_strdup(cell, err);
    return *out ? 0 : -1;
}

static int set_name(const struct place *at, const char *cell, char **out, struct te_err *err)
{
    if (te_str_check_name(at->column, cell, err) < 0)
        return te_err_wrap(err, "'%s' line %u", at->file, at->line);
    return set_text(cell, out, err);
}

/* Does a part of the path lead upwards? */
static bool leads_up(const char *path)
{
    for (const char *p = path; p; p = strchr(p, '/')) {
        p += *p == '/';
        size_t n = strcspn(p, "/");
        if (n == 2 && memcmp(p, "..", 2) == 0)
            return true;
    }
    return false;
}

/* TimeEval takes any path. Here a dataset lies below the folder of its index: every host has that
 * folder as its mirror, and nothing outside it is compared, copied or shown to a container. */
static int set_path(const struct place *at, const char *cell, char **out, struct te_err *err)
{
    if (te_csv_is_missing(cell, strlen(cell)))
        return 0;
    if (cell[0] == '/' || leads_up(cell))
        return bad_cell(
            at, cell, "a path below the folder of the index, neither absolute nor with '..'", err);
    if (strlen(cell) >= TE_MAX_PATH)
        return bad_cell(at, "...", "shorter than 4096 bytes", err);
    *out = te_fs_join(at->folder, cell, err);
    return *out ? 0 : -1;
}

static int set_number(const struct place *at, const char *cell, double *out, struct te_err *err)
{
    size_t len = strlen(cell);
    *out = (double)NAN;
    if (te_csv_is_missing(cell, len))
        return 0;
    while (len && (cell[len - 1] == ' ' || cell[len - 1] == '\t'))
        len--;
    size_t skip = strspn(cell, " \t");
    if (skip >= len || te_num_parse(cell + skip, len - skip, out) != len - skip)
        return bad_cell(at, cell, "a number or empty", err);
    return 0;
}

/* "12", "12.0" or empty. */
static int set_int(const struct place *at, const char *cell, int64_t *out, struct te_err *err)
{
    double value;
    if (set_number(at, cell, &value, err) < 0)
        return -1;
    if (isnan(value))
        return 0;
    if (value < 0 || value > 1e15 || value != floor(value))
        return bad_cell(at, cell, "a whole number from 0 on, or empty", err);
    *out = (int64_t)value;
    return 0;
}

static int set_bool(const struct place *at, const char *cell, bool *out, bool *has,
                    struct te_err *err)
{
    if (te_csv_is_missing(cell, strlen(cell)))
        return 0;
    if (!te_csv_parse_bool(cell, out))
        return bad_cell(at, cell, "True or False", err);
    *has = true;
    return 0;
}

static int set_cell(const struct column *column, const struct place *at, const char *cell,
                    struct te_dataset *d, struct te_err *err)
{
    void *field = (char *)d + column->offset;
    switch (column->kind) {
    case NAME:
        return set_name(at, cell, field, err);
    case TEXT:
        return set_text(te_csv_is_missing(cell, strlen(cell)) ? "" : cell, field, err);
    case PATH:
        return set_path(at, cell, field, err);
    case BOOL:
        return set_bool(at, cell, field, (bool *)((char *)d + column->flag), err);
    case INT:
        return set_int(at, cell, field, err);
    case FLOAT:
        return set_number(at, cell, field, err);
    }
    return te_err_set(err, TE_ERR_INTERNAL, "column '%s' has no kind", column->name);
}

static int derive_dimension(const struct place *at, struct te_dataset *d, struct te_err *err)
{
    if (d->dimensions == 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' line %u, column 'dimensions': 0 should be 1 or more", at->file,
                          at->line);
    if (d->dimensions > 0)
        d->dimension = d->dimensions == 1 ? TE_UNIVARIATE : TE_MULTIVARIATE;
    else if (te_dimension_parse(d->input_type, &d->dimension) < 0)
        d->dimension = TE_UNIVARIATE;
    return 0;
}

/* Every text but the known ones means unsupervised; a training series with anomalies in it makes
 * semi-supervised supervised. Both are worth a word. */
static int derive_training(const struct place *at, struct te_dataset *d, struct te_strings *notices,
                           struct te_err *err)
{
    if (te_training_parse(d->train_type, &d->training) < 0) {
        d->training = TE_UNSUPERVISED;
        return te_datasets_notice(notices, err,
                                  "'%s' line %u: train_type '%s' is none of unsupervised, "
                                  "semi-supervised, supervised; '%s/%s' is taken as unsupervised",
                                  at->file, at->line, d->train_type, d->collection, d->name);
    }
    if (d->training == TE_SEMI_SUPERVISED && !d->train_is_normal) {
        d->training = TE_SUPERVISED;
        return te_datasets_notice(notices, err,
                                  "'%s' line %u: '%s/%s' is semi-supervised but its training "
                                  "series is not normal; it is taken as supervised",
                                  at->file, at->line, d->collection, d->name);
    }
    return 0;
}

static int read_row(const struct te_csv *csv, const int *places, size_t row, struct place *at,
                    struct te_dataset *d, struct te_strings *notices, struct te_err *err)
{
    at->line = te_csv_line(csv, row);
    for (size_t c = 0; c < N_COLUMNS; c++) {
        if (places[c] < 0) {
            if (columns[c].kind == TEXT &&
                set_text("", (char **)(void *)((char *)d + columns[c].offset), err) < 0)
                return -1;
            continue;
        }
        const char *cell = te_csv_cell(csv, row, (size_t)places[c]);
        at->column = columns[c].name;
        if (set_cell(&columns[c], at, cell, d, err) < 0)
            return -1;
        if (columns[c].offset == FIELD(period_size))
            d->period_is_int = cell[strcspn(cell, ".eE")] == '\0';
    }
    if (!d->test_path)
        return te_err_set(err, TE_ERR_USAGE, "'%s' line %u: '%s/%s' has no test_path", at->file,
                          at->line, d->collection, d->name);
    if (derive_dimension(at, d, err) < 0)
        return -1;
    return derive_training(at, d, notices, err);
}

static int find_columns(const char *file, const struct te_csv *csv, int places[N_COLUMNS],
                        struct te_err *err)
{
    for (size_t c = 0; c < N_COLUMNS; c++) {
        places[c] = te_csv_column(csv, columns[c].name);
        if (places[c] >= 0 || !columns[c].required)
            continue;
        const char *near =
            te_str_suggest(columns[c].name, (const char *const *)csv->cells, csv->n_cols);
        return te_err_set(err, TE_ERR_USAGE, "'%s' has no column '%s'%s%s%s", file, columns[c].name,
                          near ? "; is '" : "", near ? near : "", near ? "' meant to be it" : "");
    }
    return 0;
}

static int read_rows(const struct te_csv *csv, struct place *at, uint32_t root,
                     struct te_datasets *datasets, struct te_strings *notices, struct te_err *err)
{
    int places[N_COLUMNS];
    if (find_columns(at->file, csv, places, err) < 0)
        return -1;
    for (size_t row = 0; row < csv->n_rows; row++) {
        struct te_dataset d te_cleanup(te_dataset_release);
        te_dataset_init(&d);
        d.root = root;
        if (read_row(csv, places, row, at, &d, notices, err) < 0 ||
            te_datasets_push(datasets, &d, err) < 0)
            return -1;
    }
    return 0;
}

int te_index_load(const char *root, uint32_t number, struct te_datasets *datasets,
                  struct te_strings *notices, struct te_err *err)
{
    te_autofree char *folder = te_fs_real(root, err);
    if (!folder)
        return -1;
    te_autofree char *path = te_fs_join(root, "datasets.csv", err);
    if (!path)
        return -1;
    struct te_csv csv te_cleanup(te_csv_release) = {0};
    if (te_csv_read(path, TE_MAX_INDEX_FILE, &csv, err) < 0)
        return -1;
    struct place at = {.file = path, .folder = folder};
    return read_rows(&csv, &at, number, datasets, notices, err);
}

const char *te_index_column(size_t c)
{
    return columns[c].name;
}

static const char *number_text(double value, bool as_int, char *text)
{
    if (isnan(value))
        text[0] = '\0';
    else if (as_int)
        snprintf(text, TE_INDEX_CELL, "%.0f", value);
    else
        te_num_repr(value, text);
    return text;
}

const char *te_index_cell(const struct te_dataset *dataset, size_t c, char *text)
{
    const struct column *column = &columns[c];
    const void *field = (const char *)dataset + column->offset;
    const char *string;
    int64_t number;
    switch (column->kind) {
    case BOOL:
        if (!*(const bool *)((const char *)dataset + column->flag))
            return "";
        return *(const bool *)field ? "True" : "False";
    case INT:
        number = *(const int64_t *)field;
        return number_text(number == TE_DATASET_UNKNOWN ? (double)NAN : (double)number, true, text);
    case FLOAT:
        return number_text(*(const double *)field,
                           column->offset == FIELD(period_size) && dataset->period_is_int, text);
    default:
        string = *(char *const *)field;
        return string ? string : "";
    }
}

void te_index_row(struct te_buf *buf, const struct te_dataset *dataset)
{
    const char *cells[N_COLUMNS];
    char text[N_COLUMNS][TE_INDEX_CELL];
    for (size_t c = 0; c < N_COLUMNS; c++)
        cells[c] = dataset ? te_index_cell(dataset, c, text[c]) : columns[c].name;
    te_csv_add_row(buf, cells, N_COLUMNS);
}

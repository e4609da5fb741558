#include "channels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/csv.h"
#include "te/text/num.h"

/* How a column is written back, as pandas types it. */
enum column_type { COLUMN_INT, COLUMN_FLOAT, COLUMN_TEXT };

static enum column_type type_of(const struct te_csv *csv, size_t col)
{
    enum column_type type = COLUMN_INT;
    for (size_t i = 0; i < csv->n_rows; i++) {
        const char *cell = te_csv_cell(csv, i, col);
        size_t len = strlen(cell);
        int64_t whole;
        double x;
        if (te_csv_is_missing(cell, len))
            type = COLUMN_FLOAT;
        else if (te_num_parse_int(cell, len, &whole))
            continue;
        else if (te_num_parse(cell, len, &x) == len)
            type = COLUMN_FLOAT;
        else
            return COLUMN_TEXT;
    }
    return type;
}

static void add_number(struct te_buf *out, double x)
{
    char text[TE_NUM_TEXT];
    if (isnan(x))
        return;
    te_num_repr(x, text);
    te_buf_adds(out, text);
}

static void add_typed(struct te_buf *out, const char *cell, enum column_type type)
{
    size_t len = strlen(cell);
    double x = NAN;
    if (type != COLUMN_FLOAT) {
        te_csv_add_cell(out, cell);
        return;
    }
    if (!te_csv_is_missing(cell, len) && te_num_parse(cell, len, &x) != len)
        x = NAN;
    add_number(out, x);
}

static int write_file(struct te_buf *text, char *path, struct te_strings *files, struct te_err *err)
{
    if (te_buf_check(text, err) < 0 || te_fs_write_atomic(path, text->data, text->len, err) < 0)
        return -1;
    return te_strings_add(files, path, err);
}

static int write_channel(const struct te_csv *csv, size_t channel, const char *folder,
                         struct te_strings *files, struct te_err *err)
{
    size_t col = channel + 1, last = csv->n_cols - 1;
    struct te_buf text;
    te_buf_init(&text, 16 * TE_GIB);
    te_autofree char *path = te_asprintf(err, "%s/channel_%zu.csv", folder, channel);
    const char *head[3] = {te_csv_header(csv, 0), te_csv_header(csv, col),
                           te_csv_header(csv, last)};
    te_csv_add_row(&text, head, 3);
    enum column_type type = type_of(csv, col), label = type_of(csv, last);
    enum column_type index = type_of(csv, 0);
    for (size_t i = 0; i < csv->n_rows; i++) {
        add_typed(&text, te_csv_cell(csv, i, 0), index);
        te_buf_addc(&text, ',');
        add_typed(&text, te_csv_cell(csv, i, col), type);
        te_buf_addc(&text, ',');
        add_typed(&text, te_csv_cell(csv, i, last), label);
        te_buf_addc(&text, '\n');
    }
    int rc = path ? write_file(&text, path, files, err) : -1;
    te_buf_release(&text);
    return rc;
}

/* Sum of a row's features; *whole: all of them are. */
static double row_sum(const struct te_csv *csv, size_t row)
{
    double sum = 0;
    for (size_t c = 1; c + 1 < csv->n_cols; c++) {
        const char *cell = te_csv_cell(csv, row, c);
        double x = NAN;
        size_t len = strlen(cell);
        if (te_num_parse(cell, len, &x) != len)
            x = NAN;
        sum += x;
    }
    return sum;
}

static int write_sum(const struct te_csv *csv, const char *folder, enum te_phase phase,
                     struct te_strings *files, struct te_err *err)
{
    size_t last = csv->n_cols - 1;
    struct te_buf text;
    te_buf_init(&text, 16 * TE_GIB);
    te_autofree char *path =
        te_asprintf(err, "%s/combined_%s.csv", folder, phase == TE_TRAIN ? "train" : "test");
    const char *head[3] = {te_csv_header(csv, 0), "combined", te_csv_header(csv, last)};
    bool whole = true;
    for (size_t c = 1; c < last; c++)
        whole &= type_of(csv, c) == COLUMN_INT;
    enum column_type index = type_of(csv, 0), label = type_of(csv, last);
    te_csv_add_row(&text, head, 3);
    for (size_t i = 0; i < csv->n_rows; i++) {
        double sum = row_sum(csv, i);
        add_typed(&text, te_csv_cell(csv, i, 0), index);
        te_buf_addc(&text, ',');
        if (whole)
            te_buf_addf(&text, "%lld", (long long)sum);
        else
            add_number(&text, sum);
        te_buf_addc(&text, ',');
        add_typed(&text, te_csv_cell(csv, i, last), label);
        te_buf_addc(&text, '\n');
    }
    int rc = path ? write_file(&text, path, files, err) : -1;
    te_buf_release(&text);
    return rc;
}

int te_channels_split(const char *path, const char *folder, enum te_multivariate how,
                      enum te_phase phase, struct te_strings *files, struct te_err *err)
{
    struct te_csv csv;
    te_autofree char *place = te_asprintf(err, "%s/channels", folder);
    if (!place || te_fs_mkdirs(place, err) < 0 || te_csv_read(path, 4 * TE_GIB, &csv, err) < 0)
        return -1;
    int rc = 0;
    if (csv.n_cols < 3)
        rc = te_err_set(err, TE_ERR_USAGE, "'%s' has %zu columns: index, channels, label expected",
                        path, csv.n_cols);
    else if (how == TE_MULTIVAR_SUM_BEFORE)
        rc = write_sum(&csv, place, phase, files, err);
    else
        for (size_t c = 0; c + 2 < csv.n_cols && rc == 0; c++)
            rc = write_channel(&csv, c, place, files, err);
    te_csv_release(&csv);
    return rc;
}

/* numpy's pairwise sum: the mean of a row must have its very bits. */
static double pairwise(const double *x, size_t n)
{
    if (n < 8) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += x[i];
        return sum;
    }
    if (n > 128) {
        size_t half = n / 2 - n / 2 % 8;
        return pairwise(x, half) + pairwise(x + half, n - half);
    }
    double r[8];
    size_t i = 8;
    memcpy(r, x, sizeof r);
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            r[k] += x[i + k];
    double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    for (; i < n; i++)
        sum += x[i];
    return sum;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double reduce(double *row, size_t n, enum te_multivariate how)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(row[i]))
            return NAN;
    if (how == TE_MULTIVAR_MEAN)
        return pairwise(row, n) / (double)n;
    qsort(row, n, sizeof *row, compare);
    if (how == TE_MULTIVAR_MAX)
        return row[n - 1];
    return n % 2 ? row[n / 2] : (row[n / 2 - 1] + row[n / 2]) / 2;
}

int te_channels_join(const struct te_score_table *tables, size_t count, enum te_multivariate how,
                     struct te_score_table *out, struct te_err *err)
{
    for (size_t c = 0; c < count; c++)
        if (tables[c].columns != 1 || tables[c].rows != tables[0].rows)
            return te_err_set(err, TE_ERR_FORMAT,
                              "channel %zu has %zu x %zu scores, channel 0 has %zu", c,
                              tables[c].rows, tables[c].columns, tables[0].rows);
    size_t n = tables[0].rows;
    te_autofree double *values = te_alloc((n ? n : 1) * sizeof *values, err);
    te_autofree double *row = te_alloc(count * sizeof *row, err);
    if (!values || !row)
        return -1;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < count; c++)
            row[c] = tables[c].values[i];
        values[i] = reduce(row, count, how);
    }
    *out = (struct te_score_table){.values = te_steal(values), .rows = n, .columns = 1};
    return 0;
}

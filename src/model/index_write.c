/* Writing datasets.csv: the table goes through text, its columns get the types that pandas would
 * give them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/index.h"
#include "te/text/csv.h"
#include "te/text/num.h"

/* A table to be written: rows of cells, borrowed from `csv` or from the new row. */
struct table {
    struct te_csv csv;
    const char **header;
    size_t n_cols;
    const char ***rows;
    size_t n_rows;
    int key[2];              /* columns of collection and name */
    struct te_strings texts; /* figures that were spelled anew */
};

static void release(struct table *t)
{
    for (size_t i = 0; t->rows && i < t->n_rows; i++)
        te_free(t->rows[i]);
    te_free(t->rows);
    te_free(t->header);
    te_csv_release(&t->csv);
    te_strings_release(&t->texts);
}

/* The header that is there, canonical columns that it lacks behind it. */
static int make_header(struct table *t, struct te_err *err)
{
    t->header = te_zalloc(t->csv.n_cols + TE_INDEX_COLUMNS, sizeof *t->header, err);
    if (!t->header)
        return -1;
    for (size_t i = 0; i < t->csv.n_cols; i++)
        t->header[t->n_cols++] = te_csv_header(&t->csv, i);
    for (size_t c = 0; c < TE_INDEX_COLUMNS; c++)
        if (t->csv.n_cols == 0 || te_csv_column(&t->csv, te_index_column(c)) < 0)
            t->header[t->n_cols++] = te_index_column(c);
    for (size_t i = 0; i < t->n_cols; i++)
        for (size_t k = 0; k < 2; k++)
            if (strcmp(t->header[i], te_index_column(k)) == 0)
                t->key[k] = (int)i;
    return 0;
}

static const char **new_row(struct table *t, struct te_err *err)
{
    const char **row = te_zalloc(t->n_cols, sizeof *row, err);
    for (size_t i = 0; row && i < t->n_cols; i++)
        row[i] = "";
    if (row)
        t->rows[t->n_rows++] = row;
    return row;
}

static bool has_key(const struct table *t, const char *const *row, const struct te_dataset *d)
{
    return strcmp(row[t->key[0]], d->collection) == 0 && strcmp(row[t->key[1]], d->name) == 0;
}

static int fill(struct table *t, const struct te_dataset *dataset, struct te_err *err)
{
    t->rows = te_zalloc(t->csv.n_rows + 1, sizeof *t->rows, err);
    if (!t->rows)
        return -1;
    for (size_t r = 0; r < t->csv.n_rows; r++) {
        const char **row = new_row(t, err);
        if (!row)
            return -1;
        for (size_t c = 0; c < t->csv.n_cols; c++)
            row[c] = te_csv_cell(&t->csv, r, c);
        if (has_key(t, row, dataset))
            te_free(t->rows[--t->n_rows]);
    }
    const char **row = new_row(t, err);
    if (!row)
        return -1;
    for (size_t i = 0; i < t->n_cols; i++)
        for (size_t c = 0; c < TE_INDEX_COLUMNS; c++) {
            char text[TE_INDEX_CELL];
            if (strcmp(t->header[i], te_index_column(c)) != 0)
                continue;
            if (te_strings_add(&t->texts, te_index_cell(dataset, c, text), err) < 0)
                return -1;
            row[i] = t->texts.items[t->texts.count - 1];
        }
    return 0;
}

/* What pandas takes a column for: whole numbers, floats, or text as it stands. */
enum type { INTEGER, FLOATING, OTHER };

static enum type type_of(const struct table *t, size_t column)
{
    enum type type = INTEGER;
    bool any = false;
    for (size_t r = 0; r < t->n_rows; r++) {
        const char *cell = t->rows[r][column];
        size_t len = strlen(cell);
        int64_t whole;
        double value;
        if (te_csv_is_missing(cell, len))
            type = FLOATING;
        else if (te_num_parse_int(cell, len, &whole))
            any = true;
        else if (te_num_parse(cell, len, &value) == len)
            any = true, type = FLOATING;
        else
            return OTHER;
    }
    return any ? type : OTHER;
}

static int spell_column(struct table *t, size_t column, struct te_err *err)
{
    enum type type = type_of(t, column);
    for (size_t r = 0; r < t->n_rows; r++) {
        const char **cell = &t->rows[r][column];
        size_t len = strlen(*cell);
        if (te_csv_is_missing(*cell, len)) {
            *cell = "";
        } else if (type == FLOATING) {
            char text[TE_NUM_TEXT];
            double value = 0;
            te_num_parse(*cell, len, &value);
            te_num_repr(value, text);
            if (te_strings_add(&t->texts, text, err) < 0)
                return -1;
            *cell = t->texts.items[t->texts.count - 1];
        }
    }
    return 0;
}

/* Rows in order of the ids; a row more is put where it belongs. */
static void sort_rows(struct table *t)
{
    for (size_t i = 1; i < t->n_rows; i++) {
        const char **row = t->rows[i];
        size_t k = i;
        for (; k > 0; k--) {
            const char **before = t->rows[k - 1];
            int order = strcmp(before[t->key[0]], row[t->key[0]]);
            if (order == 0)
                order = strcmp(before[t->key[1]], row[t->key[1]]);
            if (order <= 0)
                break;
            t->rows[k] = before;
        }
        t->rows[k] = row;
    }
}

static int write_table(struct table *t, const char *path, struct te_err *err)
{
    struct te_buf buf;
    te_buf_init(&buf, TE_MAX_INDEX_FILE);
    for (size_t c = 0; c < t->n_cols; c++)
        if ((int)c != t->key[0] && (int)c != t->key[1] && spell_column(t, c, err) < 0) {
            te_buf_release(&buf);
            return -1;
        }
    te_csv_add_row(&buf, t->header, t->n_cols);
    for (size_t r = 0; r < t->n_rows; r++)
        te_csv_add_row(&buf, t->rows[r], t->n_cols);
    int rc = te_buf_check(&buf, err);
    if (rc == 0)
        rc = te_fs_write_atomic(path, buf.data, buf.len, err);
    te_buf_release(&buf);
    return rc;
}

int te_index_add(const char *root, const struct te_dataset *dataset, struct te_err *err)
{
    te_autofree char *path = te_fs_join(root, "datasets.csv", err);
    if (!path || te_fs_mkdirs(root, err) < 0)
        return -1;
    struct table t te_cleanup(release) = {.key = {-1, -1}};
    if (te_fs_exists(path) && te_csv_read(path, TE_MAX_INDEX_FILE, &t.csv, err) < 0)
        return -1;
    if (t.csv.n_cols && (te_csv_column(&t.csv, te_index_column(0)) < 0 ||
                         te_csv_column(&t.csv, te_index_column(1)) < 0))
        return te_err_set(err, TE_ERR_USAGE, "'%s' has no columns '%s' and '%s'", path,
                          te_index_column(0), te_index_column(1));
    if (make_header(&t, err) < 0 || fill(&t, dataset, err) < 0)
        return -1;
    sort_rows(&t);
    return write_table(&t, path, err);
}

int te_index_check_new(const char *root, const char *collection, const char *name,
                       struct te_err *err)
{
    te_autofree char *path = te_fs_join(root, "datasets.csv", err);
    struct te_csv csv te_cleanup(te_csv_release) = {0};
    if (!path)
        return -1;
    if (!te_fs_exists(path))
        return 0;
    if (te_csv_read(path, TE_MAX_INDEX_FILE, &csv, err) < 0)
        return -1;
    int key[2] = {te_csv_column(&csv, te_index_column(0)), te_csv_column(&csv, te_index_column(1))};
    for (size_t r = 0; r < csv.n_rows && key[0] >= 0 && key[1] >= 0; r++)
        if (strcmp(te_csv_cell(&csv, r, (size_t)key[0]), collection) == 0 &&
            strcmp(te_csv_cell(&csv, r, (size_t)key[1]), name) == 0)
            return te_err_set(err, TE_ERR_USAGE, "'%s' has '%s/%s' already; --force replaces it",
                              path, collection, name);
    return 0;
}

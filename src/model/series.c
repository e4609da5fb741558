#include "te/model/series.h"

#include <math.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/csv.h"
#include "te/text/lines.h"
#include "te/text/num.h"

enum { MIN_COLUMNS = 3 };

/* One pass over a file. */
struct loader {
    struct te_lines lines;
    unsigned want;
    bool ints;          /* every time stamp so far was an integer, and they are wanted */
    size_t label_at;    /* column of the labels; n_columns: not wanted */
    size_t first, last; /* features are the columns [first, last) */
    size_t values_cap, labels_cap, index_cap, stamp_at_cap, stamps_cap, stamps_len;
    struct te_series series;
};

static int bad_line(const struct loader *l, struct te_err *err, const char *what)
{
    return te_err_set(err, TE_ERR_USAGE, "'%s' line %llu: %s", l->lines.path,
                      (unsigned long long)l->lines.line, what);
}

/* A cell without its quotes and the blanks around it. */
static void strip(const char **cell, size_t *len)
{
    const char *p = *cell, *end = p + *len;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (end - p >= 2 && *p == '"' && end[-1] == '"') {
        p++;
        end--;
    }
    *cell = p;
    *len = (size_t)(end - p);
}

/* End of the cell at p: its comma, or end. A quoted cell may have commas in it. */
static const char *cell_end(const char *p, const char *end)
{
    if (p < end && *p == '"') {
        const char *quote = memchr(p + 1, '"', (size_t)(end - p - 1));
        p = quote ? quote : p;
    }
    const char *near = end - p > 16 ? p + 16 : end;
    for (; p < near; p++) /* most cells are short */
        if (*p == ',')
            return p;
    const char *comma = memchr(p, ',', (size_t)(end - p));
    return comma ? comma : end;
}

/* A cell that does not start with a plain number: missing, quoted, blanks around, True. */
static int parse_odd(const struct loader *l, const char *cell, size_t len, size_t column,
                     double *out, struct te_err *err)
{
    const char *text = cell;
    size_t n = len;
    strip(&text, &n);
    if (te_csv_is_missing(text, n)) {
        *out = (double)NAN;
        return 0;
    }
    if (te_num_parse(text, n, out) == n)
        return 0;
    bool flag;
    char word[8] = "";
    if (n < sizeof word)
        memcpy(word, text, n);
    if (te_csv_parse_bool(word, &flag)) {
        *out = flag;
        return 0;
    }
    return te_err_set(err, TE_ERR_USAGE, "'%s' line %llu, column '%s': '%.*s' is no number",
                      l->lines.path, (unsigned long long)l->lines.line, l->series.names[column],
                      (int)(n > 60 ? 60 : n), text);
}

/* The number at *p, which moves to the comma behind it or to end. */
static inline int parse_cell(const struct loader *l, const char **p, const char *end, size_t column,
                             double *out, struct te_err *err)
{
    if (end - *p == 1 && (unsigned char)(**p - '0') < 10) { /* the usual label */
        *out = **p - '0';
        *p = end;
        return 0;
    }
    size_t used = te_num_parse(*p, (size_t)(end - *p), out);
    const char *behind = *p + used;
    if (used && (behind == end || *behind == ',')) {
        *p = behind;
        return 0;
    }
    behind = cell_end(*p, end);
    const char *cell = *p;
    *p = behind;
    return parse_odd(l, cell, (size_t)(behind - cell), column, out, err);
}

static int check_label(const struct loader *l, double label, struct te_err *err)
{
    if (label == 0 || label == 1 || (l->want & TE_SERIES_ANY_LABELS))
        return 0;
    if (isnan(label))
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' line %llu: the label is missing; it must be 0 or 1", l->lines.path,
                          (unsigned long long)l->lines.line);
    return te_err_set(err, TE_ERR_USAGE, "'%s' line %llu: label %g is neither 0 nor 1",
                      l->lines.path, (unsigned long long)l->lines.line, label);
}

static int too_many_rows(const struct loader *l, struct te_err *err)
{
    return te_err_wrap(err, "'%s' line %llu", l->lines.path, (unsigned long long)l->lines.line);
}

static int keep_stamp(struct loader *l, const char *cell, size_t len, struct te_err *err)
{
    struct te_series *s = &l->series;
    strip(&cell, &len);
    if (l->ints) {
        if (te_grow(&s->index, &l->index_cap, s->rows + 1, sizeof *s->index, TE_MAX_POINTS, err) <
            0)
            return too_many_rows(l, err);
        l->ints = te_num_parse_int(cell, len, &s->index[s->rows]);
    }
    if (!(l->want & TE_SERIES_STAMPS))
        return 0;
    if (te_grow(&s->stamp_at, &l->stamp_at_cap, s->rows + 1, sizeof *s->stamp_at, TE_MAX_POINTS,
                err) < 0 ||
        te_grow(&s->stamps, &l->stamps_cap, l->stamps_len + len + 1, 1, 64 * TE_MAX_POINTS, err) <
            0)
        return too_many_rows(l, err);
    s->stamp_at[s->rows] = l->stamps_len;
    memcpy(s->stamps + l->stamps_len, cell, len);
    s->stamps[l->stamps_len + len] = '\0';
    l->stamps_len += len + 1;
    return 0;
}

/* Room for one more row of what is wanted. */
static int grow(struct loader *l, struct te_err *err)
{
    struct te_series *s = &l->series;
    size_t next = s->rows + 1;
    if (((l->want & TE_SERIES_VALUES) && next * s->dims > l->values_cap &&
         te_grow(&s->values, &l->values_cap, next * s->dims, sizeof *s->values, 8 * TE_MAX_POINTS,
                 err) < 0) ||
        (l->label_at < s->n_columns && next > l->labels_cap &&
         te_grow(&s->labels, &l->labels_cap, next, sizeof *s->labels, TE_MAX_POINTS, err) < 0))
        return too_many_rows(l, err);
    return 0;
}

static size_t count_cells(const char *text, const char *end)
{
    size_t cells = 1;
    for (const char *p = cell_end(text, end); p < end; p = cell_end(p + 1, end))
        cells++;
    return cells;
}

static int ragged(const struct loader *l, const char *text, const char *end, struct te_err *err)
{
    size_t cells = count_cells(text, end);
    return te_err_set(err, TE_ERR_USAGE, "'%s' line %llu: %zu cells where the header has %zu",
                      l->lines.path, (unsigned long long)l->lines.line, cells, l->series.n_columns);
}

/* One cell; features and label are both kept where both are wanted. */
static inline int take_cell(struct loader *l, size_t column, const char **p, const char *end,
                            struct te_err *err)
{
    struct te_series *s = &l->series;
    bool feature = column >= l->first && column < l->last && (l->want & TE_SERIES_VALUES);
    bool label = column == l->label_at;
    double value;
    if (!feature && !label) {
        const char *cell = *p;
        *p = cell_end(cell, end);
        return column ? 0 : keep_stamp(l, cell, (size_t)(*p - cell), err);
    }
    if (parse_cell(l, p, end, column, &value, err) < 0)
        return -1;
    if (feature)
        s->values[s->rows * s->dims + (column - l->first)] = value;
    if (!label)
        return 0;
    s->labels[s->rows] = value;
    return check_label(l, value, err);
}

static int read_row(struct loader *l, const char *text, size_t len, struct te_err *err)
{
    const char *p = text, *end = text + len;
    struct te_series *s = &l->series;
    if (grow(l, err) < 0)
        return -1;
    for (size_t column = 0; column < s->n_columns; column++) {
        if (column) {
            if (p == end)
                return ragged(l, text, end, err);
            p++; /* the comma */
        }
        if (take_cell(l, column, &p, end, err) < 0)
            return err->code == TE_ERR_USAGE && count_cells(text, end) != s->n_columns
                       ? ragged(l, text, end, err) /* the cause of what was found in the cell */
                       : -1;
    }
    if (p != end)
        return ragged(l, text, end, err);
    s->rows++;
    return 0;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '\t')
            return false;
    return true;
}

/* The next line that is not blank. */
static int next_row(struct te_lines *lines, const char **text, size_t *len, struct te_err *err)
{
    int rc;
    do
        rc = te_lines_next(lines, text, len, err);
    while (rc > 0 && *len < 64 && is_blank(*text, *len));
    return rc;
}

/* A first line of nothing but numbers is no header. */
static bool looks_like_data(const struct te_series *s)
{
    for (size_t i = 0; i < s->n_columns; i++) {
        double value;
        size_t len = strlen(s->names[i]);
        if (len == 0 || te_num_parse(s->names[i], len, &value) != len)
            return false;
    }
    return true;
}

static int read_names(struct loader *l, const char *text, size_t len, struct te_err *err)
{
    struct te_series *s = &l->series;
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    struct te_csv csv te_cleanup(te_csv_release) = {0};
    if (te_csv_parse(l->lines.path, text, len, &csv, err) < 0)
        return -1;
    if (csv.n_cols > TE_MAX_COLUMNS)
        return te_err_set(err, TE_ERR_USAGE, "'%s' has %zu columns, at most %d are read",
                          l->lines.path, csv.n_cols, TE_MAX_COLUMNS);
    s->names = te_zalloc(csv.n_cols, sizeof *s->names, err);
    if (!s->names)
        return -1;
    for (; s->n_columns < csv.n_cols; s->n_columns++) {
        s->names[s->n_columns] = te_strdup(te_csv_header(&csv, s->n_columns), err);
        if (!s->names[s->n_columns])
            return -1;
    }
    return 0;
}

/* Where the labels are; n_columns if they are not wanted. */
static int find_labels(struct loader *l, struct te_err *err)
{
    const struct te_series *s = &l->series;
    l->label_at = s->n_columns;
    if (l->want & TE_SERIES_LAST) {
        l->label_at = s->n_columns - 1;
        return 0;
    }
    if (!(l->want & (TE_SERIES_LABELS | TE_SERIES_ANY_LABELS)))
        return 0;
    for (size_t i = 0; i < s->n_columns; i++)
        if (strcmp(s->names[i], TE_LABEL_COLUMN) == 0) {
            l->label_at = i;
            return 0;
        }
    return te_err_set(err, TE_ERR_USAGE,
                      "'%s' has no column '" TE_LABEL_COLUMN "'; the last column of a canonical "
                      "file has that name and holds the labels 0 and 1",
                      l->lines.path);
}

static int read_header(struct loader *l, struct te_err *err)
{
    const char *text;
    size_t len;
    struct te_series *s = &l->series;
    int rc = next_row(&l->lines, &text, &len, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return te_err_set(err, TE_ERR_USAGE, "'%s' is empty: a header line is missing",
                          l->lines.path);
    if (read_names(l, text, len, err) < 0)
        return -1;
    if (looks_like_data(s))
        return bad_line(l, err, "numbers where a header line should be (timestamp,...,is_anomaly)");
    if (s->n_columns < MIN_COLUMNS)
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' has %zu columns; a time stamp, a feature and a label are needed",
                          l->lines.path, s->n_columns);
    l->first = 1;
    l->last = s->n_columns - !(l->want & TE_SERIES_ALL);
    s->dims = l->last - l->first;
    l->ints = (l->want & TE_SERIES_INDEX) != 0;
    return find_labels(l, err);
}

static int no_rows(const struct te_lines *lines, struct te_err *err)
{
    return te_err_set(err, TE_ERR_USAGE, "'%s' has a header but no rows", lines->path);
}

static int load(struct loader *l, struct te_err *err)
{
    const char *text;
    size_t len;
    int rc;
    if (read_header(l, err) < 0)
        return -1;
    while ((rc = next_row(&l->lines, &text, &len, err)) > 0)
        if (read_row(l, text, len, err) < 0)
            return -1;
    if (rc < 0)
        return -1;
    return l->series.rows ? 0 : no_rows(&l->lines, err);
}

int te_series_load(const char *path, unsigned want, struct te_series *out, struct te_err *err)
{
    struct loader l = {.want = want};
    if (te_lines_open(&l.lines, path, TE_MAX_SERIES_LINE, err) < 0)
        return -1;
    int rc = load(&l, err);
    te_lines_close(&l.lines);
    if (rc < 0) {
        te_series_release(&l.series);
        return -1;
    }
    if (!l.ints) {
        te_free(l.series.index);
        l.series.index = NULL;
    }
    *out = l.series;
    return 0;
}

void te_series_release(struct te_series *series)
{
    if (!series)
        return;
    for (size_t i = 0; series->names && i < series->n_columns; i++)
        te_free(series->names[i]);
    te_free(series->names);
    te_free(series->values);
    te_free(series->labels);
    te_free(series->index);
    te_free(series->stamps);
    te_free(series->stamp_at);
    *series = (struct te_series){0};
}

/* The cell of one column in a line, commas counted. */
static int pick_cell(const struct loader *l, const char *text, size_t len, const char **cell,
                     size_t *cell_len, struct te_err *err)
{
    const char *end = text + len, *p = text;
    size_t column = 0;
    for (;; p++, column++) {
        const char *behind = cell_end(p, end);
        if (column == l->label_at) {
            *cell = p;
            *cell_len = (size_t)(behind - p);
        }
        p = behind;
        if (p == end)
            break;
    }
    return column + 1 == l->series.n_columns ? 0 : ragged(l, text, end, err);
}

/* Commas in a text, eight bytes at once: a byte of `other` is 0 where a comma is, and only there
 * neither the sum nor the byte itself has its top bit set. */
static inline size_t count_commas(const char *text, size_t len)
{
    const uint64_t low = 0x7F7F7F7F7F7F7F7F;
    size_t n = 0, i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t other;
        memcpy(&other, text + i, sizeof other);
        other ^= 0x2C2C2C2C2C2C2C2C;
        n += (size_t)__builtin_popcountll(~(((other & low) + low) | other | low));
    }
    for (; i < len; i++)
        n += text[i] == ',';
    return n;
}

/* The frequent case: nothing quoted, the label last and one byte long. */
static inline bool quick_label(const struct loader *l, const char *text, size_t len, uint8_t *label)
{
    if (l->label_at + 1 != l->series.n_columns || len < 2 || text[len - 2] != ',')
        return false;
    char c = text[len - 1];
    if (c != '0' && c != '1')
        return false;
    *label = (uint8_t)(c - '0');
    return !memchr(text, '"', len) && count_commas(text, len) + 1 == l->series.n_columns;
}

static int read_label(const struct loader *l, const char *text, size_t len, uint8_t *label,
                      struct te_err *err)
{
    if (quick_label(l, text, len, label))
        return 0;
    const char *cell = text;
    size_t cell_len = 0;
    double value;
    if (pick_cell(l, text, len, &cell, &cell_len, err) < 0 ||
        parse_odd(l, cell, cell_len, l->label_at, &value, err) < 0 ||
        check_label(l, value, err) < 0)
        return -1;
    *label = value != 0;
    return 0;
}

static int load_labels(struct loader *l, uint8_t **labels, size_t *rows, struct te_err *err)
{
    te_autofree uint8_t *list = NULL;
    size_t cap = 0, n = 0, len;
    const char *text;
    int rc;
    if (read_header(l, err) < 0)
        return -1;
    while ((rc = next_row(&l->lines, &text, &len, err)) > 0) {
        if (n == cap && te_grow(&list, &cap, n + 1, 1, TE_MAX_POINTS, err) < 0)
            return too_many_rows(l, err);
        if (read_label(l, text, len, &list[n], err) < 0)
            return -1;
        n++;
    }
    if (rc < 0)
        return -1;
    if (n == 0)
        return no_rows(&l->lines, err);
    *labels = te_steal(list);
    *rows = n;
    return 0;
}

int te_series_labels(const char *path, uint8_t **labels, size_t *rows, struct te_err *err)
{
    struct loader l = {.want = TE_SERIES_LABELS};
    if (te_lines_open(&l.lines, path, TE_MAX_SERIES_LINE, err) < 0)
        return -1;
    int rc = load_labels(&l, labels, rows, err);
    te_lines_close(&l.lines);
    te_series_release(&l.series);
    return rc;
}

int te_series_check_header(const char *path, struct te_err *err)
{
    struct loader l = {.want = TE_SERIES_LABELS};
    if (te_lines_open(&l.lines, path, TE_MAX_SERIES_LINE, err) < 0)
        return -1;
    int rc = read_header(&l, err);
    te_lines_close(&l.lines);
    te_series_release(&l.series);
    return rc;
}

double *te_series_column(const struct te_series *series, size_t dim, struct te_err *err)
{
    double *column = te_zalloc(series->rows, sizeof *column, err);
    for (size_t i = 0; column && i < series->rows; i++)
        column[i] = series->values[i * series->dims + dim];
    return column;
}

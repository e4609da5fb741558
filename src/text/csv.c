#include "te/text/csv.h"

#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"

enum { MAX_COLUMNS = 1000000, MAX_CELLS = 100000000 };

/* State of one pass: cells are unquoted in place, so `to` never overtakes `from`. */
struct reader {
    const char *name;
    char *from, *end;
    uint32_t line;
    size_t n_cells;
    struct te_csv *csv;
};

static int add_cell(struct reader *r, char *cell, struct te_err *err)
{
    struct te_csv *csv = r->csv;
    if (te_grow(&csv->cells, &csv->cap, r->n_cells + 1, sizeof *csv->cells, MAX_CELLS, err) < 0)
        return te_err_wrap(err, "'%s' line %u", r->name, r->line);
    csv->cells[r->n_cells++] = cell;
    return 0;
}

/* The part between quotes; r->from stands behind the opening one, and behind the closing one
 * afterwards. */
static int read_quoted(struct reader *r, char **to, struct te_err *err)
{
    uint32_t start = r->line;
    for (;;) {
        if (r->from == r->end)
            return te_err_set(err, TE_ERR_USAGE, "'%s' line %u: a quoted cell does not end",
                              r->name, start);
        char c = *r->from++;
        if (c == '"') {
            if (r->from == r->end || *r->from != '"')
                return 0;
            r->from++;
        }
        r->line += c == '\n';
        *(*to)++ = c;
    }
}

/* One cell; *last: it ends the row. The cell's NUL takes the place of its separator. */
static int read_cell(struct reader *r, bool *last, struct te_err *err)
{
    char *cell = r->from, *to = cell;
    if (r->from < r->end && *r->from == '"') {
        r->from++;
        if (read_quoted(r, &to, err) < 0)
            return -1;
    }
    while (r->from < r->end && *r->from != ',' && *r->from != '\n' && *r->from != '\r')
        *to++ = *r->from++;
    *last = r->from == r->end || *r->from != ',';
    if (r->from < r->end) {
        if (*r->from == '\r' && r->from + 1 < r->end && r->from[1] == '\n')
            r->from++;
        r->line += *last;
        r->from++;
    }
    *to = '\0'; /* there is a byte behind the text, too */
    return add_cell(r, cell, err);
}

static int read_row(struct reader *r, size_t *count, struct te_err *err)
{
    bool last = false;
    size_t before = r->n_cells;
    while (!last)
        if (read_cell(r, &last, err) < 0)
            return -1;
    *count = r->n_cells - before;
    return 0;
}

static void skip_blank_lines(struct reader *r)
{
    for (;;) {
        char *p = r->from;
        while (p < r->end && (*p == ' ' || *p == '\t' || *p == '\r'))
            p++;
        if (p == r->end)
            r->from = p;
        if (p == r->end || *p != '\n')
            return;
        r->line++;
        r->from = p + 1;
    }
}

static int read_rows(struct reader *r, struct te_err *err)
{
    struct te_csv *csv = r->csv;
    size_t rows = 0;
    for (skip_blank_lines(r); r->from < r->end; skip_blank_lines(r)) {
        uint32_t line = r->line;
        size_t count;
        if (te_grow(&csv->lines, &csv->lines_cap, rows + 1, sizeof *csv->lines, MAX_CELLS, err) < 0)
            return te_err_wrap(err, "'%s' line %u", r->name, line);
        csv->lines[rows] = line;
        if (read_row(r, &count, err) < 0)
            return -1;
        if (rows == 0)
            csv->n_cols = count;
        if (count != csv->n_cols)
            return te_err_set(err, TE_ERR_USAGE, "'%s' line %u: %zu cells where the header has %zu",
                              r->name, line, count, csv->n_cols);
        rows++;
    }
    if (rows == 0)
        return te_err_set(err, TE_ERR_USAGE, "'%s' is empty: a header line is missing", r->name);
    if (csv->n_cols > MAX_COLUMNS)
        return te_err_set(err, TE_ERR_USAGE, "'%s' has more than %d columns", r->name, MAX_COLUMNS);
    csv->n_rows = rows - 1;
    return 0;
}

int te_csv_parse(const char *name, const char *text, size_t len, struct te_csv *out,
                 struct te_err *err)
{
    const char *nul = len ? memchr(text, '\0', len) : NULL;
    if (nul) {
        unsigned line = 1;
        for (const char *p = text; p < nul; p++)
            line += *p == '\n';
        return te_err_set(err, TE_ERR_USAGE, "'%s' line %u: a NUL byte; this is no text file", name,
                          line);
    }
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    struct te_csv csv = {.data = te_strndup(text, len, err)};
    if (!csv.data)
        return -1;
    struct reader r = {name, csv.data, csv.data + len, 1, 0, &csv};
    if (read_rows(&r, err) < 0) {
        te_csv_release(&csv);
        return -1;
    }
    *out = csv;
    return 0;
}

int te_csv_read(const char *path, size_t max, struct te_csv *out, struct te_err *err)
{
    te_autofree char *data = NULL;
    size_t len;
    if (te_fs_read(path, max, &data, &len, err) < 0) {
        if (err->code != TE_ERR_NOMEM)
            err->code = TE_ERR_USAGE;
        return -1;
    }
    return te_csv_parse(path, data, len, out, err);
}

void te_csv_release(struct te_csv *csv)
{
    if (!csv)
        return;
    te_free(csv->data);
    te_free(csv->cells);
    te_free(csv->lines);
    *csv = (struct te_csv){0};
}

int te_csv_column(const struct te_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->n_cols; i++)
        if (strcmp(csv->cells[i], name) == 0)
            return (int)i;
    return -1;
}

const char *te_csv_header(const struct te_csv *csv, size_t col)
{
    return csv->cells[col];
}

const char *te_csv_cell(const struct te_csv *csv, size_t row, size_t col)
{
    return csv->cells[(row + 1) * csv->n_cols + col];
}

uint32_t te_csv_line(const struct te_csv *csv, size_t row)
{
    return csv->lines[row + 1];
}

bool te_csv_is_missing(const char *text, size_t len)
{
    static const char *const words[] = {
        "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
        "<NA>", "N/A",      "NA",  "NULL",    "NaN",      "n/a",  "nan",  "null"};
    if (len == 0)
        return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0)
            return true;
    return false;
}

bool te_csv_parse_bool(const char *text, bool *out)
{
    static const char *const words[2][3] = {{"False", "FALSE", "false"}, {"True", "TRUE", "true"}};
    for (int value = 0; value < 2; value++)
        for (int i = 0; i < 3; i++)
            if (strcmp(text, words[value][i]) == 0) {
                *out = value;
                return true;
            }
    return false;
}

void te_csv_add_cell(struct te_buf *buf, const char *text)
{
    if (!strpbrk(text, ",\"\n")) {
        te_buf_adds(buf, text);
        return;
    }
    te_buf_addc(buf, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            te_buf_addc(buf, '"');
        te_buf_addc(buf, *p);
    }
    te_buf_addc(buf, '"');
}

void te_csv_add_row(struct te_buf *buf, const char *const *cells, size_t count)
{
    if (count == 1 && cells[0][0] == '\0')
        te_buf_adds(buf, "\"\"");
    for (size_t i = 0; i < count; i++) {
        if (i)
            te_buf_addc(buf, ',');
        te_csv_add_cell(buf, cells[i]);
    }
    te_buf_addc(buf, '\n');
}

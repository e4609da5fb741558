#include "te/report/preprocess.h"

#include <math.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/lines.h"
#include "te/text/num.h"

/* Numbers of a text file, row after row. */
struct numbers {
    double *values;
    size_t count, cap;
    size_t rows, cols; /* cols: of the first row */
};

static void release(struct numbers *n)
{
    te_free(n->values);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int read_row(const struct te_lines *lines, const char *text, size_t len, struct numbers *n,
                    size_t *found, struct te_err *err)
{
    const char *end = memchr(text, '#', len);
    end = end ? end : text + len;
    *found = 0;
    for (const char *p = text;; (*found)++) {
        while (p < end && is_blank(*p))
            p++;
        if (p == end)
            return 0;
        const char *start = p;
        if (te_grow(&n->values, &n->cap, n->count + 1, sizeof *n->values, TE_MAX_POINTS, err) < 0)
            return te_err_wrap(err, "'%s'", lines->path);
        p += te_num_parse(p, (size_t)(end - p), &n->values[n->count]);
        if (p == start || (p < end && !is_blank(*p)))
            return te_err_set(err, TE_ERR_USAGE, "'%s' line %llu: '%.*s' is no number", lines->path,
                              (unsigned long long)lines->line,
                              (int)(end - start > 40 ? 40 : end - start), start);
        n->count++;
    }
}

/* ragged: rows may differ in length (labels are read as one list). */
static int read_lines(struct te_lines *lines, bool ragged, struct numbers *n, struct te_err *err)
{
    const char *text;
    size_t len, found;
    int rc;
    while ((rc = te_lines_next(lines, &text, &len, err)) > 0) {
        if (read_row(lines, text, len, n, &found, err) < 0)
            return -1;
        if (found == 0)
            continue;
        if (n->rows == 0)
            n->cols = found;
        if (!ragged && found != n->cols)
            return te_err_set(err, TE_ERR_USAGE,
                              "'%s' line %llu: %zu numbers, the first row has %zu", lines->path,
                              (unsigned long long)lines->line, found, n->cols);
        n->rows++;
    }
    if (rc < 0)
        return -1;
    return n->rows || ragged ? 0
                             : te_err_set(err, TE_ERR_USAGE, "'%s' has no numbers", lines->path);
}

static int read_numbers(const char *path, bool ragged, struct numbers *out, struct te_err *err)
{
    struct te_lines lines;
    if (te_lines_open(&lines, path, TE_MAX_SERIES_LINE, err) < 0)
        return -1;
    int rc = read_lines(&lines, ragged, out, err);
    te_lines_close(&lines);
    return rc;
}

/* Labels of the rows: given as such, or as row numbers. */
static int make_labels(const char *path, const struct numbers *given, size_t rows, uint64_t *labels,
                       struct te_err *err)
{
    for (size_t i = 0; i < given->count; i++) {
        double value = given->values[i];
        if (!(value >= 0 && value < 9e15) || value != floor(value))
            return te_err_set(err, TE_ERR_USAGE,
                              "'%s': value %zu should be a whole number from 0 on", path, i + 1);
        if (given->count == rows)
            labels[i] = (uint64_t)value;
        else if (value >= (double)rows)
            return te_err_set(err, TE_ERR_USAGE,
                              "'%s': row number %.0f, but there are %zu rows (%zu values are taken "
                              "as row numbers, for labels would be %zu)",
                              path, value, rows, given->count, rows);
        else
            labels[(size_t)value] = 1;
    }
    return 0;
}

/* A column of midnights only is written as dates only; halves of a second need their decimals. */
static enum te_stamp_unit finest_unit(const struct te_preprocess *job, size_t rows)
{
    if (rows <= 1 || job->unit == TE_STAMP_DAY)
        return TE_STAMP_DAY;
    return job->unit < TE_STAMP_SECOND ? TE_STAMP_SECOND : job->unit;
}

static int add_stamp(struct te_buf *buf, const struct te_preprocess *job, size_t row, size_t rows,
                     struct te_err *err)
{
    char text[TE_STAMP_TEXT];
    if (!job->datetime) {
        te_buf_addf(buf, "%zu", row);
        return 0;
    }
    size_t n = te_stamp_text((int64_t)row, job->unit, finest_unit(job, rows), text);
    if (n == 0)
        return te_err_set(err, TE_ERR_USAGE, "row %zu lies beyond the year 9999 in this unit", row);
    te_buf_add(buf, text, n);
    return 0;
}

static void add_header(struct te_buf *buf, size_t cols)
{
    te_buf_adds(buf, "timestamp");
    for (size_t c = 0; c < cols; c++)
        te_buf_addf(buf, cols == 1 ? ",value" : ",value_%zu", c);
    te_buf_adds(buf, ",is_anomaly\n");
}

static int add_rows(struct te_buf *buf, const struct te_preprocess *job, const struct numbers *data,
                    const uint64_t *labels, struct te_err *err)
{
    add_header(buf, data->cols);
    for (size_t i = 0; i < data->rows; i++) {
        if (add_stamp(buf, job, i, data->rows, err) < 0)
            return -1;
        for (size_t c = 0; c < data->cols; c++) {
            char number[TE_NUM_TEXT];
            double value = data->values[i * data->cols + c];
            te_buf_addc(buf, ',');
            if (!isnan(value))
                te_buf_add(buf, number, te_num_repr(value, number));
        }
        te_buf_addf(buf, ",%llu\n", (unsigned long long)labels[i]);
    }
    return te_buf_check(buf, err);
}

int te_preprocess_run(const struct te_preprocess *job, struct te_err *err)
{
    struct numbers data te_cleanup(release) = {0};
    struct numbers given te_cleanup(release) = {0};
    if (read_numbers(job->data, false, &data, err) < 0 ||
        read_numbers(job->labels, true, &given, err) < 0)
        return -1;
    te_autofree uint64_t *labels = te_zalloc(data.rows, sizeof *labels, err);
    if (!labels || make_labels(job->labels, &given, data.rows, labels, err) < 0)
        return -1;
    struct te_buf buf te_cleanup(te_buf_release);
    te_buf_init(&buf, 16 * TE_GIB);
    if (add_rows(&buf, job, &data, labels, err) < 0)
        return -1;
    return te_fs_write_atomic(job->out, buf.data, buf.len, err);
}

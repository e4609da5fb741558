/*
 * Tables in CSV text: an index, a combinations file, a results table. Small files read whole, cells
 * as text; reading follows what pandas accepts (quotes, doubled quotes, line ends inside quotes,
 * CRLF, blank lines, byte order mark), a row with too few or too many cells is an error. Long
 * series are read by model/series instead.
 */
#ifndef TE_TEXT_CSV_H
#define TE_TEXT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/buf.h"
#include "te/base/err.h"

struct te_csv {
    char *data;   /* the text, cells cut out of it */
    char **cells; /* (n_rows + 1) * n_cols; the header first; each ends with NUL */
    size_t cap;
    uint32_t *lines; /* line (from 1) on which a row starts, header first */
    size_t lines_cap;
    size_t n_rows; /* without the header */
    size_t n_cols;
};

/*
 * Parses text[0..len); name is what messages call the file. TE_ERR_USAGE with name and line for a
 * file without header, a ragged row, an open quote, a NUL byte; duplicate column names are the
 * caller's business.
 */
int te_csv_parse(const char *name, const char *text, size_t len, struct te_csv *out,
                 struct te_err *err) TE_MUST_CHECK;
/* The same of a regular file of at most max bytes. */
int te_csv_read(const char *path, size_t max, struct te_csv *out, struct te_err *err) TE_MUST_CHECK;
void te_csv_release(struct te_csv *csv);

/* Number of the column with that name, -1 if there is none. */
int te_csv_column(const struct te_csv *csv, const char *name);
const char *te_csv_header(const struct te_csv *csv, size_t col);
const char *te_csv_cell(const struct te_csv *csv, size_t row, size_t col);
/* Line of a row in the file, from 1. */
uint32_t te_csv_line(const struct te_csv *csv, size_t row);

/* Is text one of pandas' spellings of a missing value ("", "NaN", "NULL", ...)? */
bool te_csv_is_missing(const char *text, size_t len);
/* True, TRUE, true, False, FALSE, false; false if it is none of them. */
bool te_csv_parse_bool(const char *text, bool *out);

/* One row with a line feed behind it: a cell is quoted only if it has a comma, a quote or a line
 * feed in it; a row of one empty cell is written as "". */
void te_csv_add_row(struct te_buf *buf, const char *const *cells, size_t count);
/* One cell, quoted if needed; separators are the caller's business. */
void te_csv_add_cell(struct te_buf *buf, const char *text);

#endif

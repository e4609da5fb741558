/*
 * A time series in the canonical CSV format: a header line, then per row a time stamp (first
 * column), features, and the label (last column). Features are positional; labels are the column
 * named is_anomaly, wherever it stands. Numbers are bit-equal to strtod; pandas' spellings of
 * missing values are NaN.
 */
#ifndef TE_MODEL_SERIES_H
#define TE_MODEL_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

#define TE_LABEL_COLUMN "is_anomaly"

enum te_series_want {
    TE_SERIES_VALUES = 1,     /* features */
    TE_SERIES_LABELS = 2,     /* needs a column is_anomaly; each 0 or 1 */
    TE_SERIES_ANY_LABELS = 4, /* labels may be missing (NaN) or other numbers */
    TE_SERIES_INDEX = 8,      /* time stamps as integers, if they all are */
    TE_SERIES_STAMPS = 16,    /* time stamps as text */
    TE_SERIES_LAST = 32, /* instead of is_anomaly the last column, whatever its name, as labels */
    TE_SERIES_ALL = 64   /* every column that is a number as feature: the label, too */
};

struct te_series {
    size_t rows;
    size_t dims;      /* feature columns */
    double *values;   /* rows x dims, row after row; NULL if not wanted */
    double *labels;   /* rows; NULL if not wanted */
    int64_t *index;   /* rows; NULL if not wanted or if a time stamp is no integer */
    char *stamps;     /* texts one after the other, NUL behind each; NULL if not wanted */
    size_t *stamp_at; /* offset of a row's text in stamps */
    char **names;     /* of all columns, as in the header */
    size_t n_columns;
};

/*
 * Reads a file. TE_ERR_USAGE names file, line and column of: no regular file, no header, fewer than
 * three columns, no column is_anomaly (if labels are wanted), a row with too few or too many cells,
 * text in a number, a label that is missing or neither 0 nor 1, no rows, a NUL byte.
 */
int te_series_load(const char *path, unsigned want, struct te_series *out,
                   struct te_err *err) TE_MUST_CHECK;
void te_series_release(struct te_series *series);

/* Only the labels, as te_series_load with TE_SERIES_LABELS checks them, but much faster: other
 * cells are counted and not parsed. *labels (0 or 1, one byte each) is freed by the caller. */
int te_series_labels(const char *path, uint8_t **labels, size_t *rows,
                     struct te_err *err) TE_MUST_CHECK;

/* Looks at the header line only, as te_series_load with TE_SERIES_LABELS would. */
int te_series_check_header(const char *path, struct te_err *err) TE_MUST_CHECK;

/* One feature as an array of its own, freed by the caller. */
double *te_series_column(const struct te_series *series, size_t dim,
                         struct te_err *err) TE_MUST_CHECK;

/* Figures of a label column as TimeEval's analyzer makes them. */
struct te_label_stats {
    double contamination;  /* share of labels equal to 1 */
    int64_t num_anomalies; /* runs of one value that is not 0; a NaN is a run of its own */
    int64_t min_length, median_length, max_length; /* over those runs, 0 without any; the median cut
                                                      to a whole number */
};
int te_label_stats(const double *labels, size_t count, struct te_label_stats *out,
                   struct te_err *err) TE_MUST_CHECK;

#endif

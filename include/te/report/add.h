/* Adding a series to a dataset folder. */
#ifndef TE_REPORT_ADD_H
#define TE_REPORT_ADD_H

#include <stdbool.h>
#include "te/base/err.h"

struct te_add {
    const char *collection, *name;
    const char *test, *train; /* canonical CSV files; train NULL: none */
    const char *type;         /* dataset_type */
    double period;            /* NaN: unknown */
    bool link;                /* hard links instead of copies */
    bool replace;             /* a dataset of this id may be there */
};

/*
 * Copies (or links) the files to <root>/<univariate|multivariate>/<collection>/<name>.*.csv,
 * analyzes them, writes the metadata file and, last, the index row: whoever reads the index sees
 * the dataset whole or not at all. Training type: unsupervised without a training series,
 * semi-supervised if that has no anomaly, else supervised.
 */
int te_dataset_add(const char *root, const struct te_add *job, struct te_err *err) TE_MUST_CHECK;

#endif

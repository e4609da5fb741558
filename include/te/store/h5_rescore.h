/* Further metrics for a result file, from its stored scores and labels. */
#ifndef TE_STORE_H5_RESCORE_H
#define TE_STORE_H5_RESCORE_H

#include <stdbool.h>
#include <stddef.h>
#include "te/base/err.h"
#include "te/metric/metric.h"

struct te_strings;

struct te_rescore_report {
    size_t rows;    /* experiments in the file */
    size_t judged;  /* of them with scores and labels */
    size_t columns; /* added; 0: the file stays as it was */
    bool framed;    /* pandas.read_hdf still finds the table */
};

/*
 * Adds a column for each spec of the list. A spec whose column name is taken by the file is named
 * by its canonical text; one whose canonical text is a column, too, is there already and left out,
 * each with a notice. The new file is made beside the old one (<path>.rescore) and renamed when it
 * is durable; every column, score and text that was there has the same bytes after it. A second
 * rescore of the same file at the same time is TE_ERR_BUSY, a damaged file TE_ERR_CORRUPT, one
 * without scores TE_ERR_USAGE. threads: at least 1.
 */
int te_h5_rescore(const char *path, const struct te_metric_list *metrics, unsigned threads,
                  struct te_strings *notices, struct te_rescore_report *out,
                  struct te_err *err) TE_MUST_CHECK;

#endif

/* Changes to the index of a dataset folder. */
#ifndef TE_MODEL_INDEX_H
#define TE_MODEL_INDEX_H

#include "te/base/buf.h"
#include "te/model/dataset.h"

/*
 * Adds a record to <root>/datasets.csv, replacing the row with the same id, and writes the whole
 * index anew, sorted, as TimeEval's manager writes it: extra columns stay; a column of whole
 * numbers with an empty cell becomes one of floats. The paths in the record are written as they
 * are, relative to root. A root without index gets one.
 */
int te_index_add(const char *root, const struct te_dataset *dataset,
                 struct te_err *err) TE_MUST_CHECK;
/* TE_ERR_USAGE if the index of root (which may have none yet) has a dataset of that id. */
int te_index_check_new(const char *root, const char *collection, const char *name,
                       struct te_err *err) TE_MUST_CHECK;
/* The row of a dataset as cells in the order of the index's columns, for listings in CSV; the
 * header for NULL. Appends to buf. */
void te_index_row(struct te_buf *buf, const struct te_dataset *dataset);
/* Cell c (0 .. TE_INDEX_COLUMNS - 1) of that row, and its column's name. */
enum { TE_INDEX_COLUMNS = 22, TE_INDEX_CELL = 40 };
const char *te_index_column(size_t c);
/* text: room for figures, TE_INDEX_CELL bytes; returns text or a text of the dataset. */
const char *te_index_cell(const struct te_dataset *dataset, size_t c, char *text);

#endif

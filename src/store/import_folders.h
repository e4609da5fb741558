/* The table of a result folder that has none. */
#ifndef TE_SRC_STORE_IMPORT_FOLDERS_H
#define TE_SRC_STORE_IMPORT_FOLDERS_H

#include "te/base/buf.h"
#include "te/model/dataset.h"

/*
 * What results.csv would be, from the folders <algorithm>/<id>/<collection>/<dataset>/<repetition>
 * alone, sorted: TimeEval writes results.csv at the very end, so a run that was cut has none. OK is
 * what has metrics; else the log tells timeout and lack of memory, and the rest is an error.
 * *untouched: folders of experiments that never began, which are left out. datasets may be NULL.
 */
int te_import_folders(const char *folder, const struct te_datasets *datasets, struct te_buf *out,
                      size_t *untouched, struct te_err *err) TE_MUST_CHECK;

#endif

/* What is made of a result file: results.csv, TimeEval's folders, the aggregated table. */
#ifndef TE_STORE_EXPORT_H
#define TE_STORE_EXPORT_H

#include "te/store/h5_read.h"

/* Each opens `in`, a result file. Tables are written atomically; path "-": standard output. */
int te_export_csv(const char *in, const char *path, struct te_err *err) TE_MUST_CHECK;
/* left_out: rows that are not OK. */
int te_export_aggregate(const char *in, const char *path, bool full, size_t *left_out,
                        struct te_err *err) TE_MUST_CHECK;
/* results.csv and a folder per experiment below `folder`. *without: OK rows whose scores the file
 * has not. */
int te_export_tree(const char *in, const char *folder, size_t *without,
                   struct te_err *err) TE_MUST_CHECK;

#endif

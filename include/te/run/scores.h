/*
 * Score files as TimeEval reads them: comma separated numbers, one row a line; '#' starts a
 * comment, blank lines are skipped, CRLF and blanks around numbers are fine, inf, infinity and nan
 * in any case count as numbers; an empty cell, NA, None and the like are NaN. Unlike TimeEval,
 * other text where a number should be is an error that names line and text, not a silent NaN.
 */
#ifndef TE_RUN_SCORES_H
#define TE_RUN_SCORES_H

#include "te/adapter/adapter.h"

/*
 * Reads <folder>/docker-algorithm-scores.csv; binary: the file that children of functions write.
 * max: bytes it may have. TE_ERR_NOENT: no such file; TE_ERR_FORMAT: no regular file (link, FIFO,
 * folder), empty, text, ragged; TE_ERR_LIMIT: too long. table->values is freed by the caller.
 */
int te_scores_load(const char *folder, bool binary, int64_t max, struct te_score_table *table,
                   struct te_err *err) TE_MUST_CHECK;

/* The text of a score file. name: for messages. */
int te_scores_parse(const char *name, const char *text, size_t len, struct te_score_table *table,
                    struct te_err *err) TE_MUST_CHECK;

/* The bytes of a binary one (adapter/child.h). */
int te_scores_binary(const char *name, const unsigned char *data, size_t len,
                     struct te_score_table *table, struct te_err *err) TE_MUST_CHECK;

#endif

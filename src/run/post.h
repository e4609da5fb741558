/* Post-processing of an algorithm's output, as the task's spec says. */
#ifndef TE_RUN_POST_H
#define TE_RUN_POST_H

#include "te/adapter/adapter.h"

/*
 * spec: text of model/post.h or NULL. *out: new array of *n values (te_free). remark: a line for
 * the log, "" if there is none (size bytes). TE_ERR_FORMAT or TE_ERR_USAGE: the output does not
 * suit the spec, why says how.
 */
int te_post_run(const struct te_task *task, const char *params_json,
                const struct te_score_table *table, double **out, size_t *n, char *remark,
                size_t size, struct te_err *why) TE_MUST_CHECK;

#endif

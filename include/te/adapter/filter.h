/*
 * A program of the user's between an algorithm's output and its scores
 * (postprocess = command: ...): a child process with the experiment's limits. It reads the output,
 * a row a line and columns separated by commas, from its standard input or from the file {scores},
 * and prints one score a line, or writes them to the file {out}.
 */
#ifndef TE_ADAPTER_FILTER_H
#define TE_ADAPTER_FILTER_H

#include "te/adapter/proc.h"

struct te_filter_job {
    const char *command; /* {scores}, {out}, {params}, {dataset} are filled in */
    const struct te_task *task;
    const struct te_score_table *table;
    const char *folder; /* private, absolute; a folder for its files is made in it */
    struct te_proc_limits limits;
};

struct te_filter;

/* Returns at once. TE_ERR_USAGE: the command cannot be; everything in job is borrowed until then.
 */
int te_filter_start(const struct te_adapter_env *env, const struct te_filter_job *job,
                    struct te_filter **out, struct te_err *err) TE_MUST_CHECK;
/* As te_proc_poll. */
int te_filter_poll(struct te_filter *filter, double wait, bool *done,
                   struct te_err *err) TE_MUST_CHECK;
/* After done: how it ended, with what it printed apart from scores; the caller releases it. */
void te_filter_take(struct te_filter *filter, struct te_outcome *outcome);
/* Where its scores are, as a results folder. */
const char *te_filter_folder(const struct te_filter *filter);
/* From any state: kills what runs. NULL is fine. */
void te_filter_free(struct te_filter *filter);

#endif

/* postprocess = command: ...: a program turns the algorithm's output into scores. */
#ifndef TE_RUN_FILTERING_H
#define TE_RUN_FILTERING_H

#include "te/adapter/filter.h"

struct te_filtering {
    struct te_filter *filter; /* NULL: none runs */
    double began;             /* monotonic */
};

/* folder: private; limits: those of the execution phase. Failure: why. */
int te_filtering_begin(struct te_filtering *filtering, const struct te_adapter_env *env,
                       const struct te_task *task, const struct te_score_table *table,
                       const char *folder, const struct te_job *job,
                       struct te_err *why) TE_MUST_CHECK;
/*
 * It has ended: its time and what it printed go into result and log; *table gets its scores if
 * *good, else the result says what went wrong. The filter is gone afterwards.
 */
int te_filtering_end(struct te_filtering *filtering, const struct te_task *task, int64_t max_scores,
                     struct te_cutlog *log, struct te_result *result, struct te_score_table *table,
                     bool *good, struct te_err *err) TE_MUST_CHECK;
/* From any state. */
void te_filtering_drop(struct te_filtering *filtering);

#endif

/* From what an adapter reports to status, reason and error message of the experiment. Pure. */
#ifndef TE_RUN_JUDGE_H
#define TE_RUN_JUDGE_H

#include "te/adapter/adapter.h"

/*
 * Sets status, reason and error_message of result for a phase that ended. found: a usable
 * preliminary file is there after a timeout. *go_on: the next step may follow.
 */
int te_judge_phase(const struct te_job *job, const struct te_outcome *outcome, bool found,
                   struct te_result *result, bool *go_on, struct te_err *err) TE_MUST_CHECK;

/* "Class('message')" as Python's repr writes an exception; replaces the message that is there. */
int te_judge_fail(struct te_result *result, enum te_status status, enum te_reason reason,
                  const char *class, const char *message, struct te_err *err) TE_MUST_CHECK;

/* May the algorithm run on this dataset at all? TimeEval's checks in its order, with its words. */
int te_judge_match(const struct te_task *task, struct te_result *result, bool *fits,
                   struct te_err *err) TE_MUST_CHECK;

#endif

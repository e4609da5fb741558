/*
 * One phase of a task: a single job, or one job per channel under the multivariate wrapper, as many
 * at a time as the task's CPU limit has whole CPUs, each with its share of the limits.
 */
#ifndef TE_RUN_PHASE_H
#define TE_RUN_PHASE_H

#include "te/adapter/adapter.h"

struct te_part {
    struct te_adapter *adapter; /* NULL: not started or ended */
    struct te_job job;
    struct te_outcome outcome;
    char *data;
    char *folder;
    bool ended;
};

struct te_phase_run {
    const struct te_adapter_env *env;
    const struct te_adapter_class *class;
    struct te_job job; /* of the whole phase */
    struct te_part *parts;
    size_t n_parts;
    size_t next;     /* part to start */
    size_t active;   /* parts that run */
    size_t parallel; /* at most this many */
    double started;  /* monotonic */
    bool failed;     /* a part failed: no further ones */
};

/* job: of the whole phase, copied; job->folder (NULL for adapters without files) is where results
 * go, channels in sub-folders. A dataset that cannot be split is an outcome. */
int te_phase_start(struct te_phase_run *phase, const struct te_adapter_env *env,
                   const struct te_job *job, struct te_err *err) TE_MUST_CHECK;
int te_phase_poll(struct te_phase_run *phase, double wait, bool *done,
                  struct te_err *err) TE_MUST_CHECK;
/* The outcome of the phase: that of its one part, or all parts together: the first failure, figures
 * summed, main time from first start to last end. outcome is initialized by the callee. */
int te_phase_take(struct te_phase_run *phase, struct te_outcome *outcome,
                  struct te_err *err) TE_MUST_CHECK;
/* From any state; kills what runs. */
void te_phase_release(struct te_phase_run *phase);

#endif

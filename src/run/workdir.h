/*
 * Scratch folders: <scratch>/timeeval-mpi-<label>/ of a runner with a file "owner" in it, within a
 * batch job also a file "job" (its number, its control group), made at the first need, and one
 * private folder in it per task.
 */
#ifndef TE_RUN_WORKDIR_H
#define TE_RUN_WORKDIR_H

#include "te/model/task.h"

#define TE_WORKDIR_PREFIX "timeeval-mpi-"
#define TE_WORKDIR_JOB    "job"

struct te_workdir {
    char *root; /* of the runner; NULL until it is needed */
    char *task; /* of the current task, below root */
};

/* New empty folder of a task; *out is borrowed until the next call or close. */
int te_workdir_begin(struct te_workdir *dir, const char *scratch, const char *label,
                     const char *owner, const struct te_task *task, const char **out,
                     struct te_err *err) TE_MUST_CHECK;
/* Removes the task's folder. -1: something could not be removed (files of another user). */
int te_workdir_end(struct te_workdir *dir, struct te_err *err) TE_MUST_CHECK;
/* Removes everything as far as that works. */
void te_workdir_close(struct te_workdir *dir);

#endif

/*
 * The runner: one experiment at a time on this rank, phases prepare → train → execute → collect →
 * post-process → score, without ever blocking long, so that a worker hears CANCEL meanwhile.
 */
#ifndef TE_RUN_RUNNER_H
#define TE_RUN_RUNNER_H

#include "te/model/config.h"
#include "te/model/result.h"

struct te_runner;

struct te_runner_place {
    const char *host;
    int rank;
    int slot;          /* within the host, from 0 */
    int slots;         /* worker slots on this host: default limits divide by it */
    const char *label; /* unique for this run and rank; carried by containers and folders */
};

/* settings are borrowed. Starts the guardian that cleans up when this process is gone, however it
 * went. */
int te_runner_open(const struct te_run_settings *settings, const struct te_runner_place *place,
                   struct te_runner **out, struct te_err *err) TE_MUST_CHECK;
/* Leading rank of a host: removes what an earlier crash of this run left. */
int te_runner_clean_host(struct te_runner *runner, struct te_err *err) TE_MUST_CHECK;
/* Makes the scratch folder where it is absent; -1 if tasks cannot have their folders there. */
int te_run_use_scratch(const char *scratch, struct te_err *err) TE_MUST_CHECK;
/* The same for this runner's folder; and is there room in it? */
int te_runner_try_scratch(struct te_runner *runner, struct te_err *err) TE_MUST_CHECK;
/* Leading rank of a host: pulls images (one a line) as the settings say. May take long: alive is
 * called meanwhile and may break off with -1 (see te_docker_provide). */
int te_runner_pull(struct te_runner *runner, const char *images,
                   int (*alive)(void *arg, struct te_err *err), void *arg,
                   struct te_err *err) TE_MUST_CHECK;
/* Begins a task (borrowed until it is done). */
int te_runner_start(struct te_runner *runner, const struct te_task *task,
                    struct te_err *err) TE_MUST_CHECK;
/* Works for at most wait seconds (sleeping in poll, not spinning); *done when the task has its
 * result. Failures of the task are results, not errors. */
int te_runner_poll(struct te_runner *runner, double wait, bool *done,
                   struct te_err *err) TE_MUST_CHECK;
/* Stops the task: container killed and removed, work folder removed; no result. */
void te_runner_cancel(struct te_runner *runner);
/* The finished task's result and post-processed raw scores (n_scores values, NULL if none);
 * ownership moves. */
void te_runner_take(struct te_runner *runner, struct te_result *result, double **scores);
void te_runner_close(struct te_runner *runner);

#endif

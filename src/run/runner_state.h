/* The runner's parts: its life (runner.c), what it needs of its host (runner_host.c), and what
 * becomes of scores (runner_score.c). */
#ifndef TE_SRC_RUN_RUNNER_STATE_H
#define TE_SRC_RUN_RUNNER_STATE_H

#include "filtering.h"
#include "phase.h"
#include "scoring.h"
#include "te/adapter/owner.h"
#include "te/base/aside.h"
#include "te/run/runner.h"
#include "truth.h"
#include "workdir.h"

enum stage { STAGE_IDLE, STAGE_TRAIN, STAGE_EXECUTE, STAGE_POST, STAGE_SCORE, STAGE_DONE };

struct te_runner {
    const struct te_run_settings *settings;
    char *host;
    char *label;
    char *scratch;
    char owner[TE_OWNER_TEXT];
    int rank, slot, slots;
    struct te_adapter_env env;
    struct te_metric_list metrics;
    struct te_truth truth;
    struct te_workdir workdir;

    enum stage stage;
    const struct te_task *task;
    const char *folder; /* of the task; NULL: the adapter needs none */
    struct te_phase_run phase;
    bool phase_open;
    struct te_cutlog log;
    struct te_result result;
    double *scores;

    struct te_filtering filtering; /* while the stage is STAGE_POST */
    struct te_scoring scoring;     /* its thread works while the stage is STAGE_SCORE */
    struct te_aside scorer;
};

/* runner.c: the experiment failed by infrastructure; its stage is STAGE_DONE. */
int runner_fail_infra(struct te_runner *r, const char *text, struct te_err *err);

/* -1: the scratch folder is full; err says so. */
int runner_scratch_room(const struct te_runner *r, struct te_err *err);
/* What a task needs that earlier ones did not: the guardian, a connection to the engine. */
int runner_begin_services(struct te_runner *r, struct te_err *err);
/* Ends what the task began; its folder goes. */
void runner_end_task(struct te_runner *r);

/* runner_score.c: does its adapter hand scores over as TE_FILE_BINARY? */
bool runner_is_binary(const struct te_task *t);
/* The scores of an execution that went well: read, handed to the user's program, judged. The stage
 * tells what goes on. */
int runner_score(struct te_runner *r, struct te_outcome *o, struct te_err *err);
int runner_poll_post(struct te_runner *r, double wait, struct te_err *err);
/* The thread that judges has ended. */
void runner_end_scoring(struct te_runner *r);

#endif

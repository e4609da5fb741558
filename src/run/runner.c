/* The state machine of one experiment at a time; every step is short or sleeps in an adapter. */
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "judge.h"
#include "keep.h"
#include "limits.h"
#include "runner_state.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"

/* ---- a task begins ------------------------------------------------------------------------ */

static void begin_log(struct te_runner *r)
{
    const struct te_task *t = r->task;
    te_cutlog_init(&r->log, te_run_max_log(r->settings));
    te_cutlog_addf(&r->log,
                   "Starting evaluation of experiment %s-%s-%s-%s-%u\n"
                   "=============================================\n\n",
                   t->algorithm, t->collection, t->dataset,
                   t->hyper_params_id ? t->hyper_params_id : "", (unsigned)t->repetition);
}

static int begin_result(struct te_runner *r, struct te_err *err)
{
    const struct te_task *t = r->task;
    te_result_release(&r->result);
    te_result_init(&r->result);
    r->result.number = t->number;
    r->result.attempt = t->attempt;
    r->result.id = t->id;
    r->result.rank = r->rank;
    r->result.slot = r->slot;
    r->result.started = te_clock_real();
    r->result.host = te_strdup(r->host, err);
    r->result.error_message = te_strdup("", err);
    r->result.image_digest = te_strdup("", err);
    r->result.params_json = te_strdup("", err);
    return r->result.host && r->result.error_message && r->result.image_digest &&
                   r->result.params_json
               ? 0
               : -1;
}

int runner_fail_infra(struct te_runner *r, const char *text, struct te_err *err)
{
    r->stage = STAGE_DONE;
    return te_judge_fail(&r->result, TE_STATUS_ERROR, TE_REASON_INFRASTRUCTURE,
                         "InfrastructureError", text, err);
}

static const char *data_of(const struct te_task *t, enum te_phase phase)
{
    return phase == TE_TRAIN ? t->train_path : t->test_path;
}

static int begin_phase(struct te_runner *r, enum te_phase phase, struct te_err *err)
{
    const struct te_task *t = r->task;
    struct te_job job = {.task = t,
                         .phase = phase,
                         .channel = -1,
                         .data_path = data_of(t, phase),
                         .folder = r->folder,
                         .timeout = phase == TE_TRAIN ? t->limits.train_timeout
                                                      : t->limits.execute_timeout,
                         .timeout_text = phase == TE_TRAIN ? t->limits.train_timeout_text
                                                           : t->limits.execute_timeout_text,
                         .preliminary = phase == TE_TRAIN ? t->limits.preliminary_model
                                                          : t->limits.preliminary_scores};
    if (!(job.timeout > 0)) {
        job.timeout = 8 * 3600;
        job.timeout_text = "8 hours";
    }
    te_limits_resolve(&t->limits, r->slots, &job.memory, &job.cpus);
    job.task_cpus = job.cpus;
    r->stage = phase == TE_TRAIN ? STAGE_TRAIN : STAGE_EXECUTE;
    te_cutlog_addf(&r->log, "Performing %s for %s algorithm %s\n",
                   phase == TE_TRAIN ? "training" : "execution",
                   te_training_name(t->algorithm_training), t->algorithm);
    if (r->folder && !te_fs_exists(job.data_path)) {
        te_autofree char *text =
            te_asprintf(err, "dataset file '%s' is not on this host", job.data_path);
        return text ? runner_fail_infra(r, text, err) : -1;
    }
    struct te_err why = TE_ERR_INIT;
    if (te_phase_start(&r->phase, &r->env, &job, &why) == 0) {
        r->phase_open = true;
        return 0;
    }
    if (why.code == TE_ERR_NOMEM) {
        *err = why;
        return -1;
    }
    return runner_fail_infra(r, why.text, err);
}

static int begin_folder(struct te_runner *r, struct te_err *err)
{
    r->folder = NULL;
    if (!te_adapter_class(r->task->adapter)->needs_folder)
        return 0;
    if (runner_begin_services(r, err) < 0)
        return -1;
    return te_workdir_begin(&r->workdir, r->scratch, r->label, r->owner, r->task, &r->folder, err);
}

int te_runner_start(struct te_runner *r, const struct te_task *task, struct te_err *err)
{
    bool fits = false;
    if (r->stage != STAGE_IDLE)
        return te_err_set(err, TE_ERR_INTERNAL, "a task is running already");
    r->task = task;
    begin_log(r);
    if (begin_result(r, err) < 0 || te_judge_match(task, &r->result, &fits, err) < 0)
        return -1;
    r->stage = STAGE_DONE;
    if (!fits)
        return 0;
    struct te_err why = TE_ERR_INIT;
    if (begin_folder(r, &why) < 0)
        return runner_fail_infra(r, why.text, err);
    bool trained = task->algorithm_training != TE_UNSUPERVISED;
    return begin_phase(r, trained ? TE_TRAIN : TE_EXECUTE, err);
}

/* ---- a phase ends ------------------------------------------------------------------------- */

static bool has_file(const char *folder, const char *name)
{
    struct te_err err = TE_ERR_INIT;
    struct stat st;
    te_autofree char *path = te_fs_join(folder, name, &err);
    te_cleanup(te_fd_cleanup) int fd = path ? te_fs_open_regular(path, &st, &err) : -1;
    return fd >= 0 && st.st_size > 0;
}

/* Is there, after a timeout, what the user wants to go on with? The folder was new. */
static bool found_preliminary(const struct te_runner *r)
{
    const struct te_job *job = &r->phase.job;
    if (!job->preliminary || !r->folder)
        return false;
    const char *name = TE_FILE_MODEL;
    if (job->phase == TE_EXECUTE)
        name = runner_is_binary(r->task) ? TE_FILE_BINARY : TE_FILE_SCORES;
    for (size_t i = 0; i < r->phase.n_parts; i++)
        if (!has_file(r->phase.parts[i].job.folder, name))
            return false;
    return true;
}

static int keep_log(struct te_runner *r, struct te_outcome *o, bool found, struct te_err *err)
{
    uint64_t cut = 0;
    te_autofree char *text = te_cutlog_take(&o->log, &cut, err);
    if (!text)
        return -1;
    te_cutlog_add(&r->log, text, strlen(text));
    r->result.log_cut += cut;
    if (o->end == TE_END_TIMEOUT)
        te_cutlog_addf(&r->log,
                       found ? "Container timeout after <Duration %s>, but TimeEval disregards "
                               "this because there are preliminary results.\n"
                             : "Container timeout after <Duration %s>, raising "
                               "DockerTimeoutError!\n",
                       r->phase.job.timeout_text);
    return 0;
}

static int end_phase(struct te_runner *r, struct te_err *err)
{
    struct te_outcome o = {0};
    enum te_phase which = r->phase.job.phase;
    bool go_on = false;
    if (te_phase_take(&r->phase, &o, err) < 0)
        return -1;
    bool found = o.end == TE_END_TIMEOUT && found_preliminary(r);
    r->result.phase[which] = o.measure;
    int rc = keep_log(r, &o, found, err);
    if (rc == 0 && o.image_digest) {
        te_free(r->result.image_digest);
        r->result.image_digest = te_steal(o.image_digest);
    }
    if (rc == 0)
        rc = te_judge_phase(&r->phase.job, &o, found, &r->result, &go_on, err);
    if (rc == 0 && go_on && which == TE_EXECUTE)
        rc = runner_score(r, &o, err);
    te_outcome_release(&o);
    te_phase_release(&r->phase);
    r->phase_open = false;
    if (rc < 0)
        return -1;
    if (go_on && which == TE_TRAIN)
        return begin_phase(r, TE_EXECUTE, err);
    if (r->stage != STAGE_SCORE && r->stage != STAGE_POST)
        r->stage = STAGE_DONE;
    return 0;
}

/* What an algorithm could not write because our scratch folder is full is not its failure. */
static int check_scratch(struct te_runner *r, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    enum te_reason reason = r->result.reason;
    bool failed = r->result.status == TE_STATUS_ERROR &&
                  (reason == TE_REASON_EXIT || reason == TE_REASON_SIGNAL ||
                   reason == TE_REASON_WRONG_SCORES);
    return failed && r->folder && runner_scratch_room(r, &why) < 0
               ? runner_fail_infra(r, why.text, err)
               : 0;
}

static int finish(struct te_runner *r, struct te_err *err)
{
    uint64_t cut = 0;
    if (check_scratch(r, err) < 0)
        return -1;
    te_free(r->result.log);
    r->result.log = te_cutlog_take(&r->log, &cut, err);
    r->result.log_cut += cut;
    r->result.finished = te_clock_real();
    if (!r->result.log)
        return -1;
    struct te_err why = TE_ERR_INIT;
    if (r->settings->keep_files && r->settings->run_folder &&
        te_keep(r->settings->run_folder, r->folder, r->task, &r->result, &r->metrics, r->scores,
                &why) < 0)
        te_log(TE_LOG_WARNING, "experiment %u: files not kept: %s", (unsigned)r->task->number,
               why.text);
    return 0;
}

int te_runner_poll(struct te_runner *r, double wait, bool *done, struct te_err *err)
{
    *done = false;
    while (r->stage == STAGE_TRAIN || r->stage == STAGE_EXECUTE) {
        bool ended = false;
        if (te_phase_poll(&r->phase, wait, &ended, err) < 0)
            return -1;
        if (!ended)
            return 0;
        if (end_phase(r, err) < 0)
            return -1;
        wait = 0;
    }
    if (r->stage == STAGE_POST) {
        if (runner_poll_post(r, wait, err) < 0)
            return -1;
        if (r->stage == STAGE_POST)
            return 0;
        wait = 0;
    }
    if (r->stage == STAGE_SCORE) {
        if (!te_aside_wait(&r->scorer, wait))
            return 0;
        runner_end_scoring(r);
        if (r->scorer.rc < 0) {
            *err = r->scorer.err;
            return -1;
        }
    }
    if (r->stage != STAGE_DONE)
        return te_err_set(err, TE_ERR_INTERNAL, "no task is running");
    if (!r->result.log && finish(r, err) < 0)
        return -1;
    *done = true;
    return 0;
}

void te_runner_cancel(struct te_runner *r)
{
    if (r->stage == STAGE_SCORE) {
        atomic_store(&r->scoring.stop, true);
        while (!te_aside_wait(&r->scorer, 1))
            ;
        runner_end_scoring(r);
    }
    runner_end_task(r);
    te_result_release(&r->result);
    te_result_init(&r->result);
    te_free(r->scores);
    r->scores = NULL;
    r->stage = STAGE_IDLE;
}

void te_runner_take(struct te_runner *r, struct te_result *result, double **scores)
{
    *result = r->result;
    *scores = te_steal(r->scores);
    te_result_init(&r->result);
    runner_end_task(r);
    r->stage = STAGE_IDLE;
}

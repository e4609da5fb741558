/* The state machine of one experiment at a time; every step is short or sleeps in an adapter. */
#include "te/run/runner.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "channels.h"
#include "filtering.h"
#include "judge.h"
#include "keep.h"
#include "limits.h"
#include "phase.h"
#include "scoring.h"
#include "te/adapter/docker.h"
#include "te/adapter/guardian.h"
#include "te/adapter/owner.h"
#include "te/adapter/proc.h"
#include "te/base/aside.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/post.h"
#include "te/run/clean.h"
#include "te/run/scores.h"
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

/* Series from so many bytes on are read and judged in a thread: a metric may take minutes, and a
 * worker must hear and say that it lives meanwhile. */
enum { LONG_SERIES = 100000 };

static size_t max_log(const struct te_runner *r)
{
    return r->settings->max_log > 0 ? (size_t)r->settings->max_log : 10 * TE_MIB;
}

/* ---- opening and closing ------------------------------------------------------------------ */

static void fill_env(struct te_runner *r)
{
    r->env = (struct te_adapter_env){.settings = r->settings,
                                     .host = r->host,
                                     .rank = r->rank,
                                     .slot = r->slot,
                                     .label = r->label,
                                     .owner = r->owner,
                                     .helper = "/proc/self/exe",
                                     .stop_grace = 10};
}

static int open_parts(struct te_runner *r, const struct te_runner_place *place, struct te_err *err)
{
    const char *scratch = r->settings->scratch;
    r->host = te_strdup(place->host ? place->host : "localhost", err);
    if (te_owner_self(r->owner, err) < 0)
        return -1;
    /* two runs of one name on one host must not take each other's for their own */
    r->label = te_asprintf(err, "%08x-%s", (unsigned)te_hash64(r->owner, strlen(r->owner)),
                           place->label ? place->label : "local");
    r->scratch = te_strdup(scratch && *scratch ? scratch : "/tmp", err);
    if (!r->host || !r->label || !r->scratch || te_str_check_name("label", r->label, err) < 0)
        return -1;
    fill_env(r);
    return te_metric_parse_list(r->settings->metrics ? r->settings->metrics : "ROC_AUC",
                                &r->metrics, err);
}

int te_runner_open(const struct te_run_settings *settings, const struct te_runner_place *place,
                   struct te_runner **out, struct te_err *err)
{
    struct te_runner *r = te_zalloc(1, sizeof *r, err);
    if (!r)
        return -1;
    r->settings = settings;
    r->rank = place->rank;
    r->slot = place->slot;
    r->slots = place->slots > 0 ? place->slots : 1;
    te_result_init(&r->result);
    if (open_parts(r, place, err) < 0) {
        te_runner_close(r);
        return -1;
    }
    *out = r;
    return 0;
}

/* The connection to the engine, made at the first need. */
static int connect_engine(struct te_runner *r, struct te_err *err)
{
    const char *host = r->settings->docker_host;
    if (r->env.docker)
        return 0;
    return te_docker_open(host && *host ? host : "unix:///var/run/docker.sock", 30, &r->env.docker,
                          err);
}

int te_runner_clean_host(struct te_runner *r, struct te_err *err)
{
    struct te_cleaned cleaned;
    struct te_err why = TE_ERR_INIT;
    const char *run =
        r->settings->run_name && *r->settings->run_name ? r->settings->run_name : NULL;
    /* without an engine there are no containers either: tasks that need it say so themselves */
    bool engine = connect_engine(r, &why) == 0;
    if (te_clean(engine ? r->env.docker : NULL, r->scratch, run, &cleaned, err) < 0)
        return -1;
    if (cleaned.containers + cleaned.folders + cleaned.processes)
        te_log(TE_LOG_NOTICE, "removed what an earlier run left: %zu containers, %zu folders",
               cleaned.containers, cleaned.folders);
    return 0;
}

int te_runner_pull(struct te_runner *r, const char *images,
                   int (*alive)(void *arg, struct te_err *err), void *arg, struct te_err *err)
{
    if (connect_engine(r, err) < 0)
        return -1;
    return te_docker_provide(r->env.docker, images, r->settings->pull == TE_PULL_ALWAYS, alive, arg,
                             err);
}

static void end_task(struct te_runner *r)
{
    struct te_err err = TE_ERR_INIT;
    if (r->phase_open)
        te_phase_release(&r->phase);
    r->phase_open = false;
    te_filtering_drop(&r->filtering);
    te_cutlog_release(&r->log);
    const char *image = r->task && r->task->adapter == TE_ADAPTER_DOCKER ? r->task->program : NULL;
    te_autofree char *folder = r->folder ? te_strdup(r->folder, &err) : NULL;
    if (te_workdir_end(&r->workdir, &err) < 0 &&
        !(folder && image && r->env.docker &&
          te_docker_wipe(r->env.docker, image, folder, &err) == 0))
        te_log(TE_LOG_WARNING, "%s", err.text);
    r->folder = NULL;
    r->task = NULL;
}

void te_runner_close(struct te_runner *r)
{
    if (!r)
        return;
    te_runner_cancel(r);
    te_workdir_close(&r->workdir);
    if (r->env.guardian) {
        struct te_cgroups groups;
        te_cgroups_probe("/sys/fs/cgroup", &groups);
        (void)te_cgroups_sweep(&groups, r->label); /* those that were busy a moment ago */
    }
    te_guardian_close(r->env.guardian, r->env.docker && r->env.docker->dirty);
    te_docker_close(r->env.docker);
    te_metric_list_release(&r->metrics);
    te_truth_release(&r->truth);
    te_free(r->host);
    te_free(r->label);
    te_free(r->scratch);
    te_free(r);
}

/* ---- a task begins ------------------------------------------------------------------------ */

static void begin_log(struct te_runner *r)
{
    const struct te_task *t = r->task;
    te_cutlog_init(&r->log, max_log(r));
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

static int fail_infra(struct te_runner *r, const char *text, struct te_err *err)
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
        return text ? fail_infra(r, text, err) : -1;
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
    return fail_infra(r, why.text, err);
}

/* What a task needs that earlier ones did not: the guardian, a connection to the engine. */
static int begin_services(struct te_runner *r, struct te_err *err)
{
    const char *host = r->settings->docker_host;
    if (!r->env.guardian) {
        struct te_guardian_spec spec = {r->env.helper, r->label, host ? host : "", r->scratch};
        if (te_guardian_open(&spec, &r->env.guardian, err) < 0)
            return -1;
    }
    return r->task->adapter == TE_ADAPTER_DOCKER ? connect_engine(r, err) : 0;
}

static int begin_folder(struct te_runner *r, struct te_err *err)
{
    r->folder = NULL;
    if (!te_adapter_class(r->task->adapter)->needs_folder)
        return 0;
    if (begin_services(r, err) < 0)
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
        return fail_infra(r, why.text, err);
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

static bool is_binary(const struct te_task *t)
{
    return t->adapter == TE_ADAPTER_PLUGIN || t->adapter == TE_ADAPTER_PYTHON;
}

/* Is there, after a timeout, what the user wants to go on with? The folder was new. */
static bool found_preliminary(const struct te_runner *r)
{
    const struct te_job *job = &r->phase.job;
    if (!job->preliminary || !r->folder)
        return false;
    const char *name = TE_FILE_MODEL;
    if (job->phase == TE_EXECUTE)
        name = is_binary(r->task) ? TE_FILE_BINARY : TE_FILE_SCORES;
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

static int load_channels(struct te_runner *r, struct te_score_table *out, struct te_err *why)
{
    size_t n = r->phase.n_parts;
    te_autofree struct te_score_table *tables = te_zalloc(n, sizeof *tables, why);
    if (!tables)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = te_scores_load(r->phase.parts[i].job.folder, is_binary(r->task),
                            r->settings->max_scores, &tables[i], why);
        if (rc < 0 && n > 1)
            te_err_wrap(why, "channel %zu", i);
    }
    if (rc == 0 && n > 1)
        rc = te_channels_join(tables, n, r->task->multivariate, out, why);
    else if (rc == 0)
        *out = (struct te_score_table){te_steal(tables[0].values), tables[0].rows,
                                       tables[0].columns, tables[0].integers};
    for (size_t i = 0; i < n; i++)
        te_free(tables[i].values);
    return rc;
}

/* Labels, then scores and metrics: what may take minutes. */
static int load_and_score(void *arg, struct te_err *err)
{
    struct te_runner *r = arg;
    struct te_err why = TE_ERR_INIT;
    if (te_truth_load(&r->truth, r->task->test_path, &why) < 0)
        return te_judge_fail(&r->result, TE_STATUS_ERROR, TE_REASON_INFRASTRUCTURE,
                             "InfrastructureError", why.text, err);
    r->scoring.labels = r->truth.labels;
    r->scoring.n_labels = r->truth.n;
    return te_scoring_run(&r->scoring, err);
}

static void end_scoring(struct te_runner *r)
{
    te_free(r->scoring.table.values);
    r->scoring.table.values = NULL;
    r->scores = te_steal(r->scoring.scores);
    r->stage = STAGE_DONE;
}

static bool is_long(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size >= LONG_SERIES;
}

/* Owns the table. */
static int judge_table(struct te_runner *r, struct te_score_table *table, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    r->stage = STAGE_DONE;
    r->scoring =
        (struct te_scoring){.task = r->task,
                            .params_json = r->task->params_json ? r->task->params_json : "{}",
                            .metrics = &r->metrics,
                            .table = *table,
                            .result = &r->result,
                            .log = &r->log};
    if (is_long(r->task->test_path) && te_aside_start(&r->scorer, load_and_score, r, &why) == 0) {
        r->stage = STAGE_SCORE;
        return 0;
    }
    int rc = load_and_score(r, err);
    end_scoring(r);
    return rc;
}

/* The user's program gets the output first. */
static int begin_post(struct te_runner *r, const struct te_score_table *table, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    const char *folder = r->folder;
    r->stage = STAGE_DONE;
    if (!folder &&
        (begin_services(r, &why) < 0 ||
         te_workdir_begin(&r->workdir, r->scratch, r->label, r->owner, r->task, &folder, &why) < 0))
        return fail_infra(r, why.text, err);
    te_cutlog_addf(&r->log, "Post-processing with %s\n", te_post_command(r->task->postprocess));
    if (te_filtering_begin(&r->filtering, &r->env, r->task, table, folder, &r->phase.job, &why) <
        0) {
        te_err_wrap(&why, "post-processing failed");
        if (why.code != TE_ERR_USAGE)
            return fail_infra(r, why.text, err);
        return te_judge_fail(&r->result, TE_STATUS_ERROR, TE_REASON_EXIT, "PostprocessingError",
                             why.text, err);
    }
    r->stage = STAGE_POST;
    return 0;
}

static int poll_post(struct te_runner *r, double wait, struct te_err *err)
{
    bool done = false, good = false;
    struct te_score_table table = {0};
    if (te_filter_poll(r->filtering.filter, wait, &done, err) < 0)
        return -1;
    if (!done)
        return 0;
    r->stage = STAGE_DONE;
    if (te_filtering_end(&r->filtering, r->task, r->settings->max_scores, &r->log, &r->result,
                         &table, &good, err) < 0)
        return -1;
    return good ? judge_table(r, &table, err) : 0;
}

static int score(struct te_runner *r, struct te_outcome *o, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    struct te_score_table table = {0};
    r->stage = STAGE_DONE;
    if (o->has_scores) {
        table = o->scores;
        o->scores.values = NULL;
    } else if (load_channels(r, &table, &why) < 0) {
        if (why.code == TE_ERR_NOMEM) {
            *err = why;
            return -1;
        }
        return te_judge_fail(&r->result, TE_STATUS_ERROR, TE_REASON_WRONG_SCORES, "ValueError",
                             why.text, err);
    }
    if (!te_post_command(r->task->postprocess))
        return judge_table(r, &table, err);
    int rc = begin_post(r, &table, err);
    te_free(table.values);
    return rc;
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
        rc = score(r, &o, err);
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
    static const int64_t least = 64 << 10; /* bytes */
    struct te_err why = TE_ERR_INIT;
    int64_t free_bytes;
    enum te_reason reason = r->result.reason;
    bool failed = r->result.status == TE_STATUS_ERROR &&
                  (reason == TE_REASON_EXIT || reason == TE_REASON_SIGNAL ||
                   reason == TE_REASON_WRONG_SCORES);
    if (!failed || !r->folder || te_fs_free_space(r->scratch, &free_bytes, &why) < 0 ||
        free_bytes >= least)
        return 0;
    te_autofree char *text = te_asprintf(
        err, "the scratch folder '%s' is full: make room, or name another one in [run] scratch",
        r->scratch);
    return text ? fail_infra(r, text, err) : -1;
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
        if (poll_post(r, wait, err) < 0)
            return -1;
        if (r->stage == STAGE_POST)
            return 0;
        wait = 0;
    }
    if (r->stage == STAGE_SCORE) {
        if (!te_aside_wait(&r->scorer, wait))
            return 0;
        end_scoring(r);
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
        end_scoring(r);
    }
    end_task(r);
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
    end_task(r);
    r->stage = STAGE_IDLE;
}

#include "te/app/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "session_state.h"
#include "show.h"
#include "timing.h"
#include "te/app/status.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/sig.h"
#include "te/run/runner.h"

static const double idle_wait = 0.25; /* s in one step while nothing comes */
static bool at_once; /* the ranks leave without MPI's end, in which each waits for all */

bool te_session_leaves_at_once(void)
{
    return at_once;
}

static void session_release(struct session *s)
{
    session_stop_refresh(s);
    te_driver_free(s->driver);
    te_journal_close(s->journal);
    for (size_t i = 0; i < s->n_files; i++)
        te_free(s->files[i].path);
    te_free(s->files);
    te_free(s->images);
    te_estimate_free(s->estimate);
    te_free(s->copy_roots);
    te_plan_free(s->plan);
    te_datasets_release(&s->datasets);
    te_fd_cleanup(&s->lock);
    te_free(s->folder);
    te_free(s->name);
}

/* One word to every rank, while there is no driver; a rank that cannot be told will see. */
static void tell_all(struct te_transport *transport, enum te_msg_type word, double flush)
{
    struct te_err ignored = TE_ERR_INIT;
    struct te_bye bye = {at_once, NULL};
    struct te_buf frame;
    te_buf_init(&frame, 4096);
    for (int to = 1; to < transport->count; to++) {
        te_buf_clear(&frame);
        size_t begin = te_frame_begin(&frame);
        if (word == TE_MSG_BYE)
            te_bye_encode(&bye, &frame);
        if (te_frame_end(&frame, begin, word, 0, &ignored) < 0 ||
            te_transport_send(transport, to, &frame, &ignored) < 0)
            te_log(TE_LOG_INFO, "%s", ignored.text);
    }
    te_buf_release(&frame);
    if (te_transport_flush(transport, flush, &ignored) < 0)
        te_log(TE_LOG_INFO, "%s", ignored.text);
}

int session_heed_signals(void *unused, struct te_err *err)
{
    (void)unused;
    return te_sig_requested() == TE_SIG_NONE
               ? 0
               : te_err_set(err, TE_ERR_CANCELED, "stopped by a signal before the run began");
}

/* ---- before ---------------------------------------------------------------------------------- */

static int make_plan(struct session *s, struct te_err *err)
{
    struct te_strings notices = {0};
    te_autofree char *report = NULL;
    if (te_datasets_open(&s->config->roots, s->config->custom, &s->datasets, &notices, err) < 0)
        return -1;
    int rc = te_plan_build(s->config, &s->datasets, s->o->catalog, &s->plan, &report, err);
    if (rc < 0)
        session_report(s->config->path, report, err);
    for (size_t i = 0; i < notices.count; i++)
        te_log(TE_LOG_NOTICE, "%s", notices.items[i]);
    te_strings_release(&notices);
    if (rc < 0)
        return -1;
    const struct te_strings *more = te_plan_notices(s->plan);
    for (size_t i = 0; i < more->count; i++)
        te_log(TE_LOG_NOTICE, "%s", more->items[i]);
    if (te_plan_count(s->plan) == 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "%s: no experiment is left to run: every combination of algorithms and "
                          "datasets was left out ('timeeval-mpi plan' says why)",
                          s->config->path);
    return 0;
}

static int set_text(char **field, const char *text, struct te_err *err)
{
    char *copy = te_strdup(text, err);
    if (!copy)
        return -1;
    te_free(*field);
    *field = copy;
    return 0;
}

/* Where all workers are on this host it is tried before anything begins; elsewhere each host does.
 */
static int settle_scratch(struct session *s, struct te_err *err)
{
    struct te_run_settings *settings = &s->config->settings;
    if (!settings->scratch && set_text(&settings->scratch, te_session_scratch(NULL), err) < 0)
        return -1;
    if (!session_one_host(s) || te_run_use_scratch(settings->scratch, err) == 0)
        return 0;
    if (err->code != TE_ERR_NOMEM)
        err->code = TE_ERR_USAGE;
    return te_err_wrap(err, "%s", s->config->path);
}

static int fill_settings(struct session *s, struct te_err *err)
{
    struct te_run_settings *settings = &s->config->settings;
    return set_text(&settings->run_name, s->name, err) < 0 ||
                   set_text(&settings->run_folder, s->folder, err) < 0
               ? -1
               : 0;
}

static int remove_marker(const struct session *s, struct te_err *err)
{
    te_autofree char *path = te_fs_join(s->folder, "exit", err);
    if (!path)
        return -1;
    if (unlink(path) != 0 && te_fs_exists(path))
        return te_err_sys(err, TE_ERR_IO, "cannot remove '%s'", path);
    return 0;
}

static int open_run(void *arg, struct te_err *err)
{
    struct session *s = arg;
    struct te_err why = TE_ERR_INIT;
    if (te_session_check_retry(s->o->retry, err) < 0 || te_host_read(&s->host, err) < 0 ||
        make_plan(s, err) < 0 || session_check_data(s, err) < 0 ||
        session_check_engine(s, err) < 0 || session_get_images(s, err) < 0 ||
        settle_scratch(s, err) < 0 || session_open_folder(s, err) < 0)
        return -1;
    if (s->complete_before)
        return 0;
    te_autofree char *log = te_fs_join(s->folder, "run.log", err);
    if (!log || fill_settings(s, err) < 0)
        return -1;
    if (te_log_open(log, &why) < 0)
        te_log(TE_LOG_WARNING, "%s", why.text);
    if (remove_marker(s, err) < 0 || session_estimate(s, err) < 0 ||
        session_hash_files(s, err) < 0 || session_open_journal(s, err) < 0)
        return -1;
    return s->o->retry ? session_retry(s, err) : 0;
}

/* Planning and hashing may take long: the other ranks hear meanwhile that this one lives. */
static int prepare(struct session *s, struct te_err *err)
{
    struct te_aside aside;
    double next = te_clock_mono();
    if (te_aside_start(&aside, open_run, s, err) < 0)
        return -1;
    while (!te_aside_wait(&aside, 0.1)) {
        double now = te_clock_mono();
        if (now < next)
            continue;
        tell_all(s->o->transport, TE_MSG_HEARTBEAT, 0);
        next = now + TE_HEARTBEAT;
    }
    if (aside.rc < 0)
        *err = aside.err;
    return aside.rc;
}

/* ---- the run --------------------------------------------------------------------------------- */

static int start_driver(struct session *s, struct te_err *err)
{
    s->progress =
        (struct te_run_progress){.total = te_plan_count(s->plan), .started = te_clock_mono()};
    struct te_driver_options options = {.plan = s->plan,
                                        .settings = &s->config->settings,
                                        .journal = s->journal,
                                        .folder = s->folder,
                                        .files = s->files,
                                        .n_files = s->n_files,
                                        .roots = s->copy_roots,
                                        .n_datasets = (uint32_t)s->datasets.count,
                                        .n_algorithms = (uint32_t)s->config->n_algorithms,
                                        .images = s->images && *s->images ? s->images : NULL,
                                        .estimate = s->estimate,
                                        .stop_at = session_stop_time(s),
                                        .in_job = s->host.batch.id[0] != '\0',
                                        .demand = te_config_demand(s->config),
                                        .force = s->o->force,
                                        .version = s->o->version,
                                        .progress = &s->progress,
                                        .idle = session_watch,
                                        .idle_arg = s};
    return te_driver_new(s->o->transport, &options, &s->driver, err);
}

/* With one process the worker's steps are taken in between. */
static int run_loop(struct session *s, struct te_err *err)
{
    bool done = false, left = false;
    while (!done) {
        if (te_driver_step(s->driver, s->o->worker ? 0 : idle_wait, &done, err) < 0)
            return -1;
        if (s->o->worker && !left && te_worker_step(s->o->worker, idle_wait, &left, err) < 0)
            return te_err_wrap(err, "worker");
    }
    return 0;
}

static int exit_code(const struct session *s)
{
    const struct te_run_progress *p = &s->progress;
    switch (te_driver_outcome(s->driver)) {
    case TE_SCHED_COMPLETE:
        return p->by_status[TE_STATUS_OK] == p->total ? TE_RUN_ALL_OK : TE_RUN_SOME_FAILED;
    case TE_SCHED_STOPPED:
        return TE_RUN_STOPPED;
    default:
        return TE_RUN_UNABLE;
    }
}

static void tell_end(const struct session *s, int code)
{
    const struct te_run_progress *p = &s->progress;
    show_end();
    te_log(TE_LOG_NOTICE, "%s: %zu of %zu experiments: %zu ok, %zu error, %zu timeout, %zu oom; %s",
           code == TE_RUN_STOPPED  ? "stopped, go on with --resume"
           : code == TE_RUN_UNABLE ? "no worker is left, go on with --resume"
                                   : "done",
           p->done, p->total, p->by_status[TE_STATUS_OK], p->by_status[TE_STATUS_ERROR],
           p->by_status[TE_STATUS_TIMEOUT], p->by_status[TE_STATUS_OOM], s->folder);
}

/* Before the ranks are told, and not again: some that end MPI would wait for ever for some that do
 * not. */
static void choose_end(struct session *s)
{
    if (!s->end_chosen)
        at_once =
            (s->driver && te_driver_left_early(s->driver)) || te_sig_requested() == TE_SIG_ABORT;
    s->end_chosen = true;
}

/* The journal is whole first, then the result file, and the marker says that both are. */
static int finish(struct session *s, int *exit_status, struct te_err *err)
{
    int code = exit_code(s);
    bool complete = te_run_ended_complete(code);
    session_stop_refresh(s);
    choose_end(s);
    if (te_driver_end(s->driver, at_once, err) < 0 || session_write_end(s, code, "", err) < 0 ||
        session_build(s, complete, err) < 0)
        return -1;
    struct te_err why = TE_ERR_INIT;
    if (session_write_status(s, te_clock_mono(), complete ? "complete" : "stopped", &why) < 0)
        te_log(TE_LOG_INFO, "%s", why.text);
    if (te_run_exit_write(s->folder, code, err) < 0)
        return -1;
    tell_end(s, code);
    *exit_status = code;
    return 0;
}

void te_session_dismiss(struct te_transport *transport)
{
    tell_all(transport, TE_MSG_BYE, 5);
}

/* After a fault: what was recorded is durable, and what is there says how it ended. */
static void break_off(struct session *s, const struct te_err *cause)
{
    show_end();
    struct te_err ignored = TE_ERR_INIT;
    int code = te_sig_requested() == TE_SIG_NONE ? TE_RUN_UNABLE : TE_RUN_STOPPED;
    if (s->journal && te_journal_sync(s->journal, &ignored) < 0)
        te_log(TE_LOG_ERROR, "%s", ignored.text);
    if (s->journal && te_run_exit_write(s->folder, code, &ignored) < 0)
        te_log(TE_LOG_ERROR, "%s", ignored.text);
    bool full = cause->sys == ENOSPC || cause->sys == EDQUOT;
    if (s->journal && code == TE_RUN_UNABLE)
        te_log(TE_LOG_NOTICE, "%swhat was recorded is kept in '%s': %s--resume goes on with it",
               full ? "the disk is full; " : "", s->folder, full ? "make room, then " : "");
}

static int run_whole(struct session *s, int *exit_status, struct te_err *err)
{
    if (prepare(s, err) < 0)
        return -1;
    if (s->complete_before) {
        te_log(TE_LOG_NOTICE, "run '%s' is complete: nothing is left to do", s->name);
        *exit_status = s->exit_before;
        return 0;
    }
    if (start_driver(s, err) < 0 || run_loop(s, err) < 0)
        return -1;
    return finish(s, exit_status, err);
}

int te_session_run(const struct te_session_options *options, int *exit_status, struct te_err *err)
{
    struct session s = {.o = options, .config = options->config, .lock = -1};
    int rc = run_whole(&s, exit_status, err);
    choose_end(&s);
    if (rc < 0)
        break_off(&s, err);
    if (rc < 0 || s.complete_before)
        te_session_dismiss(options->transport);
    if (rc < 0 && te_sig_requested() != TE_SIG_NONE && err->code == TE_ERR_CANCELED) {
        te_log(TE_LOG_NOTICE, "%s", err->text);
        *exit_status = TE_RUN_STOPPED;
        rc = 0;
    }
    session_release(&s);
    return rc;
}

#include "te/app/launcher.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "launch.h"
#include "show.h"
#include "te/app/session.h"
#include "te/app/status.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/sig.h"
#include "te/base/str.h"

enum { RESTARTS_MAX = 8, LEAVE_SECONDS = 30 };

/* What a request to stop (none, in order, at once) leaves to a host that is silent, in s. */
static const double prepare_patience[] = {INFINITY, LHOSTS_STOP_NOW, LHOSTS_STOP_NOW};
static const double follow_patience[] = {INFINITY, 6, 1};
static const double collect_patience[] = {INFINITY, INFINITY, 3};

static void launch_release(struct launch *launch)
{
    for (size_t i = 0; i < launch->hosts.count; i++)
        te_free(launch->hosts.items[i].state);
    lhosts_release(&launch->hosts);
    te_config_free(launch->config);
    char *const texts[] = {launch->name,          launch->folder,        launch->remote_dir,
                           launch->remote_run,    launch->remote_config, launch->files_dir,
                           launch->old_scheduler, launch->log,           launch->mpi_dir,
                           launch->owner};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        te_free(texts[i]);
    struct te_strings *const lists[] = {&launch->sets, &launch->paths, &launch->digests,
                                        &launch->images, &launch->roots};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        te_strings_release(lists[i]);
}

/* The run's folder here: known for --resume and --attach, else new. */
static int find_run(struct launch *launch, struct te_err *err)
{
    struct stat st;
    const char *wish = launch->config->name;
    if (!wish)
        return te_err_set(err, TE_ERR_USAGE,
                          "--resume and --attach need to know which run: set [run] name or --set "
                          "run.name=NAME");
    te_autofree char *journal = NULL;
    launch->name = te_strdup(wish, err);
    launch->folder = launch->name ? te_fs_join(launch->config->results, wish, err) : NULL;
    journal = launch->folder ? te_fs_join(launch->folder, LAUNCH_JOURNAL, err) : NULL;
    if (!journal)
        return -1;
    launch->journal = stat(journal, &st) == 0 ? st.st_size : 0;
    return launch_read_state(launch, err);
}

static int name_owner(struct launch *launch, struct te_err *err)
{
    char host[256] = "?", now[40];
    (void)gethostname(host, sizeof host - 1);
    te_clock_iso8601(te_clock_real(), now, sizeof now);
    te_autofree char *folder = te_fs_real(launch->folder, err);
    launch->owner =
        folder ? te_asprintf(err, "%s:%s since %s, process %ld", host, folder, now, (long)getpid())
               : NULL;
    /* it travels as JSON, and a folder's name may be any bytes */
    bool good = launch->owner && te_str_utf8(launch->owner, strlen(launch->owner), NULL);
    for (char *p = launch->owner; p && *p; p++)
        if (!good && (unsigned char)*p >= 0x80)
            *p = '?';
    return launch->owner ? 0 : -1;
}

static int begin_run(struct launch *launch, struct te_err *err)
{
    char standard[32];
    const char *wish = launch->config->name, *results = launch->config->results;
    te_clock_run_name(te_clock_real(), standard, sizeof standard);
    if (te_fs_mkdirs(results, err) < 0)
        return -1;
    launch->folder = te_fs_new_folder(results, wish ? wish : standard, !wish, err);
    if (!launch->folder && err->code == TE_ERR_EXIST)
        return te_err_set(
            err, TE_ERR_USAGE,
            "run '%s' exists already ('%s/%s'): go on with --resume, or choose another name", wish,
            results, wish);
    launch->name = launch->folder ? te_strdup(te_fs_basename(launch->folder), err) : NULL;
    if (!launch->name || name_owner(launch, err) < 0)
        return -1;
    return launch_save_state(launch, false, err);
}

/* ---- the run --------------------------------------------------------------------------------- */

static bool stop_asked(void)
{
    return te_sig_requested() != TE_SIG_NONE;
}

static int prepare(struct launch *launch, struct te_err *err)
{
    if (launch_provision(launch, err) < 0 || launch_choose_place(launch, err) < 0)
        return -1;
    const struct lhost *scheduler = launch_scheduler(launch);
    if (launch_send_files(launch, err) < 0 || launch_plan(launch, err) < 0 ||
        launch_images(launch, err) < 0 || launch_judge(launch, "images", err) < 0 ||
        launch_mirror(launch, err) < 0 || launch_judge(launch, "mirror", err) < 0)
        return -1;
    /* The scheduler host may have failed meanwhile: another one needs the files, too. */
    if (launch_scheduler(launch) != scheduler && launch_send_files(launch, err) < 0)
        return -1;
    if (stop_asked())
        return lhosts_stopped(err);
    return launch_save_state(launch, false, err);
}

/* Where the journal was written last is the scheduler host, as long as it answers. */
static int find_again(struct launch *launch, struct te_err *err)
{
    bool known = false, lives = false;
    double age;
    if (launch->options->attach && !launch->was_on_scheduler)
        return te_err_set(err, TE_ERR_USAGE,
                          "run '%s' was started with mpirun_on = driver, which ends with its "
                          "launcher: go on with --resume",
                          launch->name);
    if (lhosts_lead(&launch->hosts, launch->old_scheduler))
        te_log(TE_LOG_NOTICE, "rank 0 was last on host '%s'", launch->old_scheduler);
    if (launch_name_folders(launch, err) < 0)
        return -1;
    if (launch->options->attach)
        return launch_claim(launch, err);
    /* mpirun that ran here went with its launcher; its ranks may need a moment more. */
    double until = te_clock_mono() + (launch->was_on_scheduler ? 0 : LEAVE_SECONDS);
    while ((lives = launch_rank0_lives(launch, &known, &age)) && te_clock_mono() < until)
        te_clock_sleep(0.5, 0);
    if (!lives)
        return 0;
    return te_err_set(err, TE_ERR_BUSY, "run '%s' goes on at host '%s': follow it with --attach",
                      launch->name, launch_scheduler(launch)->name);
}

/* A scheduler host that knows nothing of the run gets what is known here. What is resumed may be an
 * empty folder: then it begins there. */
static int hand_over(struct launch *launch, bool *resume, struct te_err *err)
{
    *resume = true;
    if (launch->journal == 0 || launch_journal_there(launch) > 0)
        return 0;
    return launch_push_journal(launch, err);
}

/* After rank 0 or its host was lost: who is still there? */
static int regroup(struct launch *launch, struct te_err *err)
{
    launch->leader = NULL;
    for (size_t i = 0; i < launch->hosts.count; i++)
        te_child_release(&launch->hosts.items[i].ssh);
    if (launch_reach(launch, err) < 0 || launch_stop_ranks(launch, err) < 0)
        return -1;
    return launch_send_files(launch, err);
}

/* Without its rank 0, or with no worker left although hosts may still be there. One that got
 * nowhere since its last start would get nowhere again. */
static bool may_restart(const struct launch *launch, int code, size_t done_before)
{
    const char *policy = launch->config->remote.on_host_failure;
    if (stop_asked() || launch->restarts >= RESTARTS_MAX || (policy && strcmp(policy, "stop") == 0))
        return false;
    return code < 0 ? launch->rank0_seen || launch->broken
                    : code == TE_RUN_UNABLE && launch->progress.done > done_before;
}

static int run_until_done(struct launch *launch, int *code, struct te_err *err)
{
    bool resume = false, attach = launch->options->attach;
    launch->hosts.patience = follow_patience;
    if (launch->options->resume && hand_over(launch, &resume, err) < 0)
        return -1;
    for (;;) {
        size_t before = launch->progress.done;
        if ((attach ? launch_follow(launch, code, err) : launch_run(launch, resume, code, err)) < 0)
            return -1;
        if (!may_restart(launch, *code, before))
            return 0;
        launch->restarts++;
        attach = false;
        te_log(TE_LOG_WARNING, "the run lost its %s: restart %d on the hosts that are left",
               *code < 0 ? "scheduler" : "workers", launch->restarts);
        if (regroup(launch, err) < 0 || hand_over(launch, &resume, err) < 0)
            return te_err_wrap(err, "run '%s' cannot go on", launch->name);
        if (stop_asked())
            return 0;
    }
}

/* A run that stopped early keeps its folders there, so that --resume finds them. */
static int bring_home(struct launch *launch, int code, struct te_err *err)
{
    bool complete = te_run_ended_complete(code);
    launch->hosts.patience = collect_patience;
    int rc = launch_collect(launch, err);
    bool here = rc == 0 || !launch_scheduler(launch) || !launch_scheduler(launch)->keep;
    struct te_err why = TE_ERR_INIT;
    if (launch_save_state(launch, complete && rc == 0, &why) < 0 && rc == 0) {
        *err = why;
        return -1;
    }
    if (complete && here)
        launch_clean(launch);
    if (here && launch_scheduler(launch))
        te_log(TE_LOG_NOTICE, "results: %s", launch->folder);
    return rc;
}

/* A new run that could not start leaves nothing, here or there. */
static void undo(struct launch *launch)
{
    struct te_err ignored = TE_ERR_INIT;
    if (launch->options->resume || launch->options->attach)
        return;
    if (launch->remote_dir)
        launch_clean(launch);
    if (te_fs_remove_tree(launch->folder, &ignored) < 0)
        te_log(TE_LOG_INFO, "%s", ignored.text);
}

/* Console messages are the launcher's, too; what it said stays in the folder. */
static void open_log(const struct launch *launch)
{
    struct te_err err = TE_ERR_INIT;
    const struct te_config_remote *remote = &launch->config->remote;
    te_autofree char *path = te_fs_join(launch->folder, "launch.log", &err);
    te_log_set_levels((enum te_log_level)te_log_level_parse(remote->log_console_level),
                      (enum te_log_level)te_log_level_parse(remote->log_file_level));
    if (!path || te_log_open(path, &err) < 0)
        te_log(TE_LOG_WARNING, "%s", err.text);
}

static int launch_whole(struct launch *launch, int *exit_status, struct te_err *err)
{
    int code = -1;
    bool again = launch->options->resume || launch->options->attach;
    if (lhosts_open(&launch->config->remote, &launch->hosts, err) < 0 ||
        (again ? find_run(launch, err) : begin_run(launch, err)) < 0)
        return -1;
    open_log(launch);
    launch->hosts.patience = prepare_patience;
    launch->bar = launch->config->progress == TE_PROGRESS_AUTO && show_has_terminal();
    if (launch->complete && !launch->options->retry) {
        te_log(TE_LOG_NOTICE, "run '%s' is complete: nothing is left to do", launch->name);
        code = te_run_exit_code(launch->folder);
        *exit_status = code < 0 ? TE_RUN_ALL_OK : code;
        return 0;
    }
    if (launch_reach(launch, err) < 0 || (again && find_again(launch, err) < 0) ||
        (!launch->options->attach && prepare(launch, err) < 0)) {
        undo(launch);
        return -1;
    }
    if (run_until_done(launch, &code, err) < 0)
        return -1;
    if (bring_home(launch, code, err) < 0) {
        if (!stop_asked() || launch_scheduler(launch))
            return -1;
        te_log(TE_LOG_ERROR, "%s; --resume goes on from what is there", err->text);
    }
    if (code < 0 && !stop_asked())
        return te_err_set(err, TE_ERR_INFRA,
                          "run '%s' ended without a result; what is done is in '%s', go on with "
                          "--resume",
                          launch->name, launch->folder);
    *exit_status = code < 0 ? TE_RUN_STOPPED : code;
    return 0;
}

int te_launch(const struct te_launch_options *options, int *exit_status, struct te_err *err)
{
    struct launch launch = {.options = options};
    te_autofree char *report = NULL;
    /* The engine of this machine's environment is none of the hosts'. */
    te_autofree char *own_engine =
        te_strdup(getenv("DOCKER_HOST") ? getenv("DOCKER_HOST") : "", err);
    int rc = own_engine && unsetenv("DOCKER_HOST") == 0 ? te_sig_install(err) : -1;
    if (rc == 0 && options->retry)
        rc = te_session_check_retry(options->retry, err);
    if (rc == 0)
        rc = te_config_load(options->config, options->sets, options->n_sets, &launch.config,
                            &report, err);
    if (own_engine && *own_engine && setenv("DOCKER_HOST", own_engine, 1) != 0)
        rc = te_err_sys(err, TE_ERR_INTERNAL, "cannot set DOCKER_HOST");
    if (rc < 0 && report)
        te_log(TE_LOG_ERROR, "%s", report);
    if (rc == 0 && !launch.config->remote.present)
        rc = te_err_set(err, TE_ERR_USAGE,
                        "%s: no section [remote]: launch needs scheduler_host and worker_hosts",
                        options->config);
    if (rc == 0)
        rc = launch_whole(&launch, exit_status, err);
    if (rc < 0 && err->code == TE_ERR_CANCELED) {
        te_log(TE_LOG_NOTICE, "%s", err->text);
        *exit_status = TE_RUN_STOPPED;
        rc = 0;
    }
    launch_release(&launch);
    return rc;
}

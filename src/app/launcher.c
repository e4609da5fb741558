#include "te/app/launcher.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "launch.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/sig.h"
#include "te/base/str.h"

enum { RESTARTS_MAX = 8, EXIT_COMPLETE = 0, EXIT_PARTLY = 3, EXIT_STOPPED = 4 };

static void launch_release(struct launch *launch)
{
    for (size_t i = 0; i < launch->hosts.count; i++)
        te_free(launch->hosts.items[i].state);
    lhosts_release(&launch->hosts);
    te_config_free(launch->config);
    char *const texts[] = {launch->name,       launch->folder,        launch->remote_dir,
                           launch->remote_run, launch->remote_config, launch->files_dir};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        te_free(texts[i]);
    struct te_strings *const lists[] = {&launch->sets, &launch->paths, &launch->digests,
                                        &launch->images};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        te_strings_release(lists[i]);
}

/* ---- what is remembered here of a launch ----------------------------------------------------- */

static int save_state(const struct launch *launch, bool complete, struct te_err *err)
{
    te_autofree char *path = te_fs_join(launch->folder, LAUNCH_STATE_FILE, err);
    const struct lhost *host = launch_scheduler((struct launch *)(uintptr_t)launch);
    json_t *state = json_pack("{s:s, s:s, s:s, s:b}", "name", launch->name, "remote_run",
                              launch->remote_run ? launch->remote_run : "", "scheduler",
                              host ? host->name : "", "complete", complete);
    char *text = state ? json_dumps(state, JSON_INDENT(2)) : NULL;
    int rc = path && text ? te_fs_write_atomic(path, text, strlen(text), err)
                          : te_err_set(err, TE_ERR_NOMEM, "out of memory");
    te_free(text);
    json_decref(state);
    return rc;
}

static int read_state(const char *folder, bool *complete, struct te_err *err)
{
    json_error_t why;
    te_autofree char *path = te_fs_join(folder, LAUNCH_STATE_FILE, err);
    json_t *state = path ? json_load_file(path, 0, &why) : NULL;
    if (!state)
        return te_err_set(err, TE_ERR_NOENT, "'%s' is no folder of a launch", folder);
    *complete = json_is_true(json_object_get(state, "complete"));
    json_decref(state);
    return 0;
}

static int name_run(struct launch *launch, struct te_err *err)
{
    char name[32];
    const struct te_launch_options *options = launch->options;
    te_clock_run_name(te_clock_real(), name, sizeof name);
    const char *wish = launch->config->name;
    if ((options->resume || options->attach) && !wish)
        return te_err_set(err, TE_ERR_USAGE,
                          "--resume and --attach need to know which run: set [run] name or --set "
                          "run.name=NAME");
    launch->name = te_strdup(wish ? wish : name, err);
    launch->folder = launch->name ? te_fs_join(launch->config->results, launch->name, err) : NULL;
    return launch->folder ? 0 : -1;
}

/* The run's folder here: new for a new run, known and incomplete for --resume. */
static int open_folder(struct launch *launch, struct te_err *err)
{
    struct stat st;
    bool complete = false;
    if (launch->options->resume || launch->options->attach) {
        if (read_state(launch->folder, &complete, err) < 0)
            return -1;
        launch->complete = complete;
        te_autofree char *journal = te_fs_join(launch->folder, "journal.log", err);
        launch->journal = journal && stat(journal, &st) == 0 ? st.st_size : 0;
        return journal ? 0 : -1;
    }
    if (te_fs_exists(launch->folder))
        return te_err_set(
            err, TE_ERR_USAGE,
            "run '%s' exists already ('%s'): go on with --resume, or choose another name",
            launch->name, launch->folder);
    return te_fs_mkdirs(launch->folder, err);
}

/* ---- the run --------------------------------------------------------------------------------- */

static int prepare(struct launch *launch, struct te_err *err)
{
    if (launch_reach(launch, err) < 0 || launch_provision(launch, err) < 0 ||
        launch_send_files(launch, err) < 0 || launch_plan(launch, err) < 0 ||
        launch_images(launch, err) < 0 || launch_judge(launch, "images", err) < 0 ||
        launch_mirror(launch, err) < 0 || launch_judge(launch, "mirror", err) < 0)
        return -1;
    return save_state(launch, false, err);
}

/* After rank 0 or its host was lost: who is still there, and does the scheduler host have the
 * journal? */
static int regroup(struct launch *launch, struct te_err *err)
{
    const struct lhost *before = &launch->hosts.items[0];
    char *old = launch->remote_dir;
    for (size_t i = 0; i < launch->hosts.count; i++)
        te_child_release(&launch->hosts.items[i].ssh);
    if (launch_reach(launch, err) < 0)
        return -1;
    if (!before->failed && old)
        return 0;
    /* A new scheduler host gets the configuration and what is known of the run. */
    te_strings_release(&launch->sets);
    if (launch_send_files(launch, err) < 0)
        return -1;
    return launch_push_journal(launch, err);
}

static bool may_restart(const struct launch *launch, int code)
{
    const char *policy = launch->config->remote.on_host_failure;
    return code < 0 && !launch->stopping && launch->restarts < RESTARTS_MAX &&
           !(policy && strcmp(policy, "stop") == 0) && launch->experiments > 0;
}

static int run_until_done(struct launch *launch, int *code, struct te_err *err)
{
    bool resume = launch->options->resume;
    for (;;) {
        if (launch_run(launch, resume, code, err) < 0)
            return -1;
        if (!may_restart(launch, *code))
            return 0;
        launch->restarts++;
        te_log(TE_LOG_WARNING, "the run lost its scheduler: restart %d on the hosts that are left",
               launch->restarts);
        if (regroup(launch, err) < 0)
            return te_err_wrap(err, "run '%s' cannot go on", launch->name);
        resume = launch->journal > 0;
    }
}

static int bring_home(struct launch *launch, int code, struct te_err *err)
{
    if (launch_collect(launch, err) < 0)
        return -1;
    bool complete = code == EXIT_COMPLETE || code == EXIT_PARTLY;
    if (save_state(launch, complete, err) < 0)
        return -1;
    /* A run that stopped early keeps its folders there, so that --resume finds them. */
    if (complete)
        launch_clean(launch);
    te_log(TE_LOG_NOTICE, "results: %s", launch->folder);
    return 0;
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

static int launch_whole(struct launch *launch, int *exit_status, struct te_err *err)
{
    int code = -1;
    if (name_run(launch, err) < 0 || open_folder(launch, err) < 0 ||
        lhosts_open(&launch->config->remote, &launch->hosts, err) < 0)
        return -1;
    if (launch->complete) {
        te_log(TE_LOG_NOTICE, "run '%s' is complete: nothing is left to do", launch->name);
        *exit_status = EXIT_COMPLETE;
        return 0;
    }
    if (prepare(launch, err) < 0) {
        undo(launch);
        return -1;
    }
    if (run_until_done(launch, &code, err) < 0 || bring_home(launch, code, err) < 0)
        return -1;
    if (code < 0 && !launch->stopping)
        return te_err_set(err, TE_ERR_INFRA,
                          "run '%s' ended without a result; what is done is in '%s', go on with "
                          "--resume",
                          launch->name, launch->folder);
    *exit_status = code < 0 ? EXIT_STOPPED : code;
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
    launch_release(&launch);
    return rc;
}

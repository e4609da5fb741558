/* The main job: rank 0 schedules, all other ranks work; with one process both take turns. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli.h"
#include "commands.h"
#include "te/app/session.h"
#include "te/base/clock.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/sig.h"
#include "te/base/version.h"
#include "te/core/batch.h"

/* s in MPI's end, for a rank that died on the way there must not hold up the others for ever: rank
 * 0 has written everything; a worker waits until rank 0 has. */
static const unsigned end_patience = 60, result_patience = 3600;
static const double worker_wait = 0.25; /* s in one step while nothing comes */

/* --dry-run: everything but the algorithms, which succeed at once with made-up scores. */
static int make_dry(struct te_config *config, struct te_err *err)
{
    for (size_t i = 0; i < config->n_algorithms; i++) {
        struct te_config_algorithm *a = &config->algorithms[i];
        te_free(a->fake);
        a->fake = te_strdup("ok", err);
        if (!a->fake)
            return -1;
        a->adapter = TE_ADAPTER_FAKE;
    }
    char standard[32];
    te_clock_run_name(te_clock_real(), standard, sizeof standard);
    char *name = te_asprintf(err, "%s" TE_DRY_RUN, config->name ? config->name : standard);
    if (!name)
        return -1;
    te_free(config->name);
    config->name = name;
    return 0;
}

static int run_scheduler(const struct te_args *args, struct te_transport *transport,
                         struct te_worker *worker, struct te_err *err)
{
    struct te_config *config = NULL;
    int status = TE_EXIT_FAILED;
    const char *resume = te_args_get(args, "resume");
    if (te_cli_load_config(args, te_args_arg(args, 0), &config, err) < 0) {
        te_session_dismiss(transport);
        return -1;
    }
    te_autofree char *catalog = te_session_catalog(err);
    struct te_session_options options = {.config = config,
                                         .resume = resume || te_args_get(args, "retry"),
                                         .resume_of = resume,
                                         .retry = te_args_get(args, "retry"),
                                         .replace = te_args_get(args, "dry-run") != NULL,
                                         .force = te_args_get(args, "force") != NULL,
                                         .command_line = te_args_line(args),
                                         .version = TE_VERSION,
                                         .catalog = catalog,
                                         .transport = transport,
                                         .worker = worker};
    int rc = catalog ? 0 : -1;
    if (rc == 0 && te_args_get(args, "dry-run"))
        rc = make_dry(config, err);
    if (rc == 0)
        rc = te_session_run(&options, &status, err);
    te_config_free(config);
    return rc < 0 ? -1 : status;
}

static int run_worker(struct te_transport *transport, bool *at_once, struct te_err *err)
{
    struct te_worker *worker;
    bool done = false, terminated = false;
    if (te_worker_new(transport, TE_VERSION, &worker, err) < 0)
        return -1;
    int rc = 0;
    while (rc == 0 && !done) {
        rc = te_worker_step(worker, worker_wait, &done, err);
        if (rc == 0 && te_sig_requested() == TE_SIG_ABORT) {
            te_worker_leave(worker, 0, "terminated by a signal");
            terminated = true;
            break;
        }
    }
    if (rc < 0)
        te_worker_leave(worker, 1, err->text);
    bool orphaned = te_worker_orphaned(worker);
    *at_once = terminated || te_worker_leaves_at_once(worker);
    te_worker_free(worker);
    if (rc == 0 && orphaned)
        return TE_EXIT_FAILED;
    return rc < 0 ? -1 : TE_EXIT_OK;
}

/* Two endpoints and both roles in this process. */
static int run_alone(const struct te_args *args, struct te_err *err)
{
    struct te_transport *ends[2];
    struct te_worker *worker = NULL;
    if (te_local_open(ends, err) < 0)
        return -1;
    int rc = te_worker_new(ends[1], TE_VERSION, &worker, err);
    if (rc == 0)
        rc = te_sig_install(err);
    if (rc == 0)
        rc = run_scheduler(args, ends[0], worker, err);
    te_worker_free(worker);
    te_transport_close(ends[0]);
    te_transport_close(ends[1]);
    return rc;
}

/*
 * After a loss MPI_Finalize would wait for the dead, and a rank that failed has nobody to wait for:
 * the process leaves at once, with everything written.
 */
static void leave_at_once(int status, const struct te_err *err)
{
    if (status < 0)
        te_log_console("timeeval-mpi: %s\n", err->text);
    fflush(NULL);
    _exit(status >= 0 ? status : err->code == TE_ERR_USAGE ? TE_EXIT_USAGE : TE_EXIT_FAILED);
}

static int run_ranks(const struct te_args *args, struct te_err *err)
{
    struct te_transport *transport;
    bool at_once = false;
    char who[64];
    /* a signal to stop may come while MPI starts, which may set handlers of its own */
    if (te_sig_install(err) < 0 || te_mpi_open(&transport, err) < 0)
        return -1;
    if (transport->count == 1) {
        te_transport_close(transport);
        int rc = run_alone(args, err);
        struct te_err ignored = TE_ERR_INIT;
        return te_mpi_finalize(end_patience, rc, &ignored) < 0 && rc == 0 ? TE_EXIT_FAILED : rc;
    }
    snprintf(who, sizeof who, "rank %d", transport->self);
    te_log_init(who);
    int rc = te_sig_install(err);
    if (rc == 0)
        rc = transport->self == 0 ? run_scheduler(args, transport, NULL, err)
                                  : run_worker(transport, &at_once, err);
    bool rough =
        at_once || te_session_leaves_at_once() || (transport->self != 0 && rc != TE_EXIT_OK);
    if (rough)
        leave_at_once(rc, err);
    int self = transport->self;
    te_transport_close(transport);
    struct te_err why = TE_ERR_INIT;
    fflush(NULL);
    if (te_mpi_finalize(self == 0 ? end_patience : result_patience, rc < 0 ? TE_EXIT_FAILED : rc,
                        &why) < 0)
        te_log(TE_LOG_WARNING, "%s", why.text);
    return rc;
}

static int level_of(const struct te_args *args, const char *option, enum te_log_level *level,
                    struct te_err *err)
{
    const char *word = te_args_get(args, option);
    int found = word ? te_log_level_parse(word) : (int)*level;
    if (found < 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "--%s: '%s' is none of debug, info, notice, warning, error", option,
                          word);
    *level = (enum te_log_level)found;
    return 0;
}

/* A log file that cannot be written changes nothing else. */
static int open_log(const struct te_args *args, struct te_err *err)
{
    enum te_log_level console = TE_LOG_NOTICE, file = TE_LOG_INFO;
    struct te_err why = TE_ERR_INIT;
    const char *path = te_args_get(args, "log");
    if (level_of(args, "console-level", &console, err) < 0 ||
        level_of(args, "log-level", &file, err) < 0)
        return -1;
    te_log_set_levels(console, file);
    if (path && te_log_open(path, &why) < 0)
        te_log(TE_LOG_WARNING, "%s", why.text);
    return 0;
}

/* Tasks of srun that know nothing of each other would all do the same run. */
static int refuse_strangers(struct te_err *err)
{
    struct te_batch batch;
    te_batch_read(getenv, &batch);
    if (batch.tasks < 2)
        return 0;
    return te_err_set(err, TE_ERR_USAGE,
                      "srun started %d tasks without MPI: use 'srun --mpi=pmix' ('srun --mpi=list' "
                      "shows what there is), or mpirun",
                      batch.tasks);
}

static int run(const struct te_args *args, struct te_err *err)
{
    if (open_log(args, err) < 0)
        return -1;
    if (te_mpi_launched())
        return run_ranks(args, err);
    return refuse_strangers(err) < 0 ? -1 : run_alone(args, err);
}

static const struct te_option options[] = {
    TE_CLI_OPTION_SET,
    {"resume", "[NAME]",
     "goes on with a run: the named one or its folder, else the newest incomplete run of this "
     "plan; "
     "where there is none, a new one starts"},
    {"retry", "WORDS",
     "resumes and runs finished experiments with these statuses or reasons again "
     "(error,timeout,oom,infrastructure,...)"},
    {"log", "FILE", "the ranks of a host also write their log to this file there"},
    {"log-level", "LEVEL",
     "least level in log files: debug, info (default), notice, warning or error"},
    {"console-level", "LEVEL", "least level on the terminal (default notice)"},
    {"force", NULL, "goes on where tasks x limits are more than a batch job's share of a host"},
    {"dry-run", NULL,
     "does everything but run the algorithms, under the name <name>.dry-run (an earlier one gives "
     "way)"},
    {NULL, NULL, NULL},
};

const struct te_command te_cmd_run = {
    .name = "run",
    .synopsis = "CONFIG [OPTION]...",
    .summary = "runs every experiment of a configuration (also: timeeval-mpi CONFIG.ini)",
    .details =
        "Under mpirun or srun rank 0 schedules and all other ranks work; alone, one experiment "
        "runs at a time. Results appear in <results>/<name>/: results.h5, results.csv, the "
        "journal that --resume and finish read, and the exit code.",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .flags = TE_CMD_MPI,
    .run = run,
};

/* The SSH launcher, and the two hidden commands that it starts: its agent and mpirun's leash. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "commands.h"
#include "te/app/agent.h"
#include "te/app/launcher.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/units.h"
#include "te/base/version.h"
#include "cli.h"

static int run_launch(const struct te_args *args, struct te_err *err)
{
    int status = TE_EXIT_FAILED;
    size_t n = te_args_count(args, "set");
    te_autofree const char **sets = te_zalloc(n + 1, sizeof *sets, err);
    te_autofree char *self = te_fs_real("/proc/self/exe", err);
    if (!sets || !self)
        return -1;
    for (size_t i = 0; i < n; i++)
        sets[i] = te_args_at(args, "set", i);
    const struct te_launch_options options = {
        .config = te_args_arg(args, 0),
        .sets = sets,
        .n_sets = n,
        .self = self,
        .version = TE_VERSION,
        .resume = te_args_get(args, "resume") || te_args_get(args, "retry"),
        .retry = te_args_get(args, "retry"),
        .attach = te_args_get(args, "attach") != NULL,
        .force = te_args_get(args, "force") != NULL,
    };
    te_log_init("launch");
    return te_launch(&options, &status, err) < 0 ? -1 : status;
}

static const struct te_option launch_options[] = {
    TE_CLI_OPTION_SET,
    {"resume", NULL, "collects what a launch left behind and goes on with its run"},
    {"retry", "WORDS",
     "resumes and runs finished experiments with these statuses or reasons again"},
    {"attach", NULL, "follows a run that goes on at the scheduler host and collects it"},
    {"force", NULL, "starts although a host is over-provisioned"},
    {NULL, NULL, NULL},
};

const struct te_command te_cmd_launch = {
    .name = "launch",
    .synopsis = "CONFIG [OPTION]...",
    .summary = "runs a configuration on machines with SSH between them",
    .details = "Section [remote] names the hosts. Every host is checked first, with a line per "
               "step; then mpirun starts the run, and its results, journal and logs are collected "
               "here. Ctrl-C stops the run in order on every host.",
    .options = launch_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_launch,
};

static int run_agent(const struct te_args *args, struct te_err *err)
{
    (void)args;
    signal(SIGPIPE, SIG_IGN);
    return te_agent_serve(STDIN_FILENO, STDOUT_FILENO, TE_VERSION, err) < 0 ? -1 : TE_EXIT_OK;
}

const struct te_command te_cmd_agent = {
    .name = "__agent",
    .synopsis = "",
    .summary = "the launcher's agent on a host; speaks frames on its standard streams",
    .run = run_agent,
};

/* Becomes a program that gets SIGTERM when the process PARENT, which started us, is gone. */
static int run_leash(const struct te_args *args, struct te_err *err)
{
    int64_t parent;
    size_t n = te_args_n(args);
    te_autofree const char **argv = te_zalloc(n, sizeof *argv, err);
    if (!argv || te_parse_int(te_args_arg(args, 0), 1, INT32_MAX, &parent, err) < 0)
        return -1;
    for (size_t i = 1; i < n; i++)
        argv[i - 1] = te_args_arg(args, i);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return te_err_sys(err, TE_ERR_INTERNAL, "cannot follow process %lld", (long long)parent);
    if (getppid() != parent)
        return te_err_set(err, TE_ERR_CANCELED, "process %lld is gone already", (long long)parent);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    return te_err_sys(err, TE_ERR_INFRA, "cannot start '%s'", argv[0]);
}

const struct te_command te_cmd_leash = {
    .name = "__leash",
    .synopsis = "PARENT PROGRAM [ARGUMENT]...",
    .summary = "runs a program that ends with its parent",
    .min_args = 2,
    .max_args = -1,
    .run = run_leash,
};

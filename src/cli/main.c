/*
 * The program's entry: finds the command, sets up what its flags ask for, prints its error and
 * turns it into an exit status. Nothing below this folder calls exit or prints to standard output.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "help.h"
#include "opt.h"
#include "te/adapter/helper.h"
#include "te/base/log.h"

static int give_help(const struct te_args *args, struct te_err *err)
{
    if (args->command)
        te_help_command(stdout, args->command);
    else if (!args->group)
        te_help_overview(stdout);
    else if (!te_help_group(stdout, args->group))
        return te_err_set(err, TE_ERR_USAGE, "no help on '%s'", args->group);
    return TE_EXIT_OK;
}

static int dispatch(const struct te_args *args, struct te_err *err)
{
    if (args->wish == TE_OPT_VERSION) {
        te_help_version(stdout);
        return TE_EXIT_OK;
    }
    if (args->wish == TE_OPT_HELP)
        return give_help(args, err);
    if (!args->command)
        return te_err_set(err, TE_ERR_USAGE,
                          "no command and no configuration ('timeeval-mpi --help' shows both)");
    return args->command->run(args, err);
}

/* Output that did not get out is a failure: a script would take half a table for the whole. */
static int flush_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (errno != EPIPE)
        te_log_console("timeeval-mpi: cannot write to standard output: %s\n", strerror(errno));
    return status == TE_EXIT_OK ? TE_EXIT_FAILED : status;
}

int main(int argc, char **argv)
{
    struct te_err err = TE_ERR_INIT;
    struct te_args args;
    if (te_helper_wanted(argc, argv))
        return te_helper_main(argc, argv);
    int status = te_args_parse(argc, argv, te_commands, te_commands_count, &args, &err);
    if (status == 0)
        status = dispatch(&args, &err);
    if (status < 0) {
        fflush(stdout);
        te_log_console("timeeval-mpi: %s\n", err.text);
        status = err.code == TE_ERR_USAGE ? TE_EXIT_USAGE : TE_EXIT_FAILED;
    }
    te_args_release(&args);
    return flush_output(status);
}

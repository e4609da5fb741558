#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "help.h"

static int run(const struct te_args *args, struct te_err *err)
{
    const char *name = te_args_arg(args, 0);
    const char *verb = te_args_arg(args, 1);
    char full[128];
    if (!name) {
        te_help_overview(stdout);
        return TE_EXIT_OK;
    }
    if (strcmp(name, "config") == 0 && !verb) {
        te_help_config(stdout);
        return TE_EXIT_OK;
    }
    bool known = false;
    if (!verb && te_help_topic(stdout, name, &known, err) < 0)
        return -1;
    if (known)
        return TE_EXIT_OK;
    snprintf(full, sizeof full, "%s%s%s", name, verb ? " " : "", verb ? verb : "");
    const struct te_command *command = te_help_find(full);
    if (command)
        te_help_command(stdout, command);
    else if (verb || !te_help_group(stdout, name))
        return te_err_set(err, TE_ERR_USAGE,
                          "no help on '%s': a command ('timeeval-mpi --help' lists them), config, "
                          "metrics, heuristics or postprocess is right",
                          full);
    return TE_EXIT_OK;
}

const struct te_command te_cmd_help = {
    .name = "help",
    .synopsis = "[COMMAND [VERB] | config | metrics | heuristics | postprocess]",
    .summary = "describes a command, every key of a configuration, or what a key may be",
    .max_args = 2,
    .run = run,
};

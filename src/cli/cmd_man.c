#include <stdio.h>
#include "commands.h"
#include "help.h"

static int run_complete(const struct te_args *args, struct te_err *err)
{
    (void)args;
    (void)err;
    te_help_bash(stdout);
    return TE_EXIT_OK;
}

const struct te_command te_cmd_complete = {
    .name = "__complete",
    .summary = "prints the completion script for bash",
    .run = run_complete,
};

static int run_man(const struct te_args *args, struct te_err *err)
{
    (void)args;
    (void)err;
    te_help_man(stdout);
    return TE_EXIT_OK;
}

const struct te_command te_cmd_man = {
    .name = "__man",
    .summary = "prints the man page",
    .run = run_man,
};

static int run_markdown(const struct te_args *args, struct te_err *err)
{
    (void)args;
    (void)err;
    te_help_markdown(stdout);
    return TE_EXIT_OK;
}

const struct te_command te_cmd_markdown = {
    .name = "__markdown",
    .summary = "prints the reference of commands in README.md",
    .run = run_markdown,
};

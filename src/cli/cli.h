/* What several commands need. */
#ifndef TE_CLI_CLI_H
#define TE_CLI_CLI_H

#include "te/cli/command.h"
#include "te/model/config.h"

/* The option that goes with te_cli_load_config. */
#define TE_CLI_OPTION_SET                                                                          \
    {                                                                                              \
        "set", "SECTION.KEY=VALUE",                                                                \
            "sets a key of the configuration; may be repeated, the last wins"                      \
    }

/*
 * te_config_load with every --set of the command line. Where there are several problems, all are
 * printed to standard error and err says how many.
 */
int te_cli_load_config(const struct te_args *args, const char *path, struct te_config **out,
                       struct te_err *err) TE_MUST_CHECK;

/*
 * Takes a report (one problem a line; te_config_load, te_plan_build), frees it and words err: the
 * problem if there is one, else all are printed to standard error and err counts them. what: what
 * has the problems ("'x.ini'"). Returns -1. report may be NULL: err stays.
 */
int te_cli_report(const char *what, char *report, struct te_err *err);

#endif

/*
 * Commands: one table entry and one file each (src/cli/cmd_<name>.c). A command parses its options,
 * calls one function of a lower layer and prints. The option tables give parsing, --help, the man
 * page and shell completion.
 */
#ifndef TE_CLI_COMMAND_H
#define TE_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include "te/base/err.h"

/* Exit status of the program (INTERFACE: exit status). */
enum te_exit {
    TE_EXIT_OK = 0,
    TE_EXIT_FAILED = 1, /* the program could not do the job */
    TE_EXIT_USAGE = 2,  /* bad usage or bad configuration */
    TE_EXIT_PARTLY = 3, /* complete, some experiments ended with error, timeout or out of memory */
    TE_EXIT_STOPPED = 4 /* stopped early in an orderly way */
};

enum te_command_flags {
    TE_CMD_MPI = 1 /* MPI is started before run() and ended after it; all others never touch MPI */
};

struct te_option {
    const char *name;  /* without "--"; NULL ends the table */
    const char *value; /* word for the value in help ("FILE"); NULL: a flag; "[X]": optional, only
                          as --name=X */
    const char *doc;   /* one sentence for --help and the man page */
};

struct te_args; /* parsed command line */

struct te_command {
    const char *name;     /* "run", or "datasets list" for a verb of a group */
    const char *synopsis; /* what follows the name: "CONFIG [OPTION]..." */
    const char *summary;  /* one line for the list of commands */
    const char *details;  /* further text for --help and the man page; may be NULL */
    const struct te_option *options;
    int min_args, max_args; /* positional ones; max_args -1: any number */
    unsigned flags;
    /* Returns an exit status; or -1 with err (TE_ERR_USAGE becomes 2, everything else 1). */
    int (*run)(const struct te_args *args, struct te_err *err);
};

/* Last value of an option, "" for a flag or an optional value left out, NULL if it was not given.
 */
const char *te_args_get(const struct te_args *args, const char *option);
/* All values of a repeated option, in order. */
size_t te_args_count(const struct te_args *args, const char *option);
const char *te_args_at(const struct te_args *args, const char *option, size_t i);
/* Positional arguments. */
size_t te_args_n(const struct te_args *args);
const char *te_args_arg(const struct te_args *args, size_t i);
/* The whole command line, quoted for people. */
const char *te_args_line(const struct te_args *args);

#endif

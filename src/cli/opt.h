/*
 * Command line: finds the command, checks its options and arguments against its tables. Never
 * prints and never exits.
 */
#ifndef TE_CLI_OPT_H
#define TE_CLI_OPT_H

#include "te/cli/command.h"

enum te_opt_wish {
    TE_OPT_RUN,     /* run the command */
    TE_OPT_HELP,    /* --help: of the command, or of the group or all if there is none */
    TE_OPT_VERSION, /* --version */
};

struct te_args {
    const struct te_command *command; /* NULL: none was named */
    const char *group;                /* named without a verb; NULL: none */
    enum te_opt_wish wish;
    char *line;
    struct te_given *given;
    size_t n_given;
    const char **positional;
    size_t n_positional;
};

struct te_given {
    const struct te_option *option;
    const char *value;
};

/*
 * Parses argv (borrowed; argv[0] is the program). The first argument that ends in ".ini" stands for
 * "run". TE_ERR_USAGE says what would be right. te_args_release in any case.
 */
int te_args_parse(int argc, char *const *argv, const struct te_command *const *commands,
                  size_t n_commands, struct te_args *out, struct te_err *err) TE_MUST_CHECK;
void te_args_release(struct te_args *args);

/* Options that every command knows. */
extern const struct te_option te_opt_common[];
/* "--name" or "-n", as people type it. */
void te_opt_spell(const struct te_option *option, char *out, size_t size);

#endif

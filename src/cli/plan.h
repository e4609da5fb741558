/* A configuration's plan, for the commands that show it. */
#ifndef TE_CLI_PLAN_H
#define TE_CLI_PLAN_H

#include "te/cli/command.h"
#include "te/core/plan.h"

#define TE_CLI_OPTION_CATALOG                                                                      \
    {                                                                                              \
        "catalog", "FILE",                                                                         \
            "the algorithm catalog (default: TIMEEVAL_CATALOG, else beside the "                   \
            "program)"                                                                             \
    }

struct te_cli_plan {
    struct te_config *config;
    struct te_datasets datasets;
    struct te_strings notices; /* of the datasets */
    struct te_plan *plan;
};

/* Neither MPI nor an engine is needed. Several problems are printed to standard error. */
int te_cli_plan_open(const struct te_args *args, const char *path, struct te_cli_plan *out,
                     struct te_err *err) TE_MUST_CHECK;
void te_cli_plan_close(struct te_cli_plan *plan);

/* Path of the catalog by --catalog, the environment or the program's place; "" if there is none.
 * Freed by the caller. */
char *te_cli_catalog(const struct te_args *args, struct te_err *err) TE_MUST_CHECK;

/* Writes buf to standard output and empties it. */
struct te_buf;
int te_cli_print(struct te_buf *buf, struct te_err *err) TE_MUST_CHECK;

#endif

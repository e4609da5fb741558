#include <stdio.h>
#include <string.h>
#include "commands.h"
#include "te/base/mem.h"
#include "te/store/merge.h"

static const struct te_option options[] = {
    {"prefer", "newest|ok",
     "keeps of an experiment that is there twice the one that finished last, or the one that is OK "
     "(else a timeout, else the first)"},
    {NULL, NULL, NULL},
};

static int run_merge(const struct te_args *args, struct te_err *err)
{
    size_t n = te_args_n(args) - 1, rows = 0;
    const char *prefer = te_args_get(args, "prefer");
    enum te_merge_prefer kind = TE_MERGE_NONE;
    if (prefer && strcmp(prefer, "newest") == 0)
        kind = TE_MERGE_NEWEST;
    else if (prefer && strcmp(prefer, "ok") == 0)
        kind = TE_MERGE_OK;
    else if (prefer)
        return te_err_set(err, TE_ERR_USAGE, "option '--prefer' is '%s': newest or ok is wanted",
                          prefer);
    te_autofree const char **in = te_zalloc(n, sizeof *in, err);
    if (!in)
        return -1;
    for (size_t i = 0; i < n; i++)
        in[i] = te_args_arg(args, i + 1);
    if (te_h5_merge(te_args_arg(args, 0), in, n, kind, NULL, &rows, err) < 0)
        return -1;
    printf("%s: %zu experiments from %zu files\n", te_args_arg(args, 0), rows, n);
    return TE_EXIT_OK;
}

const struct te_command te_cmd_merge = {
    .name = "merge",
    .synopsis = "OUT.h5 IN.h5... [--prefer newest|ok]",
    .summary = "joins several result files into one",
    .details = "Columns of metrics are united. An experiment that is in two files is an error "
               "unless --prefer says which one stays.",
    .options = options,
    .min_args = 2,
    .max_args = -1,
    .run = run_merge,
};

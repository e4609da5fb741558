#include <string.h>
#include "commands.h"
#include "te/base/log.h"
#include "te/store/export.h"

static const struct te_option options[] = {
    {"csv", "FILE", "writes TimeEval's results.csv ('-': standard output; the default)"},
    {"tree", "DIR", "writes TimeEval's result folders and results.csv below DIR"},
    {"aggregate", "WORD",
     "prints the aggregated table instead: short (by algorithm and dataset) or full (also by "
     "parameters, with deviations); --csv names its file"},
    {NULL, NULL, NULL},
};

static int aggregate(const char *in, const char *out, const char *word, struct te_err *err)
{
    size_t left_out = 0;
    if (strcmp(word, "short") != 0 && strcmp(word, "full") != 0)
        return te_err_set(err, TE_ERR_USAGE, "option '--aggregate' is '%s': short or full", word);
    if (te_export_aggregate(in, out, strcmp(word, "full") == 0, &left_out, err) < 0)
        return -1;
    if (left_out)
        te_log(TE_LOG_WARNING, "%zu experiments that are not OK are left out", left_out);
    return 0;
}

static int run_export(const struct te_args *args, struct te_err *err)
{
    const char *in = te_args_arg(args, 0), *csv = te_args_get(args, "csv");
    const char *tree = te_args_get(args, "tree"), *word = te_args_get(args, "aggregate");
    size_t without = 0;
    if (tree && te_export_tree(in, tree, &without, err) < 0)
        return -1;
    if (without)
        te_log(TE_LOG_WARNING, "the file has no scores of %zu experiments", without);
    if (word)
        return aggregate(in, csv ? csv : "-", word, err) < 0 ? -1 : TE_EXIT_OK;
    if ((csv || !tree) && te_export_csv(in, csv ? csv : "-", err) < 0)
        return -1;
    return TE_EXIT_OK;
}

const struct te_command te_cmd_export = {
    .name = "export",
    .synopsis = "RUN.h5 [--csv FILE] [--tree DIR] [--aggregate short|full]",
    .summary = "makes TimeEval's results.csv, result folders or aggregated table of a result file",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run_export,
};

#include <stdio.h>
#include "commands.h"
#include "te/base/log.h"
#include "te/model/dataset.h"
#include "te/store/import.h"

static const struct te_option options[] = {
    {"o", "RUN.h5", "the file to write"},
    {"root", "DIR", "dataset folder with datasets.csv, for the labels (may be repeated)"},
    {"custom", "FILE", "JSON file of custom datasets, for the labels"},
    {NULL, NULL, NULL},
};

static int import_with(const struct te_args *args, const struct te_datasets *datasets,
                       struct te_err *err)
{
    struct te_strings notices = {NULL, 0, 0};
    size_t rows = 0;
    const char *out = te_args_get(args, "o");
    int rc = te_import(te_args_arg(args, 0), out, datasets, &notices, &rows, err);
    for (size_t i = 0; i < notices.count; i++)
        te_log(TE_LOG_NOTICE, "%s", notices.items[i]);
    te_strings_release(&notices);
    if (rc < 0)
        return -1;
    printf("%s: %zu experiments\n", out, rows);
    return TE_EXIT_OK;
}

static int run_import(const struct te_args *args, struct te_err *err)
{
    struct te_strings roots = {NULL, 0, 0};
    struct te_datasets datasets = {.items = NULL};
    size_t n = te_args_count(args, "root");
    int rc = 0;
    if (!te_args_get(args, "o"))
        return te_err_set(err, TE_ERR_USAGE, "option '-o' is missing: the file to write");
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = te_strings_add(&roots, te_args_at(args, "root", i), err);
    const char *custom = te_args_get(args, "custom");
    if (rc == 0 && (n > 0 || custom))
        rc = te_datasets_open(&roots, custom, &datasets, NULL, err);
    if (rc == 0)
        rc = import_with(args, n > 0 || custom ? &datasets : NULL, err);
    te_datasets_release(&datasets);
    te_strings_release(&roots);
    return rc;
}

const struct te_command te_cmd_import = {
    .name = "import",
    .synopsis = "RESULTS_FOLDER -o RUN.h5 [--root DIR]... [--custom FILE]",
    .summary = "makes a result file of a result folder of TimeEval",
    .details = "Reads results.csv and every experiment's score file, parameters and log, so that "
               "old results can be rescored, merged and reported. A run that was cut has no "
               "results.csv: then the folders tell what is OK, a timeout or an error.",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run_import,
};

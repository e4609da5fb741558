#include <math.h>
#include <stdio.h>
#include "te/base/mem.h"
#include "te/base/units.h"
#include "te/report/add.h"
#include "commands.h"
#include "datasets.h"

static int run(const struct te_args *args, struct te_err *err)
{
    const char *root = te_cli_one_root(args, err), *period = te_args_get(args, "period");
    const char *type = te_args_get(args, "type");
    te_autofree char *collection = NULL;
    char *name;
    if (!root || te_cli_split_id(te_args_arg(args, 0), &collection, &name, err) < 0)
        return -1;
    struct te_add job = {.collection = collection,
                         .name = name,
                         .test = te_args_get(args, "test"),
                         .train = te_args_get(args, "train"),
                         .type = type ? type : "real",
                         .period = (double)NAN,
                         .link = te_args_get(args, "link") != NULL,
                         .replace = te_args_get(args, "force") != NULL};
    if (!job.test)
        return te_err_set(err, TE_ERR_USAGE, "--test CSV is needed");
    if (period && te_parse_double(period, 1, 1e15, &job.period, err) < 0)
        return te_err_wrap(err, "--period");
    return te_dataset_add(root, &job, err) < 0 ? -1 : TE_EXIT_OK;
}

static const struct te_option options[] = {
    {"root", "DIR", "the dataset folder; it gets an index if it has none"},
    {"test", "CSV", "the test series in the canonical format"},
    {"train", "CSV", "the training series"},
    {"type", "TEXT", "dataset type (default real)"},
    {"period", "ROWS", "dominant period"},
    {"link", NULL, "links the files instead of copying them"},
    {"force", NULL, "replaces a dataset that is there"},
    {NULL, NULL, NULL}};

const struct te_command te_cmd_datasets_add = {
    .name = "datasets add",
    .synopsis = "--root DIR COLLECTION/DATASET --test CSV [OPTION]...",
    .summary = "copies a series into a dataset folder, analyzes it and adds it to the index",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

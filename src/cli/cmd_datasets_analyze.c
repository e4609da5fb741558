#include <stdio.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/report/metadata.h"
#include "cli.h"
#include "commands.h"
#include "datasets.h"

struct items {
    struct te_metadata list[2]; /* test, training */
    size_t count;
};

static void release(struct items *items)
{
    for (size_t i = 0; i < items->count; i++)
        te_metadata_release(&items->list[i]);
}

static int analyze_dataset(const struct te_dataset *d, struct items *items, struct te_err *err)
{
    const char *paths[2] = {d->test_path, d->train_path};
    for (int train = 0; train < 2 && paths[train]; train++, items->count++)
        if (te_metadata_analyze(paths[train], d->collection, d->name, train, false,
                                &items->list[items->count], err) < 0)
            return -1;
    return 0;
}

static int print(const struct items *items, struct te_err *err)
{
    te_autofree char *json = te_metadata_json(items->list, items->count, err);
    if (!json)
        return -1;
    fputs(json, stdout);
    return 0;
}

static int save(const struct te_dataset *d, const struct items *items, bool overwrite,
                struct te_err *err)
{
    te_autofree char *folder = te_fs_dirname(d->test_path, err);
    te_autofree char *path =
        folder ? te_asprintf(err, "%s/%s.metadata.json", folder, d->name) : NULL;
    if (!path || te_metadata_save(path, items->list, items->count, overwrite, err) < 0)
        return -1;
    puts(path);
    return 0;
}

static int run_file(const struct te_args *args, const char *path, struct te_err *err)
{
    struct items items te_cleanup(release) = {.count = 0};
    te_autofree char *collection = NULL;
    char *name;
    const char *id = te_args_n(args) ? te_args_arg(args, 0) : "custom/series";
    if (te_args_n(args) > 1)
        return te_err_set(err, TE_ERR_USAGE, "--file takes one COLLECTION/DATASET at most");
    if (te_cli_split_id(id, &collection, &name, err) < 0 ||
        te_metadata_analyze(path, collection, name, te_args_get(args, "train") != NULL, false,
                            &items.list[0], err) < 0)
        return -1;
    items.count = 1;
    return print(&items, err) < 0 ? -1 : TE_EXIT_OK;
}

static int run(const struct te_args *args, struct te_err *err)
{
    const char *file = te_args_get(args, "file");
    struct te_cli_datasets sets te_cleanup(te_cli_datasets_close);
    if (file) {
        memset(&sets, 0, sizeof sets);
        return run_file(args, file, err);
    }
    if (te_cli_datasets_open(args, &sets, err) < 0)
        return -1;
    if (te_args_n(args) == 0)
        return te_err_set(err, TE_ERR_USAGE, "a COLLECTION/DATASET is needed, or --file CSV");
    for (size_t i = 0; i < te_args_n(args); i++) {
        struct items items te_cleanup(release) = {.count = 0};
        const struct te_dataset *d = te_cli_datasets_find(&sets.all, te_args_arg(args, i), err);
        if (!d || analyze_dataset(d, &items, err) < 0)
            return -1;
        bool only_print = d->custom || te_args_get(args, "json");
        if ((only_print ? print(&items, err)
                        : save(d, &items, te_args_get(args, "force") != NULL, err)) < 0)
            return -1;
    }
    return TE_EXIT_OK;
}

static const struct te_option options[] = {
    TE_CLI_OPTIONS_SOURCE,
    {"file", "CSV", "a file that is in no index; the result is printed"},
    {"train", NULL, "the file is a training series"},
    {"json", NULL, "prints the metadata instead of writing the file"},
    {"force", NULL, "drops what is in the metadata file already"},
    TE_CLI_OPTION_SET,
    {NULL, NULL, NULL}};

const struct te_command te_cmd_datasets_analyze = {
    .name = "datasets analyze",
    .synopsis = "(--config CONFIG | --root DIR...) COLLECTION/DATASET... | --file CSV",
    .summary = "computes figures, trends and stationarity into <dataset>.metadata.json",
    .details = "Metadata of custom datasets are printed, not stored.",
    .options = options,
    .max_args = -1,
    .run = run,
};

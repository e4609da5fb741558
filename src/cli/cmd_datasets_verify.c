#include <stdio.h>
#include "te/base/mem.h"
#include "te/report/verify.h"
#include "cli.h"
#include "commands.h"
#include "datasets.h"

static int verify(struct te_cli_datasets *sets, bool full, struct te_strings *problems,
                  size_t *count, size_t *sums, struct te_err *err)
{
    te_autofree uint32_t *indices = NULL;
    te_autofree char *cache = te_cli_cache_folder(err);
    if (!cache || te_datasets_select(&sets->all, &sets->filter, &indices, count, err) < 0)
        return -1;
    return te_datasets_verify(&sets->all, &sets->roots, indices, *count, full,
                              cache[0] ? cache : NULL, problems, sums, err);
}

static int run(const struct te_args *args, struct te_err *err)
{
    struct te_cli_datasets sets te_cleanup(te_cli_datasets_close);
    struct te_strings problems te_cleanup(te_strings_release) = {0};
    size_t count, sums;
    bool full = te_args_get(args, "full") != NULL;
    if (te_cli_datasets_open(args, &sets, err) < 0 ||
        verify(&sets, full, &problems, &count, &sums, err) < 0)
        return -1;
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "timeeval-mpi: %s\n", problems.items[i]);
    printf("%zu datasets checked, %zu checksums compared, %zu problems\n", count, sums,
           problems.count);
    return problems.count ? TE_EXIT_FAILED : TE_EXIT_OK;
}

static const struct te_option options[] = {
    TE_CLI_OPTIONS_SOURCE,
    {"full", NULL,
     "reads every file, whatever is known of it, and compares the index's figures, too"},
    TE_CLI_OPTION_SET,
    {NULL, NULL, NULL}};

const struct te_command te_cmd_datasets_verify = {
    .name = "datasets verify",
    .synopsis = "(--config CONFIG | --root DIR...) [--full]",
    .summary = "checks that the files of the datasets are there and are what the index says",
    .details = "Every file is looked for and its header read. Where the dataset folder has a file "
               "SHA256SUMS checksums are compared; that of a file whose device, inode, size and "
               "times have not changed since it was read last is remembered in the user's cache "
               "folder.",
    .options = options,
    .run = run,
};

/* datasets sync: copies on other hosts are made as the datasets are here. */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "te/app/dataset_sync.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/units.h"
#include "te/base/version.h"
#include "te/model/arrival.h"
#include "cli.h"
#include "commands.h"
#include "datasets.h"

/* <dataset>.metadata.json beside the series, if there is one. */
static int add_metadata(const struct te_dataset *d, struct te_strings *files, struct te_err *err)
{
    te_autofree char *folder = te_fs_dirname(d->test_path, err);
    te_autofree char *path =
        folder ? te_asprintf(err, "%s/%s.metadata.json", folder, d->name) : NULL;
    if (!path)
        return -1;
    return te_fs_exists(path) ? te_strings_add(files, path, err) : 0;
}

/* The index goes last: it names only what is there by then. */
static int list_files(const struct te_cli_datasets *sets, const struct te_strings *roots,
                      struct te_strings *files, struct te_err *err)
{
    te_autofree uint32_t *indices = NULL;
    size_t count;
    if (te_datasets_select(&sets->all, &sets->filter, &indices, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        const struct te_dataset *d = &sets->all.items[indices[i]];
        if (te_strings_add(files, d->test_path, err) < 0 ||
            (d->train_path && te_strings_add(files, d->train_path, err) < 0) ||
            add_metadata(d, files, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < sets->roots.count; i++) {
        te_autofree char *path = te_fs_join(roots->items[i], "datasets.csv", err);
        if (!path || te_strings_add(files, path, err) < 0)
            return -1;
    }
    return 0;
}

static void print_lines(const struct te_dataset_sync *sync, bool dry_run)
{
    for (size_t i = 0; i < sync->count; i++) {
        const struct te_dataset_sync_host *h = &sync->hosts[i];
        char size[32];
        te_format_size((double)h->bytes, size, sizeof size);
        printf("%-20s %-6s ", h->name, h->ok ? "ok" : "FAILED");
        if (dry_run)
            printf("%zu of %zu files lack or differ", h->differ, sync->files);
        else
            printf("%zu of %zu files copied (%s)", h->copied, sync->files, size);
        if (h->failed)
            printf(", %zu could not be", h->failed);
        printf("%s%s\n", h->why[0] ? ": " : "", h->why);
    }
    if (sync->absent)
        fprintf(stderr, "timeeval-mpi: %zu files that the index names are not here: not copied\n",
                sync->absent);
}

static int print_json(const struct te_dataset_sync *sync, struct te_err *err)
{
    json_t *hosts = json_array();
    int bad = 0;
    for (size_t i = 0; i < sync->count; i++) {
        const struct te_dataset_sync_host *h = &sync->hosts[i];
        bad |= json_array_append_new(
            hosts,
            json_pack("{s:s, s:b, s:s, s:I, s:I, s:I, s:I}", "host", h->name, "ok", h->ok, "reason",
                      h->why, "differ", (json_int_t)h->differ, "copied", (json_int_t)h->copied,
                      "failed", (json_int_t)h->failed, "bytes", (json_int_t)h->bytes));
    }
    json_t *all = json_pack("{s:I, s:I, s:o}", "files", (json_int_t)sync->files, "absent",
                            (json_int_t)sync->absent, "hosts", hosts);
    int rc = all && !bad ? json_dumpf(all, stdout, JSON_INDENT(2)) : -1;
    json_decref(all);
    putchar('\n');
    return rc == 0 ? 0 : te_err_set(err, TE_ERR_NOMEM, "cannot print JSON");
}

static int run_sync(const struct te_args *args, const struct te_cli_datasets *sets,
                    struct te_dataset_sync *out, struct te_err *err)
{
    struct te_strings files te_cleanup(te_strings_release) = {0};
    struct te_strings roots te_cleanup(te_strings_release) = {0};
    struct te_strings to te_cleanup(te_strings_release) = {0};
    struct te_config_remote none = {0};
    const char *custom = te_args_get(args, "custom");
    te_autofree char *self = te_fs_real("/proc/self/exe", err);
    if (!custom && sets->config)
        custom = sets->config->custom;
    if (!self || te_arrival_roots(&sets->roots, custom, &roots, err) < 0 ||
        list_files(sets, &roots, &files, err) < 0)
        return -1;
    for (size_t i = 0; i < te_args_count(args, "to"); i++)
        if (te_strings_add(&to, te_args_at(args, "to", i), err) < 0)
            return -1;
    struct te_config_remote remote = sets->config ? sets->config->remote : none;
    char *binary = NULL;
    if (te_args_get(args, "remote-binary")) {
        binary = te_strdup(te_args_get(args, "remote-binary"), err);
        if (!binary)
            return -1;
        remote.remote_binary = binary;
    }
    const struct te_dataset_sync_options options = {.remote = &remote,
                                                    .to = &to,
                                                    .self = self,
                                                    .version = TE_VERSION,
                                                    .files = &files,
                                                    .roots = &roots,
                                                    .dry_run =
                                                        te_args_get(args, "dry-run") != NULL};
    int rc = te_dataset_sync(&options, out, err);
    te_free(binary);
    return rc;
}

static int run(const struct te_args *args, struct te_err *err)
{
    struct te_cli_datasets sets te_cleanup(te_cli_datasets_close);
    struct te_dataset_sync sync te_cleanup(te_dataset_sync_release) = {0};
    te_log_init("datasets");
    signal(SIGPIPE, SIG_IGN); /* a connection that breaks is that host's failure */
    if (te_cli_datasets_open(args, &sets, err) < 0 || run_sync(args, &sets, &sync, err) < 0)
        return -1;
    if (te_args_get(args, "json")) {
        if (print_json(&sync, err) < 0)
            return -1;
    } else {
        print_lines(&sync, te_args_get(args, "dry-run") != NULL);
    }
    for (size_t i = 0; i < sync.count; i++)
        if (!sync.hosts[i].ok)
            return TE_EXIT_FAILED;
    return TE_EXIT_OK;
}

static const struct te_option options[] = {
    TE_CLI_OPTIONS_SOURCE,
    {"to", "HOST[:DIR]",
     "a host to mend instead of those in [remote]; may be repeated; DIR: the "
     "dataset folder there, where it is another"},
    {"remote-binary", "PATH",
     "timeeval-mpi on the hosts (default: [remote] remote_binary, else "
     "the path of this program)"},
    {"dry-run", NULL, "compares only"},
    {"json", NULL, "prints one JSON value"},
    TE_CLI_OPTION_SET,
    {NULL, NULL, NULL}};

const struct te_command te_cmd_datasets_sync = {
    .name = "datasets sync",
    .synopsis = "(--config CONFIG | --root DIR... --to HOST[:DIR]...) [--dry-run] [--json]",
    .summary = "makes the copies of the datasets on other hosts as they are here",
    .details = "Hosts are reached with SSH, as by launch. Every file of the datasets that the "
               "configuration selects, their metadata and the index are compared by checksum; "
               "what lacks or differs is copied from here, and takes its place only whole and "
               "verified. Nothing is written outside the dataset folders, nothing is removed.",
    .options = options,
    .run = run,
};

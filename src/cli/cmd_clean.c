#include <stdio.h>
#include <stdlib.h>
#include "cli.h"
#include "commands.h"
#include "te/adapter/docker.h"
#include "te/app/session.h"
#include "te/base/mem.h"
#include "te/model/arrival.h"
#include "te/model/dataset.h"
#include "te/run/clean.h"

static const char *choose(const char *a, const char *b, const char *c)
{
    return a && *a ? a : b && *b ? b : c;
}

/* What an interrupted copy of datasets left beside them; folders that are not here have none. */
static int clean_datasets(const struct te_config *config, size_t *removed, struct te_err *err)
{
    struct te_datasets datasets te_cleanup(te_datasets_release) = {0};
    struct te_map seen te_cleanup(te_map_release);
    struct te_err why = TE_ERR_INIT;
    te_map_init(&seen);
    if (te_datasets_open(&config->roots, config->custom, &datasets, NULL, &why) < 0)
        fprintf(stderr, "timeeval-mpi: no dataset folders looked at: %s\n", why.text);
    for (size_t i = 0; i < datasets.count; i++) {
        const char *paths[] = {datasets.items[i].test_path, datasets.items[i].train_path};
        for (size_t k = 0; k < 2; k++)
            if (paths[k] && te_arrivals_sweep_beside(paths[k], &seen, removed, err) < 0)
                return -1;
    }
    return 0;
}

static int run(const struct te_args *args, struct te_err *err)
{
    struct te_config *config = NULL;
    struct te_docker *docker = NULL;
    struct te_cleaned cleaned = {0};
    struct te_err why = TE_ERR_INIT;
    const char *path = te_args_get(args, "config");
    if (path && te_cli_load_config(args, path, &config, err) < 0)
        return -1;
    const char *scratch = te_session_scratch(config ? config->settings.scratch : NULL);
    const char *host = choose(config ? config->settings.docker_host : NULL, getenv("DOCKER_HOST"),
                              "unix:///var/run/docker.sock");
    if (te_docker_open(host, 30, &docker, &why) < 0)
        fprintf(stderr, "timeeval-mpi: no containers looked at: %s\n", why.text);
    size_t parts = 0;
    int rc = te_clean(docker, scratch, NULL, &cleaned, err);
    if (rc == 0 && config)
        rc = clean_datasets(config, &parts, err);
    if (parts)
        printf("removed %zu parts of dataset files that did not arrive\n", parts);
    if (rc == 0)
        printf("removed %zu containers, %zu folders in '%s', %zu processes; %zu remain\n",
               cleaned.containers, cleaned.folders, scratch, cleaned.processes, cleaned.left);
    te_docker_close(docker);
    te_config_free(config);
    return rc < 0 ? -1 : cleaned.left ? TE_EXIT_FAILED : TE_EXIT_OK;
}

static const struct te_option options[] = {
    {"config", "CONFIG", "engine, scratch and dataset folders as this configuration says"},
    TE_CLI_OPTION_SET,
    {NULL, NULL, NULL},
};

const struct te_command te_cmd_clean = {
    .name = "clean",
    .synopsis = "[--config CONFIG]",
    .summary = "removes what a crash left on this host",
    .details = "Containers, folders, processes and control groups that carry our labels and whose "
               "program is gone; with a configuration also parts of dataset files whose copy was "
               "interrupted. What a running program owns and everything of others stays.",
    .options = options,
    .run = run,
};

#include <stdio.h>
#include <stdlib.h>
#include "cli.h"
#include "commands.h"
#include "te/adapter/docker.h"
#include "te/run/clean.h"

static const char *choose(const char *a, const char *b, const char *c)
{
    return a && *a ? a : b && *b ? b : c;
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
    const char *tmp = getenv("TMPDIR");
    const char *scratch = choose(config ? config->settings.scratch : NULL, tmp, "/tmp");
    const char *host = choose(config ? config->settings.docker_host : NULL, getenv("DOCKER_HOST"),
                              "unix:///var/run/docker.sock");
    if (te_docker_open(host, 30, &docker, &why) < 0)
        fprintf(stderr, "timeeval-mpi: no containers looked at: %s\n", why.text);
    int rc = te_clean(docker, scratch, NULL, &cleaned, err);
    if (rc == 0)
        printf("removed %zu containers, %zu folders in '%s', %zu processes; %zu remain\n",
               cleaned.containers, cleaned.folders, scratch, cleaned.processes, cleaned.left);
    te_docker_close(docker);
    te_config_free(config);
    return rc < 0 ? -1 : cleaned.left ? TE_EXIT_FAILED : TE_EXIT_OK;
}

static const struct te_option options[] = {
    {"config", "CONFIG", "engine and scratch folder as this configuration says"},
    TE_CLI_OPTION_SET,
    {NULL, NULL, NULL},
};

const struct te_command te_cmd_clean = {
    .name = "clean",
    .synopsis = "[--config CONFIG]",
    .summary = "removes what a crash left on this host",
    .details = "Containers, folders, processes and control groups that carry our labels and whose "
               "program is gone. What a running program owns and everything of others stays.",
    .options = options,
    .run = run,
};

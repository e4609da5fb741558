#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli.h"
#include "commands.h"
#include "te/app/doctor.h"
#include "te/app/session.h"
#include "te/base/mem.h"

static void print_lines(const struct te_checkup *checkup)
{
    for (size_t i = 0; i < checkup->count; i++) {
        const struct te_check *c = &checkup->items[i];
        printf("%-8s %-12s %s\n", te_check_word(c->state), c->subject, c->found);
        if (*c->mend)
            printf("%-8s %-12s -> %s\n", "", "", c->mend);
    }
    printf("%s\n", checkup->may_start ? "the run can start" : "the run cannot start");
}

static int print_json(const struct te_checkup *checkup, struct te_err *err)
{
    json_t *list = json_array();
    int rc = list ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < checkup->count; i++) {
        const struct te_check *c = &checkup->items[i];
        rc = json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "check", c->subject,
                                                   "state", te_check_word(c->state), "found",
                                                   c->found, "mend", c->mend));
    }
    json_t *whole =
        rc == 0 ? json_pack("{s:b, s:O}", "may_start", checkup->may_start, "checks", list) : NULL;
    json_decref(list);
    if (whole && json_dumpf(whole, stdout, JSON_INDENT(2)) == 0)
        putchar('\n');
    else
        rc = te_err_set(err, TE_ERR_NOMEM, "cannot write the checks as JSON");
    json_decref(whole);
    return rc;
}

static int run(const struct te_args *args, struct te_err *err)
{
    struct te_config *config = NULL;
    struct te_checkup checkup = {0};
    if (te_cli_load_config(args, te_args_arg(args, 0), &config, err) < 0)
        return -1;
    te_autofree char *catalog = te_session_catalog(err);
    struct te_doctor_options options = {
        .config = config, .catalog = catalog, .force = te_args_get(args, "force") != NULL};
    int rc = catalog ? te_doctor_run(&options, &checkup, err) : -1;
    if (rc == 0 && te_args_get(args, "json"))
        rc = print_json(&checkup, err);
    else if (rc == 0)
        print_lines(&checkup);
    int status = checkup.may_start ? TE_EXIT_OK : TE_EXIT_FAILED;
    te_checkup_release(&checkup);
    te_config_free(config);
    return rc < 0 ? -1 : status;
}

static const struct te_option options[] = {
    TE_CLI_OPTION_SET,
    {"json", NULL, "prints one JSON object instead of lines"},
    {"force", NULL, "limits beyond what the host has are a warning only"},
    {NULL, NULL, NULL},
};

const struct te_command te_cmd_doctor = {
    .name = "doctor",
    .synopsis = "CONFIG [OPTION]...",
    .summary = "checks this host for a run, a line per check with the mend",
    .details = "Host, datasets, plan, engine and images, functions and programs, limits against "
               "what the host has, run folder, disk space against an estimate from the plan, "
               "clock, and the mpirun line to use. Exit status 0 only if the run could start.",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

#include <stdio.h>
#include "te/report/preprocess.h"
#include "commands.h"

static int run(const struct te_args *args, struct te_err *err)
{
    struct te_preprocess job = {.data = te_args_get(args, "data"),
                                .labels = te_args_get(args, "labels"),
                                .out = te_args_get(args, "out"),
                                .datetime = te_args_get(args, "convert-to-datetime") != NULL,
                                .unit = TE_STAMP_MILLI};
    const char *unit = te_args_get(args, "datetime-unit");
    if (!job.data || !job.labels || !job.out)
        return te_err_set(err, TE_ERR_USAGE, "--data, --labels and --out are all needed");
    if (unit && te_stamp_unit_parse(unit, &job.unit) < 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "--datetime-unit: '%s' should be D, h, m, s, ms, us or ns", unit);
    printf("Writing preprocessed dataset to %s\n", job.out);
    return te_preprocess_run(&job, err) < 0 ? -1 : TE_EXIT_OK;
}

static const struct te_option options[] = {
    {"data", "FILE", "numbers between blanks, a row per time step"},
    {"labels", "FILE", "a label per row, or the numbers (from 0) of the anomalous rows"},
    {"out", "FILE", "the canonical CSV file to write"},
    {"convert-to-datetime", NULL, "time stamps are dates from 1970 on instead of row numbers"},
    {"datetime-unit", "UNIT", "time between rows: D, h, m, s, ms (default), us or ns"},
    {NULL, NULL, NULL}};

const struct te_command te_cmd_datasets_preprocess = {
    .name = "datasets preprocess",
    .synopsis = "--data FILE --labels FILE --out FILE [OPTION]...",
    .summary = "makes a canonical CSV file of a text series and its labels",
    .options = options,
    .run = run,
};

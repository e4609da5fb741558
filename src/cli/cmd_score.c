#include <stdio.h>
#include "commands.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/report/score_files.h"

enum { MAX_WISHES = TE_MAX_METRICS };

/* --metric A --metric B and --metric A B are the same: further words are further metrics. */
static int collect(const struct te_args *args, const char **metrics, size_t *count,
                   struct te_err *err)
{
    size_t named = te_args_count(args, "metric");
    size_t total = named + te_args_n(args);
    if (named == 0) {
        return te_err_set(err, TE_ERR_USAGE,
                          "option '--metric' is missing: name a metric, or "
                          "'all'");
    }
    if (total > MAX_WISHES) {
        return te_err_set(err, TE_ERR_USAGE, "more than %d metrics", MAX_WISHES);
    }
    for (size_t k = 0; k < total; k++) {
        metrics[k] = k < named ? te_args_at(args, "metric", k) : te_args_arg(args, k - named);
    }
    *count = total;
    return 0;
}

static int print_table(const struct te_score_table *table, bool json, struct te_err *err)
{
    struct te_buf buf;
    te_buf_init(&buf, 64 * TE_MIB);
    if (json) {
        te_score_table_json(table, &buf);
    } else {
        te_score_table_text(table, &buf);
    }
    int rc = te_buf_check(&buf, err);
    if (rc == 0 && (fwrite(buf.data, 1, buf.len, stdout) != buf.len || fflush(stdout) != 0)) {
        rc = te_err_sys(err, TE_ERR_IO, "cannot write to standard output");
    }
    te_buf_release(&buf);
    return rc;
}

static int run_score(const struct te_args *args, struct te_err *err)
{
    te_autofree const char **metrics = te_zalloc(MAX_WISHES, sizeof *metrics, err);
    struct te_score_request request = {.labels = te_args_get(args, "labels"),
                                       .scores = te_args_get(args, "scores"),
                                       .series = te_args_get(args, "series"),
                                       .metrics = metrics,
                                       .scale = te_args_get(args, "scale") != NULL};
    struct te_score_table table;
    if (!metrics || collect(args, metrics, &request.n_metrics, err) < 0) {
        return -1;
    }
    if (!request.labels || !request.scores) {
        return te_err_set(err, TE_ERR_USAGE, "option '--%s' is missing",
                          request.labels ? "scores" : "labels");
    }
    if (te_score_files(&request, &table, err) < 0) {
        return -1;
    }
    if (table.swapped) {
        fprintf(stderr,
                "warning: '%s' holds numbers with a point and '%s' whole ones: they are "
                "taken the other way round\n",
                request.labels, request.scores);
    }
    int rc = print_table(&table, te_args_get(args, "json") != NULL, err);
    te_score_table_release(&table);
    return rc < 0 ? -1 : TE_EXIT_OK;
}

static const struct te_option OPTIONS[] = {
    {"labels", "FILE", "labels, one 0 or 1 a line"},
    {"scores", "FILE", "anomaly scores, one number a line; nan, inf and -inf are allowed"},
    {"metric", "SPEC", "a metric as in a configuration, a list of them, or all; may be repeated"},
    {"scale", NULL, "scales the scores to 0..1 first, as a run does"},
    {"series", "FILE", "the series, one number a line, whose period is window=auto"},
    {"json", NULL, "prints one JSON object"},
    {NULL, NULL, NULL},
};

const struct te_command te_cmd_score = {
    .name = "score",
    .synopsis = "--labels FILE --scores FILE --metric SPEC... [--scale] [--json]",
    .summary = "computes metrics on two text files",
    .details = "A spec is written as TimeEval's constructors are, such as ROC_AUC, "
               "RangePrVUS(max_buffer_size=100) or "
               "F1Score(PercentileThresholding(percentile=95)). Words behind a spec are further "
               "specs. A score file of whole numbers only counts as predictions: metrics of "
               "continuous scores have no value for it unless --scale is given.",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = -1,
    .run = run_score,
};

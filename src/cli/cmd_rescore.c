#include <stdio.h>
#include <unistd.h>
#include "commands.h"
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/units.h"
#include "te/model/config.h"
#include "te/store/h5_rescore.h"

enum { MAX_THREADS = 256 };

static int choose_threads(const struct te_args *args, unsigned *out, struct te_err *err)
{
    const char *text = te_args_get(args, "threads");
    int64_t threads = sysconf(_SC_NPROCESSORS_ONLN);
    if (text && te_parse_int(text, 1, MAX_THREADS, &threads, err) < 0) {
        return te_err_wrap(err, "option '--threads'");
    }
    *out = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : (unsigned)threads;
    return 0;
}

/* --metric may be repeated, each a list; words behind the file are further ones. */
static int read_metrics(const struct te_args *args, struct te_metric_list *out, struct te_err *err)
{
    size_t named = te_args_count(args, "metric");
    struct te_buf buf;
    if (named == 0) {
        return te_err_set(err, TE_ERR_USAGE,
                          "option '--metric' is missing: name a metric, or 'all'");
    }
    te_buf_init(&buf, TE_MAX_CONFIG_LINE);
    for (size_t k = 0; k < named; k++) {
        te_buf_addf(&buf, "%s,", te_args_at(args, "metric", k));
    }
    for (size_t k = 1; k < te_args_n(args); k++) {
        te_buf_addf(&buf, "%s,", te_args_arg(args, k));
    }
    te_autofree char *list = te_buf_take(&buf, err);
    int rc = list ? te_metric_parse_list(list, out, err) : -1;
    te_buf_release(&buf);
    return rc;
}

static void print_notices(const struct te_metric_list *list, const struct te_strings *notices)
{
    for (size_t k = 0; k < list->n_notices; k++) {
        fprintf(stderr, "note: %s\n", list->notices[k]);
    }
    for (size_t k = 0; k < notices->count; k++) {
        fprintf(stderr, "note: %s\n", notices->items[k]);
    }
}

static int run_rescore(const struct te_args *args, struct te_err *err)
{
    struct te_metric_list list;
    struct te_strings notices = {0};
    struct te_rescore_report report = {0};
    unsigned threads = 1;
    if (choose_threads(args, &threads, err) < 0 || read_metrics(args, &list, err) < 0) {
        return -1;
    }
    int rc = te_h5_rescore(te_args_arg(args, 0), &list, threads, &notices, &report, err);
    print_notices(&list, &notices);
    te_metric_list_release(&list);
    te_strings_release(&notices);
    if (rc < 0) {
        return -1;
    }
    printf("%zu columns added, %zu of %zu experiments have scores and labels\n", report.columns,
           report.judged, report.rows);
    return TE_EXIT_OK;
}

static const struct te_option OPTIONS[] = {
    {"metric", "SPEC", "a metric as in a configuration, a list of them, or all; may be repeated"},
    {"threads", "N", "at most this many threads (default: one per processor)"},
    {NULL, NULL, NULL},
};

const struct te_command te_cmd_rescore = {
    .name = "rescore",
    .synopsis = "RUN.h5 --metric SPEC...",
    .summary = "adds metrics to a result file from its stored scores",
    .details = "Nothing is run again. What is in the file keeps its bytes; the new file is made "
               "beside it and renamed when it is whole, so that it can be stopped at any moment.",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = -1,
    .run = run_rescore,
};

/* plan: every experiment that a run would do, in order, and what is left out and why. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "cli.h"
#include "commands.h"
#include "plan.h"
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/csv.h"
#include "te/text/json.h"

enum form { TABLE, CSV, JSON };

struct printer {
    enum form form;
    const struct te_cli_plan *made;
    struct te_buf buf;
    bool first; /* of a JSON list */
};

static const struct te_dataset *dataset_of(const struct printer *p, uint32_t index)
{
    return &p->made->datasets.items[index];
}

static void json_member(struct te_buf *buf, const char *key, const char *text)
{
    te_buf_addf(buf, "\"%s\": ", key);
    te_json_string(buf, text, strlen(text));
}

/* Before every item of a JSON list but the first. */
static void separate(struct printer *p)
{
    te_buf_adds(&p->buf, p->first ? "\n  " : ",\n  ");
    p->first = false;
}

/* ---- experiments ---- */

static void table_row(struct printer *p, const struct te_task *t)
{
    te_buf_addf(&p->buf, "%6" PRIu32 "  %016" PRIx64 "  %s  %s/%s  %" PRIu32 "  %s\n", t->number,
                t->id, t->algorithm, t->collection, t->dataset, t->repetition, t->params_json);
}

static void csv_row(struct printer *p, const struct te_task *t)
{
    char number[16], id[24], repetition[16];
    snprintf(number, sizeof number, "%" PRIu32, t->number);
    snprintf(id, sizeof id, "%016" PRIx64, t->id);
    snprintf(repetition, sizeof repetition, "%" PRIu32, t->repetition);
    const char *cells[] = {number,     id,         t->algorithm,       t->collection,
                           t->dataset, repetition, t->hyper_params_id, t->params_json,
                           ""};
    te_csv_add_row(&p->buf, cells, sizeof cells / sizeof cells[0]);
}

static void json_row(struct printer *p, const struct te_task *t)
{
    separate(p);
    te_buf_addf(&p->buf, "{\"number\": %" PRIu32 ", \"id\": \"%016" PRIx64 "\", ", t->number,
                t->id);
    json_member(&p->buf, "algorithm", t->algorithm);
    te_buf_adds(&p->buf, ", ");
    json_member(&p->buf, "collection", t->collection);
    te_buf_adds(&p->buf, ", ");
    json_member(&p->buf, "dataset", t->dataset);
    te_buf_addf(&p->buf, ", \"repetition\": %" PRIu32 ", ", t->repetition);
    json_member(&p->buf, "hyper_params_id", t->hyper_params_id);
    te_buf_adds(&p->buf, ", ");
    json_member(&p->buf, "hyper_params", t->params_json);
    te_buf_addc(&p->buf, '}');
}

static int print_experiments(struct printer *p, struct te_err *err)
{
    static void (*const row[])(struct printer *, const struct te_task *) = {table_row, csv_row,
                                                                            json_row};
    p->first = true;
    for (size_t i = 0; i < te_plan_count(p->made->plan); i++) {
        te_cleanup(te_task_release) struct te_task task = {0};
        if (te_plan_task(p->made->plan, i, &task, err))
            return -1;
        row[p->form](p, &task);
        if (te_cli_print(&p->buf, err))
            return -1;
    }
    return 0;
}

/* ---- what is left out ---- */

static void print_left_out(struct printer *p, const struct te_skipped *s)
{
    const struct te_dataset *d = dataset_of(p, s->dataset);
    struct te_plan_algorithm_info a;
    char id[TE_MD5_HEX] = "", reason[300], count[32] = "";
    te_plan_algorithm_get(p->made->plan, s->algorithm, &a);
    if (s->setting != UINT32_MAX)
        te_plan_setting_id(p->made->plan, s->algorithm, s->setting, id);
    if (s->count > 1)
        snprintf(count, sizeof count, "%" PRIu64 " settings: ", s->count);
    snprintf(reason, sizeof reason, "%s%s", count, s->reason);
    if (p->form == TABLE) {
        te_buf_addf(&p->buf, "  %s  %s/%s  %s%s%s\n", a.name, d->collection, d->name, id,
                    *id ? "  " : "", reason);
    } else if (p->form == CSV) {
        const char *cells[] = {"", "", a.name, d->collection, d->name, "", id, "", reason};
        te_csv_add_row(&p->buf, cells, sizeof cells / sizeof cells[0]);
    } else {
        separate(p);
        te_buf_addc(&p->buf, '{');
        json_member(&p->buf, "algorithm", a.name);
        te_buf_adds(&p->buf, ", ");
        json_member(&p->buf, "collection", d->collection);
        te_buf_adds(&p->buf, ", ");
        json_member(&p->buf, "dataset", d->name);
        te_buf_addf(&p->buf, ", \"settings\": %" PRIu64 ", ", s->count);
        json_member(&p->buf, "hyper_params_id", id);
        te_buf_adds(&p->buf, ", ");
        json_member(&p->buf, "reason", s->reason);
        te_buf_addc(&p->buf, '}');
    }
}

static int print_skipped(struct printer *p, struct te_err *err)
{
    size_t n = te_plan_skipped_count(p->made->plan);
    p->first = true;
    if (p->form == TABLE && n)
        te_buf_adds(&p->buf, "left out:\n");
    for (size_t i = 0; i < n; i++) {
        print_left_out(p, te_plan_skipped(p->made->plan, i));
        if (te_cli_print(&p->buf, err))
            return -1;
    }
    return te_cli_print(&p->buf, err);
}

static void print_texts(struct printer *p, const struct te_strings *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (p->form == JSON) {
            separate(p);
            te_json_string(&p->buf, texts->items[i], strlen(texts->items[i]));
        } else {
            fprintf(stderr, "timeeval-mpi: notice: %s\n", texts->items[i]);
        }
    }
}

static int print_json(struct printer *p, struct te_err *err)
{
    const struct te_plan *plan = p->made->plan;
    te_buf_addf(&p->buf, "{\n \"digest\": \"%s\",\n \"metrics\": [", te_plan_digest(plan));
    for (size_t i = 0; i < te_plan_metric_count(plan); i++) {
        te_buf_adds(&p->buf, i ? ", " : "");
        te_json_string(&p->buf, te_plan_metric_name(plan, i), strlen(te_plan_metric_name(plan, i)));
    }
    te_buf_adds(&p->buf, "],\n \"experiments\": [");
    if (print_experiments(p, err))
        return -1;
    te_buf_adds(&p->buf, "\n ],\n \"left_out\": [");
    if (print_skipped(p, err))
        return -1;
    te_buf_adds(&p->buf, "\n ],\n \"notices\": [");
    p->first = true;
    print_texts(p, &p->made->notices);
    print_texts(p, te_plan_notices(plan));
    te_buf_adds(&p->buf, "\n ]\n}\n");
    return te_cli_print(&p->buf, err);
}

static int print_lines(struct printer *p, struct te_err *err)
{
    static const char *const header[] = {"number",          "id",           "algorithm",
                                         "collection",      "dataset",      "repetition",
                                         "hyper_params_id", "hyper_params", "left_out"};
    if (p->form == CSV)
        te_csv_add_row(&p->buf, header, sizeof header / sizeof header[0]);
    print_texts(p, &p->made->notices);
    print_texts(p, te_plan_notices(p->made->plan));
    if (print_experiments(p, err) || print_skipped(p, err))
        return -1;
    if (p->form == TABLE)
        te_buf_addf(&p->buf, "%zu experiments, %zu combinations left out\n",
                    te_plan_count(p->made->plan), te_plan_skipped_count(p->made->plan));
    return te_cli_print(&p->buf, err);
}

static int run_plan(const struct te_args *args, struct te_err *err)
{
    struct te_cli_plan made = {0};
    bool json = te_args_get(args, "json");
    bool csv = te_args_get(args, "csv");
    if (json && csv)
        return te_err_set(err, TE_ERR_USAGE, "--csv and --json exclude each other");
    if (te_cli_plan_open(args, te_args_arg(args, 0), &made, err) < 0)
        return -1;
    struct printer p = {.form = json ? JSON : csv ? CSV : TABLE, .made = &made};
    te_buf_init(&p.buf, TE_MAX_JSON_FILE);
    int rc = json ? print_json(&p, err) : print_lines(&p, err);
    te_buf_release(&p.buf);
    te_cli_plan_close(&made);
    return rc < 0 ? -1 : TE_EXIT_OK;
}

static const struct te_option options[] = {
    {"csv", NULL, "prints CSV; rows of what is left out have a reason in the last column"},
    {"json", NULL, "prints one JSON object"},
    TE_CLI_OPTION_CATALOG,
    TE_CLI_OPTION_SET,
    {NULL, NULL, NULL}};

const struct te_command te_cmd_plan = {
    .name = "plan",
    .synopsis = "CONFIG [--csv | --json] [--set SECTION.KEY=VALUE]...",
    .summary = "lists every experiment that a run would do, and what is left out and why",
    .details = "Experiments come in the order of the run, with their identities and their "
               "parameters, heuristics resolved. Needs neither MPI nor Docker, only the datasets.",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run_plan,
};

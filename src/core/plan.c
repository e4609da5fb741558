#include "te/core/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "plan_parts.h"
#include "te/base/max.h"
#include "te/base/mem.h"

int te_plan_line(int line)
{
    return line > 0 ? line : 0;
}

int te_plan_notice(struct te_plan *plan, struct te_err *err, const char *fmt, ...)
{
    char text[2 * TE_ERR_TEXT_MAX];
    uint64_t ignored = 0;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (te_map_get(&plan->told, text, &ignored))
        return 0;
    if (te_map_put(&plan->told, text, 1, NULL, err) < 0)
        return -1;
    return te_strings_add(&plan->notices, text, err);
}

void te_plan_free(struct te_plan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->n_algorithms; i++)
        te_plan_algorithm_release(&plan->algorithms[i]);
    te_free(plan->algorithms);
    te_free(plan->selected);
    te_free(plan->used);
    te_free(plan->labels);
    te_metric_list_release(&plan->metrics);
    te_free(plan->experiments);
    te_free(plan->skipped);
    te_strings_release(&plan->notices);
    te_map_release(&plan->told);
    te_free(plan->facts);
    te_free(plan);
}

static void plan_cleanup(struct te_plan **plan)
{
    te_plan_free(*plan);
}

static void planner_release(struct te_planner *planner)
{
    te_catalog_free(planner->catalog);
    te_problems_release(&planner->problems);
    te_plan_combos_release(&planner->combos);
}

/* ---- building ---- */

/* Problems of the user are collected, all else is an error. */
static int collect(struct te_planner *planner, const char *what, struct te_err *err)
{
    if (err->code == TE_ERR_NOMEM || err->code == TE_ERR_INTERNAL)
        return -1;
    te_problems_add(&planner->problems, 0, "%s: %s", what, err->text);
    te_err_clear(err);
    return 0;
}

static int select_datasets(struct te_planner *planner, struct te_err *err)
{
    struct te_plan *plan = planner->plan;
    plan->used = te_zalloc(plan->datasets->count + 1, 1, err);
    plan->labels = te_zalloc(plan->datasets->count + 1, sizeof *plan->labels, err);
    if (!plan->used || !plan->labels)
        return -1;
    if (te_datasets_select(plan->datasets, &plan->config->filter, &plan->selected,
                           &plan->n_selected, err))
        return collect(planner, "datasets", err);
    return 0;
}

static int read_metrics(struct te_planner *planner, struct te_err *err)
{
    struct te_plan *plan = planner->plan;
    const char *list = plan->config->settings.metrics;
    if (te_metric_parse_list(list ? list : "", &plan->metrics, err))
        return collect(planner, "metrics", err);
    for (size_t i = 0; i < plan->metrics.n_notices; i++)
        if (te_plan_notice(plan, err, "%s", plan->metrics.notices[i]))
            return -1;
    for (size_t i = 0; i < plan->metrics.count; i++)
        if (te_metric_needs_integer_scores(plan->metrics.specs[i]) &&
            te_plan_notice(plan, err,
                           "metric '%s' judges 0/1 predictions and has no value for scores: its "
                           "column stays empty",
                           te_metric_name(plan->metrics.specs[i])))
            return -1;
    return 0;
}

static int build(struct te_planner *planner, char **report, struct te_err *err)
{
    struct te_plan *plan = planner->plan;
    if (te_problems_init(&planner->problems, plan->config->path, err) ||
        te_plan_algorithms(planner, err) || select_datasets(planner, err) ||
        read_metrics(planner, err) || te_plan_combos_read(planner, err) ||
        te_plan_list(planner, err))
        return -1;
    if (te_problems_take(&planner->problems, report, err))
        return -1;
    if (plan->count == 0 && te_plan_notice(plan, err, "there is no experiment to run"))
        return -1;
    return te_plan_describe(plan, err);
}

int te_plan_build(const struct te_config *config, const struct te_datasets *datasets,
                  const char *catalog, struct te_plan **out, char **report, struct te_err *err)
{
    te_cleanup(plan_cleanup) struct te_plan *plan = te_zalloc(1, sizeof *plan, err);
    te_cleanup(planner_release) struct te_planner planner = {.plan = plan, .catalog_path = catalog};
    *report = NULL;
    if (!plan)
        return -1;
    plan->config = config;
    plan->datasets = datasets;
    te_map_init(&plan->told);
    if (build(&planner, report, err))
        return -1;
    *out = te_steal(plan);
    return 0;
}

/* ---- tasks ---- */

static int copy_text(char **out, const char *text, struct te_err *err)
{
    *out = text ? te_strdup(text, err) : NULL;
    return text && !*out ? -1 : 0;
}

static int fill_texts(const struct te_plan *plan, const struct te_experiment *e,
                      struct te_task *task, struct te_err *err)
{
    const struct te_plan_algorithm *a = &plan->algorithms[e->algorithm];
    const struct te_dataset *d = &plan->datasets->items[e->dataset];
    char id[TE_MD5_HEX];
    te_hex(a->ids[e->setting].bytes, sizeof a->ids[e->setting].bytes, id);
    if (copy_text(&task->algorithm, a->config->name, err) ||
        copy_text(&task->collection, d->collection, err) ||
        copy_text(&task->dataset, d->name, err) || copy_text(&task->hyper_params_id, id, err) ||
        copy_text(&task->program, a->program, err) || copy_text(&task->symbol, a->symbol, err) ||
        copy_text(&task->postprocess, a->postprocess, err) ||
        copy_text(&task->test_path, d->test_path, err))
        return -1;
    return copy_text(&task->train_path, a->training == TE_UNSUPERVISED ? NULL : d->train_path, err);
}

static int fill_params(const struct te_plan *plan, const struct te_experiment *e,
                       struct te_task *task, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value params = TE_VALUE_INIT;
    te_cleanup(te_buf_release) struct te_buf json;
    te_buf_init(&json, TE_MAX_PARAM_TEXT);
    if (te_plan_resolve(plan, e->algorithm, e->dataset, e->setting, NULL, &params, err) ||
        te_value_json(&params, &json, err))
        return -1;
    task->params_json = te_buf_take(&json, err);
    return task->params_json ? 0 : -1;
}

int te_plan_task(const struct te_plan *plan, size_t number, struct te_task *out, struct te_err *err)
{
    const struct te_experiment *e = te_plan_get(plan, number);
    if (!e)
        return te_err_set(err, TE_ERR_INTERNAL, "the plan has no experiment %zu", number);
    const struct te_plan_algorithm *a = &plan->algorithms[e->algorithm];
    const struct te_dataset *d = &plan->datasets->items[e->dataset];
    te_cleanup(te_task_release) struct te_task task = {
        .number = (uint32_t)number,
        .repetition = e->repetition,
        .id = e->id,
        .adapter = a->config->adapter,
        .data_as_file = a->config->data_as_file,
        .algorithm_training = a->training,
        .dataset_training = d->training,
        .algorithm_dimension = a->dimension,
        .dataset_dimension = d->dimension,
        .multivariate = a->config->multivariate,
        .dataset_length = d->length,
        .dataset_dims = d->dimensions,
        .limits = a->limits,
    };
    if (fill_texts(plan, e, &task, err) || fill_params(plan, e, &task, err))
        return -1;
    *out = task;
    task = (struct te_task){0};
    return 0;
}

/* ---- reading ---- */

size_t te_plan_count(const struct te_plan *plan)
{
    return plan->count;
}

const struct te_experiment *te_plan_get(const struct te_plan *plan, size_t number)
{
    return number < plan->count ? &plan->experiments[number] : NULL;
}

size_t te_plan_skipped_count(const struct te_plan *plan)
{
    return plan->n_skipped;
}

const struct te_skipped *te_plan_skipped(const struct te_plan *plan, size_t i)
{
    return i < plan->n_skipped ? &plan->skipped[i] : NULL;
}

const uint8_t *te_plan_datasets_used(const struct te_plan *plan)
{
    return plan->used;
}

size_t te_plan_metric_count(const struct te_plan *plan)
{
    return plan->metrics.count;
}

const char *te_plan_metric_name(const struct te_plan *plan, size_t i)
{
    return te_metric_name(plan->metrics.specs[i]);
}

const struct te_strings *te_plan_notices(const struct te_plan *plan)
{
    return &plan->notices;
}

const char *te_plan_digest(const struct te_plan *plan)
{
    return plan->digest;
}

const char *te_plan_facts(const struct te_plan *plan)
{
    return plan->facts;
}

size_t te_plan_algorithm_count(const struct te_plan *plan)
{
    return plan->n_algorithms;
}

void te_plan_algorithm_get(const struct te_plan *plan, size_t i, struct te_plan_algorithm_info *out)
{
    const struct te_plan_algorithm *a = &plan->algorithms[i];
    *out = (struct te_plan_algorithm_info){.name = a->config->name,
                                           .adapter = a->config->adapter,
                                           .program = a->program,
                                           .symbol = a->symbol,
                                           .training = a->training,
                                           .dimension = a->dimension,
                                           .postprocess = a->postprocess,
                                           .settings = a->params.count - a->n_duplicates,
                                           .schema = &a->schema};
}

void te_plan_setting_id(const struct te_plan *plan, uint32_t algorithm, uint64_t setting,
                        char id[TE_MD5_HEX])
{
    const struct te_plan_algorithm *a = &plan->algorithms[algorithm];
    te_hex(a->ids[setting].bytes, sizeof a->ids[setting].bytes, id);
}

/* Parameters of an experiment, and what can be known about them before the run. */
#include <string.h>
#include "plan_parts.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/series.h"

/* Labels are read once per dataset; the plan keeps what heuristics need of them. */
static int find_labels(void *context, const struct te_dataset *dataset, struct te_label_facts *out,
                       struct te_err *err)
{
    const struct te_plan *plan = context;
    struct te_plan_labels *kept = &plan->labels[dataset - plan->datasets->items];
    if (!kept->known) {
        te_autofree uint8_t *labels = NULL;
        size_t rows = 0;
        if (te_series_labels(dataset->test_path, &labels, &rows, err))
            return -1;
        te_label_facts_of(labels, rows, &kept->facts);
        kept->known = true;
    }
    *out = kept->facts;
    return 0;
}

static struct te_heuristic_env make_env(const struct te_plan *plan, uint32_t algorithm,
                                        uint32_t dataset, struct te_strings *warnings)
{
    const struct te_plan_algorithm *a = &plan->algorithms[algorithm];
    union {
        const struct te_plan *in;
        void *out;
    } context = {plan};
    return (struct te_heuristic_env){.algorithm = a->config->name,
                                     .dataset = &plan->datasets->items[dataset],
                                     .schema = &a->schema,
                                     .labels = find_labels,
                                     .context = context.out,
                                     .warnings = warnings};
}

int te_plan_resolve(const struct te_plan *plan, uint32_t algorithm, uint32_t dataset,
                    uint64_t setting, struct te_strings *warnings, struct te_value *out,
                    struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value params = TE_VALUE_INIT;
    const struct te_plan_algorithm *a = &plan->algorithms[algorithm];
    if (te_params_setting(&a->params, setting, &params, err))
        return -1;
    if (a->heuristics) {
        struct te_heuristic_env env = make_env(plan, algorithm, dataset, warnings);
        if (te_heuristics_resolve(&params, &env, err))
            return -1;
    }
    *out = te_value_move(&params);
    return 0;
}

/* One heuristic alone: enough for those that depend on no other parameter. */
static int check_one(const struct te_plan *plan, const struct te_heuristic_env *env,
                     const struct te_value *key, const struct te_value *value, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value params = te_value_empty(TE_VALUE_DICT);
    te_cleanup(te_value_release) struct te_value copy = TE_VALUE_INIT;
    (void)plan;
    if (!te_heuristic_is(value))
        return 0;
    if (te_value_copy(value, &copy, err) || te_value_puts(&params, key->text, &copy, err))
        return -1;
    return te_heuristics_resolve(&params, env, err);
}

static int check_independent(const struct te_plan *plan, const struct te_plan_algorithm *a,
                             const struct te_heuristic_env *env, struct te_err *err)
{
    const struct te_value *dicts[] = {&a->params.fixed, &a->params.grid};
    for (size_t d = 0; d < 2; d++)
        for (size_t i = 0; i < dicts[d]->count; i += 2) {
            const struct te_value *key = &dicts[d]->items[i];
            const struct te_value *value = key + 1;
            bool list = d == 1 && value->kind >= TE_VALUE_LIST;
            for (size_t k = 0; k < (list ? value->count : 1); k++)
                if (check_one(plan, env, key, list ? &value->items[k] : value, err))
                    return -1;
        }
    return 0;
}

static int check_dependent(const struct te_plan *plan, uint32_t algorithm, uint32_t dataset,
                           struct te_strings *warnings, struct te_err *err)
{
    for (uint64_t i = 0; i < plan->algorithms[algorithm].params.count; i++) {
        te_cleanup(te_value_release) struct te_value params = TE_VALUE_INIT;
        if (te_plan_resolve(plan, algorithm, dataset, i, warnings, &params, err))
            return -1;
    }
    return 0;
}

/* The first setting stands for all: they have the same names. */
static int check_post(const struct te_plan *plan, uint32_t algorithm, uint32_t dataset,
                      struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value params = TE_VALUE_INIT;
    te_cleanup(te_buf_release) struct te_buf json;
    struct te_post_call call;
    te_buf_init(&json, TE_MAX_PARAM_TEXT);
    if (te_plan_resolve(plan, algorithm, dataset, 0, NULL, &params, err) ||
        te_value_json(&params, &json, err))
        return -1;
    return te_post_eval(plan->algorithms[algorithm].post, json.data,
                        plan->datasets->items[dataset].length, &call, err);
}

static int check_pair(const struct te_plan *plan, uint32_t algorithm, uint32_t dataset,
                      struct te_strings *warnings, struct te_err *err)
{
    const struct te_plan_algorithm *a = &plan->algorithms[algorithm];
    if (a->heuristics) {
        struct te_heuristic_env env = make_env(plan, algorithm, dataset, warnings);
        int rc = a->dependent ? check_dependent(plan, algorithm, dataset, warnings, err)
                              : check_independent(plan, a, &env, err);
        if (rc)
            return -1;
    }
    return a->post && a->params.count ? check_post(plan, algorithm, dataset, err) : 0;
}

int te_plan_check_pair(struct te_planner *planner, uint32_t algorithm, uint32_t dataset,
                       struct te_err *err)
{
    struct te_plan *plan = planner->plan;
    struct te_plan_algorithm *a = &plan->algorithms[algorithm];
    struct te_strings warnings = {0};
    int rc = check_pair(plan, algorithm, dataset, &warnings, err);
    if (rc && err->code != TE_ERR_NOMEM && err->code != TE_ERR_INTERNAL) {
        te_problems_add(&planner->problems, te_plan_line(a->config->line), "algorithm '%s': %s",
                        a->config->name, err->text);
        te_err_clear(err);
        a->bad = true; /* it would only fail again on the next dataset */
        rc = 0;
    }
    for (size_t i = 0; i < warnings.count && rc == 0; i++)
        rc = te_plan_notice(plan, err, "%s", warnings.items[i]);
    te_strings_release(&warnings);
    return rc;
}

/* Algorithms: configuration, catalog and manifest become one record; parameters are read and
 * checked. */
#include <stdio.h>
#include <string.h>
#include "plan_parts.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/command.h"

void te_plan_algorithm_release(struct te_plan_algorithm *algorithm)
{
    te_free(algorithm->program);
    te_free(algorithm->symbol);
    te_free(algorithm->postprocess);
    te_post_free(algorithm->post);
    te_schema_release(&algorithm->schema);
    te_params_release(&algorithm->params);
    te_free(algorithm->ids);
    te_free(algorithm->duplicate);
    te_free(algorithm->copy);
    *algorithm = (struct te_plan_algorithm){0};
}

/* A problem of the user is told and the algorithm put aside; all else ends the planning. */
static int reject(struct te_planner *planner, struct te_plan_algorithm *a, int line,
                  const char *key, struct te_err *err)
{
    if (err->code == TE_ERR_NOMEM || err->code == TE_ERR_INTERNAL)
        return -1;
    te_problems_add(&planner->problems, te_plan_line(line), "algorithm '%s'%s%s: %s",
                    a->config->name, key ? ", " : "", key ? key : "", err->text);
    te_err_clear(err);
    a->bad = true;
    return 0;
}

/* ---- what runs ---- */

static int set_program(struct te_plan_algorithm *a, const char *folder, const char *image,
                       struct te_err *err)
{
    const struct te_config_algorithm *c = a->config;
    const char *text = c->adapter == TE_ADAPTER_COMMAND ? c->command
                       : c->adapter == TE_ADAPTER_FAKE  ? c->fake
                                                        : image;
    if (c->adapter == TE_ADAPTER_PYTHON) {
        a->symbol = te_strdup(c->function + strlen("python:"), err);
        a->program = te_strdup(folder ? folder : "", err); /* modules beside the configuration */
        return a->symbol && a->program ? 0 : -1;
    }
    if (c->adapter == TE_ADAPTER_PLUGIN) {
        const char *colon = strrchr(c->function, ':');
        if (!colon)
            return te_err_set(err, TE_ERR_USAGE, "write function = ./library.so:symbol");
        a->symbol = te_strdup(colon + 1, err);
        a->program = te_strndup(c->function, (size_t)(colon - c->function), err);
        return a->symbol && a->program ? 0 : -1;
    }
    if (!text)
        return te_err_set(err, TE_ERR_USAGE, "there is no image to run");
    a->program = te_strdup(text, err);
    return a->program ? 0 : -1;
}

static int open_catalog(struct te_planner *planner, struct te_err *err)
{
    if (planner->catalog)
        return 0;
    if (!planner->catalog_path || !*planner->catalog_path)
        return te_err_set(err, TE_ERR_USAGE,
                          "there is no algorithm catalog: set TIMEEVAL_CATALOG to its path");
    return te_catalog_open(planner->catalog_path, &planner->catalog, err);
}

/* The catalog's entry for something that did not ask for it; NULL if there is none. */
static const struct te_algorithm *look_up(struct te_planner *planner, const char *image)
{
    struct te_err ignored = TE_ERR_INIT;
    if (!te_str_starts(image, "ghcr.io/timeeval/") || open_catalog(planner, &ignored))
        return NULL;
    return te_catalog_of_image(planner->catalog, image);
}

/* postprocess = none takes the catalog's away. */
static int set_postprocess(struct te_plan_algorithm *a, const struct te_algorithm *known,
                           struct te_err *err)
{
    const char *text = a->config->postprocess ? a->config->postprocess
                       : known                ? known->postprocess
                                              : NULL;
    if (!text)
        return 0;
    if (te_post_parse(text, &a->post, err))
        return te_err_wrap(err, "postprocess");
    if (te_post_kind(a->post) == TE_POST_NONE)
        return 0;
    a->postprocess = te_strdup(text, err);
    return a->postprocess ? 0 : -1;
}

static int take_facts(struct te_plan_algorithm *a, const char *folder,
                      const struct te_algorithm *known, struct te_err *err)
{
    const struct te_config_algorithm *c = a->config;
    a->training = c->has_training ? c->training : known ? known->training : TE_UNSUPERVISED;
    a->dimension = known ? known->dimension : TE_UNIVARIATE;
    if (c->multivariate != TE_MULTIVAR_NONE)
        a->dimension = TE_MULTIVARIATE; /* that is what the wrapper is for */
    if (c->has_dimension)
        a->dimension = c->dimension;
    if (known && te_schema_copy(&known->schema, &a->schema, err))
        return -1;
    return set_program(a, folder, c->image ? c->image : known ? known->image : NULL, err);
}

static int from_manifest(struct te_planner *planner, struct te_plan_algorithm *a,
                         struct te_algorithm *out, struct te_err *err)
{
    struct te_strings problems = {0};
    int rc = te_manifest_read(a->config->manifest, out, &problems, err);
    for (size_t i = 1; rc && i < problems.count; i++)
        te_problems_add(&planner->problems, te_plan_line(a->config->line),
                        "algorithm '%s': '%s': %s", a->config->name, a->config->manifest,
                        problems.items[i]);
    te_strings_release(&problems);
    if (rc)
        return -1;
    /* manifests know no post-processing, the catalog does */
    const struct te_algorithm *known = look_up(planner, out->image);
    if (known && known->postprocess) {
        out->postprocess = te_strdup(known->postprocess, err);
        return out->postprocess ? 0 : -1;
    }
    return 0;
}

/* Forgotten post-processing is the most frequent cause of scores with a wrong length: an image of
 * the collection brings its own, however it is named. */
static int take_postprocess(struct te_planner *planner, struct te_plan_algorithm *a,
                            const struct te_algorithm *known, struct te_err *err)
{
    const struct te_config_algorithm *c = a->config;
    const struct te_algorithm *twin = !known && c->image ? look_up(planner, c->image) : NULL;
    if (set_postprocess(a, known ? known : twin, err))
        return -1;
    if (c->postprocess || !twin || !twin->postprocess)
        return 0;
    return te_plan_notice(planner->plan, err,
                          "algorithm '%s': its image is '%s' of the catalog: 'postprocess = %s' is "
                          "taken from there ('postprocess = none' turns that off)",
                          c->name, twin->key, twin->postprocess);
}

static int remind_of_places(struct te_planner *planner, const struct te_plan_algorithm *a,
                            const char *what, const char *command, const char *const *places,
                            size_t count, struct te_err *err)
{
    size_t len;
    char list[200] = "";
    const char *word = command ? te_command_stranger(command, places, count, &len) : NULL;
    if (!word)
        return 0;
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", places[i]);
    }
    return te_plan_notice(planner->plan, err,
                          "algorithm '%s': '%.*s' in its %s stays as it is; what is replaced "
                          "is %s",
                          a->config->name, (int)len, word, what, list);
}

static int remind_of_all_places(struct te_planner *planner, const struct te_plan_algorithm *a,
                                struct te_err *err)
{
    if (remind_of_places(planner, a, "command", a->config->command, te_command_places,
                         TE_COMMAND_PLACES, err) < 0)
        return -1;
    return remind_of_places(planner, a, "post-processing", te_post_command(a->postprocess),
                            te_filter_places, TE_FILTER_PLACES, err);
}

static int set_source(struct te_planner *planner, struct te_plan_algorithm *a, struct te_err *err)
{
    te_cleanup(te_algorithm_release) struct te_algorithm manifest = {0};
    const struct te_algorithm *known = NULL;
    if (a->config->catalog) {
        if (open_catalog(planner, err))
            return -1;
        known = te_catalog_find(planner->catalog, a->config->catalog, err);
        if (!known)
            return -1;
    } else if (a->config->manifest) {
        if (from_manifest(planner, a, &manifest, err))
            return -1;
        known = &manifest;
    }
    if (take_facts(a, planner->plan->config->folder, known, err) ||
        take_postprocess(planner, a, known, err))
        return -1;
    return remind_of_all_places(planner, a, err);
}

static void set_limits(struct te_plan_algorithm *a, const struct te_config *config)
{
    const struct te_config_algorithm *c = a->config;
    a->limits = config->limits;
    if (c->memory_limit > 0)
        a->limits.memory = c->memory_limit;
    if (c->cpu_limit > 0)
        a->limits.cpus = c->cpu_limit;
    if (c->timeout > 0) {
        a->limits.train_timeout = a->limits.execute_timeout = c->timeout;
        memcpy(a->limits.train_timeout_text, c->timeout_text, TE_DURATION_TEXT);
        memcpy(a->limits.execute_timeout_text, c->timeout_text, TE_DURATION_TEXT);
    }
}

/* ---- parameters ---- */

/* A grid's values one by one, a fixed value as it is. */
static int check_values(struct te_plan_algorithm *a, const struct te_config_param *param,
                        const struct te_value *value, struct te_err *err)
{
    bool list = param->grid && (value->kind == TE_VALUE_LIST || value->kind == TE_VALUE_TUPLE);
    for (size_t i = 0; i < (list ? value->count : 1); i++) {
        const struct te_value *item = list ? &value->items[i] : value;
        if (te_heuristic_is(item)) {
            a->heuristics = true;
            a->dependent = a->dependent || te_heuristic_is_dependent(item);
            if (te_heuristic_check(item, err))
                return -1;
        }
        if (a->config->check_parameters && te_schema_check(&a->schema, param->name, item, err))
            return -1;
    }
    return 0;
}

static int read_param(struct te_planner *planner, struct te_plan_algorithm *a,
                      const struct te_config_param *param, struct te_value *fixed,
                      struct te_value *grid, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
    char key[TE_MAX_NAME + 16];
    snprintf(key, sizeof key, "%s.%s", param->grid ? "grid" : "param", param->name);
    if (te_value_parse(param->text, &value, err) || check_values(a, param, &value, err))
        return reject(planner, a, param->line, key, err);
    if (param->grid && !a->config->independent && value.kind != TE_VALUE_LIST &&
        value.kind != TE_VALUE_TUPLE) {
        te_err_set(err, TE_ERR_USAGE, "the values of a grid are a list, e.g. [1, 2]");
        return reject(planner, a, param->line, key, err);
    }
    return te_value_puts(param->grid ? grid : fixed, param->name, &value, err);
}

static int read_params(struct te_planner *planner, struct te_plan_algorithm *a, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value fixed = te_value_empty(TE_VALUE_DICT);
    te_cleanup(te_value_release) struct te_value grid = te_value_empty(TE_VALUE_DICT);
    for (size_t i = 0; i < a->config->n_params; i++)
        if (read_param(planner, a, &a->config->params[i], &fixed, &grid, err))
            return -1;
    if (a->bad)
        return 0;
    enum te_params_kind kind = grid.count == 0          ? TE_PARAMS_FIXED
                               : a->config->independent ? TE_PARAMS_INDEPENDENT
                                                        : TE_PARAMS_FULL;
    if (te_params_init(kind, &fixed, &grid, &a->params, err))
        return reject(planner, a, a->config->line, NULL, err);
    return 0;
}

/* ---- ids ---- */

/* Open addressing over the settings' ids; slots hold a setting's number plus one. Returns the last
 * one before this with its id, plus one; 0: there is none. */
static uint32_t find_equal(const struct te_plan_algorithm *a, uint32_t *slots, uint64_t mask,
                           uint64_t setting)
{
    uint64_t at;
    memcpy(&at, a->ids[setting].bytes, sizeof at);
    for (at &= mask; slots[at]; at = (at + 1) & mask)
        if (memcmp(&a->ids[slots[at] - 1], &a->ids[setting], sizeof *a->ids) == 0)
            break;
    uint32_t before = slots[at];
    slots[at] = (uint32_t)setting + 1;
    return before;
}

static int note_double(struct te_plan_algorithm *a, uint64_t setting, uint32_t before, bool keep,
                       struct te_err *err)
{
    if (keep) {
        if (!a->copy && !(a->copy = te_zalloc(a->params.count, sizeof *a->copy, err)))
            return -1;
        a->copy[setting] = a->copy[before] + 1;
        return 0;
    }
    if (!a->duplicate && !(a->duplicate = te_zalloc(a->params.count / 8 + 1, 1, err)))
        return -1;
    a->duplicate[setting / 8] = (uint8_t)(a->duplicate[setting / 8] | 1u << (setting % 8));
    a->n_duplicates++;
    return 0;
}

static int find_doubles(struct te_plan_algorithm *a, bool keep, struct te_err *err)
{
    uint64_t size = 4;
    while (size < 2 * a->params.count)
        size *= 2;
    te_autofree uint32_t *slots = te_zalloc(size, sizeof *slots, err);
    if (!slots)
        return -1;
    for (uint64_t i = 0; i < a->params.count; i++) {
        uint32_t before = find_equal(a, slots, size - 1, i);
        if (before && note_double(a, i, before - 1, keep, err) < 0)
            return -1;
    }
    return 0;
}

static int compute_ids(struct te_plan_algorithm *a, bool keep, struct te_err *err)
{
    te_cleanup(te_hasher_cleanup) struct te_hasher *md5 = te_hasher_new(TE_HASH_MD5, err);
    te_cleanup(te_buf_release) struct te_buf text;
    te_buf_init(&text, 16 * TE_MAX_PARAM_TEXT);
    a->ids = md5 ? te_zalloc(a->params.count, sizeof *a->ids, err) : NULL;
    if (!a->ids)
        return -1;
    for (uint64_t i = 0; i < a->params.count; i++) {
        te_buf_clear(&text);
        te_params_setting_repr(&a->params, i, &text);
        if (te_buf_check(&text, err) ||
            te_hasher_run(md5, text.data, text.len, a->ids[i].bytes, err))
            return -1;
    }
    bool distinct = false;
    if (te_params_distinct(&a->params, &distinct, err))
        return -1;
    return distinct ? 0 : find_doubles(a, keep, err);
}

static int tell_doubles(struct te_plan *plan, const struct te_plan_algorithm *a, struct te_err *err)
{
    if (a->n_duplicates == 0)
        return 0;
    return te_plan_notice(plan, err,
                          "algorithm '%s': %llu of its %llu settings are there twice, each is run "
                          "once ([run] keep_duplicate_settings = true runs them all)",
                          a->config->name, (unsigned long long)a->n_duplicates,
                          (unsigned long long)a->params.count);
}

static int plan_algorithm(struct te_planner *planner, struct te_plan_algorithm *a,
                          struct te_err *err)
{
    set_limits(a, planner->plan->config);
    if (set_source(planner, a, err))
        if (reject(planner, a, a->config->line, NULL, err))
            return -1;
    if (read_params(planner, a, err))
        return -1;
    if (a->bad)
        return 0;
    if (compute_ids(a, planner->plan->config->keep_duplicate_settings, err))
        return -1;
    return tell_doubles(planner->plan, a, err);
}

int te_plan_algorithms(struct te_planner *planner, struct te_err *err)
{
    struct te_plan *plan = planner->plan;
    plan->algorithms = te_zalloc(plan->config->n_algorithms + 1, sizeof *plan->algorithms, err);
    if (!plan->algorithms)
        return -1;
    for (size_t i = 0; i < plan->config->n_algorithms; i++) {
        plan->algorithms[i].config = &plan->config->algorithms[i];
        plan->n_algorithms = i + 1;
        if (plan_algorithm(planner, &plan->algorithms[i], err))
            return -1;
    }
    return 0;
}

/* Heuristics within a setting: which, in what order, and what to say when one fails. */
#include <string.h>
#include "heuristic_parts.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

static const char prefix[] = "heuristic:";

bool te_heuristic_is(const struct te_value *value)
{
    return value->kind == TE_VALUE_STR && te_str_starts(value->text, prefix);
}

bool te_heuristic_is_dependent(const struct te_value *value)
{
    return te_heuristic_is(value) && strstr(value->text, "ParameterDependenceHeuristic");
}

int te_heuristic_check(const struct te_value *value, struct te_err *err)
{
    te_cleanup(te_heuristic_release) struct te_heuristic h = {0};
    return te_heuristic_parse(value->text + sizeof prefix - 1, &h, err);
}

void te_label_facts_of(const uint8_t *labels, size_t count, struct te_label_facts *out)
{
    uint64_t ones = 0;
    const uint8_t *first = count ? memchr(labels, 1, count) : NULL;
    for (size_t i = 0; i < count; i++)
        ones += labels[i];
    *out = (struct te_label_facts){
        .sum = (double)ones, .count = count, .first_max = first ? (uint64_t)(first - labels) : 0};
}

static int wrap(const struct te_heuristic *h, const char *name, const struct te_value *params,
                const struct te_heuristic_env *env, struct te_err *err)
{
    te_cleanup(te_buf_release) struct te_buf map;
    struct te_err cause = *err;
    te_buf_init(&map, 16 * TE_MAX_PARAM_TEXT);
    if (err->code == TE_ERR_NOMEM)
        return -1;
    te_value_repr(params, &map);
    return te_err_set(err, TE_ERR_USAGE,
                      "Applying heuristic %.200s for algorithm %.100s, target parameter %.100s, "
                      "dataset ('%.100s', '%.100s'), and parameters '%.200s' failed!: %.200s",
                      h->signature, env->algorithm, name, env->dataset->collection,
                      env->dataset->name, map.data ? map.data : "", cause.text);
}

/* Computes one; the value keeps its place in the dict, None takes the parameter out. */
static int apply(struct te_value *params, const char *name, const struct te_heuristic *h,
                 const struct te_heuristic_env *env, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value result = TE_VALUE_INIT;
    if (te_heuristic_compute(h, name, params, env, &result, err))
        return wrap(h, name, params, env, err);
    if (result.kind == TE_VALUE_NONE) {
        te_value_drop(params, name);
        return 0;
    }
    struct te_value *place = te_value_get(params, name);
    if (place) {
        te_value_release(place);
        *place = te_value_move(&result);
    }
    return 0;
}

/* The heuristics of a setting, waiting for their turn. */
struct pending {
    char *name;
    struct te_heuristic h;
    bool done;
};

struct queue {
    struct pending *items;
    size_t count;
};

static void release_queue(struct queue *queue)
{
    for (size_t i = 0; i < queue->count; i++) {
        te_free(queue->items[i].name);
        te_heuristic_release(&queue->items[i].h);
    }
    te_free(queue->items);
}

static int collect(const struct te_value *params, struct queue *queue, struct te_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < params->count; i += 2)
        n += te_heuristic_is(&params->items[i + 1]);
    if (n == 0)
        return 0;
    queue->items = te_zalloc(n, sizeof *queue->items, err);
    if (!queue->items)
        return -1;
    for (size_t i = 0; i < params->count; i += 2) {
        const struct te_value *value = &params->items[i + 1];
        if (!te_heuristic_is(value) || params->items[i].kind != TE_VALUE_STR)
            continue;
        struct pending *item = &queue->items[queue->count++];
        item->name = te_strdup(params->items[i].text, err);
        if (!item->name || te_heuristic_parse(value->text + sizeof prefix - 1, &item->h, err))
            return -1;
    }
    return 0;
}

/* Does it wait for another dependent one that is not yet done? */
static bool blocked(const struct queue *queue, const struct pending *item)
{
    for (size_t i = 0; i < queue->count; i++)
        if (!queue->items[i].done && &queue->items[i] != item &&
            te_value_is_str(&item->h.args[0], queue->items[i].name))
            return true;
    return false;
}

static struct pending *next_item(struct queue *queue)
{
    struct pending *first = NULL;
    for (size_t i = 0; i < queue->count; i++) {
        struct pending *item = &queue->items[i];
        if (item->done)
            continue;
        if (item->h.kind != TE_HEUR_DEPENDENCE || !blocked(queue, item))
            return item;
        first = first ? first : item;
    }
    return first; /* a cycle */
}

int te_heuristics_resolve(struct te_value *params, const struct te_heuristic_env *env,
                          struct te_err *err)
{
    te_cleanup(release_queue) struct queue queue = {0};
    if (collect(params, &queue, err))
        return -1;
    for (struct pending *item; (item = next_item(&queue));) {
        item->done = true;
        if (apply(params, item->name, &item->h, env, err))
            return -1;
    }
    return 0;
}

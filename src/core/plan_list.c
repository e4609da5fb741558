/* The list of experiments: algorithm, dataset, setting, repetition. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "plan_parts.h"
#include "te/base/max.h"
#include "te/base/mem.h"

/* ---- compatibility ---- */

static const char *training_reason(const struct te_config *config, enum te_training algorithm,
                                   enum te_training dataset)
{
    static const char *const differ[TE_TRAINING_COUNT] = {
        ("training type: the algorithm is unsupervised, the dataset is not "
         "(force_training_type_match = true)"),
        "training type: the algorithm is semi-supervised, the dataset is not",
        "training type: the algorithm is supervised, the dataset is not"};
    bool free = algorithm == TE_UNSUPERVISED && !config->force_training_type_match;
    return free || algorithm == dataset ? NULL : differ[algorithm];
}

static const char *dimension_reason(const struct te_config *config, enum te_dimension algorithm,
                                    enum te_dimension dataset)
{
    if (algorithm == dataset)
        return NULL;
    if (algorithm == TE_UNIVARIATE)
        return "dimensionality: the algorithm is univariate, the dataset multivariate";
    return config->force_dimensionality_match
               ? "dimensionality: the algorithm is multivariate, the dataset univariate "
                 "(force_dimensionality_match = true)"
               : NULL;
}

/* Why the two do not go together; NULL: they do. */
static const char *why_not(const struct te_plan *plan, uint32_t algorithm, uint32_t dataset)
{
    const struct te_plan_algorithm *a = &plan->algorithms[algorithm];
    const struct te_dataset *d = &plan->datasets->items[dataset];
    if (!plan->config->skip_invalid_combinations)
        return NULL;
    const char *reason = training_reason(plan->config, a->training, d->training);
    return reason ? reason : dimension_reason(plan->config, a->dimension, d->dimension);
}

/* ---- listing ---- */

struct lister {
    struct te_planner *planner;
    struct te_plan *plan;
    struct te_hasher *sha256;
    struct te_buf key; /* algorithm, collection, dataset, each with 0x1F behind */
    uint32_t algorithm, dataset;
};

static int skip(struct lister *l, uint64_t count, uint64_t setting, const char *reason,
                struct te_err *err)
{
    struct te_plan *plan = l->plan;
    if (count == 0)
        return 0;
    if (te_grow(&plan->skipped, &plan->cap_skipped, plan->n_skipped + 1, sizeof *plan->skipped,
                TE_MAX_EXPERIMENTS, err))
        return -1;
    bool one = count == 1 && plan->algorithms[l->algorithm].params.count > 1;
    plan->skipped[plan->n_skipped++] =
        (struct te_skipped){.algorithm = l->algorithm,
                            .dataset = l->dataset,
                            .setting = one ? (uint32_t)setting : UINT32_MAX,
                            .count = count,
                            .reason = reason};
    return 0;
}

static uint64_t first_bytes(const unsigned char *sha256)
{
    uint64_t id = 0;
    for (int i = 0; i < 8; i++)
        id = id << 8 | sha256[i];
    return id;
}

/* 0x1F, the repetition, 0x1F, number among equals; the first nine repetitions without printf. */
static void add_tail(struct te_buf *key, uint32_t repetition, uint32_t copy)
{
    char tail[32] = {'\x1f', (char)('0' + repetition % 10), '\x1f', '0'};
    int n = 4;
    if (repetition > 9 || copy > 0)
        n = snprintf(tail, sizeof tail, "\x1f%" PRIu32 "\x1f%" PRIu32, repetition, copy);
    te_buf_add(key, tail, (size_t)n);
}

/* The key holds everything up to the parameters' id; the repetition and the number among
 * equal settings follow. */
static int add_experiments(struct lister *l, uint64_t setting, struct te_err *err)
{
    struct te_plan *plan = l->plan;
    size_t len = l->key.len;
    const uint32_t *copies = plan->algorithms[l->algorithm].copy;
    uint32_t repetitions = (uint32_t)plan->config->repetitions;
    if (te_grow(&plan->experiments, &plan->cap, plan->count + repetitions,
                sizeof *plan->experiments, TE_MAX_EXPERIMENTS, err))
        return te_err_wrap(err, "the plan has too many experiments");
    for (uint32_t r = 1; r <= repetitions; r++) {
        unsigned char sha256[TE_HASH_SHA256_BYTES];
        add_tail(&l->key, r, copies ? copies[setting] : 0);
        if (te_buf_check(&l->key, err) ||
            te_hasher_run(l->sha256, l->key.data, l->key.len, sha256, err))
            return -1;
        l->key.len = len;
        plan->experiments[plan->count++] = (struct te_experiment){.id = first_bytes(sha256),
                                                                  .algorithm = l->algorithm,
                                                                  .dataset = l->dataset,
                                                                  .setting = (uint32_t)setting,
                                                                  .repetition = r};
    }
    return 0;
}

static bool is_duplicate(const struct te_plan_algorithm *a, uint64_t setting)
{
    return a->duplicate && a->duplicate[setting / 8] >> (setting % 8) & 1;
}

/* Is the key, complete up to the parameters' id, in the combinations file? */
static bool is_wanted(struct te_plan_combos *combos, const struct te_buf *key)
{
    uint64_t row = 0;
    if (!combos->active)
        return true;
    if (!te_map_get(&combos->keys, key->data, &row))
        return false;
    combos->used[row] = 1;
    return true;
}

static const char not_wanted[] = "it is not in the combinations file";
static const char duplicate[] = "the same parameters as an earlier setting";

static int list_settings(struct lister *l, struct te_err *err)
{
    const struct te_plan_algorithm *a = &l->plan->algorithms[l->algorithm];
    size_t len = l->key.len;
    uint64_t unwanted = 0, last = 0, last_double = 0;
    for (uint64_t i = 0; i < a->params.count; i++) {
        if (is_duplicate(a, i)) {
            last_double = i;
            continue;
        }
        char *room = te_buf_room(&l->key, TE_MD5_HEX);
        if (!room)
            return te_buf_check(&l->key, err);
        te_hex(a->ids[i].bytes, sizeof a->ids[i].bytes, room);
        l->key.len += TE_MD5_HEX - 1;
        if (!is_wanted(&l->planner->combos, &l->key)) {
            unwanted++;
            last = i;
        } else if (add_experiments(l, i, err)) {
            return -1;
        }
        l->key.len = len;
    }
    if (skip(l, a->n_duplicates, last_double, duplicate, err))
        return -1;
    return skip(l, unwanted, last, not_wanted, err);
}

static int list_pair(struct lister *l, struct te_err *err)
{
    struct te_plan *plan = l->plan;
    const struct te_plan_algorithm *a = &plan->algorithms[l->algorithm];
    const struct te_dataset *d = &plan->datasets->items[l->dataset];
    const char *reason = why_not(plan, l->algorithm, l->dataset);
    uint64_t ignored = 0;
    if (reason)
        return skip(l, a->params.count, 0, reason, err);
    te_buf_clear(&l->key);
    te_buf_addf(&l->key, "%s\x1f%s\x1f%s\x1f", a->config->name, d->collection, d->name);
    if (te_buf_check(&l->key, err))
        return -1;
    if (l->planner->combos.active && !te_map_get(&l->planner->combos.pairs, l->key.data, &ignored))
        return skip(l, a->params.count, 0, not_wanted, err);
    size_t before = plan->count;
    if (list_settings(l, err))
        return -1;
    if (plan->count == before)
        return 0;
    plan->used[l->dataset] = 1;
    return te_plan_check_pair(l->planner, l->algorithm, l->dataset, err);
}

static int tell_unmatched(struct te_planner *planner, struct te_err *err)
{
    const struct te_plan_combos *combos = &planner->combos;
    size_t unmatched = 0;
    uint32_t first = 0;
    for (size_t row = 0; row < combos->n_rows; row++)
        if (!combos->used[row] && unmatched++ == 0)
            first = combos->lines[row];
    if (unmatched == 0)
        return 0;
    return te_plan_notice(planner->plan, err,
                          "combinations file '%s': %zu rows match no experiment, the first is "
                          "line %" PRIu32,
                          planner->plan->config->experiment_combinations, unmatched, first);
}

int te_plan_list(struct te_planner *planner, struct te_err *err)
{
    struct te_plan *plan = planner->plan;
    te_cleanup(te_hasher_cleanup) struct te_hasher *sha256 = te_hasher_new(TE_HASH_SHA256, err);
    struct lister l = {.planner = planner, .plan = plan, .sha256 = sha256};
    int rc = sha256 ? 0 : -1;
    te_buf_init(&l.key, 16 * TE_KIB);
    for (uint32_t a = 0; rc == 0 && a < plan->n_algorithms; a++)
        for (size_t i = 0; rc == 0 && !plan->algorithms[a].bad && i < plan->n_selected; i++) {
            l.algorithm = a;
            l.dataset = plan->selected[i];
            rc = list_pair(&l, err);
        }
    te_buf_release(&l.key);
    return rc ? -1 : tell_unmatched(planner, err);
}

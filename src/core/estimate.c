#include "te/core/estimate.h"

#include <stdbool.h>
#include <string.h>
#include "te/base/hash.h"
#include "te/base/max.h"
#include "te/base/mem.h"

static const double longest = 366 * 86400.0; /* s that are believed */
static const double no_pace = 1e-9;          /* s a point where nothing is known */

struct mean { /* of one key: an open table, empty where n is 0 */
    uint64_t key;
    float seconds;
    uint32_t n;
};

struct pace {
    double seconds, points; /* sums over what has a size */
    double all;             /* seconds over everything, */
    uint64_t n;             /* and how many that were */
};

struct te_estimate {
    uint32_t n_algorithms, n_datasets;
    double *points;     /* by dataset */
    struct pace *paces; /* by algorithm; behind them that of all */
    struct mean *means;
    size_t count, cap; /* cap: a power of two, or 0 */
};

struct te_estimate *te_estimate_new(uint32_t n_algorithms, uint32_t n_datasets, struct te_err *err)
{
    struct te_estimate *e = te_zalloc(1, sizeof *e, err);
    if (!e)
        return NULL;
    e->n_algorithms = n_algorithms;
    e->n_datasets = n_datasets;
    e->points = te_zalloc(n_datasets, sizeof *e->points, err);
    e->paces = e->points ? te_zalloc((size_t)n_algorithms + 1, sizeof *e->paces, err) : NULL;
    if (e->paces)
        return e;
    te_estimate_free(e);
    return NULL;
}

void te_estimate_free(struct te_estimate *e)
{
    if (!e)
        return;
    te_free(e->points);
    te_free(e->paces);
    te_free(e->means);
    te_free(e);
}

void te_estimate_size(struct te_estimate *e, uint32_t dataset, double points)
{
    if (dataset < e->n_datasets && points > 0)
        e->points[dataset] = points;
}

/* setting NULL: the algorithm on the dataset whatever its parameters. */
static uint64_t key_of(uint32_t algorithm, uint32_t dataset, const char *setting)
{
    unsigned char bytes[2 * sizeof(uint32_t) + 32] = {0};
    memcpy(bytes, &algorithm, sizeof algorithm);
    memcpy(bytes + sizeof algorithm, &dataset, sizeof dataset);
    if (setting)
        memcpy(bytes + 2 * sizeof algorithm, setting, strnlen(setting, 32));
    return te_hash64(bytes, sizeof bytes);
}

static struct mean *find(const struct te_estimate *e, uint64_t key)
{
    size_t i = (size_t)key & (e->cap - 1);
    while (e->means[i].n && e->means[i].key != key)
        i = (i + 1) & (e->cap - 1);
    return &e->means[i];
}

static int grow(struct te_estimate *e, struct te_err *err)
{
    struct te_estimate larger = {.cap = e->cap ? 2 * e->cap : 256};
    larger.means = te_zalloc(larger.cap, sizeof *larger.means, err);
    if (!larger.means)
        return -1;
    for (size_t i = 0; i < e->cap; i++)
        if (e->means[i].n)
            *find(&larger, e->means[i].key) = e->means[i];
    te_free(e->means);
    e->means = larger.means;
    e->cap = larger.cap;
    return 0;
}

static int add_mean(struct te_estimate *e, uint64_t key, double seconds, struct te_err *err)
{
    if (4 * e->count >= 3 * e->cap && e->count < TE_MAX_EXPERIMENTS && grow(e, err) < 0)
        return -1;
    struct mean *m = find(e, key);
    if (m->n == 0 && 4 * e->count >= 3 * e->cap)
        return 0; /* full: what is known is enough */
    if (m->n == 0) {
        *m = (struct mean){.key = key};
        e->count++;
    }
    if (m->n < UINT32_MAX)
        m->n++;
    m->seconds += ((float)seconds - m->seconds) / (float)m->n;
    return 0;
}

static void add_pace(struct pace *p, double seconds, double points)
{
    p->all += seconds;
    p->n++;
    if (points > 0) {
        p->seconds += seconds;
        p->points += points;
    }
}

int te_estimate_add(struct te_estimate *e, uint32_t algorithm, uint32_t dataset,
                    const char *setting, double seconds, struct te_err *err)
{
    if (algorithm >= e->n_algorithms || dataset >= e->n_datasets ||
        !(seconds >= 0 && seconds < longest))
        return 0;
    add_pace(&e->paces[algorithm], seconds, e->points[dataset]);
    add_pace(&e->paces[e->n_algorithms], seconds, e->points[dataset]);
    if (add_mean(e, key_of(algorithm, dataset, setting), seconds, err) < 0)
        return -1;
    return add_mean(e, key_of(algorithm, dataset, NULL), seconds, err);
}

static bool by_pace(const struct pace *p, double points, float *out)
{
    if (p->n == 0)
        return false;
    *out = (float)(points > 0 && p->points > 0 ? p->seconds / p->points * points
                                               : p->all / (double)p->n);
    return true;
}

float te_estimate_get(const struct te_estimate *e, uint32_t algorithm, uint32_t dataset,
                      const char *setting)
{
    float seconds;
    if (algorithm >= e->n_algorithms || dataset >= e->n_datasets)
        return 0;
    for (int exact = 1; e->cap && exact >= 0; exact--) {
        const struct mean *m = find(e, key_of(algorithm, dataset, exact ? setting : NULL));
        if (m->n)
            return m->seconds;
    }
    double points = e->points[dataset];
    if (by_pace(&e->paces[algorithm], points, &seconds) ||
        by_pace(&e->paces[e->n_algorithms], points, &seconds))
        return seconds;
    return (float)(no_pace * points);
}

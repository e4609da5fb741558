#include "te/report/aggregate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/map.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/report/table.h"
#include "te/text/csv.h"

enum { N_KEYS = 4 }; /* algorithm, collection, dataset, hyper_params_id */

static const char *const key_names[N_KEYS] = {"algorithm", "collection", "dataset",
                                              "hyper_params_id"};
static const enum te_table_column short_times[] = {TE_COL_TRAIN_MAIN, TE_COL_EXECUTE_MAIN};
static const enum te_table_column full_times[] = {TE_COL_TRAIN_PREPROCESS, TE_COL_TRAIN_MAIN,
                                                  TE_COL_EXECUTE_PREPROCESS, TE_COL_EXECUTE_MAIN,
                                                  TE_COL_EXECUTE_POSTPROCESS};

/* One value column of one group. */
struct moments {
    double sum, rest; /* compensated sum */
    double mean, square;
    size_t n;
};

struct group {
    char *key; /* N_KEYS texts, each ended by '\x1f' */
    size_t rows;
    struct moments *values;
};

struct te_aggregate {
    bool full;
    char *const *metrics;
    size_t n_metrics;
    const enum te_table_column *times;
    size_t n_times;
    struct te_map index; /* key -> group */
    struct group *groups;
    size_t count, cap;
    size_t left_out;
};

int te_aggregate_new(bool full, char *const *metrics, size_t n_metrics, struct te_aggregate **out,
                     struct te_err *err)
{
    struct te_aggregate *a = te_zalloc(1, sizeof *a, err);
    if (!a)
        return -1;
    a->full = full;
    a->metrics = metrics;
    a->n_metrics = n_metrics;
    a->times = full ? full_times : short_times;
    a->n_times = full ? sizeof full_times / sizeof full_times[0]
                      : sizeof short_times / sizeof short_times[0];
    te_map_init(&a->index);
    *out = a;
    return 0;
}

void te_aggregate_free(struct te_aggregate *aggregate)
{
    if (!aggregate)
        return;
    for (size_t i = 0; i < aggregate->count; i++) {
        te_free(aggregate->groups[i].key);
        te_free(aggregate->groups[i].values);
    }
    te_free(aggregate->groups);
    te_map_release(&aggregate->index);
    te_free(aggregate);
}

size_t te_aggregate_left_out(const struct te_aggregate *aggregate)
{
    return aggregate->left_out;
}

static struct group *group_of(struct te_aggregate *a, const struct te_task *task,
                              struct te_err *err)
{
    uint64_t at = 0;
    te_autofree char *key =
        te_asprintf(err, "%s\x1f%s\x1f%s\x1f%s\x1f", task->algorithm, task->collection,
                    task->dataset, a->full ? task->hyper_params_id : "");
    if (!key)
        return NULL;
    if (te_map_get(&a->index, key, &at))
        return &a->groups[at];
    if (te_grow(&a->groups, &a->cap, a->count + 1, sizeof *a->groups, TE_MAX_EXPERIMENTS, err) < 0)
        return NULL;
    struct group *g = &a->groups[a->count];
    *g = (struct group){.key = NULL};
    g->values = te_zalloc(a->n_metrics + a->n_times, sizeof *g->values, err);
    if (!g->values || te_map_put(&a->index, key, a->count, NULL, err) < 0) {
        te_free(g->values);
        return NULL;
    }
    g->key = te_steal(key);
    a->count++;
    return g;
}

static void add_value(struct moments *m, double value)
{
    if (isnan(value))
        return;
    double y = value - m->rest;
    double t = m->sum + y;
    m->rest = t - m->sum - y;
    if (isnan(m->rest)) /* infinities: no compensation, as pandas */
        m->rest = 0;
    m->sum = t;
    m->n++;
    double before = m->mean;
    m->mean += (value - before) / (double)m->n;
    m->square += (value - m->mean) * (value - before);
}

int te_aggregate_add(struct te_aggregate *aggregate, const struct te_task *task,
                     const struct te_result *result, struct te_err *err)
{
    if (result->status != TE_STATUS_OK) {
        aggregate->left_out++;
        return 0;
    }
    struct group *g = group_of(aggregate, task, err);
    if (!g)
        return -1;
    g->rows++;
    for (size_t i = 0; i < aggregate->n_metrics && i < result->n_metrics; i++)
        if (result->metrics[i].has_value)
            add_value(&g->values[i], result->metrics[i].value);
    for (size_t i = 0; i < aggregate->n_times; i++)
        add_value(&g->values[aggregate->n_metrics + i], te_table_time(result, aggregate->times[i]));
    return 0;
}

static int by_key(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    return strcmp(x->key, y->key);
}

static void add_names(const struct te_aggregate *a, const char *suffix, struct te_buf *buf)
{
    for (size_t i = 0; i < a->n_metrics + a->n_times; i++) {
        struct te_buf name;
        te_buf_init(&name, TE_MAX_PARAM_TEXT);
        te_buf_adds(&name, i < a->n_metrics ? a->metrics[i]
                                            : te_table_column_name(a->times[i - a->n_metrics]));
        te_buf_adds(&name, suffix);
        if (name.failed)
            buf->failed = name.failed;
        else
            te_csv_add_cell(buf, name.data);
        te_buf_addc(buf, ',');
        te_buf_release(&name);
    }
}

static void add_group(const struct te_aggregate *a, struct group *g, struct te_buf *buf)
{
    char *part = g->key;
    for (int k = 0; k < N_KEYS; k++) {
        char *end = strchr(part, '\x1f');
        *end = '\0';
        if (k < 3 || a->full) {
            te_csv_add_cell(buf, part);
            te_buf_addc(buf, ',');
        }
        *end = '\x1f';
        part = end + 1;
    }
    size_t n = a->n_metrics + a->n_times;
    for (size_t i = 0; i < n; i++) {
        const struct moments *m = &g->values[i];
        te_table_add_number(buf, m->n ? m->sum / (double)m->n : NAN);
        te_buf_addc(buf, ',');
    }
    for (size_t i = 0; a->full && i < n; i++) {
        const struct moments *m = &g->values[i];
        te_table_add_number(buf, m->n > 1 ? sqrt(m->square / (double)(m->n - 1)) : NAN);
        te_buf_addc(buf, ',');
    }
    te_buf_addf(buf, "%zu\n", g->rows);
}

int te_aggregate_write(struct te_aggregate *aggregate, struct te_buf *buf, struct te_err *err)
{
    if (aggregate->count)
        qsort(aggregate->groups, aggregate->count, sizeof *aggregate->groups, by_key);
    for (int k = 0; k < (aggregate->full ? N_KEYS : N_KEYS - 1); k++) {
        te_buf_adds(buf, key_names[k]);
        te_buf_addc(buf, ',');
    }
    add_names(aggregate, "_mean", buf);
    if (aggregate->full)
        add_names(aggregate, "_std", buf);
    te_buf_adds(buf, "repetitions\n");
    for (size_t i = 0; i < aggregate->count; i++)
        add_group(aggregate, &aggregate->groups[i], buf);
    return te_buf_check(buf, err);
}

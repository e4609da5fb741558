#include "te/model/dataset.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "dataset_parts.h"

void te_dataset_init(struct te_dataset *dataset)
{
    *dataset = (struct te_dataset){
        .length = TE_DATASET_UNKNOWN,
        .dimensions = TE_DATASET_UNKNOWN,
        .num_anomalies = TE_DATASET_UNKNOWN,
        .min_anomaly_length = TE_DATASET_UNKNOWN,
        .median_anomaly_length = TE_DATASET_UNKNOWN,
        .max_anomaly_length = TE_DATASET_UNKNOWN,
        .contamination = (double)NAN,
        .mean = (double)NAN,
        .stddev = (double)NAN,
        .split_at = (double)NAN,
        .period_size = (double)NAN,
    };
}

void te_dataset_release(struct te_dataset *dataset)
{
    if (!dataset)
        return;
    te_free(dataset->collection);
    te_free(dataset->name);
    te_free(dataset->train_path);
    te_free(dataset->test_path);
    te_free(dataset->type);
    te_free(dataset->input_type);
    te_free(dataset->train_type);
    te_free(dataset->trend);
    te_free(dataset->stationarity);
    te_dataset_init(dataset);
}

void te_datasets_release(struct te_datasets *datasets)
{
    if (!datasets)
        return;
    for (size_t i = 0; i < datasets->count; i++)
        te_dataset_release(&datasets->items[i]);
    te_free(datasets->items);
    *datasets = (struct te_datasets){0};
}

int te_datasets_push(struct te_datasets *datasets, struct te_dataset *dataset, struct te_err *err)
{
    if (te_grow(&datasets->items, &datasets->cap, datasets->count + 1, sizeof *datasets->items,
                TE_MAX_DATASETS, err) < 0)
        return -1;
    datasets->items[datasets->count++] = *dataset;
    te_dataset_init(dataset);
    return 0;
}

int te_datasets_notice(struct te_strings *notices, struct te_err *err, const char *fmt, ...)
{
    if (!notices)
        return 0;
    char text[TE_ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return te_strings_add(notices, text, err);
}

/* By code point: for UTF-8 that is the order of the bytes. */
static int compare(const void *a, const void *b)
{
    const struct te_dataset *x = a, *y = b;
    int order = strcmp(x->collection, y->collection);
    return order ? order : strcmp(x->name, y->name);
}

static int check_unique(const struct te_strings *roots, const struct te_datasets *datasets,
                        struct te_err *err)
{
    for (size_t i = 1; i < datasets->count; i++) {
        const struct te_dataset *a = &datasets->items[i - 1], *b = &datasets->items[i];
        if (compare(a, b) != 0)
            continue;
        if (a->root == b->root)
            return te_err_set(err, TE_ERR_USAGE,
                              "'%s/datasets.csv' has dataset '%s/%s' twice; ids must be unique",
                              roots->items[a->root], a->collection, a->name);
        return te_err_set(err, TE_ERR_USAGE,
                          "dataset '%s/%s' is in both '%s' and '%s'; ids must be unique over all "
                          "dataset folders",
                          a->collection, a->name, roots->items[a->root], roots->items[b->root]);
    }
    return 0;
}

/* One error for all roots without an index. */
static int check_roots(const struct te_strings *roots, struct te_err *err)
{
    struct te_buf missing;
    te_buf_init(&missing, TE_ERR_TEXT_MAX);
    for (size_t i = 0; i < roots->count; i++) {
        te_autofree char *path = te_fs_join(roots->items[i], "datasets.csv", err);
        if (!path) {
            te_buf_release(&missing);
            return -1;
        }
        /* what may not be looked at is told by who opens it */
        if (!te_fs_exists(path) && errno != EACCES)
            te_buf_addf(&missing, "%s'%s'", missing.len ? ", " : "", path);
    }
    int rc = 0;
    if (missing.len)
        rc =
            te_err_set(err, TE_ERR_USAGE,
                       "no index file %s; a dataset folder has a datasets.csv in it", missing.data);
    te_buf_release(&missing);
    return rc;
}

static int load_all(const struct te_strings *roots, const char *custom, struct te_datasets *out,
                    struct te_strings *notices, struct te_err *err)
{
    if (check_roots(roots, err) < 0)
        return -1;
    for (size_t i = 0; i < roots->count; i++)
        if (te_index_load(roots->items[i], (uint32_t)i, out, notices, err) < 0)
            return -1;
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare);
    if (check_unique(roots, out, err) < 0)
        return -1;
    size_t indexed = out->count;
    if (custom && te_custom_load(custom, out, err) < 0)
        return -1;
    out->n_custom = out->count - indexed;
    return 0;
}

int te_datasets_open(const struct te_strings *roots, const char *custom, struct te_datasets *out,
                     struct te_strings *notices, struct te_err *err)
{
    struct te_datasets datasets = {0};
    if (load_all(roots, custom, &datasets, notices, err) < 0) {
        te_datasets_release(&datasets);
        return -1;
    }
    *out = datasets;
    return 0;
}

static size_t indexed_count(const struct te_datasets *datasets)
{
    return datasets->count - datasets->n_custom;
}

const struct te_dataset *te_datasets_find(const struct te_datasets *datasets,
                                          const char *collection, const char *name)
{
    if (strcmp(collection, TE_CUSTOM_COLLECTION) == 0)
        for (size_t i = indexed_count(datasets); i < datasets->count; i++)
            if (strcmp(datasets->items[i].name, name) == 0)
                return &datasets->items[i];
    if (indexed_count(datasets) == 0)
        return NULL;
    char *keys[2];
    memcpy(&keys[0], &collection, sizeof collection);
    memcpy(&keys[1], &name, sizeof name);
    struct te_dataset key = {.collection = keys[0], .name = keys[1]};
    return bsearch(&key, datasets->items, indexed_count(datasets), sizeof key, compare);
}

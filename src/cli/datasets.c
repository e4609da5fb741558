#include "datasets.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/index.h"
#include "cli.h"

static int add_all(struct te_strings *list, char *const *items, size_t count, struct te_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (te_strings_add(list, items[i], err) < 0)
            return -1;
    return 0;
}

static int add_roots(const struct te_args *args, struct te_strings *roots, struct te_err *err)
{
    for (size_t i = 0; i < te_args_count(args, "root"); i++)
        if (te_strings_add(roots, te_args_at(args, "root", i), err) < 0)
            return -1;
    return 0;
}

static int open_all(const char *custom, struct te_cli_datasets *out, struct te_err *err)
{
    struct te_strings notices te_cleanup(te_strings_release) = {0};
    int rc = te_datasets_open(&out->roots, custom, &out->all, &notices, err);
    for (size_t i = 0; i < notices.count; i++)
        fprintf(stderr, "timeeval-mpi: %s\n", notices.items[i]);
    return rc;
}

static int open_source(const struct te_args *args, struct te_cli_datasets *out, struct te_err *err)
{
    const char *path = te_args_get(args, "config"), *custom = te_args_get(args, "custom");
    if (!path && !custom && te_args_count(args, "root") == 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "which datasets: --config CONFIG, --root DIR or --custom FILE is needed");
    if (add_roots(args, &out->roots, err) < 0)
        return -1;
    if (!path)
        return open_all(custom, out, err);
    if (te_cli_load_config(args, path, &out->config, err) < 0)
        return -1;
    out->filter = out->config->filter;
    if (out->roots.count == 0 &&
        add_all(&out->roots, out->config->roots.items, out->config->roots.count, err) < 0)
        return -1;
    return open_all(custom ? custom : out->config->custom, out, err);
}

int te_cli_datasets_open(const struct te_args *args, struct te_cli_datasets *out,
                         struct te_err *err)
{
    *out = (struct te_cli_datasets){0};
    int rc = open_source(args, out, err);
    if (rc < 0)
        te_cli_datasets_close(out);
    return rc;
}

char *te_cli_cache_folder(struct te_err *err)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/')
        return te_asprintf(err, "%s/timeeval-mpi", cache);
    if (home && home[0] == '/')
        return te_asprintf(err, "%s/.cache/timeeval-mpi", home);
    return te_strdup("", err);
}

void te_cli_datasets_close(struct te_cli_datasets *datasets)
{
    te_datasets_release(&datasets->all);
    te_strings_release(&datasets->roots);
    te_config_free(datasets->config);
    datasets->config = NULL;
}

int te_cli_split_id(const char *id, char **collection, char **name, struct te_err *err)
{
    const char *slash = strchr(id, '/');
    if (!slash || slash == id || !slash[1])
        return te_err_set(err, TE_ERR_USAGE, "'%s' should be COLLECTION/DATASET", id);
    char *copy = te_strdup(id, err);
    if (!copy)
        return -1;
    copy[slash - id] = '\0';
    *collection = copy;
    *name = copy + (slash - id) + 1;
    return 0;
}

static int not_found(const struct te_datasets *all, const char *id, struct te_err *err)
{
    struct te_strings names te_cleanup(te_strings_release) = {0};
    for (size_t i = 0; i < all->count; i++) {
        char name[2 * TE_MAX_NAME + 2];
        snprintf(name, sizeof name, "%s/%s", all->items[i].collection, all->items[i].name);
        if (te_strings_add(&names, name, err) < 0)
            return -1;
    }
    const char *near = te_str_suggest(id, (const char *const *)names.items, names.count);
    return te_err_set(err, TE_ERR_USAGE, "there is no dataset '%s'%s%s%s", id,
                      near ? "; did you mean '" : "", near ? near : "", near ? "'" : "");
}

const struct te_dataset *te_cli_datasets_find(const struct te_datasets *all, const char *id,
                                              struct te_err *err)
{
    te_autofree char *collection = NULL;
    char *name;
    if (te_cli_split_id(id, &collection, &name, err) < 0)
        return NULL;
    const struct te_dataset *dataset = te_datasets_find(all, collection, name);
    if (!dataset)
        not_found(all, id, err);
    return dataset;
}

const char *te_cli_one_root(const struct te_args *args, struct te_err *err)
{
    if (te_args_count(args, "root") == 1)
        return te_args_get(args, "root");
    te_err_set(err, TE_ERR_USAGE, "--root DIR is needed once: the dataset folder to change");
    return NULL;
}

/* Figures as numbers, flags as true and false, what is missing as null. */
static json_t *json_cell(const struct te_dataset *d, size_t c)
{
    char text[TE_INDEX_CELL];
    const char *cell = te_index_cell(d, c, text);
    if (cell == text && cell[0]) {
        json_error_t where;
        return json_loads(cell, JSON_DECODE_ANY, &where);
    }
    if (cell == text || cell[0] == '\0')
        return json_null();
    if (strcmp(te_index_column(c), "datetime_index") == 0 ||
        strcmp(te_index_column(c), "train_is_normal") == 0)
        return json_boolean(cell[0] == 'T');
    return json_string(cell);
}

static json_t *json_of(const struct te_dataset *d)
{
    json_t *object = json_object();
    int rc = object ? 0 : -1;
    for (size_t c = 0; rc == 0 && c < TE_INDEX_COLUMNS; c++) {
        json_t *value = json_cell(d, c);
        rc = json_object_set_new(object, te_index_column(c), value ? value : json_null());
    }
    if (rc == 0)
        rc = json_object_set_new(object, "training_type",
                                 json_string(te_training_word(d->training)));
    if (rc == 0)
        rc = json_object_set_new(object, "input_dimensionality",
                                 json_string(te_dimension_word(d->dimension)));
    if (rc == 0)
        return object;
    json_decref(object);
    return NULL;
}

static int print_json(const struct te_datasets *all, const uint32_t *indices, size_t count,
                      struct te_err *err)
{
    json_t *list = json_array();
    int rc = list ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = json_array_append_new(list, json_of(&all->items[indices ? indices[i] : i]));
    if (rc == 0)
        rc = json_dumpf(list, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(list);
    putchar('\n');
    return rc == 0 ? 0 : te_err_set(err, TE_ERR_NOMEM, "out of memory for JSON");
}

static int print_csv(const struct te_datasets *all, const uint32_t *indices, size_t count,
                     struct te_err *err)
{
    struct te_buf buf te_cleanup(te_buf_release);
    te_buf_init(&buf, TE_MAX_INDEX_FILE);
    te_index_row(&buf, NULL);
    for (size_t i = 0; i < count; i++)
        te_index_row(&buf, &all->items[indices ? indices[i] : i]);
    if (te_buf_check(&buf, err) < 0)
        return -1;
    fputs(buf.data, stdout);
    return 0;
}

static void print_line(const struct te_dataset *d)
{
    char name[2 * TE_MAX_NAME + 2], length[24] = "?", contamination[24] = "?";
    snprintf(name, sizeof name, "%s/%s", d->collection, d->name);
    if (d->length != TE_DATASET_UNKNOWN)
        snprintf(length, sizeof length, "%lld", (long long)d->length);
    if (!isnan(d->contamination))
        snprintf(contamination, sizeof contamination, "%.4g", d->contamination);
    printf("%-48s %-15s %-12s %10s %5lld %8s\n", name, te_training_word(d->training),
           te_dimension_word(d->dimension), length, (long long)d->dimensions, contamination);
}

int te_cli_datasets_print(const struct te_args *args, const struct te_datasets *all,
                          const uint32_t *indices, size_t count, struct te_err *err)
{
    if (te_args_get(args, "json"))
        return print_json(all, indices, count, err);
    if (te_args_get(args, "csv"))
        return print_csv(all, indices, count, err);
    printf("%-48s %-15s %-12s %10s %5s %8s\n", "dataset", "training type", "dimension", "length",
           "dims", "contam.");
    for (size_t i = 0; i < count; i++)
        print_line(&all->items[indices ? indices[i] : i]);
    return 0;
}

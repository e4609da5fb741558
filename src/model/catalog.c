#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/algorithm.h"
#include "te/model/post.h"
#include "te/text/json.h"

struct te_catalog {
    struct te_algorithm *items;
    size_t count, cap;
};

void te_algorithm_release(struct te_algorithm *algorithm)
{
    te_free(algorithm->key);
    te_free(algorithm->name);
    te_free(algorithm->image);
    te_free(algorithm->postprocess);
    te_free(algorithm->description);
    te_free(algorithm->language);
    te_free(algorithm->model);
    te_schema_release(&algorithm->schema);
    *algorithm = (struct te_algorithm){0};
}

void te_catalog_free(struct te_catalog *catalog)
{
    if (!catalog)
        return;
    for (size_t i = 0; i < catalog->count; i++)
        te_algorithm_release(&catalog->items[i]);
    te_free(catalog->items);
    te_free(catalog);
}

static void catalog_cleanup(struct te_catalog **catalog)
{
    te_catalog_free(*catalog);
}

size_t te_catalog_count(const struct te_catalog *catalog)
{
    return catalog->count;
}

const struct te_algorithm *te_catalog_at(const struct te_catalog *catalog, size_t i)
{
    return &catalog->items[i];
}

/* ---- reading ---- */

/* A text under key; NULL with the cause if it is absent (unless fallback) or no text. */
static char *read_text(json_t *object, const char *key, const char *fallback, struct te_err *err)
{
    json_t *value = json_object_get(object, key);
    if (value && !json_is_string(value)) {
        te_err_set(err, TE_ERR_USAGE, "'%s' should be a text", key);
        return NULL;
    }
    if (!value && !fallback) {
        te_err_set(err, TE_ERR_USAGE, "'%s' is missing", key);
        return NULL;
    }
    return te_strdup(value ? json_string_value(value) : fallback, err);
}

static int read_types(json_t *object, struct te_algorithm *out, struct te_err *err)
{
    te_autofree char *training = read_text(object, "training_type", "unsupervised", err);
    te_autofree char *dimension = read_text(object, "input_dimensionality", "univariate", err);
    if (!training || !dimension)
        return -1;
    if (te_training_parse(training, &out->training))
        return te_err_set(err, TE_ERR_USAGE,
                          "'training_type' is unsupervised, semi-supervised or supervised, not "
                          "'%.100s'",
                          training);
    if (te_dimension_parse(dimension, &out->dimension))
        return te_err_set(err, TE_ERR_USAGE,
                          "'input_dimensionality' is univariate or multivariate, not '%.100s'",
                          dimension);
    return 0;
}

static int read_postprocess(json_t *object, struct te_algorithm *out, struct te_err *err)
{
    struct te_post *post = NULL;
    if (!json_object_get(object, "postprocess") ||
        json_is_null(json_object_get(object, "postprocess")))
        return 0;
    out->postprocess = read_text(object, "postprocess", NULL, err);
    if (!out->postprocess)
        return -1;
    if (te_post_parse(out->postprocess, &post, err))
        return te_err_wrap(err, "'postprocess'");
    te_post_free(post);
    return 0;
}

static int read_parameter(json_t *object, struct te_schema *schema, struct te_err *err)
{
    te_autofree char *name = read_text(object, "name", NULL, err);
    te_autofree char *type = name ? read_text(object, "type", NULL, err) : NULL;
    te_autofree char *description = type ? read_text(object, "description", "", err) : NULL;
    if (!description)
        return -1;
    return te_schema_add(schema, name, type, json_object_get(object, "default"), description, err);
}

static int read_parameters(json_t *object, struct te_schema *schema, struct te_err *err)
{
    json_t *list = json_object_get(object, "parameters");
    schema->known = true;
    if (list && !json_is_array(list))
        return te_err_set(err, TE_ERR_USAGE, "'parameters' should be a list");
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        if (!json_is_object(item))
            return te_err_set(err, TE_ERR_USAGE, "parameter %zu should be an object", i + 1);
        if (read_parameter(item, schema, err))
            return te_err_wrap(err, "parameter %zu", i + 1);
    }
    return 0;
}

static int read_algorithm(const char *key, json_t *object, struct te_algorithm *out,
                          struct te_err *err)
{
    if (!json_is_object(object))
        return te_err_set(err, TE_ERR_USAGE, "an object is expected");
    out->key = te_strdup(key, err);
    out->name = out->key ? read_text(object, "name", NULL, err) : NULL;
    out->image = out->name ? read_text(object, "image", NULL, err) : NULL;
    out->description = out->image ? read_text(object, "description", "", err) : NULL;
    out->language = out->description ? read_text(object, "language", "", err) : NULL;
    out->model = out->language ? read_text(object, "model", "", err) : NULL;
    if (!out->model || read_types(object, out, err) || read_postprocess(object, out, err))
        return -1;
    return read_parameters(object, &out->schema, err);
}

static int read_all(struct te_catalog *catalog, json_t *algorithms, struct te_err *err)
{
    for (void *at = json_object_iter(algorithms); at; at = json_object_iter_next(algorithms, at)) {
        const char *key = json_object_iter_key(at);
        if (te_grow(&catalog->items, &catalog->cap, catalog->count + 1, sizeof *catalog->items,
                    TE_MAX_ALGORITHMS, err))
            return -1;
        struct te_algorithm *item = &catalog->items[catalog->count++];
        *item = (struct te_algorithm){0};
        if (read_algorithm(key, json_object_iter_value(at), item, err))
            return te_err_wrap(err, "algorithm '%.100s'", key);
    }
    return 0;
}

int te_catalog_open(const char *path, struct te_catalog **out, struct te_err *err)
{
    te_cleanup(te_json_cleanup) json_t *json = te_json_load(path, TE_MAX_JSON_FILE, err);
    te_cleanup(catalog_cleanup) struct te_catalog *catalog = NULL;
    if (!json) {
        err->code = err->code == TE_ERR_FORMAT ? TE_ERR_USAGE : err->code;
        return te_err_wrap(err, "algorithm catalog");
    }
    json_t *algorithms = json_object_get(json, "algorithms");
    if (!json_is_object(algorithms))
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' is no algorithm catalog: there is no object 'algorithms'", path);
    catalog = te_zalloc(1, sizeof *catalog, err);
    if (!catalog)
        return -1;
    if (read_all(catalog, algorithms, err))
        return te_err_wrap(err, "'%s'", path);
    *out = te_steal(catalog);
    return 0;
}

/* ---- finding ---- */

const struct te_algorithm *te_catalog_find(const struct te_catalog *catalog, const char *key,
                                           struct te_err *err)
{
    for (size_t i = 0; i < catalog->count; i++)
        if (strcmp(catalog->items[i].key, key) == 0)
            return &catalog->items[i];
    for (size_t i = 0; i < catalog->count; i++)
        if (strcmp(catalog->items[i].name, key) == 0)
            return &catalog->items[i];
    te_autofree const char **names = te_zalloc(2 * catalog->count + 1, sizeof *names, err);
    if (!names)
        return NULL;
    for (size_t i = 0; i < catalog->count; i++) {
        names[i] = catalog->items[i].key;
        names[catalog->count + i] = catalog->items[i].name;
    }
    const char *near = te_str_suggest(key, names, 2 * catalog->count);
    te_err_set(err, TE_ERR_USAGE,
               near ? "the catalog has no algorithm '%.100s', did you mean '%s'?"
                    : "the catalog has no algorithm '%.100s'; 'algorithms list' shows them%s",
               key, near ? near : "");
    return NULL;
}

/* Length of an image's name without the tag: a colon behind the last slash starts it. */
static size_t without_tag(const char *image)
{
    const char *slash = strrchr(image, '/');
    return (size_t)(slash ? slash - image : 0) + strcspn(slash ? slash : image, ":@");
}

const struct te_algorithm *te_catalog_of_image(const struct te_catalog *catalog, const char *image)
{
    size_t n = without_tag(image);
    for (size_t i = 0; i < catalog->count; i++)
        if (without_tag(catalog->items[i].image) == n &&
            memcmp(catalog->items[i].image, image, n) == 0)
            return &catalog->items[i];
    return NULL;
}

char *te_catalog_locate(const char *option, const char *environment, const char *program_folder,
                        struct te_err *err)
{
    static const char *const beside[] = {"../share/timeeval-mpi/catalog.json",
                                         "../../jobs/catalog.json", "jobs/catalog.json"};
    if (option && *option)
        return te_strdup(option, err);
    if (environment && *environment)
        return te_strdup(environment, err);
    for (size_t i = 0; program_folder && i < sizeof beside / sizeof beside[0]; i++) {
        te_autofree char *path = te_fs_join(program_folder, beside[i], err);
        if (!path)
            return NULL;
        if (te_fs_exists(path))
            return te_steal(path);
    }
    te_err_set(err, TE_ERR_NOENT,
               "the algorithm catalog is not beside the program: set TIMEEVAL_CATALOG to its path");
    return NULL;
}

/* manifest.json of an algorithm image: what TimeEval-algorithms' own validator asks for. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/algorithm.h"
#include "te/text/json.h"

/* Problems are collected; the first one is the error. */
struct check {
    const char *path;
    struct te_strings *problems;
    struct te_err *err;
    bool failed;
};

static void complain(struct check *check, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct check *check, const char *fmt, ...)
{
    char text[TE_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (!check->failed)
        te_err_set(check->err, TE_ERR_USAGE, "'%s': %s", check->path, text);
    check->failed = true;
    if (check->problems && te_strings_add(check->problems, text, check->err))
        check->problems = NULL; /* out of memory: err says so */
}

static const char *text_of(struct check *check, json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    if (!value)
        complain(check, "key '%s' is missing", key);
    else if (!json_is_string(value))
        complain(check, "key '%s' should be a text", key);
    else
        return json_string_value(value);
    return NULL;
}

static void one_of(struct check *check, const char *key, const char *text, const char *const *words)
{
    char list[200] = "";
    size_t n = 0;
    for (; *words; words++) {
        if (strcasecmp(*words, text) == 0)
            return;
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", *words);
    }
    complain(check, "key '%s' is '%.100s', allowed: %s", key, text, list);
}

static const char *const kinds[] = {"Detector", "preprocessor", "classifier", NULL};
static const char *const dimensions[] = {"univariate", "multivariate", NULL};
static const char *const learnings[] = {"unsupervised", "supervised", "semi-supervised", NULL};
static const char *const models[] = {"required", "optional", "none", NULL};
static const char *const truths[] = {"true", "false", NULL};

/* major.minor.patch with whole numbers; what follows a '-' or '+' is free. */
static bool is_version(const char *text)
{
    for (int part = 0; part < 3; part++) {
        size_t n = strspn(text, "0123456789");
        if (n == 0 || (part < 2 && text[n] != '.'))
            return false;
        text += n + (part < 2);
    }
    return *text == '\0' || *text == '-' || *text == '+';
}

static void check_parameter(struct check *check, json_t *object, const char *step, size_t number,
                            struct te_schema *schema)
{
    struct te_err err = TE_ERR_INIT;
    const char *text[4];
    static const char *const keys[] = {"name", "type", "optional", "description"};
    if (!json_is_object(object)) {
        complain(check, "%s, parameter %zu should be an object", step, number);
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        json_t *value = json_object_get(object, keys[i]);
        text[i] = json_string_value(value);
        if (!text[i])
            complain(check, "%s, parameter %zu: key '%s' %s", step, number, keys[i],
                     value ? "should be a text" : "is missing");
    }
    if (text[1] && !te_schema_type_known(text[1]))
        complain(check,
                 "%s, parameter %zu: '%.100s' is no type: string, int, float, boolean, "
                 "columnName, list[TYPE] or enum[WORD,...] is right",
                 step, number, text[1]);
    if (text[2])
        one_of(check, "optional", text[2], truths);
    if (!json_object_get(object, "defaultValue"))
        complain(check, "%s, parameter %zu: key 'defaultValue' is missing", step, number);
    if (text[0] && text[1] &&
        te_schema_add(schema, text[0], text[1], json_object_get(object, "defaultValue"), text[3],
                      &err))
        complain(check, "%s, parameter %zu: %s", step, number, err.text);
}

static void check_step(struct check *check, json_t *manifest, const char *key, bool required,
                       struct te_algorithm *out)
{
    json_t *step = json_object_get(manifest, key);
    if (!step && !required)
        return;
    if (!json_is_object(step)) {
        complain(check, "key '%s' %s", key, step ? "should be an object" : "is missing");
        return;
    }
    json_t *list = json_object_get(step, "parameters");
    if (!json_is_array(list))
        complain(check, "%s: key 'parameters' should be a list", key);
    for (size_t i = 0; i < json_array_size(list); i++)
        check_parameter(check, json_array_get(list, i), key, i + 1, &out->schema);
    const char *model = text_of(check, step, "modelInput");
    if (!model)
        return;
    one_of(check, "modelInput", model, models);
    if (required) {
        te_free(out->model);
        out->model = te_strdup(model, check->err);
        check->failed = check->failed || !out->model;
    }
}

/* Name of the folder that holds the manifest: the image's name upstream. */
static char *folder_name(const char *path, struct te_err *err)
{
    te_autofree char *real = te_fs_real(path, err);
    te_autofree char *folder = real ? te_fs_dirname(real, err) : NULL;
    return folder ? te_strdup(te_fs_basename(folder), err) : NULL;
}

static int fill(const char *path, const char *const texts[], struct te_algorithm *out,
                struct te_err *err)
{
    out->key = folder_name(path, err);
    out->name = out->key ? te_strdup(texts[0], err) : NULL;
    out->description = out->name ? te_strdup(texts[1], err) : NULL;
    out->image =
        out->description ? te_asprintf(err, "ghcr.io/timeeval/%s:%s", out->key, texts[2]) : NULL;
    out->language = out->image ? te_strdup(texts[4], err) : NULL;
    if (!out->language)
        return -1;
    if (te_training_parse(texts[8], &out->training) ||
        te_dimension_parse(texts[7], &out->dimension))
        return te_err_set(err, TE_ERR_USAGE, "'%s': learningType or inputDimensionality unknown",
                          path);
    return 0;
}

static int read_manifest(struct check *check, json_t *manifest, struct te_algorithm *out)
{
    static const char *const keys[] = {
        "title",    "description",         "version",     "authors", "language", "type",
        "mainFile", "inputDimensionality", "learningType"};
    const char *texts[9];
    if (!json_is_object(manifest)) {
        complain(check, "a manifest is a JSON object");
        return -1;
    }
    for (size_t i = 0; i < 9; i++)
        texts[i] = text_of(check, manifest, keys[i]);
    if (texts[2] && !is_version(texts[2]))
        complain(check, "key 'version' is '%.100s', it should be like 0.3.0", texts[2]);
    if (texts[5])
        one_of(check, keys[5], texts[5], kinds);
    if (texts[7])
        one_of(check, keys[7], texts[7], dimensions);
    if (texts[8])
        one_of(check, keys[8], texts[8], learnings);
    check_step(check, manifest, "trainingStep", false, out);
    check_step(check, manifest, "executionStep", true, out);
    out->schema.known = true;
    return check->failed ? -1 : fill(check->path, texts, out, check->err);
}

int te_manifest_read(const char *path, struct te_algorithm *out, struct te_strings *problems,
                     struct te_err *err)
{
    te_cleanup(te_json_cleanup) json_t *json = te_json_load(path, TE_MAX_JSON_FILE, err);
    te_cleanup(te_algorithm_release) struct te_algorithm algorithm = {0};
    struct check check = {.path = path, .problems = problems, .err = err};
    if (!json) {
        if (err->code != TE_ERR_NOMEM)
            err->code = TE_ERR_USAGE;
        return te_err_wrap(err, "manifest");
    }
    if (read_manifest(&check, json, &algorithm))
        return -1;
    *out = algorithm;
    algorithm = (struct te_algorithm){0};
    return 0;
}

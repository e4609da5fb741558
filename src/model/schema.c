#include "te/model/schema.h"

#include <string.h>
#include <strings.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/heuristic.h"

static void release_param(struct te_schema_param *param)
{
    te_free(param->name);
    te_free(param->type);
    te_free(param->description);
    te_value_release(&param->default_value);
    *param = (struct te_schema_param){0};
}

void te_schema_release(struct te_schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        release_param(&schema->items[i]);
    te_free(schema->items);
    *schema = (struct te_schema){0};
}

const struct te_schema_param *te_schema_find(const struct te_schema *schema, const char *name)
{
    for (size_t i = 0; i < schema->count; i++)
        if (strcmp(schema->items[i].name, name) == 0)
            return &schema->items[i];
    return NULL;
}

/* ---- JSON ---- */

static int list_from_json(const json_t *json, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value list = te_value_empty(TE_VALUE_LIST);
    for (size_t i = 0; i < json_array_size(json); i++) {
        te_cleanup(te_value_release) struct te_value item = TE_VALUE_INIT;
        if (te_value_from_json(json_array_get(json, i), &item, err) ||
            te_value_push(&list, &item, err))
            return -1;
    }
    *out = te_value_move(&list);
    return 0;
}

/* jansson's iterators take no const. */
static int dict_from_json(json_t *json, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value dict = te_value_empty(TE_VALUE_DICT);
    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at)) {
        te_cleanup(te_value_release) struct te_value item = TE_VALUE_INIT;
        if (te_value_from_json(json_object_iter_value(at), &item, err) ||
            te_value_puts(&dict, json_object_iter_key(at), &item, err))
            return -1;
    }
    *out = te_value_move(&dict);
    return 0;
}

int te_value_from_json(const json_t *json, struct te_value *out, struct te_err *err)
{
    union {
        const json_t *in;
        json_t *out;
    } open = {json};
    switch (json_typeof(json)) {
    case JSON_NULL:
        *out = (struct te_value)TE_VALUE_INIT;
        return 0;
    case JSON_TRUE:
    case JSON_FALSE:
        *out = te_value_bool(json_is_true(json));
        return 0;
    case JSON_INTEGER:
        *out = te_value_int(json_integer_value(json));
        return 0;
    case JSON_REAL:
        *out = te_value_float(json_real_value(json));
        return 0;
    case JSON_STRING:
        return te_value_str(json_string_value(json), json_string_length(json), out, err);
    case JSON_ARRAY:
        return list_from_json(json, out, err);
    default:
        return dict_from_json(open.out, out, err);
    }
}

/* ---- filling ---- */

static int fill_param(struct te_schema_param *param, const char *name, const char *type,
                      const char *description, struct te_err *err)
{
    param->name = te_strdup(name, err);
    param->type = param->name ? te_strdup(type, err) : NULL;
    param->description = param->type ? te_strdup(description ? description : "", err) : NULL;
    return param->description ? 0 : -1;
}

static int append(struct te_schema *schema, struct te_schema_param *param, struct te_err *err)
{
    if (te_grow(&schema->items, &schema->cap, schema->count + 1, sizeof *schema->items,
                TE_MAX_PARAM_KEYS, err))
        return -1;
    schema->items[schema->count++] = *param;
    *param = (struct te_schema_param){0};
    schema->known = true;
    return 0;
}

int te_schema_add(struct te_schema *schema, const char *name, const char *type,
                  const json_t *default_json, const char *description, struct te_err *err)
{
    te_cleanup(release_param) struct te_schema_param param = {.has_default = default_json != NULL};
    if (te_schema_find(schema, name))
        return 0;
    if (fill_param(&param, name, type, description, err) ||
        (default_json && te_value_from_json(default_json, &param.default_value, err)))
        return -1;
    return append(schema, &param, err);
}

int te_schema_copy(const struct te_schema *schema, struct te_schema *out, struct te_err *err)
{
    te_cleanup(te_schema_release) struct te_schema copy = {0};
    for (size_t i = 0; i < schema->count; i++) {
        const struct te_schema_param *from = &schema->items[i];
        te_cleanup(release_param) struct te_schema_param param = {.has_default = from->has_default};
        if (fill_param(&param, from->name, from->type, from->description, err) ||
            te_value_copy(&from->default_value, &param.default_value, err) ||
            append(&copy, &param, err))
            return -1;
    }
    copy.known = schema->known;
    *out = copy;
    copy = (struct te_schema){0};
    return 0;
}

/* ---- checking ---- */

static bool fits(const char *type, const struct te_value *value);

static bool fits_int(const char *type, const struct te_value *value)
{
    (void)type;
    return value->kind == TE_VALUE_INT;
}

static bool fits_float(const char *type, const struct te_value *value)
{
    (void)type;
    return value->kind == TE_VALUE_INT || value->kind == TE_VALUE_FLOAT;
}

/* Several images declare the texts "True" and "False" as defaults and take them. */
static bool fits_bool(const char *type, const struct te_value *value)
{
    (void)type;
    return value->kind == TE_VALUE_BOOL || te_value_is_str(value, "True") ||
           te_value_is_str(value, "False");
}

static bool fits_string(const char *type, const struct te_value *value)
{
    (void)type;
    return value->kind == TE_VALUE_STR;
}

static bool fits_list(const char *type, const struct te_value *value)
{
    const char *item = strchr(type, '[');
    if (value->kind != TE_VALUE_LIST && value->kind != TE_VALUE_TUPLE)
        return false;
    for (size_t i = 0; item && i < value->count; i++)
        if (!fits(item + 1, &value->items[i]))
            return false;
    return true;
}

/* Is text one of the words between the brackets? */
static bool in_enum(const char *type, const char *text, size_t len)
{
    const char *at = strchr(type, '[');
    while (at && *at && *at != ']') {
        at += 1 + strspn(at + 1, " ");
        size_t n = strcspn(at, ",]");
        size_t word = n;
        while (word && at[word - 1] == ' ')
            word--;
        if (word == len && memcmp(at, text, len) == 0)
            return true;
        at += n;
    }
    return false;
}

static bool fits_enum(const char *type, const struct te_value *value)
{
    te_cleanup(te_buf_release) struct te_buf text;
    te_buf_init(&text, TE_MAX_PARAM_TEXT);
    if (value->kind == TE_VALUE_STR)
        return in_enum(type, value->text, value->len);
    te_value_repr(value, &text);
    return text.data && in_enum(type, text.data, text.len);
}

static const struct {
    const char *prefix;
    bool whole; /* nothing may follow but the bracket that closes a list */
    bool (*fits)(const char *type, const struct te_value *value);
    const char *right;
} types[] = {
    {"int", true, fits_int, "a whole number"},
    {"float", true, fits_float, "a number"},
    {"boolean", true, fits_bool, "True or False"},
    {"bool", true, fits_bool, "True or False"},
    {"string", true, fits_string, "a text"},
    {"str", true, fits_string, "a text"},
    {"columnname", true, fits_string, "the name of a column"},
    {"list[", false, fits_list, "a list"},
    {"enum[", false, fits_enum, "one of its words"},
};

static size_t find_type(const char *type)
{
    size_t i = 0;
    for (; i < sizeof types / sizeof types[0]; i++) {
        size_t n = strlen(types[i].prefix);
        if (strncasecmp(type, types[i].prefix, n) == 0 &&
            (!types[i].whole || type[n] == '\0' || type[n] == ']'))
            break;
    }
    return i;
}

static bool fits(const char *type, const struct te_value *value)
{
    size_t i = find_type(type);
    return i == sizeof types / sizeof types[0] || types[i].fits(type, value);
}

bool te_schema_type_known(const char *type)
{
    size_t i = find_type(type);
    if (i == sizeof types / sizeof types[0] || strcmp(types[i].prefix, "bool") == 0 ||
        strcmp(types[i].prefix, "str") == 0)
        return false;
    return types[i].fits != fits_list || te_schema_type_known(type + strlen(types[i].prefix));
}

static int unknown_name(const struct te_schema *schema, const char *name, struct te_err *err)
{
    te_autofree const char **names = te_zalloc(schema->count + 1, sizeof *names, err);
    if (!names)
        return -1;
    for (size_t i = 0; i < schema->count; i++)
        names[i] = schema->items[i].name;
    const char *near = te_str_suggest(name, names, schema->count);
    return te_err_set(err, TE_ERR_USAGE,
                      "the algorithm has no parameter '%.100s'%s%s%s (check_parameters = false "
                      "turns this check off)",
                      name, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int wrong_type(const struct te_schema_param *param, const struct te_value *value,
                      struct te_err *err)
{
    te_cleanup(te_buf_release) struct te_buf text;
    te_buf_init(&text, TE_MAX_PARAM_TEXT);
    te_value_repr(value, &text);
    size_t i = find_type(param->type);
    return te_err_set(err, TE_ERR_USAGE,
                      "%.100s is no value for parameter '%s' of type %.200s: %s is right "
                      "(check_parameters = false turns this check off)",
                      text.data ? text.data : "this", param->name, param->type, types[i].right);
}

int te_schema_check(const struct te_schema *schema, const char *name, const struct te_value *value,
                    struct te_err *err)
{
    if (!schema->known)
        return 0;
    const struct te_schema_param *param = te_schema_find(schema, name);
    if (!param)
        return unknown_name(schema, name, err);
    if (value->kind == TE_VALUE_NONE || te_heuristic_is(value) || fits(param->type, value) ||
        (param->has_default && value->kind == param->default_value.kind &&
         te_value_equal(value, &param->default_value)))
        return 0;
    return wrong_type(param, value, err);
}

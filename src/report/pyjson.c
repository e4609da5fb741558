#include "pyjson.h"

#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/text/json.h"
#include "te/text/num.h"

static void dump(struct te_buf *buf, const json_t *value, int depth);

static void new_line(struct te_buf *buf, int depth)
{
    te_buf_addc(buf, '\n');
    for (int i = 0; i < depth; i++)
        te_buf_adds(buf, "  ");
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void dump_object(struct te_buf *buf, const json_t *object, int depth)
{
    struct te_err err = TE_ERR_INIT;
    size_t count = json_object_size(object), n = 0;
    te_autofree const char **keys = te_zalloc(count, sizeof *keys, &err);
    if (!keys) {
        buf->failed = err.code;
        return;
    }
    json_t *copy = json_incref((json_t *)(uintptr_t)object);
    for (void *i = json_object_iter(copy); i; i = json_object_iter_next(copy, i))
        keys[n++] = json_object_iter_key(i);
    qsort(keys, n, sizeof *keys, compare);
    te_buf_addc(buf, '{');
    for (size_t i = 0; i < n; i++) {
        te_buf_adds(buf, i ? "," : "");
        new_line(buf, depth + 1);
        te_json_string(buf, keys[i], strlen(keys[i]));
        te_buf_adds(buf, ": ");
        dump(buf, json_object_get(object, keys[i]), depth + 1);
    }
    if (n)
        new_line(buf, depth);
    te_buf_addc(buf, '}');
    json_decref(copy);
}

static void dump_array(struct te_buf *buf, const json_t *array, int depth)
{
    size_t n = json_array_size(array);
    te_buf_addc(buf, '[');
    for (size_t i = 0; i < n; i++) {
        te_buf_adds(buf, i ? "," : "");
        new_line(buf, depth + 1);
        dump(buf, json_array_get(array, i), depth + 1);
    }
    if (n)
        new_line(buf, depth);
    te_buf_addc(buf, ']');
}

static void dump(struct te_buf *buf, const json_t *value, int depth)
{
    char number[TE_NUM_TEXT];
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        dump_object(buf, value, depth);
        break;
    case JSON_ARRAY:
        dump_array(buf, value, depth);
        break;
    case JSON_STRING:
        te_json_string(buf, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        te_buf_addf(buf, "%lld", (long long)json_integer_value(value));
        break;
    case JSON_REAL:
        te_num_repr(json_real_value(value), number);
        te_buf_adds(buf, number);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        te_buf_adds(buf, json_is_true(value) ? "true" : "false");
        break;
    case JSON_NULL:
        te_buf_adds(buf, "NaN");
        break;
    }
}

void te_pyjson_dump(struct te_buf *buf, const json_t *value)
{
    dump(buf, value, 0);
    te_buf_addc(buf, '\n');
}

/* "NaN" outside of texts becomes "null", for jansson knows no NaN. */
json_t *te_pyjson_parse(const char *text, size_t len)
{
    struct te_buf buf;
    bool quoted = false;
    te_buf_init(&buf, 2 * len + 16);
    for (size_t i = 0; i < len; i++) {
        if (!quoted && len - i >= 3 && memcmp(text + i, "NaN", 3) == 0) {
            te_buf_adds(&buf, "null");
            i += 2;
            continue;
        }
        if (text[i] == '"')
            quoted = !quoted;
        te_buf_addc(&buf, text[i]);
        if (quoted && text[i] == '\\' && i + 1 < len)
            te_buf_addc(&buf, text[++i]);
    }
    json_t *value = buf.failed || !buf.data ? NULL : json_loadb(buf.data, buf.len, 0, NULL);
    te_buf_release(&buf);
    return value;
}

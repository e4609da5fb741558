/* What the engine tells while it pulls. */
#include <stdio.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/core/engine.h"
#include "te/text/json.h"

#define te_autojson te_cleanup(te_json_cleanup)

void te_engine_lines_feed(struct te_buf *line, const char *data, size_t len,
                          void (*sink)(void *arg, const char *data, size_t len), void *arg)
{
    while (len) {
        const char *end = memchr(data, '\n', len);
        size_t n = end ? (size_t)(end - data) : len;
        te_buf_add(line, data, n);
        if (!end)
            return;
        if (line->len && !line->failed)
            sink(arg, line->data, line->len);
        te_buf_clear(line);
        data += n + 1;
        len -= n + 1;
    }
}

static int64_t bytes_of(const json_t *detail, const char *key)
{
    const json_t *value = json_object_get(detail, key);
    json_int_t n = json_is_integer(value) ? json_integer_value(value) : 0;
    return n > 0 && n < (json_int_t)1 << 50 ? (int64_t)n : 0;
}

/* Only downloads count: unpacking tells other figures of the same layer. */
static void take_layer(struct te_engine_pulling *p, const char *id, const char *status,
                       const json_t *detail)
{
    size_t i = 0;
    bool whole = strcmp(status, "Download complete") == 0 || strcmp(status, "Pull complete") == 0;
    if (!whole && strcmp(status, "Downloading") != 0)
        return;
    while (i < p->n_layers && strncmp(p->layers[i].id, id, sizeof p->layers[i].id - 1) != 0)
        i++;
    if (i == TE_ENGINE_LAYERS)
        return;
    if (i == p->n_layers) {
        if (whole)
            return; /* too small to be told about, or there already */
        p->n_layers++;
        snprintf(p->layers[i].id, sizeof p->layers[i].id, "%s", id);
    }
    if (whole) {
        p->layers[i].current = p->layers[i].total;
        return;
    }
    p->layers[i].current = bytes_of(detail, "current");
    p->layers[i].total = bytes_of(detail, "total");
    if (p->layers[i].total < p->layers[i].current)
        p->layers[i].total = p->layers[i].current;
}

/* Words of others, on one line. */
static void copy_words(const char *text, char *out, size_t size)
{
    snprintf(out, size, "%s", text);
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < 0x20)
            *p = ' ';
}

void te_engine_pulling_line(struct te_engine_pulling *pull, const char *text, size_t len)
{
    struct te_err ignored = TE_ERR_INIT;
    te_autojson json_t *json = te_json_parse(text, len, "progress of a pull", &ignored);
    const char *status = json_string_value(json_object_get(json, "status"));
    const char *id = json_string_value(json_object_get(json, "id"));
    const char *error = json_string_value(json_object_get(json, "error"));
    if (!error)
        error = json_string_value(json_object_get(json_object_get(json, "errorDetail"), "message"));
    if (!error)
        error = json_string_value(json_object_get(json, "message"));
    if (error && !pull->error[0])
        copy_words(*error ? error : "no reason is given", pull->error, sizeof pull->error);
    if (!status)
        return;
    copy_words(status, pull->status, sizeof pull->status);
    if (id)
        take_layer(pull, id, status, json_object_get(json, "progressDetail"));
}

int64_t te_engine_pulling_bytes(const struct te_engine_pulling *pull, int64_t *total)
{
    int64_t current = 0;
    *total = 0;
    for (size_t i = 0; i < pull->n_layers; i++) {
        current += pull->layers[i].current;
        *total += pull->layers[i].total;
    }
    return current;
}

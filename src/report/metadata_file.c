/* The file <dataset>.metadata.json. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/report/metadata.h"
#include "pyjson.h"

static void release_json(json_t **json)
{
    json_decref(*json);
}

static int no_memory(struct te_err *err)
{
    return te_err_set(err, TE_ERR_NOMEM, "out of memory for JSON");
}

/* jansson has no NaN: null stands for it until the text is written. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *trends_json(const struct te_channel_metadata *channel)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < channel->n_trends; i++) {
        const struct te_trend *t = &channel->trends[i];
        json_t *trend = json_pack("{s:[o], s:o, s:s}", "coef", number(t->coef), "confidence_r2",
                                  number(t->r2), "tpe", te_trend_word(t->order));
        if (!trend || json_array_append_new(list, trend) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Objects by channel name under four keys. */
static int add_channels(json_t *object, const struct te_metadata *m)
{
    json_t *means = json_object(), *stddevs = json_object();
    json_t *trends = json_object(), *stationarities = json_object();
    int rc = json_object_set_new(object, "means", means);
    rc |= json_object_set_new(object, "stddevs", stddevs);
    rc |= json_object_set_new(object, "trends", trends);
    rc |= json_object_set_new(object, "stationarities", stationarities);
    for (int64_t i = 0; rc == 0 && i < m->dimensions; i++) {
        const struct te_channel_metadata *c = &m->channels[i];
        rc |= json_object_set_new(means, c->name, number(c->mean));
        rc |= json_object_set_new(stddevs, c->name, number(c->stddev));
        rc |= json_object_set_new(trends, c->name, trends_json(c));
        rc |= json_object_set_new(stationarities, c->name,
                                  json_string(te_stationarity_word(c->stationarity)));
    }
    return rc;
}

static json_t *object_of(const struct te_metadata *m, struct te_err *err)
{
    json_t *object =
        json_pack("{s:{s:I, s:I, s:I}, s:o, s:[s, s], s:I, s:b, s:I, s:I}", "anomaly_length", "max",
                  (json_int_t)m->labels.max_length, "median", (json_int_t)m->labels.median_length,
                  "min", (json_int_t)m->labels.min_length, "contamination",
                  number(m->labels.contamination), "dataset_id", m->collection, m->name,
                  "dimensions", (json_int_t)m->dimensions, "is_train", (int)m->is_train, "length",
                  (json_int_t)m->length, "num_anomalies", (json_int_t)m->labels.num_anomalies);
    if (object && add_channels(object, m) == 0)
        return object;
    json_decref(object);
    no_memory(err);
    return NULL;
}

static int add_items(json_t *list, const struct te_metadata *items, size_t count,
                     struct te_err *err)
{
    for (size_t i = 0; i < count; i++) {
        json_t *object = object_of(&items[i], err);
        if (!object)
            return -1;
        if (json_array_append_new(list, object) < 0)
            return no_memory(err);
    }
    return 0;
}

static char *text_of(const json_t *list, struct te_err *err)
{
    struct te_buf buf;
    te_buf_init(&buf, TE_MAX_JSON_FILE);
    te_pyjson_dump(&buf, list);
    char *text = te_buf_take(&buf, err);
    te_buf_release(&buf);
    return text;
}

char *te_metadata_json(const struct te_metadata *items, size_t count, struct te_err *err)
{
    json_t *list te_cleanup(release_json) = json_array();
    if (!list) {
        no_memory(err);
        return NULL;
    }
    return add_items(list, items, count, err) < 0 ? NULL : text_of(list, err);
}

static bool is_about(const json_t *object, const struct te_metadata *m)
{
    const json_t *id = json_object_get(object, "dataset_id");
    const char *collection = json_string_value(json_array_get(id, 0));
    const char *name = json_string_value(json_array_get(id, 1));
    return collection && name && strcmp(collection, m->collection) == 0 &&
           strcmp(name, m->name) == 0 &&
           json_is_true(json_object_get(object, "is_train")) == m->is_train;
}

/* The list in the file without what is about to be replaced; an empty one if there is none. */
static json_t *existing(const char *path, const struct te_metadata *items, size_t count,
                        struct te_err *err)
{
    te_autofree char *data = NULL;
    size_t len;
    if (te_fs_read(path, TE_MAX_JSON_FILE, &data, &len, err) < 0)
        return NULL;
    json_t *list = te_pyjson_parse(data, len);
    if (!json_is_array(list) || json_array_size(list) == 0) {
        json_decref(list);
        te_autofree char *backup = te_asprintf(err, "%s.bak", path);
        if (!backup)
            return NULL;
        if (rename(path, backup) != 0) {
            te_err_sys(err, TE_ERR_IO, "cannot rename '%s'", path);
            return NULL;
        }
        return json_array();
    }
    for (size_t i = json_array_size(list); i-- > 0;)
        for (size_t k = 0; k < count; k++)
            if (is_about(json_array_get(list, i), &items[k])) {
                json_array_remove(list, i);
                break;
            }
    return list;
}

int te_metadata_save(const char *path, const struct te_metadata *items, size_t count,
                     bool overwrite, struct te_err *err)
{
    bool keep = !overwrite && te_fs_exists(path);
    json_t *list te_cleanup(release_json) = keep ? existing(path, items, count, err) : json_array();
    if (!list)
        return keep ? -1 : no_memory(err);
    if (add_items(list, items, count, err) < 0)
        return -1;
    te_autofree char *text = text_of(list, err);
    return text ? te_fs_write_atomic(path, text, strlen(text), err) : -1;
}

/* Custom datasets: a JSON object of series that are in no index. */
#include <jansson.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/series.h"
#include "te/text/json.h"
#include "dataset_parts.h"

/* What a file's entry is about, for messages. */
struct entry {
    const char *file;
    const char *folder; /* relative paths start here */
    const char *name;
    json_t *object;
};

static void release_json(json_t **json)
{
    json_decref(*json);
}

/* The path under a key, existing and with links resolved; *out stays NULL if it may be absent. */
static int read_path(const struct entry *e, const char *key, bool required, char **out,
                     struct te_err *err)
{
    json_t *value = json_object_get(e->object, key);
    if (!value || json_is_null(value)) {
        if (!required)
            return 0;
        return te_err_set(err, TE_ERR_USAGE, "'%s': dataset '%s' has no '%s'", e->file, e->name,
                          key);
    }
    if (!json_is_string(value) || json_string_length(value) == 0)
        return te_err_set(err, TE_ERR_USAGE, "'%s': dataset '%s': '%s' should be a path in quotes",
                          e->file, e->name, key);
    te_autofree char *path = te_fs_join(e->folder, json_string_value(value), err);
    if (!path)
        return -1;
    *out = te_fs_real(path, err);
    if (*out)
        return 0;
    if (err->code != TE_ERR_NOMEM)
        te_err_set(err, TE_ERR_USAGE, "'%s': dataset '%s': %s '%s' does not exist", e->file,
                   e->name, key, path);
    return -1;
}

static int read_type(const struct entry *e, char **out, struct te_err *err)
{
    json_t *value = json_object_get(e->object, "type");
    if (value && !json_is_string(value))
        return te_err_set(err, TE_ERR_USAGE, "'%s': dataset '%s': 'type' should be a text", e->file,
                          e->name);
    *out = te_strdup(value ? json_string_value(value) : "unknown", err);
    return *out ? 0 : -1;
}

static int read_period(const struct entry *e, struct te_dataset *d, struct te_err *err)
{
    json_t *value = json_object_get(e->object, "period");
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_number(value))
        return te_err_set(err, TE_ERR_USAGE, "'%s': dataset '%s': 'period' should be a number",
                          e->file, e->name);
    d->period_size = json_number_value(value);
    d->period_is_int = json_is_integer(value);
    return 0;
}

/* A training series whose last column is 0 throughout is a normal one. */
static int read_training(const struct entry *e, struct te_dataset *d, struct te_err *err)
{
    d->training = TE_UNSUPERVISED;
    if (d->train_path) {
        struct te_series series te_cleanup(te_series_release) = {0};
        if (te_series_load(d->train_path, TE_SERIES_LAST | TE_SERIES_ANY_LABELS, &series, err) < 0)
            return te_err_wrap(err, "'%s': dataset '%s'", e->file, e->name);
        d->training = TE_SEMI_SUPERVISED;
        for (size_t i = 0; i < series.rows; i++)
            if (series.labels[i] != 0) /* NaN, too */
                d->training = TE_SUPERVISED;
    }
    d->train_type = te_strdup(te_training_word(d->training), err);
    return d->train_type ? 0 : -1;
}

static int read_test(const struct entry *e, struct te_dataset *d, struct te_err *err)
{
    struct te_series series te_cleanup(te_series_release) = {0};
    struct te_label_stats stats;
    if (te_series_load(d->test_path, TE_SERIES_ANY_LABELS, &series, err) < 0 ||
        te_label_stats(series.labels, series.rows, &stats, err) < 0)
        return te_err_wrap(err, "'%s': dataset '%s'", e->file, e->name);
    d->length = (int64_t)series.rows;
    d->dimensions = (int64_t)series.dims;
    d->dimension = series.dims == 1 ? TE_UNIVARIATE : TE_MULTIVARIATE;
    d->contamination = stats.contamination;
    d->num_anomalies = stats.num_anomalies;
    d->min_anomaly_length = stats.min_length;
    d->median_anomaly_length = stats.median_length;
    d->max_anomaly_length = stats.max_length;
    d->input_type = te_strdup(te_dimension_word(d->dimension), err);
    return d->input_type ? 0 : -1;
}

static int read_entry(const struct entry *e, struct te_dataset *d, struct te_err *err)
{
    if (te_str_check_name("dataset name", e->name, err) < 0)
        return te_err_wrap(err, "'%s'", e->file);
    if (!json_is_object(e->object))
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s': dataset '%s' should be an object with 'test_path'", e->file,
                          e->name);
    d->custom = true;
    d->collection = te_strdup(TE_CUSTOM_COLLECTION, err);
    d->name = te_strdup(e->name, err);
    d->trend = te_strdup("", err);
    d->stationarity = te_strdup("", err);
    if (!d->collection || !d->name || !d->trend || !d->stationarity)
        return -1;
    if (read_path(e, "test_path", true, &d->test_path, err) < 0 ||
        read_path(e, "train_path", false, &d->train_path, err) < 0 ||
        read_type(e, &d->type, err) < 0 || read_period(e, d, err) < 0 ||
        read_training(e, d, err) < 0)
        return -1;
    return read_test(e, d, err);
}

static json_t *parse(const char *path, const char *data, size_t len, struct te_err *err)
{
    json_error_t where;
    size_t mark = te_json_mark(data, len);
    json_t *root = json_loadb(data + mark, len - mark, JSON_REJECT_DUPLICATES, &where);
    if (!root) {
        te_err_set(err, TE_ERR_USAGE, "'%s' line %d, column %d: %s", path, where.line, where.column,
                   where.text);
        return NULL;
    }
    if (json_is_object(root))
        return root;
    json_decref(root);
    te_err_set(err, TE_ERR_USAGE, "'%s' should be one JSON object of dataset names", path);
    return NULL;
}

int te_custom_load(const char *path, struct te_datasets *datasets, struct te_err *err)
{
    te_autofree char *data = NULL;
    size_t len;
    if (te_fs_read(path, TE_MAX_JSON_FILE, &data, &len, err) < 0) {
        if (err->code != TE_ERR_NOMEM)
            err->code = TE_ERR_USAGE;
        return -1;
    }
    te_autofree char *folder = te_fs_dirname(path, err);
    if (!folder)
        return -1;
    json_t *root te_cleanup(release_json) = parse(path, data, len, err);
    if (!root)
        return -1;
    struct entry e = {.file = path, .folder = folder};
    json_object_foreach(root, e.name, e.object)
    {
        struct te_dataset d te_cleanup(te_dataset_release);
        te_dataset_init(&d);
        if (read_entry(&e, &d, err) < 0 || te_datasets_push(datasets, &d, err) < 0)
            return -1;
    }
    return 0;
}

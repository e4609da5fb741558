#include "te/report/metadata.h"

#include <math.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/stats/describe.h"

void te_metadata_release(struct te_metadata *metadata)
{
    if (!metadata)
        return;
    for (int64_t i = 0; metadata->channels && i < metadata->dimensions; i++)
        te_free(metadata->channels[i].name);
    te_free(metadata->channels);
    te_free(metadata->collection);
    te_free(metadata->name);
    *metadata = (struct te_metadata){0};
}

static int analyze_channel(const struct te_series *series, size_t dim, bool skip_tests,
                           double *scratch, struct te_channel_metadata *out, struct te_err *err)
{
    te_autofree double *column = te_series_column(series, dim, err);
    out->name = column ? te_strdup(series->names[dim + 1], err) : NULL;
    if (!out->name)
        return -1;
    out->mean = te_mean(column, series->rows);
    out->stddev = te_stddev(column, series->rows, scratch);
    out->stationarity = TE_NOT_STATIONARY;
    if (skip_tests)
        return 0;
    if (te_trends_fit(column, series->rows, out->trends, &out->n_trends, err) < 0)
        return -1;
    return te_stationarity(column, series->rows, &out->stationarity, err);
}

static int analyze(const struct te_series *series, bool skip_tests, struct te_metadata *m,
                   struct te_err *err)
{
    te_autofree double *scratch = te_zalloc(series->rows, sizeof *scratch, err);
    m->channels = scratch ? te_zalloc(series->dims, sizeof *m->channels, err) : NULL;
    if (!m->channels)
        return -1;
    m->length = (int64_t)series->rows;
    m->dimensions = (int64_t)series->dims;
    for (size_t i = 0; i < series->dims; i++)
        if (analyze_channel(series, i, skip_tests, scratch, &m->channels[i], err) < 0)
            return -1;
    return te_label_stats(series->labels, series->rows, &m->labels, err);
}

int te_metadata_analyze(const char *path, const char *collection, const char *name, bool is_train,
                        bool skip_tests, struct te_metadata *out, struct te_err *err)
{
    struct te_metadata m te_cleanup(te_metadata_release) = {.is_train = is_train};
    struct te_series series te_cleanup(te_series_release) = {0};
    if (te_series_load(path, TE_SERIES_VALUES | TE_SERIES_ANY_LABELS, &series, err) < 0)
        return -1;
    m.collection = te_strdup(collection, err);
    m.name = m.collection ? te_strdup(name, err) : NULL;
    if (!m.name || analyze(&series, skip_tests, &m, err) < 0)
        return -1;
    *out = m;
    m = (struct te_metadata){0};
    return 0;
}

double te_metadata_mean(const struct te_metadata *metadata)
{
    double sum = 0;
    for (int64_t i = 0; i < metadata->dimensions; i++)
        sum += metadata->channels[i].mean;
    return metadata->dimensions ? sum / (double)metadata->dimensions : 0;
}

double te_metadata_stddev(const struct te_metadata *metadata)
{
    double sum = 0;
    for (int64_t i = 0; i < metadata->dimensions; i++)
        sum += metadata->channels[i].stddev;
    return metadata->dimensions ? sum / (double)metadata->dimensions : 0;
}

const char *te_metadata_trend(const struct te_metadata *metadata)
{
    static const char *const texts[] = {"no trend", "linear trend", "quadratic trend",
                                        "kubic trend"};
    int highest = 0;
    for (int64_t i = 0; i < metadata->dimensions; i++) {
        const struct te_channel_metadata *c = &metadata->channels[i];
        for (size_t k = 0; k < c->n_trends; k++)
            highest = c->trends[k].order > highest ? c->trends[k].order : highest;
    }
    return texts[highest];
}

const char *te_metadata_stationarity(const struct te_metadata *metadata)
{
    enum te_stationarity worst = TE_STATIONARY;
    for (int64_t i = 0; i < metadata->dimensions; i++)
        if (metadata->channels[i].stationarity > worst)
            worst = metadata->channels[i].stationarity;
    return te_stationarity_word(worst);
}

/* Rows own their texts, this one borrows them: it is only written. */
static char *borrowed(const char *text)
{
    char *out;
    memcpy(&out, &text, sizeof out);
    return out;
}

void te_metadata_describe(const struct te_metadata *m, struct te_dataset *row)
{
    row->trend = borrowed(te_metadata_trend(m));
    row->stationarity = borrowed(te_metadata_stationarity(m));
    row->length = m->length;
    row->dimensions = m->dimensions;
    row->num_anomalies = m->labels.num_anomalies;
    row->min_anomaly_length = m->labels.min_length;
    row->median_anomaly_length = m->labels.median_length;
    row->max_anomaly_length = m->labels.max_length;
    row->contamination = m->labels.contamination;
    row->mean = te_metadata_mean(m);
    row->stddev = te_metadata_stddev(m);
}

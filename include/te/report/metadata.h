/*
 * Metadata of a series as TimeEval's DatasetAnalyzer makes it, and its file
 * <dataset>.metadata.json: a JSON list with an object for the test and one for the training series.
 */
#ifndef TE_REPORT_METADATA_H
#define TE_REPORT_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"
#include "te/model/dataset.h"
#include "te/model/series.h"
#include "te/stats/stationarity.h"
#include "te/stats/trend.h"

struct te_channel_metadata {
    char *name;
    double mean, stddev;
    struct te_trend trends[TE_TREND_ORDERS];
    size_t n_trends;
    enum te_stationarity stationarity;
};

struct te_metadata {
    char *collection, *name;
    bool is_train;
    int64_t length, dimensions;
    struct te_label_stats labels;
    struct te_channel_metadata *channels; /* dimensions of them, in the order of the columns */
};

/* skip_tests: leave out trends and stationarity (every channel not_stationary, as TimeEval says).
 */
int te_metadata_analyze(const char *path, const char *collection, const char *name, bool is_train,
                        bool skip_tests, struct te_metadata *out, struct te_err *err) TE_MUST_CHECK;
void te_metadata_release(struct te_metadata *metadata);

/* Of all channels: mean of means, mean of deviations (0 without channels). */
double te_metadata_mean(const struct te_metadata *metadata);
double te_metadata_stddev(const struct te_metadata *metadata);
/* "linear trend" .. of the highest order found, or "no trend". */
const char *te_metadata_trend(const struct te_metadata *metadata);
/* The worst channel's word. */
const char *te_metadata_stationarity(const struct te_metadata *metadata);

/* What a row of the index tells of the series; its other members stay as they are, and its texts
 * are not its own. */
void te_metadata_describe(const struct te_metadata *metadata, struct te_dataset *row);

/* The list of these objects as TimeEval writes it (keys sorted, two blanks, a line feed at the
 * end). Freed by the caller. */
char *te_metadata_json(const struct te_metadata *items, size_t count,
                       struct te_err *err) TE_MUST_CHECK;
/*
 * Puts the objects into a file. Objects that are there for other series (dataset id, is_train)
 * stay; a file that is no JSON list is kept beside as <path>.bak. overwrite: what is there is
 * dropped.
 */
int te_metadata_save(const char *path, const struct te_metadata *items, size_t count,
                     bool overwrite, struct te_err *err) TE_MUST_CHECK;

#endif

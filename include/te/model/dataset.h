/*
 * Datasets: records of datasets.csv and of a custom JSON file, merged and selected as TimeEval's
 * DatasetManager, MultiDatasetManager and select() do.
 */
#ifndef TE_MODEL_DATASET_H
#define TE_MODEL_DATASET_H

#include "te/model/config.h"

struct te_dataset {
    char *collection;
    char *name;
    char *train_path; /* absolute, symlinks of the root resolved; NULL: none */
    char *test_path;
    char *type;
    char *input_type; /* text of the index; select compares it */
    char *train_type; /* text of the index; select compares it */
    char *trend;
    char *stationarity;
    enum te_training training;   /* corrected as `get` reports it */
    enum te_dimension dimension; /* from dimensions */
    bool custom;
    bool datetime_index;
    bool train_is_normal;
    int64_t length, dimensions, num_anomalies;
    int64_t min_anomaly_length, median_anomaly_length, max_anomaly_length;
    double contamination, mean, stddev;
    double split_at;    /* NaN: empty */
    double period_size; /* NaN: none */
    bool period_is_int; /* spelled without a point */
    uint32_t root;      /* which [datasets] root it comes from */
};

struct te_datasets {
    struct te_dataset *items; /* sorted (collection, name); custom ones behind, in file order */
    size_t count;
    size_t cap;
};

/* Opens every root's datasets.csv and the custom file (NULL: none). Warnings for people are
 * appended to *notices (may be NULL). */
int te_datasets_open(const struct te_strings *roots, const char *custom, struct te_datasets *out,
                     struct te_strings *notices, struct te_err *err) TE_MUST_CHECK;
void te_datasets_release(struct te_datasets *datasets);

/* Indices of the matching datasets in select()'s order; freed by the caller. A pattern that matches
 * nothing is an error. */
int te_datasets_select(const struct te_datasets *datasets, const struct te_dataset_filter *filter,
                       uint32_t **indices, size_t *count, struct te_err *err) TE_MUST_CHECK;
/* NULL if there is none. */
const struct te_dataset *te_datasets_find(const struct te_datasets *datasets,
                                          const char *collection, const char *name);

#endif

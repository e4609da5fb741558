/*
 * Datasets: records of datasets.csv and of a custom JSON file, merged and selected as TimeEval's
 * DatasetManager, MultiDatasetManager and select() do.
 */
#ifndef TE_MODEL_DATASET_H
#define TE_MODEL_DATASET_H

#include "te/model/config.h"

/* A whole number that the index leaves empty. */
enum { TE_DATASET_UNKNOWN = -1 };

/* The collection of datasets from a custom file. */
#define TE_CUSTOM_COLLECTION "custom"

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
    bool has_datetime_index, has_train_is_normal; /* the cell is not empty */
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
    size_t n_custom; /* that many at the end are custom ones */
};

/*
 * Opens every root's datasets.csv and the custom file (NULL: none). Warnings for people are
 * appended to *notices (may be NULL). TE_ERR_USAGE names file, line or key: an index that is not
 * there, a column that is missing, a cell of the wrong kind, an absolute or ../ path in an index, a
 * name that cannot be a folder, a dataset that is there twice. No dataset file is opened but those
 * of custom datasets, which are analysed.
 */
int te_datasets_open(const struct te_strings *roots, const char *custom, struct te_datasets *out,
                     struct te_strings *notices, struct te_err *err) TE_MUST_CHECK;
void te_datasets_release(struct te_datasets *datasets);

/* Indices of the matching datasets in select()'s order; freed by the caller. Filters that match
 * nothing give an empty list, but an include pattern that fits no dataset at all is an error. */
int te_datasets_select(const struct te_datasets *datasets, const struct te_dataset_filter *filter,
                       uint32_t **indices, size_t *count, struct te_err *err) TE_MUST_CHECK;
/* NULL if there is none. */
const struct te_dataset *te_datasets_find(const struct te_datasets *datasets,
                                          const char *collection, const char *name);

#endif

/* Result files from result files: several into one, or one with further metrics. */
#ifndef TE_STORE_MERGE_H
#define TE_STORE_MERGE_H

#include "te/store/h5_read.h"

/*
 * Values of further metrics of row i, n_metrics of them; scores are raw ones (scaled:
 * metric/scale.h with result->score_min and score_max), NULL where the file has none; labels
 * likewise. A value that is not to be had stays without has_value. -1 stops everything.
 */
typedef int te_h5_metric_fn(void *arg, const struct te_task *task, const struct te_result *result,
                            const double *scores, size_t n_scores, const uint8_t *labels,
                            size_t n_labels, struct te_metric_value *out, struct te_err *err);

struct te_h5_extra {
    char **names; /* a name that the file has already is computed anew, in its place */
    size_t count;
    te_h5_metric_fn *fn;
    void *arg;
};

/* Of an experiment that is there twice stays ... */
enum te_merge_prefer {
    TE_MERGE_NONE,   /* neither: it is an error */
    TE_MERGE_NEWEST, /* the one that finished last */
    TE_MERGE_OK      /* the one that is OK, else one that was cut by time, else the first, as
                        TimeEval's merge_results does */
};

/*
 * Several files into `out` (which may be one of them: it is replaced at the end). An experiment
 * that is there twice is TE_ERR_USAGE unless prefer says which one stays.
 * Metric columns are united. extra may be NULL. *rows (may be NULL): of the new file.
 */
int te_h5_merge(const char *out, const char *const *in, size_t n_in, enum te_merge_prefer prefer,
                const struct te_h5_extra *extra, size_t *rows, struct te_err *err) TE_MUST_CHECK;

#endif

/*
 * What metrics are computed on: labels and scores of one experiment, checked, cleaned and sorted
 * once for all of them.
 */
#ifndef TE_METRIC_INPUT_H
#define TE_METRIC_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

enum te_metric_dtype { TE_METRIC_FLOAT, TE_METRIC_INT };

/* Flags of a metric's call; all true by default. */
struct te_metric_flags {
    bool inf_is_1;    /* +Inf becomes 1; false: the worst score, for both infinities */
    bool neginf_is_0; /* -Inf becomes 0; false: the worst score */
    bool nan_is_0;    /* NaN becomes 0; false: the worst score */
};
#define TE_METRIC_FLAGS_DEFAULT                                                                    \
    (struct te_metric_flags)                                                                       \
    {                                                                                              \
        true, true, true                                                                           \
    }

/* Inclusive range of anomalous points. */
struct te_metric_range {
    uint32_t first;
    uint32_t last;
};

struct te_metric_memo; /* results that several metrics share, kept for the next one */

/* Read by the metrics only; filled by te_metric_input_init. About 40 bytes per point. */
struct te_metric_input {
    size_t n;
    const uint8_t *labels; /* 0 or 1 */
    const double *raw;     /* scores as they came */
    const double *scores;  /* without NaN and infinities */
    enum te_metric_dtype score_type;
    struct te_metric_flags flags;
    size_t n_special; /* scores that were NaN or infinite */

    /* the shared sort: points by descending score, ties by position */
    uint32_t *order;   /* n positions */
    double *sorted;    /* their scores */
    uint32_t *rank;    /* point -> number of its distinct score, 0 = highest */
    uint32_t *n_upto;  /* distinct score -> points with this or a higher score */
    uint32_t *tp_upto; /* distinct score -> anomalous points among them */
    size_t n_distinct;

    struct te_metric_range *ranges; /* maximal runs of ones, in time order */
    size_t n_ranges;
    size_t n_positive;

    /* period of the series for window=auto; 0: unknown. te_metric_period finds it. */
    uint32_t period;

    struct te_metric_memo *memo;
    uint8_t *own_labels;
    double *own_scores;
    struct te_metric_input
        *swapped;            /* labels and scores the other way round, where the types say so */
    char label_problem[160]; /* why labels cannot serve; "" normally */
};

/*
 * Borrows labels and scores (n of each) until release. TE_ERR_USAGE: n is 0 or a label is neither
 * 0 nor 1; TE_ERR_LIMIT: more than TE_MAX_POINTS; TE_ERR_NOMEM. O(n).
 */
int te_metric_input_init(struct te_metric_input *input, const uint8_t *labels, const double *scores,
                         size_t n, struct te_err *err) TE_MUST_CHECK;
void te_metric_input_release(struct te_metric_input *input);

/* Arrays of any origin: lengths may differ (an error), types matter as in Python. */
struct te_metric_arrays {
    const double *labels;
    size_t n_labels;
    enum te_metric_dtype label_type;
    const double *scores;
    size_t n_scores;
    enum te_metric_dtype score_type;
};

/*
 * As te_metric_input_init. Float labels with integer scores are taken as mixed up: metrics of
 * continuous scores then see them the other way round. The arrays are borrowed until release.
 */
int te_metric_input_init_arrays(struct te_metric_input *input,
                                const struct te_metric_arrays *arrays,
                                struct te_err *err) TE_MUST_CHECK;

/*
 * Window of TSB-AD for a series (its first channel): the lag of the largest local maximum of the
 * autocorrelation of the first 20000 points among lags 3..300, else 125. O(400 min(n, 20000)).
 */
uint32_t te_metric_period(const double *series, size_t n);

#endif

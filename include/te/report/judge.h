/*
 * Metrics of stored scores: what a run's worker does after an experiment, done again later for many
 * experiments at once. Arrays only; the caller reads and writes files.
 */
#ifndef TE_REPORT_JUDGE_H
#define TE_REPORT_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"
#include "te/metric/metric.h"

struct te_judge_job {
    const uint8_t *labels; /* n of each, borrowed */
    const double *raw;     /* scores as stored, not scaled */
    uint32_t period;       /* of the series, for window=auto; 0: unknown */
    size_t n;              /* 0: there is nothing to judge, all values are NaN */
    double *values;        /* one per spec, set by the call; NaN where there is none */
    struct te_err err;     /* code != TE_OK: the labels cannot serve, or memory ran out */
};

/* Does any spec want the period of the series? */
bool te_judge_wants_period(struct te_metric_spec *const *specs, size_t n_specs);
/* Period of a dataset from the first channel of its file (canonical CSV). */
int te_judge_period(const char *path, uint32_t *period, struct te_err *err) TE_MUST_CHECK;

/* All jobs, on up to `threads` threads (at least 1). The values do not depend on their number. */
int te_judge_all(struct te_metric_spec *const *specs, size_t n_specs, struct te_judge_job *jobs,
                 size_t n_jobs, unsigned threads, struct te_err *err) TE_MUST_CHECK;

#endif

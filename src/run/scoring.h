/*
 * From an algorithm's output to scores and metrics: post-processing, length check, scaling, metrics
 * in list order. Pure but for the clock that times the post-processing and the series, whose file
 * is read if a metric asks for its period; touches only what its struct refers to, so that it may
 * run in a thread of its own.
 */
#ifndef TE_RUN_SCORING_H
#define TE_RUN_SCORING_H

#include <stdatomic.h>
#include "te/adapter/adapter.h"
#include "te/metric/metric.h"

struct te_scoring {
    const struct te_task *task;
    const char *params_json;
    const struct te_metric_list *metrics;
    const uint8_t *labels;
    size_t n_labels;
    struct te_score_table table; /* owned; what the algorithm returned */
    struct te_result *result;    /* status, reason, message, metrics, n_scores, range are set */
    struct te_cutlog *log;
    double *scores;   /* out: after post-processing, te_free; result->n_scores values */
    atomic_bool stop; /* set from outside: leave before the next metric */
};

/* Failures of scores and metrics end up in the result; -1: out of memory or our own fault. */
int te_scoring_run(struct te_scoring *scoring, struct te_err *err) TE_MUST_CHECK;

#endif

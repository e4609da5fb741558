/*
 * TimeEval's result folders: <algorithm>/<hyper_params_id>/<collection>/<dataset>/<repetition>/
 * with hyper_params.json, execution.log, metrics.csv, raw_anomaly_scores.ts, anomaly_scores.ts and,
 * where it follows from the scores, docker-algorithm-scores.csv, in TimeEval's bytes.
 */
#ifndef TE_REPORT_TREE_H
#define TE_REPORT_TREE_H

#include "te/base/buf.h"
#include "te/model/result.h"
#include "te/model/task.h"

/* Path of an experiment below the results folder, freed by the caller. TE_ERR_USAGE for names that
 * would leave it. */
char *te_tree_path(const struct te_task *task, struct te_err *err) TE_MUST_CHECK;

/* Writes an experiment's folder below `results`; scores may be NULL. */
int te_tree_write(const char *results, const struct te_task *task, const struct te_result *result,
                  char *const *metrics, size_t n_metrics, const double *scores, size_t count,
                  struct te_err *err) TE_MUST_CHECK;

#endif

/* A result folder of TimeEval as a result file of ours. */
#ifndef TE_STORE_IMPORT_H
#define TE_STORE_IMPORT_H

#include "te/model/config.h"
#include "te/store/h5_write.h"

/*
 * Reads <folder>/results.csv (columns in any order; every number column that is none of TimeEval's
 * is a metric; where a run that was cut has left none, the folders tell) and, below it, each
 * experiment's raw_anomaly_scores.ts (else anomaly_scores.ts), hyper_params.json and execution.log
 * where they are. datasets (may be NULL): where labels and paths come from. TE_ERR_USAGE names
 * file, line and column of what cannot be.
 */
struct te_datasets;
int te_import(const char *folder, const char *out, const struct te_datasets *datasets,
              struct te_strings *notices, size_t *rows, struct te_err *err) TE_MUST_CHECK;

#endif

/*
 * results.csv: TimeEval's summary table, always all columns, in the order of its documentation.
 */
#ifndef TE_REPORT_TABLE_H
#define TE_REPORT_TABLE_H

#include "te/base/buf.h"
#include "te/model/result.h"
#include "te/model/task.h"

/* Columns before the metrics, in order. */
enum te_table_column {
    TE_COL_ALGORITHM,
    TE_COL_COLLECTION,
    TE_COL_DATASET,
    TE_COL_ALGO_TRAINING,
    TE_COL_ALGO_DIMENSION,
    TE_COL_DATASET_TRAINING,
    TE_COL_DATASET_DIMENSION,
    TE_COL_TRAIN_PREPROCESS,
    TE_COL_TRAIN_MAIN,
    TE_COL_EXECUTE_PREPROCESS,
    TE_COL_EXECUTE_MAIN,
    TE_COL_EXECUTE_POSTPROCESS,
    TE_COL_STATUS,
    TE_COL_ERROR_MESSAGE,
    TE_COL_REPETITION,
    TE_COL_HYPER_PARAMS,
    TE_COL_HYPER_PARAMS_ID,
    TE_COL_COUNT
};

const char *te_table_column_name(enum te_table_column column);
/* One of the five times of a result; NaN for columns that are none. */
double te_table_time(const struct te_result *result, enum te_table_column column);
/* The parameters that were used: the result's, else the task's; never NULL. */
const char *te_table_params(const struct te_task *task, const struct te_result *result);

/* Header line and a row, each with its line feed (failure is sticky in buf). A row has n_metrics
 * cells, empty where the result has no value. */
void te_table_add_header(struct te_buf *buf, char *const *metrics, size_t n_metrics);
void te_table_add_row(struct te_buf *buf, const struct te_task *task,
                      const struct te_result *result, size_t n_metrics);
/* A number as pandas writes it: shortest repr, empty for NaN. */
void te_table_add_number(struct te_buf *buf, double value);

#endif

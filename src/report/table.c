#include "te/report/table.h"

#include <math.h>
#include "te/text/csv.h"
#include "te/text/num.h"

static const char *const names[TE_COL_COUNT] = {
    [TE_COL_ALGORITHM] = "algorithm",
    [TE_COL_COLLECTION] = "collection",
    [TE_COL_DATASET] = "dataset",
    [TE_COL_ALGO_TRAINING] = "algo_training_type",
    [TE_COL_ALGO_DIMENSION] = "algo_input_dimensionality",
    [TE_COL_DATASET_TRAINING] = "dataset_training_type",
    [TE_COL_DATASET_DIMENSION] = "dataset_input_dimensionality",
    [TE_COL_TRAIN_PREPROCESS] = "train_preprocess_time",
    [TE_COL_TRAIN_MAIN] = "train_main_time",
    [TE_COL_EXECUTE_PREPROCESS] = "execute_preprocess_time",
    [TE_COL_EXECUTE_MAIN] = "execute_main_time",
    [TE_COL_EXECUTE_POSTPROCESS] = "execute_postprocess_time",
    [TE_COL_STATUS] = "status",
    [TE_COL_ERROR_MESSAGE] = "error_message",
    [TE_COL_REPETITION] = "repetition",
    [TE_COL_HYPER_PARAMS] = "hyper_params",
    [TE_COL_HYPER_PARAMS_ID] = "hyper_params_id",
};

const char *te_table_column_name(enum te_table_column column)
{
    return (unsigned)column < TE_COL_COUNT ? names[column] : "";
}

double te_table_time(const struct te_result *result, enum te_table_column column)
{
    switch ((int)column) {
    case TE_COL_TRAIN_PREPROCESS:
        return result->train_preprocess_time;
    case TE_COL_TRAIN_MAIN:
        return result->phase[TE_TRAIN].main_time;
    case TE_COL_EXECUTE_PREPROCESS:
        return result->execute_preprocess_time;
    case TE_COL_EXECUTE_MAIN:
        return result->phase[TE_EXECUTE].main_time;
    case TE_COL_EXECUTE_POSTPROCESS:
        return result->execute_postprocess_time;
    default:
        return NAN;
    }
}

const char *te_table_params(const struct te_task *task, const struct te_result *result)
{
    if (result->params_json && result->params_json[0])
        return result->params_json;
    return task->params_json ? task->params_json : "";
}

void te_table_add_number(struct te_buf *buf, double value)
{
    char text[TE_NUM_TEXT];
    if (!isnan(value))
        te_buf_add(buf, text, te_num_repr(value, text));
}

void te_table_add_header(struct te_buf *buf, char *const *metrics, size_t n_metrics)
{
    for (int c = 0; c < TE_COL_COUNT; c++) {
        if (c > 0)
            te_buf_addc(buf, ',');
        te_buf_adds(buf, names[c]);
    }
    for (size_t i = 0; i < n_metrics; i++) {
        te_buf_addc(buf, ',');
        te_csv_add_cell(buf, metrics[i]);
    }
    te_buf_addc(buf, '\n');
}

static void add_text(struct te_buf *buf, const char *text)
{
    te_csv_add_cell(buf, text ? text : "");
    te_buf_addc(buf, ',');
}

void te_table_add_row(struct te_buf *buf, const struct te_task *task,
                      const struct te_result *result, size_t n_metrics)
{
    add_text(buf, task->algorithm);
    add_text(buf, task->collection);
    add_text(buf, task->dataset);
    add_text(buf, te_training_name(task->algorithm_training));
    add_text(buf, te_dimension_name(task->algorithm_dimension));
    add_text(buf, te_training_name(task->dataset_training));
    add_text(buf, te_dimension_name(task->dataset_dimension));
    for (int c = TE_COL_TRAIN_PREPROCESS; c <= TE_COL_EXECUTE_POSTPROCESS; c++) {
        te_table_add_number(buf, te_table_time(result, (enum te_table_column)c));
        te_buf_addc(buf, ',');
    }
    te_buf_addf(buf, "Status.%s,", te_status_word(result->status));
    add_text(buf, result->error_message);
    te_buf_addf(buf, "%u,", task->repetition);
    add_text(buf, te_table_params(task, result));
    te_csv_add_cell(buf, task->hyper_params_id ? task->hyper_params_id : "");
    for (size_t i = 0; i < n_metrics; i++) {
        te_buf_addc(buf, ',');
        if (i < result->n_metrics && result->metrics[i].has_value)
            te_table_add_number(buf, result->metrics[i].value);
    }
    te_buf_addc(buf, '\n');
}

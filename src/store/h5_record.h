/* What rows of the result file's tables are made of; private to store. */
#ifndef TE_STORE_H5_RECORD_H
#define TE_STORE_H5_RECORD_H

#include "h5_table.h"
#include "te/core/msg.h"
#include "te/model/result.h"
#include "te/model/task.h"

/* A row of /experiments. Offsets are -1 where there is nothing. */
struct te_h5_record {
    int64_t index;
    struct te_task task;
    struct te_result result;
    const char *params; /* what ran, written only; read back from /parameters */
    double overhead[TE_PHASE_COUNT];
    double score_range;
    int64_t scores_offset;
    int64_t scores_length;
    int64_t params_row;
    int64_t algorithm_row;
    int64_t dataset_row;
    int64_t log_offset;
    int64_t log_length;
    int64_t error_offset; /* of a message that is longer than its column, whole, in /logs/raw */
    int64_t error_length;
};

/* /datasets/table */
struct te_h5_dataset {
    struct te_task task; /* collection, dataset, types, paths, checksums, sizes */
    int64_t labels_offset;
    int64_t labels_length;
};

/* /parameters/table */
struct te_h5_params {
    char *id;
    int64_t offset;
    int64_t length;
};

/* /algorithms */
struct te_h5_algorithm {
    struct te_task task;
    char *image_digest;
};

extern const struct te_h5_col te_h5_head_cols[]; /* of /experiments, before the metrics */
extern const struct te_h5_col te_h5_tail_cols[]; /* behind them */
extern const struct te_h5_col te_h5_dataset_cols[];
extern const struct te_h5_col te_h5_params_cols[];
extern const struct te_h5_col te_h5_algorithm_cols[];
extern const struct te_h5_col te_h5_host_cols[];    /* of struct te_rec_note */
extern const struct te_h5_col te_h5_skipped_cols[]; /* of struct te_rec_note */
extern const struct te_h5_col te_h5_notice_cols[];  /* of struct te_rec_note */
extern const size_t te_h5_n_head, te_h5_n_tail, te_h5_n_dataset, te_h5_n_params, te_h5_n_algorithm,
    te_h5_n_host, te_h5_n_skipped, te_h5_n_notice;

enum {
    TE_H5_ERROR_WIDTH = 2048,  /* the widest error_message and */
    TE_H5_PARAMS_WIDTH = 4096, /* hyper_params in a row; longer ones stand whole elsewhere */
    TE_H5_NAME_WIDTH = 1024,
    TE_H5_PATH_WIDTH = 4096,
    TE_H5_TEXT_WIDTH = 65536
};

/* Shallow: task and result are borrowed. */
void te_h5_record_fill(struct te_h5_record *record, const struct te_task *task,
                       const struct te_result *result);

#endif

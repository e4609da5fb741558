/*
 * A task: one experiment, complete, as it is handed to a worker. A worker needs no index and no
 * plan. Encoded (core/msg) it is at most TE_MAX_TASK bytes.
 */
#ifndef TE_MODEL_TASK_H
#define TE_MODEL_TASK_H

#include "te/model/types.h"

enum { TE_SHA256_HEX = 65, TE_MD5_HEX = 33, TE_DURATION_TEXT = 64 };

/* Limits of one experiment. 0 in memory or cpus: TimeEval's formula on the executing host. */
struct te_limits {
    int64_t memory;                            /* bytes */
    double cpus;                               /* CPUs, fractional */
    double train_timeout;                      /* seconds */
    double execute_timeout;                    /* seconds */
    char train_timeout_text[TE_DURATION_TEXT]; /* as the user wrote it, for TimeEval's messages */
    char execute_timeout_text[TE_DURATION_TEXT];
    bool preliminary_model;
    bool preliminary_scores;
};

struct te_task {
    uint32_t number;     /* row in the plan, from 0 */
    uint32_t attempt;    /* from 1 */
    uint32_t repetition; /* from 1 */
    uint64_t id;         /* identity of the experiment (model/experiment.h) */
    char *algorithm;
    char *collection;
    char *dataset;
    char *hyper_params_id; /* 32 hex digits, from the unresolved parameters */
    char *params_json;     /* resolved parameters, TimeEval's JSON text */
    enum te_adapter_kind adapter;
    char *program;     /* image:tag, path of the library, of the Python module (or NULL), command
                          template, fake script */
    char *symbol;      /* function name; "module:callable" for Python; NULL else */
    bool data_as_file; /* Python functions: hand over a path instead of an array */
    enum te_training algorithm_training;
    enum te_training dataset_training;
    enum te_dimension algorithm_dimension;
    enum te_dimension dataset_dimension;
    enum te_multivariate multivariate;
    char *postprocess; /* spec text (model/post.h) or NULL */
    char *train_path;  /* absolute, the same on every node; NULL: none */
    char *test_path;
    char train_sha256[TE_SHA256_HEX]; /* "" when unknown or mirror = off */
    char test_sha256[TE_SHA256_HEX];
    int64_t dataset_length; /* rows by the index, 0: unknown */
    int64_t dataset_dims;
    struct te_limits limits;
};

/* Frees what the task owns and zeroes it; NULL is fine. */
void te_task_release(struct te_task *task);
/* Deep copy. */
int te_task_copy(const struct te_task *task, struct te_task *out, struct te_err *err) TE_MUST_CHECK;

#endif

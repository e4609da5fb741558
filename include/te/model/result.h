/*
 * Result of one experiment: what a worker sends, what the journal keeps, what a row of
 * /experiments and of results.csv is made of. NaN means "not known" or "did not happen".
 */
#ifndef TE_MODEL_RESULT_H
#define TE_MODEL_RESULT_H

#include "te/model/task.h"

struct te_measure {
    double
        main_time; /* s, the algorithm's own time (container start to end by the engine's record) */
    double
        wall_overhead; /* s, what TimeEval measures: creation, start, log fetch and stop included */
    double cpu_user;   /* s */
    double cpu_system; /* s */
    double peak_memory; /* bytes */
    double read_bytes;  /* block I/O */
    double write_bytes;
    int32_t exit_code; /* -1: none */
    enum te_measured measured_by;
    bool ran;
};

/* A metric without value is an empty cell; `why` of those goes to the log. */
struct te_metric_value {
    double value;
    bool has_value;
};

struct te_result {
    uint32_t number;
    uint32_t attempt;
    uint64_t id;
    enum te_status status;
    enum te_reason reason;
    char *error_message; /* Python repr of the exception as TimeEval writes it; "" when OK */
    struct te_measure phase[TE_PHASE_COUNT];
    double train_preprocess_time; /* s */
    double execute_preprocess_time;
    double execute_postprocess_time;
    char *host;
    int32_t rank;
    int32_t slot;   /* from 0 within the host */
    double queued;  /* Unix time, s, UTC: put into the schedule */
    double started; /* first phase started on the worker */
    double finished;
    char *image_digest; /* "" when there is none */
    char *params_json;  /* "" : those of the task */
    size_t n_metrics;   /* in the order of the run's metric list */
    struct te_metric_value *metrics;
    uint64_t n_scores;   /* after post-processing; 0: none */
    bool integer_scores; /* raw scores were whole numbers in text: written back without ".0" */
    double score_min;    /* of the finite ones, NaN if none: scaled scores follow bit-exactly
                            (metric/scale.h) */
    double score_max;
    char *log;        /* execution.log as TimeEval writes it, head and tail when too long */
    uint64_t log_cut; /* bytes left out of log */
};

/* Every figure NaN, the exit code -1. */
void te_measure_init(struct te_measure *measure);
void te_result_release(struct te_result *result);
/* Every number NaN or 0, texts NULL, exit codes -1. */
void te_result_init(struct te_result *result);

#endif

/*
 * Adapters: one way each to have an algorithm's phase carried out. An instance does one job at a
 * time; a task with channels in parallel uses several instances.
 *
 * Contract of the functions, called in this order:
 *   open     instance of a class; cheap. env is borrowed and outlives it.
 *   start    takes a job (borrowed until release) and sets it going. Returns at once; what takes
 *            time is done by poll. Failure of the algorithm or the engine is an outcome, not an
 *            error: -1 only for out of memory and faults of this program.
 *   poll     works and sleeps for at most `wait` seconds (0: only looks); *done once the outcome
 *            is there. Never spins, never blocks longer, so that the caller hears a cancel.
 *   kill     from any state after start: the job's processes or container are stopped at once;
 *            no outcome. Does not wait for an engine that hangs. Idempotent.
 *   take     after done: moves the outcome out.
 *   release  from any state: kills what still runs, ready for the next start.
 *   close    frees the instance; NULL is fine.
 */
#ifndef TE_ADAPTER_ADAPTER_H
#define TE_ADAPTER_ADAPTER_H

#include "te/adapter/cutlog.h"
#include "te/model/config.h"
#include "te/model/result.h"

struct te_docker;
struct te_guardian;

/* What all adapters of a runner share. */
struct te_adapter_env {
    const struct te_run_settings *settings;
    const char *host;
    int rank;
    int slot;                     /* within the host, from 0 */
    const char *label;            /* carried by every container, process and folder */
    const char *owner;            /* who this process is, for `clean` (adapter/owner.h) */
    const char *helper;           /* program that knows the child modes (adapter/helper.h) */
    struct te_guardian *guardian; /* NULL: none */
    struct te_docker *docker;     /* connection to the engine; NULL until a task needs it */
    double stop_grace; /* s between SIGTERM and SIGKILL where preliminary results count */
};

/* One phase of one task, or of one channel of it. */
struct te_job {
    const struct te_task *task;
    enum te_phase phase;
    int channel;              /* -1: the dataset as it is */
    const char *data_path;    /* absolute */
    const char *folder;       /* results folder of this job, absolute and private; NULL for fake */
    int64_t memory;           /* bytes; resolved, > 0 */
    double cpus;              /* resolved, > 0 */
    double task_cpus;         /* of all channels that run side by side; cpus where there are none */
    double timeout;           /* s, > 0 */
    const char *timeout_text; /* as the user wrote it */
    bool preliminary;         /* results that are there at the timeout count */
};

enum te_end {
    TE_END_OK,      /* exit code 0 */
    TE_END_EXIT,    /* another exit code */
    TE_END_SIGNAL,  /* died of a signal */
    TE_END_OOM,     /* the kernel killed for memory, and the exit code is not 0 */
    TE_END_TIMEOUT, /* stopped by us because the time was up */
    TE_END_REFUSED, /* cannot run, here or elsewhere: no such symbol, program, module */
    TE_END_INFRA    /* engine, image or disk failed: may work elsewhere */
};

/* Scores that come without a file (fake). */
struct te_score_table {
    double *values; /* rows * columns, row by row; te_free */
    size_t rows;
    size_t columns;
    bool integers; /* whole numbers in text: "1" rather than "1.0" */
};

struct te_outcome {
    enum te_end end;
    int exit_code; /* as measure.exit_code; -1: none */
    int signal;    /* 0: none known */
    bool oom_seen; /* the kernel killed something for memory */
    struct te_measure measure;
    struct te_cutlog log; /* what the algorithm printed */
    char *image_digest;   /* NULL: none */
    char *raised;         /* Python's repr of the exception that a function raised; NULL: none */
    struct te_err why;    /* for REFUSED and INFRA */
    struct te_score_table scores;
    bool has_scores;
};

struct te_adapter {
    const struct te_adapter_class *class;
    const struct te_adapter_env *env;
};

struct te_adapter_class {
    enum te_adapter_kind kind;
    bool needs_folder; /* jobs need a results folder */
    struct te_adapter *(*open)(const struct te_adapter_env *env, struct te_err *err);
    int (*start)(struct te_adapter *adapter, const struct te_job *job, struct te_err *err);
    int (*poll)(struct te_adapter *adapter, double wait, bool *done, struct te_err *err);
    void (*kill)(struct te_adapter *adapter);
    void (*take)(struct te_adapter *adapter, struct te_outcome *outcome);
    void (*release)(struct te_adapter *adapter);
    void (*close)(struct te_adapter *adapter);
};

/* Never NULL for a kind below TE_ADAPTER_COUNT. */
const struct te_adapter_class *te_adapter_class(enum te_adapter_kind kind);

void te_outcome_init(struct te_outcome *outcome, size_t max_log);
void te_outcome_release(struct te_outcome *outcome);

/* Names inside a results folder, TimeEval's. */
#define TE_FILE_SCORES "docker-algorithm-scores.csv"
#define TE_FILE_MODEL  "model.pkl"
/* Scores as the child of a function hands them over: binary, adapter/child.h. */
#define TE_FILE_BINARY ".timeeval-scores"

#endif

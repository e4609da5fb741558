/* The field's words as types: what the modules above and beside share. Names as TimeEval writes
 * them. */
#ifndef TE_MODEL_TYPES_H
#define TE_MODEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

enum te_training { TE_UNSUPERVISED, TE_SEMI_SUPERVISED, TE_SUPERVISED, TE_TRAINING_COUNT };
enum te_dimension { TE_UNIVARIATE, TE_MULTIVARIATE, TE_DIMENSION_COUNT };
enum te_phase { TE_TRAIN, TE_EXECUTE, TE_PHASE_COUNT };

enum te_adapter_kind {
    TE_ADAPTER_DOCKER,  /* image = */
    TE_ADAPTER_PLUGIN,  /* function = ./lib.so:symbol */
    TE_ADAPTER_PYTHON,  /* function = python:module:callable */
    TE_ADAPTER_COMMAND, /* command = */
    TE_ADAPTER_FAKE,    /* fake = scripted outcome, for dry runs and tests */
    TE_ADAPTER_COUNT
};

enum te_multivariate {
    TE_MULTIVAR_NONE,
    TE_MULTIVAR_MEAN,
    TE_MULTIVAR_MEDIAN,
    TE_MULTIVAR_MAX,
    TE_MULTIVAR_SUM_BEFORE,
    TE_MULTIVAR_COUNT
};

/* Status of a finished experiment: TimeEval's four. */
enum te_status { TE_STATUS_OK, TE_STATUS_ERROR, TE_STATUS_TIMEOUT, TE_STATUS_OOM, TE_STATUS_COUNT };

/* Why: finer than the status. */
enum te_reason {
    TE_REASON_NONE,
    TE_REASON_EXIT,           /* exit code not 0 */
    TE_REASON_SIGNAL,         /* died of a signal (137 without an out-of-memory kill, too) */
    TE_REASON_OOM,            /* the kernel killed for memory (with status OK: flagged only) */
    TE_REASON_TIMEOUT,        /* nothing usable when the time was up */
    TE_REASON_PRELIMINARY,    /* OK with what was there when the time was up */
    TE_REASON_WRONG_SCORES,   /* length, shape, text, missing file */
    TE_REASON_METRICS,        /* every metric failed */
    TE_REASON_INCOMPATIBLE,   /* dataset does not suit the algorithm */
    TE_REASON_INFRASTRUCTURE, /* engine, image, disk; retried elsewhere first */
    TE_REASON_NODE_LOST,      /* killed its node as often as is allowed */
    TE_REASON_WALLTIME,       /* cut by the walltime twice after a fresh start */
    TE_REASON_COUNT
};

/* Where the figures of a phase come from. */
enum te_measured {
    TE_MEASURED_NONE,
    TE_MEASURED_STATS,
    TE_MEASURED_CGROUP,
    TE_MEASURED_RUSAGE,
    TE_MEASURED_COUNT
};

/* Words. *_word: as in files of users ("semi-supervised"); *_NAME: TimeEval's enum names
 * ("SEMI_SUPERVISED"). */
const char *te_training_word(enum te_training t);
const char *te_training_name(enum te_training t);
const char *te_dimension_word(enum te_dimension d);
const char *te_dimension_name(enum te_dimension d);
const char *te_adapter_word(enum te_adapter_kind k);
const char *te_multivariate_word(enum te_multivariate m);
/* "OK", "ERROR", "TIMEOUT", "OOM" (results.csv puts "Status." in front). */
const char *te_status_word(enum te_status s);
const char *te_reason_word(enum te_reason r);
const char *te_measured_word(enum te_measured m);
const char *te_phase_word(enum te_phase p);

/* By word, case-insensitive; -1 if unknown. */
int te_training_parse(const char *word, enum te_training *out);
int te_dimension_parse(const char *word, enum te_dimension *out);
int te_status_parse(const char *word, enum te_status *out);
int te_reason_parse(const char *word, enum te_reason *out);

#endif

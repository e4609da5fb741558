/*
 * A function in a shared library as an algorithm: function = ./libmine.so:detect
 *
 *   #include <timeeval/plugin.h>
 *   TIMEEVAL_PLUGIN
 *   TIMEEVAL_EXPORT int detect(const struct timeeval_call *call)
 *   {
 *       double *scores = call->new_scores(call, call->rows);
 *       for (size_t i = 0; i < call->rows; i++)
 *           scores[i] = call->values[i * call->dims];
 *       return 0;
 *   }
 *
 * It runs in a process of its own with the task's limits; what it prints is the experiment's log.
 */
#ifndef TIMEEVAL_PLUGIN_H
#define TIMEEVAL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define TIMEEVAL_PLUGIN_ABI 1

#ifdef __cplusplus
#define TIMEEVAL_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define TIMEEVAL_EXPORT __attribute__((visibility("default")))
#endif

/* Once in every library: the version it was built for. */
#define TIMEEVAL_PLUGIN TIMEEVAL_EXPORT const uint32_t timeeval_plugin_abi = TIMEEVAL_PLUGIN_ABI;

enum timeeval_phase { TIMEEVAL_TRAIN, TIMEEVAL_EXECUTE };

/* All of it belongs to the caller and lives until the function returns. */
struct timeeval_call {
    uint32_t abi;         /* TIMEEVAL_PLUGIN_ABI */
    uint32_t phase;       /* enum timeeval_phase */
    size_t rows;          /* points of the series */
    size_t dims;          /* features of a point */
    const double *values; /* rows * dims, point by point */
    const double *labels; /* rows; in training where the file has labels, else NULL */
    const char *params;   /* hyper parameters as a JSON object */
    const char *dataset;  /* path of the series */
    const char *model;    /* path to write the model to in training, to read it from later */
    const char *folder;   /* for files of its own */
    /* Execution: room for n scores (zeroed), written when the function returns 0. The last call
     * counts. NULL: out of memory. */
    double *(*new_scores)(const struct timeeval_call *call, size_t n);
    void *own; /* the caller's */
};

/* 0: done; anything else is the exit code of a failed algorithm (1..255). */
typedef int timeeval_function(const struct timeeval_call *call);

#endif

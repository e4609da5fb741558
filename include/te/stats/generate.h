/*
 * Synthetic series with known anomalies, in the terms of GutenTAG: base oscillations, trends, noise
 * and anomaly kinds. Nothing but basic arithmetic and square roots is used, so a seed gives the
 * same series on every machine.
 */
#ifndef TE_STATS_GENERATE_H
#define TE_STATS_GENERATE_H

#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

enum te_base_kind {
    TE_BASE_SINE,
    TE_BASE_COSINE,
    TE_BASE_SQUARE,
    TE_BASE_SAWTOOTH,
    TE_BASE_RANDOM_WALK,
    TE_BASE_CYLINDER_BELL_FUNNEL,
    TE_BASE_ECG,
    TE_BASE_POLYNOMIAL,
    TE_BASE_RANDOM_MODE_JUMP,
    TE_BASE_COUNT
};

enum te_anomaly_kind {
    TE_ANOMALY_AMPLITUDE,        /* the oscillation grows */
    TE_ANOMALY_EXTREMUM,         /* one point far outside; its length is 1 */
    TE_ANOMALY_FREQUENCY,        /* the oscillation gets faster */
    TE_ANOMALY_MEAN,             /* the level moves */
    TE_ANOMALY_PATTERN,          /* another shape */
    TE_ANOMALY_PATTERN_SHIFT,    /* the oscillation comes too early */
    TE_ANOMALY_PLATFORM,         /* a constant value */
    TE_ANOMALY_TREND,            /* the level drifts */
    TE_ANOMALY_VARIANCE,         /* more noise */
    TE_ANOMALY_MODE_CORRELATION, /* the channel turns against the others */
    TE_ANOMALY_COUNT
};

enum te_gen_trend {
    TE_GEN_NO_TREND,
    TE_GEN_LINEAR,
    TE_GEN_QUADRATIC,
    TE_GEN_SINE,
    TE_GEN_TREND_COUNT
};

struct te_gen_channel {
    enum te_base_kind base;
    double period; /* points per oscillation, > 1 */
    double amplitude;
    double noise; /* standard deviation, as share of the amplitude */
    double offset;
    enum te_gen_trend trend;
    double trend_size; /* rise over the whole series, as multiple of the amplitude */
};

struct te_gen_anomaly {
    enum te_anomaly_kind kind;
    size_t length;
    double strength; /* 1: clearly visible */
    size_t channel;  /* from 0 */
};

struct te_gen_spec {
    size_t length;
    size_t n_channels;
    const struct te_gen_channel *channels;
    size_t n_anomalies;
    const struct te_gen_anomaly *anomalies; /* placed at random, apart from each other */
    uint64_t seed;
};

/* Words as users write them ("random-walk", "pattern-shift", ...), in the order of the kinds; parse
 * returns -1 if unknown. */
extern const char *const te_base_words[TE_BASE_COUNT];
extern const char *const te_anomaly_words[TE_ANOMALY_COUNT];
extern const char *const te_gen_trend_words[TE_GEN_TREND_COUNT];
int te_base_parse(const char *word, enum te_base_kind *out);
int te_anomaly_parse(const char *word, enum te_anomaly_kind *out);
int te_gen_trend_parse(const char *word, enum te_gen_trend *out);

/* values: length x n_channels, row after row, rounded to 6 decimals; labels: length. TE_ERR_USAGE
 * if the anomalies do not fit into the series with a gap between them. */
int te_generate(const struct te_gen_spec *spec, double *values, uint8_t *labels,
                struct te_err *err) TE_MUST_CHECK;

#endif

/* The sample datasets of the project, as a table. */
#include "te/report/synth.h"

#define CHANNELS(name, ...)  static const struct te_gen_channel name[] = {__VA_ARGS__}
#define ANOMALIES(name, ...) static const struct te_gen_anomaly name[] = {__VA_ARGS__}
#define COUNT(array)         (sizeof(array) / sizeof((array)[0]))

CHANNELS(sine, {TE_BASE_SINE, 50, 1, 0.05, 0, TE_GEN_NO_TREND, 0});
CHANNELS(ecg, {TE_BASE_ECG, 80, 2, 0.03, 0, TE_GEN_SINE, 0.2});
CHANNELS(square, {TE_BASE_SQUARE, 60, 5, 0.04, 20, TE_GEN_NO_TREND, 0});
CHANNELS(saw, {TE_BASE_SAWTOOTH, 40, 3, 0.05, 10, TE_GEN_LINEAR, 2});
CHANNELS(walk, {TE_BASE_RANDOM_WALK, 200, 10, 0.02, 100, TE_GEN_NO_TREND, 0});
CHANNELS(cbf, {TE_BASE_CYLINDER_BELL_FUNNEL, 75, 4, 0.05, 0, TE_GEN_NO_TREND, 0});
CHANNELS(poly, {TE_BASE_POLYNOMIAL, 50, 2, 0.05, 5, TE_GEN_QUADRATIC, 1});
CHANNELS(plant, {TE_BASE_SINE, 50, 1, 0.05, 0, TE_GEN_NO_TREND, 0},
         {TE_BASE_COSINE, 50, 2, 0.05, 10, TE_GEN_LINEAR, 0.5},
         {TE_BASE_SQUARE, 100, 1, 0.05, 3, TE_GEN_NO_TREND, 0});
CHANNELS(heart, {TE_BASE_ECG, 64, 1, 0.03, 0, TE_GEN_NO_TREND, 0},
         {TE_BASE_ECG, 64, 0.6, 0.05, 1, TE_GEN_NO_TREND, 0});
CHANNELS(modes, {TE_BASE_RANDOM_MODE_JUMP, 60, 1, 0.03, 0, TE_GEN_NO_TREND, 0},
         {TE_BASE_RANDOM_MODE_JUMP, 60, 1, 0.03, 0, TE_GEN_NO_TREND, 0},
         {TE_BASE_SINE, 30, 0.5, 0.05, 0, TE_GEN_NO_TREND, 0},
         {TE_BASE_SAWTOOTH, 90, 1, 0.05, 0, TE_GEN_NO_TREND, 0});

ANOMALIES(amplitude, {TE_ANOMALY_AMPLITUDE, 60, 1.5, 0}, {TE_ANOMALY_PLATFORM, 40, 1, 0});
ANOMALIES(beats, {TE_ANOMALY_PATTERN, 80, 1, 0}, {TE_ANOMALY_FREQUENCY, 80, 1, 0},
          {TE_ANOMALY_AMPLITUDE, 60, 1.5, 0});
ANOMALIES(level, {TE_ANOMALY_MEAN, 50, 1.5, 0}, {TE_ANOMALY_VARIANCE, 60, 1.5, 0});
ANOMALIES(spikes, {TE_ANOMALY_EXTREMUM, 1, 2, 0}, {TE_ANOMALY_EXTREMUM, 1, 3, 0},
          {TE_ANOMALY_EXTREMUM, 1, 2.5, 0}, {TE_ANOMALY_TREND, 60, 1.5, 0});
ANOMALIES(jump, {TE_ANOMALY_MEAN, 50, 2, 0});
ANOMALIES(shapes, {TE_ANOMALY_PLATFORM, 60, 1, 0}, {TE_ANOMALY_AMPLITUDE, 75, 2, 0});
ANOMALIES(curve, {TE_ANOMALY_VARIANCE, 50, 2, 0}, {TE_ANOMALY_MEAN, 40, 1.5, 0});
ANOMALIES(shifted, {TE_ANOMALY_PATTERN_SHIFT, 80, 1, 0}, {TE_ANOMALY_FREQUENCY, 60, 2, 0});
ANOMALIES(leaks, {TE_ANOMALY_MEAN, 50, 1.5, 1}, {TE_ANOMALY_PLATFORM, 60, 1, 2},
          {TE_ANOMALY_FREQUENCY, 50, 1.5, 0});
ANOMALIES(skipped_beats, {TE_ANOMALY_PLATFORM, 64, 1, 0}, {TE_ANOMALY_PATTERN, 64, 1, 1});
ANOMALIES(turned, {TE_ANOMALY_MODE_CORRELATION, 80, 1, 1}, {TE_ANOMALY_EXTREMUM, 1, 2, 2},
          {TE_ANOMALY_AMPLITUDE, 60, 2, 3});

/* training, date-time index, rows of the training series, rows, channels, anomalies, seed */
#define SAMPLE(collection, name, training, datetime, train, length, channels, anomalies, seed)     \
    {                                                                                              \
        collection, name, training, datetime, train,                                               \
        {                                                                                          \
            length, COUNT(channels), channels, COUNT(anomalies), anomalies, seed                   \
        }                                                                                          \
    }

static const struct te_synth samples[] = {
    SAMPLE("oscillations", "sine-amplitude", TE_UNSUPERVISED, false, 0, 2000, sine, amplitude, 11),
    SAMPLE("oscillations", "ecg-beats", TE_UNSUPERVISED, true, 0, 3000, ecg, beats, 12),
    SAMPLE("oscillations", "square-level", TE_UNSUPERVISED, false, 0, 2000, square, level, 13),
    SAMPLE("oscillations", "sawtooth-spikes", TE_SEMI_SUPERVISED, true, 1500, 2000, saw, spikes,
           14),
    SAMPLE("oscillations", "sine-shift", TE_SUPERVISED, false, 2000, 2000, sine, shifted, 15),
    SAMPLE("walks", "random-walk-mean", TE_UNSUPERVISED, true, 0, 2000, walk, jump, 16),
    SAMPLE("walks", "cylinder-bell-funnel", TE_SEMI_SUPERVISED, false, 1500, 2000, cbf, shapes, 17),
    SAMPLE("walks", "polynomial-variance", TE_SUPERVISED, false, 1500, 1500, poly, curve, 18),
    SAMPLE("machines", "plant", TE_UNSUPERVISED, true, 0, 2000, plant, leaks, 19),
    SAMPLE("machines", "heart", TE_SEMI_SUPERVISED, false, 1500, 2000, heart, skipped_beats, 20),
    SAMPLE("machines", "modes", TE_SUPERVISED, false, 1500, 2000, modes, turned, 21),
};

size_t te_synth_sample_count(void)
{
    return COUNT(samples);
}

const struct te_synth *te_synth_sample(size_t i)
{
    return &samples[i];
}

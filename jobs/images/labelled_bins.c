/*
 * Supervised: learns from labels how likely an anomaly is for a value and its step, in bins between
 * the extremes seen in training; a value beyond them counts as an anomaly.
 */
#include "sample.h"

#include <math.h>
#include <stdlib.h>

enum { BINS = 32, FEATURES = 2, PER_FEATURE = BINS + 2, MODEL = FEATURES * PER_FEATURE };

static double feature(const struct sample_data *data, size_t row, int which)
{
    double v = data->x[row * data->channels];
    if (which == 0)
        return v;
    return row ? fabs(v - data->x[(row - 1) * data->channels]) : 0;
}

static int bin(double v, double low, double high)
{
    if (!(high > low))
        return v > low || v < low ? -1 : 0;
    double at = (v - low) / (high - low) * BINS;
    return at < 0 || at > BINS ? -1 : at >= BINS ? BINS - 1 : (int)at;
}

static void learn(const struct sample_data *data, int which, double *m)
{
    double normal[BINS] = {0}, odd[BINS] = {0};
    double low = (double)INFINITY, high = -(double)INFINITY;
    for (size_t i = 0; i < data->rows; i++) {
        double v = feature(data, i, which);
        low = fmin(low, v);
        high = fmax(high, v);
    }
    for (size_t i = 0; i < data->rows; i++) {
        int b = bin(feature(data, i, which), low, high);
        if (b >= 0)
            (data->label[i] ? odd : normal)[b]++;
    }
    m[0] = low;
    m[1] = high;
    for (int b = 0; b < BINS; b++)
        m[2 + b] = (odd[b] + 0.01) / (odd[b] + normal[b] + 0.02);
}

static int train(const struct sample_data *data, const struct sample_args *args)
{
    double model[MODEL];
    if (data->channels != 1)
        return sample_complain("takes one channel, the dataset has %zu", data->channels);
    for (int f = 0; f < FEATURES; f++)
        learn(data, f, model + f * PER_FEATURE);
    return sample_model_write(args->model, model, MODEL);
}

static int execute(const struct sample_data *data, const struct sample_args *args, double **scores,
                   size_t *n)
{
    double model[MODEL];
    if (data->channels != 1)
        return sample_complain("takes one channel, the dataset has %zu", data->channels);
    if (sample_model_read(args->model, model, MODEL) != 0)
        return -1;
    *n = data->rows;
    *scores = sample_doubles(*n);
    for (size_t i = 0; i < *n; i++) {
        double sum = 0;
        for (int f = 0; f < FEATURES; f++) {
            const double *m = model + f * PER_FEATURE;
            double v = feature(data, i, f);
            int b = isnan(v) ? BINS : bin(v, m[0], m[1]);
            sum += b < 0 ? 1 : b == BINS ? 0 : m[2 + b];
        }
        (*scores)[i] = sum / FEATURES;
    }
    return 0;
}

const struct sample_algorithm sample_algorithm = {"labelled_bins", train, execute};

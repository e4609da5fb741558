/*
 * Learns mean and spread of the values and of their steps from a normal series; scores how far a
 * value or its step lies outside, whichever is more.
 */
#include "sample.h"

#include <math.h>
#include <stdlib.h>

enum { MEAN, SPREAD, STEP_MEAN, STEP_SPREAD, MODEL };

static void profile(const double *x, size_t n, size_t lag, double *mean, double *spread)
{
    double sum = 0, squares = 0, count = 0;
    for (size_t i = lag; i < n; i++) {
        double v = lag ? x[i] - x[i - lag] : x[i];
        if (isnan(v))
            continue;
        sum += v;
        squares += v * v;
        count++;
    }
    *mean = count > 0 ? sum / count : 0;
    double variance = count > 1 ? (squares - count * *mean * *mean) / (count - 1) : 0;
    *spread = variance > 1e-12 ? sqrt(variance) : 1e-6;
}

static int train(const struct sample_data *data, const struct sample_args *args)
{
    double model[MODEL];
    if (data->channels != 1)
        return sample_complain("takes one channel, the dataset has %zu", data->channels);
    profile(data->x, data->rows, 0, &model[MEAN], &model[SPREAD]);
    profile(data->x, data->rows, 1, &model[STEP_MEAN], &model[STEP_SPREAD]);
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
    double weight = sample_number(args, "step_weight", 1);
    *n = data->rows;
    *scores = sample_doubles(*n);
    for (size_t i = 0; i < *n; i++) {
        const double *x = data->x;
        double level = fabs(x[i] - model[MEAN]) / model[SPREAD];
        double step = i ? fabs(x[i] - x[i - 1] - model[STEP_MEAN]) / model[STEP_SPREAD] : 0;
        (*scores)[i] = fmax(isnan(level) ? 0 : level, isnan(step) ? 0 : step * weight);
    }
    return 0;
}

const struct sample_algorithm sample_algorithm = {"gaussian_profile", train, execute};

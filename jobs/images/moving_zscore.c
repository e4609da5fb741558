/* How many standard deviations a value lies from the mean of the window around it. */
#include "sample.h"

#include <math.h>
#include <stdlib.h>

static double zscore(const double *x, size_t low, size_t high, size_t at)
{
    double sum = 0, squares = 0, n = 0;
    for (size_t i = low; i < high; i++)
        if (i != at && !isnan(x[i])) {
            sum += x[i];
            n++;
        }
    if (n < 2 || isnan(x[at]))
        return 0;
    double mean = sum / n;
    for (size_t i = low; i < high; i++)
        if (i != at && !isnan(x[i]))
            squares += (x[i] - mean) * (x[i] - mean);
    double spread = sqrt(squares / (n - 1));
    return spread > 0 ? fabs(x[at] - mean) / spread : fabs(x[at] - mean) > 0 ? 1e3 : 0;
}

static int execute(const struct sample_data *data, const struct sample_args *args, double **scores,
                   size_t *n)
{
    if (data->channels != 1)
        return sample_complain("takes one channel, the dataset has %zu", data->channels);
    size_t half = sample_count(args, "window_size", 50, 4, 100000) / 2;
    *n = data->rows;
    *scores = sample_doubles(*n);
    for (size_t i = 0; i < *n; i++) {
        size_t high = i + half + 1;
        (*scores)[i] = zscore(data->x, i > half ? i - half : 0, high < *n ? high : *n, i);
    }
    return 0;
}

const struct sample_algorithm sample_algorithm = {"moving_zscore", NULL, execute};

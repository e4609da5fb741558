/*
 * Distance of a row to the centre of all rows: every channel is shifted by its median and divided
 * by its interquartile range, so that outliers move neither.
 */
#include "sample.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void quartiles(const struct sample_data *data, size_t channel, double *column,
                      double *median, double *width)
{
    size_t n = 0;
    for (size_t i = 0; i < data->rows; i++) {
        double v = data->x[i * data->channels + channel];
        if (!isnan(v))
            column[n++] = v;
    }
    *median = 0;
    *width = 1;
    if (n == 0)
        return;
    qsort(column, n, sizeof *column, ascending);
    *median = column[n / 2];
    double between = column[n * 3 / 4] - column[n / 4];
    double range = column[n - 1] - column[0];
    *width = between > 0 ? between : range > 0 ? range : 1;
}

static int execute(const struct sample_data *data, const struct sample_args *args, double **scores,
                   size_t *n)
{
    (void)args;
    double *column = sample_doubles(data->rows);
    *n = data->rows;
    *scores = sample_doubles(*n);
    for (size_t i = 0; i < *n; i++)
        (*scores)[i] = 0;
    for (size_t c = 0; c < data->channels; c++) {
        double median, width;
        quartiles(data, c, column, &median, &width);
        for (size_t i = 0; i < *n; i++) {
            double d = (data->x[i * data->channels + c] - median) / width;
            (*scores)[i] += isnan(d) ? 0 : d * d;
        }
    }
    for (size_t i = 0; i < *n; i++)
        (*scores)[i] = sqrt((*scores)[i] / (double)data->channels);
    free(column);
    return 0;
}

const struct sample_algorithm sample_algorithm = {"channel_centroid", NULL, execute};

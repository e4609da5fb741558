/*
 * Distance of every window to its nearest neighbour that does not overlap it much, with both
 * z-normalised: the window most unlike all others is the discord. One score a window, so the scores
 * want reverse_windowing. The dot products of a row follow from the row above: O(rows * rows).
 */
#include "sample.h"

#include <math.h>
#include <stdlib.h>

struct windows {
    size_t n, w;
    const double *x;
    double *mean, *sd, *dot;
};

static void moments(struct windows *s)
{
    for (size_t i = 0; i < s->n; i++) {
        double sum = 0, squares = 0;
        for (size_t k = 0; k < s->w; k++)
            sum += s->x[i + k];
        s->mean[i] = sum / (double)s->w;
        for (size_t k = 0; k < s->w; k++)
            squares += (s->x[i + k] - s->mean[i]) * (s->x[i + k] - s->mean[i]);
        s->sd[i] = sqrt(squares / (double)s->w);
    }
}

static double dot(const struct windows *s, size_t i, size_t j)
{
    double sum = 0;
    for (size_t k = 0; k < s->w; k++)
        sum += s->x[i + k] * s->x[j + k];
    return sum;
}

static double distance(const struct windows *s, size_t i, size_t j)
{
    const double flat = 1e-10, w = (double)s->w;
    if (s->sd[i] < flat || s->sd[j] < flat)
        return s->sd[i] < flat && s->sd[j] < flat ? 0 : sqrt(w);
    double r = (s->dot[j] - w * s->mean[i] * s->mean[j]) / (w * s->sd[i] * s->sd[j]);
    return sqrt(fmax(0, 2 * w * (1 - r)));
}

static double nearest(const struct windows *s, size_t i)
{
    const size_t apart = s->w / 2 + 1;
    double best = (double)INFINITY;
    for (size_t j = 0; j < s->n; j++)
        if (j + apart <= i || i + apart <= j)
            best = fmin(best, distance(s, i, j));
    return isinf(best) ? 0 : best;
}

/* The products of window i with all others, from those of window i - 1, from behind. */
static void advance(struct windows *s, size_t i)
{
    const double *x = s->x;
    const size_t w = s->w;
    for (size_t j = s->n - 1; j > 0; j--)
        s->dot[j] = s->dot[j - 1] - x[i - 1] * x[j - 1] + x[i + w - 1] * x[j + w - 1];
    s->dot[0] = dot(s, i, 0);
}

/* The mean of the values taken away and gaps closed: keeps the products small and exact. */
static double *centred(const struct sample_data *data)
{
    double sum = 0, n = 0, last = 0;
    double *x = sample_doubles(data->rows);
    for (size_t i = 0; i < data->rows; i++)
        if (!isnan(data->x[i])) {
            sum += data->x[i];
            n++;
        }
    for (size_t i = 0; i < data->rows; i++)
        x[i] = last = isnan(data->x[i]) ? last : data->x[i] - sum / n;
    return x;
}

static int execute(const struct sample_data *data, const struct sample_args *args, double **scores,
                   size_t *n)
{
    if (data->channels != 1)
        return sample_complain("takes one channel, the dataset has %zu", data->channels);
    size_t w = sample_count(args, "window_size", 50, 4, 100000);
    if (w * 2 > data->rows)
        return sample_complain("window_size %zu is too long for %zu rows", w, data->rows);
    *n = data->rows - w + 1;
    double *x = centred(data);
    struct windows s = {*n, w, x, sample_doubles(*n), sample_doubles(*n), sample_doubles(*n)};
    *scores = sample_doubles(*n);
    moments(&s);
    for (size_t j = 0; j < s.n; j++)
        s.dot[j] = dot(&s, 0, j);
    for (size_t i = 0; i < s.n; i++) {
        if (i > 0)
            advance(&s, i);
        (*scores)[i] = nearest(&s, i);
    }
    free(x);
    free(s.mean);
    free(s.sd);
    free(s.dot);
    return 0;
}

const struct sample_algorithm sample_algorithm = {"discord", NULL, execute};

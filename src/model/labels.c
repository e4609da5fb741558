/* Runs of anomalies in a label column. */
#include <stdlib.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/series.h"

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Mean of the two middle ones cut to a whole number. */
static int64_t median(const int64_t *sorted, size_t n)
{
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

int te_label_stats(const double *labels, size_t count, struct te_label_stats *out,
                   struct te_err *err)
{
    te_autofree int64_t *runs = NULL;
    size_t cap = 0, n = 0, ones = 0;
    for (size_t i = 0; i < count; i++) {
        ones += labels[i] == 1;
        if (labels[i] == 0)
            continue;
        if (n > 0 && labels[i] == labels[i - 1]) {
            runs[n - 1]++;
            continue;
        }
        if (te_grow(&runs, &cap, n + 1, sizeof *runs, TE_MAX_POINTS, err) < 0)
            return -1;
        runs[n++] = 1;
    }
    *out = (struct te_label_stats){0};
    out->contamination = count ? (double)ones / (double)count : 0;
    if (n == 0)
        return 0;
    qsort(runs, n, sizeof *runs, compare);
    out->num_anomalies = (int64_t)n;
    out->min_length = runs[0];
    out->median_length = median(runs, n);
    out->max_length = runs[n - 1];
    return 0;
}

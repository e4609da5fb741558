#include "te/metric/intervals.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/metric/window.h"

struct interval {
    size_t first;
    size_t length;
    bool clipped;
};

/* Where row p's interval lies, cut to the series. */
static int place(size_t p, size_t n, const double *starts, const double *lengths,
                 size_t default_length, struct interval *out, struct te_err *err)
{
    double start = starts ? starts[p] : (double)p;
    double length = lengths ? trunc(lengths[p]) : (double)default_length;
    if (!(start >= 0.0 && start < (double)n) || start != floor(start)) {
        return te_err_set(err, TE_ERR_USAGE,
                          "interval of row %zu starts at %g, which is no point of a series of %zu",
                          p, start, n);
    }
    if (!(length >= 0.0) || isinf(length)) {
        return te_err_set(err, TE_ERR_USAGE, "interval of row %zu has length %g", p, length);
    }
    out->first = (size_t)start;
    size_t room = n - out->first;
    out->clipped = length > (double)room;
    out->length = out->clipped ? room : (size_t)length;
    return 0;
}

int te_intervals_mean(const double *scores, size_t n, const double *starts, const double *lengths,
                      size_t default_length, double *out, size_t *clipped, struct te_err *err)
{
    te_autofree uint32_t *cover = te_zalloc(n, sizeof *cover, err);
    if (!cover) {
        return -1;
    }
    size_t cut = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = 0.0;
    }
    for (size_t p = 0; p < n; p++) {
        struct interval iv = {0};
        if (!(scores[p] > 0.0)) {
            continue;
        }
        if (place(p, n, starts, lengths, default_length, &iv, err) < 0) {
            return -1;
        }
        cut += iv.clipped ? 1U : 0U;
        for (size_t i = iv.first; i < iv.first + iv.length; i++) {
            out[i] += scores[p];
            cover[i]++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = cover[i] ? out[i] / (double)cover[i] : 0.0;
    }
    *clipped = cut;
    return 0;
}

/* (length - (max_window - 1)) mod gap with Python's sign rule. */
static size_t mscred_offset(size_t length, size_t max_window, size_t gap)
{
    int64_t tail = (int64_t)length - ((int64_t)max_window - 1);
    int64_t rest = tail % (int64_t)gap;
    return (size_t)(rest < 0 ? rest + (int64_t)gap : rest);
}

int te_intervals_mscred(const double *scores, size_t m, size_t w, size_t gap, size_t max_window,
                        size_t dataset_length, double **out, size_t *n_out, struct te_err *err)
{
    if (gap < 1 || w < 1 || max_window < 1) {
        return te_err_set(err, TE_ERR_USAGE,
                          "gap time, window size and windows must be at least 1");
    }
    if (m > TE_MAX_POINTS || w > TE_MAX_POINTS || gap > TE_MAX_POINTS) {
        return te_err_set(err, TE_ERR_LIMIT, "more than %zu points", TE_MAX_POINTS);
    }
    size_t len = m + w - 1;
    te_autofree double *points = te_zalloc(len, sizeof *points, err);
    if (!points || te_window_reverse(scores, m, w, TE_REDUCE_MEAN, points, err) < 0) {
        return -1;
    }
    size_t offset = mscred_offset(dataset_length, max_window, gap);
    size_t repeat = offset == 0 ? 1 : gap;
    size_t once = offset > len ? len : offset;
    size_t repeated = len - once;
    if (repeated > TE_MAX_POINTS / repeat) {
        return te_err_set(err, TE_ERR_LIMIT, "more than %zu points", TE_MAX_POINTS);
    }
    double *all = te_zalloc(repeated * repeat + once, sizeof *all, err);
    if (!all) {
        return -1;
    }
    size_t at = 0;
    for (size_t i = 0; i < repeated; i++) {
        for (size_t k = 0; k < repeat; k++) {
            all[at++] = points[i];
        }
    }
    for (size_t i = repeated; i < len; i++) {
        all[at++] = points[i];
    }
    *out = all;
    *n_out = at;
    return 0;
}

int te_intervals_repeat(const double *scores, size_t m, size_t w, double *out, size_t n,
                        struct te_err *err)
{
    if (m > 0 && w > n / m) {
        return te_err_set(err, TE_ERR_USAGE,
                          "%zu scores of %zu points each are more than the series' %zu points", m,
                          w, n);
    }
    size_t at = 0;
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k < w; k++) {
            out[at++] = scores[i];
        }
    }
    for (; at < n; at++) {
        out[at] = NAN;
    }
    return 0;
}

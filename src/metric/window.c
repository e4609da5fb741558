/*
 * Reverse windowing. Three ways to the same definition:
 *   - sums of windows up to EXACT_WINDOW: added in numpy's order, bit-equal to TimeEval's;
 *   - sums of longer ones: the series is cut into blocks of w, and a window is the end of one block
 *     and the start of the next, so that no sum is ever subtracted (nothing drifts, and infinities
 *     stay exact);
 *   - medians: per block of w outputs the 2w-1 values are ranked once, and a binary indexed tree
 *     over the ranks answers each median in O(log w).
 */
#include "te/metric/window.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include "numpy_sum.h"
#include "te/base/max.h"
#include "te/base/mem.h"

enum { EXACT_WINDOW = 128, CHUNK = 4096 };

static double reduce(double total, size_t count, enum te_reduction how)
{
    if (how == TE_REDUCE_SUM) {
        return total;
    }
    return count > 0 ? total / (double)count : NAN;
}

/* ---- short windows ---- */

struct chunk {
    const double *scores;
    size_t m;
    size_t w;
    double values[CHUNK + EXACT_WINDOW]; /* newest first; NaN and what is outside as 0 */
    uint8_t counts[CHUNK + EXACT_WINDOW];
};

/* values[k] = score at position newest - k. */
static void chunk_fill(struct chunk *c, size_t newest, size_t len)
{
    for (size_t k = 0; k < len; k++) {
        bool inside = k <= newest && newest - k < c->m && !isnan(c->scores[newest - k]);
        c->values[k] = inside ? c->scores[newest - k] : 0.0;
        c->counts[k] = inside;
    }
}

static int reverse_exact(const double *scores, size_t m, size_t w, enum te_reduction how,
                         double *out, struct te_err *err)
{
    te_autofree struct chunk *c = te_zalloc(1, sizeof *c, err);
    if (!c) {
        return -1;
    }
    c->scores = scores;
    c->m = m;
    c->w = w;
    size_t total = m + w - 1;
    for (size_t t0 = 0; t0 < total; t0 += CHUNK) {
        size_t t1 = total - t0 < CHUNK ? total : t0 + CHUNK;
        chunk_fill(c, t1 - 1, t1 - t0 + w - 1);
        size_t count = 0;
        for (size_t k = 0; k < w - 1; k++) {
            count += c->counts[t1 - t0 + k];
        }
        for (size_t t = t0; t < t1; t++) {
            size_t at = t1 - 1 - t;
            count += c->counts[at];
            out[t] = reduce(metric_sum(c->values + at, w), count, how);
            count -= c->counts[at + w - 1];
        }
    }
    return 0;
}

/* ---- long windows ---- */

/* A sum that keeps its rounding error (Neumaier 1974); infinities are counted apart. */
struct tally {
    double sum;
    double rest;
    size_t count;
    size_t up;
    size_t down;
};

static void tally_add(struct tally *t, double v)
{
    if (isnan(v)) {
        return;
    }
    t->count++;
    if (isinf(v)) {
        t->up += v > 0 ? 1U : 0U;
        t->down += v < 0 ? 1U : 0U;
        return;
    }
    double sum = t->sum + v;
    t->rest += fabs(t->sum) >= fabs(v) ? (t->sum - sum) + v : (v - sum) + t->sum;
    t->sum = sum;
}

static double tally_value(const struct tally *a, const struct tally *b, enum te_reduction how)
{
    size_t up = a->up + b->up;
    size_t down = a->down + b->down;
    double total = a->sum + b->sum + (a->rest + b->rest);
    /* A sum beyond the largest double has no meaningful rest. */
    total = isnan(total) ? a->sum + b->sum : total;
    if (up > 0 || down > 0) {
        total = up > 0 && down > 0 ? NAN : (up > 0 ? INFINITY : -INFINITY);
    }
    return reduce(total, a->count + b->count, how);
}

static int reverse_blocks(const double *scores, size_t m, size_t w, enum te_reduction how,
                          double *out, struct te_err *err)
{
    te_autofree struct tally *tails = te_zalloc(w + 1, sizeof *tails, err);
    if (!tails) {
        return -1;
    }
    size_t total = m + w - 1;
    /* tails[k]: scores of the block before from its k-th on; none before the first block. */
    for (size_t t0 = 0; t0 < total; t0 += w) {
        struct tally head = {0};
        for (size_t k = 0; k < w && t0 + k < total; k++) {
            if (t0 + k < m) {
                tally_add(&head, scores[t0 + k]);
            }
            out[t0 + k] = tally_value(&tails[k + 1], &head, how);
        }
        tails[w] = (struct tally){0};
        for (size_t k = w; k-- > 0;) {
            tails[k] = tails[k + 1];
            if (t0 + k < m) {
                tally_add(&tails[k], scores[t0 + k]);
            }
        }
    }
    return 0;
}

/* ---- medians ---- */

struct valued {
    double value;
    size_t position;
};

static int by_value(const void *a, const void *b)
{
    double x = ((const struct valued *)a)->value;
    double y = ((const struct valued *)b)->value;
    return (x > y) - (x < y);
}

/* Which of the block's ranked values are inside the window: a binary indexed tree of counts. */
struct window_ranks {
    struct valued *sorted;
    uint32_t *rank; /* position - first -> rank from 1, 0 for NaN */
    uint32_t *tree; /* 1..n */
    size_t n;
    size_t inside;
    size_t first;
    size_t top; /* largest power of two <= n */
};

static void ranks_change(struct window_ranks *r, size_t position, int by)
{
    uint32_t at = r->rank[position - r->first];
    if (at == 0) {
        return;
    }
    r->inside = by > 0 ? r->inside + 1 : r->inside - 1;
    for (size_t k = at; k <= r->n; k += k & (~k + 1)) {
        r->tree[k] = by > 0 ? r->tree[k] + 1 : r->tree[k] - 1;
    }
}

/* The k-th smallest value inside, k from 1. */
static double ranks_pick(const struct window_ranks *r, size_t k)
{
    size_t at = 0;
    for (size_t step = r->top; step > 0; step /= 2) {
        if (at + step <= r->n && r->tree[at + step] < k) {
            at += step;
            k -= r->tree[at];
        }
    }
    return r->sorted[at].value;
}

static double ranks_median(const struct window_ranks *r)
{
    if (r->inside == 0) {
        return NAN;
    }
    double upper = ranks_pick(r, r->inside / 2 + 1);
    if (r->inside % 2 == 1) {
        return upper;
    }
    return (ranks_pick(r, r->inside / 2) + upper) / 2.0;
}

/* Ranks the scores first .. last (exclusive); none is inside yet. */
static void ranks_load(struct window_ranks *r, const double *scores, size_t first, size_t last)
{
    r->first = first;
    r->inside = 0;
    r->n = 0;
    for (size_t i = first; i < last; i++) {
        r->rank[i - first] = 0;
        if (!isnan(scores[i])) {
            r->sorted[r->n++] = (struct valued){scores[i], i};
        }
    }
    qsort(r->sorted, r->n, sizeof *r->sorted, by_value);
    for (size_t k = 0; k < r->n; k++) {
        r->rank[r->sorted[k].position - first] = (uint32_t)(k + 1);
    }
    for (size_t k = 0; k <= r->n; k++) {
        r->tree[k] = 0;
    }
    for (r->top = 1; r->top * 2 <= r->n;) {
        r->top *= 2;
    }
}

static void median_block(struct window_ranks *r, const double *scores, size_t m, size_t w,
                         size_t t0, size_t t1, double *out)
{
    size_t first = t0 >= w - 1 ? t0 - (w - 1) : 0;
    size_t last = t1 < m ? t1 : m;
    first = first < last ? first : last;
    ranks_load(r, scores, first, last);
    for (size_t i = first; i < t0 && i < last; i++) {
        ranks_change(r, i, 1);
    }
    for (size_t t = t0; t < t1; t++) {
        if (t < last) {
            ranks_change(r, t, 1);
        }
        out[t] = ranks_median(r);
        if (t + 1 >= w && t + 1 - w < last && t + 1 - w >= first) {
            ranks_change(r, t + 1 - w, -1);
        }
    }
}

static int reverse_median(const double *scores, size_t m, size_t w, double *out, struct te_err *err)
{
    size_t total = m + w - 1;
    /* Blocks of at least 1024 outputs, so that short windows do not pay per block. */
    size_t block = w < 1024 ? 1024 : w;
    size_t room = block + w < m ? block + w : m;
    te_autofree struct valued *sorted = te_zalloc(room + 1, sizeof *sorted, err);
    te_autofree uint32_t *rank = sorted ? te_zalloc(room + 1, sizeof *rank, err) : NULL;
    te_autofree uint32_t *tree = rank ? te_zalloc(room + 1, sizeof *tree, err) : NULL;
    if (!tree) {
        return -1;
    }
    struct window_ranks r = {.sorted = sorted, .rank = rank, .tree = tree};
    for (size_t t0 = 0; t0 < total; t0 += block) {
        median_block(&r, scores, m, w, t0, total - t0 < block ? total : t0 + block, out);
    }
    return 0;
}

int te_window_reverse(const double *scores, size_t m, size_t w, enum te_reduction how, double *out,
                      struct te_err *err)
{
    if (w < 1) {
        return te_err_set(err, TE_ERR_USAGE, "window size must be at least 1, but is %zu", w);
    }
    if (m > TE_MAX_POINTS || w > TE_MAX_POINTS) {
        return te_err_set(err, TE_ERR_LIMIT, "%zu window scores of width %zu are more than %zu", m,
                          w, TE_MAX_POINTS);
    }
    if (how == TE_REDUCE_MEDIAN) {
        return reverse_median(scores, m, w, out, err);
    }
    if (w <= EXACT_WINDOW) {
        return reverse_exact(scores, m, w, how, out, err);
    }
    return reverse_blocks(scores, m, w, how, out, err);
}

int te_window_pad(const double *scores, size_t m, size_t length, double *out, struct te_err *err)
{
    if (m > length) {
        return te_err_set(err, TE_ERR_USAGE, "%zu scores do not fit into %zu points", m, length);
    }
    size_t before = (length - m) / 2;
    for (size_t i = 0; i < length; i++) {
        out[i] = i >= before && i - before < m ? scores[i - before] : 0.0;
    }
    return 0;
}

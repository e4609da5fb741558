/*
 * Radix sort of the doubles' bit patterns, least significant digit first, six digits of 11 bits.
 * A digit that all keys share is skipped, so that few distinct values cost few passes.
 */
#include "sort.h"

#include <stdbool.h>
#include <string.h>
#include "te/base/mem.h"

enum { DIGIT_BITS = 11, DIGITS = 6, BINS = 1 << DIGIT_BITS, FEW = 1024 };

static const uint64_t SIGN = (uint64_t)1 << 63;

/* Ascending keys are descending values. */
static uint64_t key_of(double value)
{
    double plain = value + 0.0; /* -0.0 becomes 0.0 */
    uint64_t bits;
    memcpy(&bits, &plain, sizeof bits);
    return ~(bits & SIGN ? ~bits : bits | SIGN);
}

static double value_of(uint64_t key)
{
    uint64_t bits = ~key;
    bits = bits & SIGN ? bits & ~SIGN : ~bits;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

struct keyed {
    uint64_t *keys;
    uint32_t *order;
};

static void scatter(const struct keyed *from, const struct keyed *to, size_t n, unsigned digit,
                    size_t starts[BINS])
{
    for (size_t i = 0; i < n; i++) {
        size_t bin = (from->keys[i] >> (digit * DIGIT_BITS)) & (BINS - 1);
        size_t at = starts[bin]++;
        to->keys[at] = from->keys[i];
        to->order[at] = from->order[i];
    }
}

/* Turns counts into start positions; 0 if one bin holds everything. */
static int prefix(size_t counts[BINS], size_t n)
{
    size_t at = 0;
    for (size_t bin = 0; bin < BINS; bin++) {
        size_t count = counts[bin];
        if (count == n) {
            return 0;
        }
        counts[bin] = at;
        at += count;
    }
    return 1;
}

/* Sorts a, with b as the other half of the room; says which of the two holds the result. */
static struct keyed *radix(struct keyed *a, struct keyed *b, size_t n, size_t (*counts)[BINS])
{
    for (size_t i = 0; i < n; i++) {
        for (unsigned d = 0; d < DIGITS; d++) {
            counts[d][(a->keys[i] >> (d * DIGIT_BITS)) & (BINS - 1)]++;
        }
    }
    for (unsigned d = 0; d < DIGITS; d++) {
        if (prefix(counts[d], n)) {
            scatter(a, b, n, d, counts[d]);
            struct keyed *other = a;
            a = b;
            b = other;
        }
    }
    return a;
}

/* Few values: a stable merge sort, for the counts alone would cost more. */
static struct keyed *merge_sort(struct keyed *a, struct keyed *b, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t from = 0; from < n; from += 2 * width) {
            size_t middle = from + width < n ? from + width : n;
            size_t end = middle + width < n ? middle + width : n;
            size_t left = from, right = middle;
            for (size_t at = from; at < end; at++) {
                bool take_left = left < middle && (right == end || a->keys[left] <= a->keys[right]);
                size_t taken = take_left ? left++ : right++;
                b->keys[at] = a->keys[taken];
                b->order[at] = a->order[taken];
            }
        }
        struct keyed *other = a;
        a = b;
        b = other;
    }
    return a;
}

/* The keys' room becomes the values'. */
static double *decode(uint64_t *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double value = value_of(keys[i]);
        memcpy(&keys[i], &value, sizeof value);
    }
    return (double *)(void *)keys;
}

int metric_sort(const double *values, size_t n, uint32_t **order, double **sorted,
                struct te_err *err)
{
    bool few = n < FEW;
    te_autofree void *counts = few ? NULL : te_zalloc(DIGITS, BINS * sizeof(size_t), err);
    te_autofree uint64_t *keys_a = few || counts ? te_alloc(n * sizeof *keys_a, err) : NULL;
    te_autofree uint64_t *keys_b = keys_a ? te_alloc(n * sizeof *keys_b, err) : NULL;
    te_autofree uint32_t *order_a = keys_b ? te_alloc(n * sizeof *order_a, err) : NULL;
    te_autofree uint32_t *order_b = order_a ? te_alloc(n * sizeof *order_b, err) : NULL;
    if (!order_b) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        keys_a[i] = key_of(values[i]);
        order_a[i] = (uint32_t)i;
    }
    struct keyed a = {keys_a, order_a};
    struct keyed b = {keys_b, order_b};
    bool first = (few ? merge_sort(&a, &b, n) : radix(&a, &b, n, counts)) == &a;
    *sorted = decode(first ? te_steal(keys_a) : te_steal(keys_b), n);
    *order = first ? te_steal(order_a) : te_steal(order_b);
    return 0;
}

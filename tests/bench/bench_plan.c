/*
 * Time and memory of a plan of 1,000,000 experiments, beside one MD5 and one SHA-256 of the same
 * texts in the same run: from one grid over one dataset, and from a grid of 1000 over 1000
 * datasets.
 */
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/clock.h"
#include "te/base/hash.h"
#include "te/base/mem.h"
#include "te/core/plan.h"

enum { TOTAL = 1000000 };
static const double max_seconds = 2.0;
static const double max_bytes = 300.0;

static int fail(const char *what)
{
    fprintf(stderr, "bench_plan: %s\n", what);
    return 1;
}

static char *text_copy(const char *text)
{
    struct te_err err = TE_ERR_INIT;
    char *copy = te_strdup(text, &err);
    if (!copy)
        exit(fail(err.text));
    return copy;
}

static void make_datasets(struct te_datasets *out, size_t count)
{
    struct te_err err = TE_ERR_INIT;
    out->items = te_zalloc(count, sizeof *out->items, &err);
    if (!out->items)
        exit(fail(err.text));
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "dataset-%04zu", i);
        struct te_dataset *d = &out->items[i];
        d->collection = text_copy("collection");
        d->name = text_copy(name);
        d->test_path = text_copy("/data/test.csv");
        d->type = d->input_type = d->train_type = d->trend = d->stationarity = d->collection;
        d->length = 1000;
        d->dimensions = 1;
        d->period_size = NAN;
    }
}

/* Two grid axes whose lengths multiply to count, and three fixed values. */
static void make_params(struct te_config_algorithm *a, size_t first, size_t second)
{
    static const char *const names[] = {"n_neighbors", "window_size", "metric", "alpha", "seed"};
    static const char *const texts[] = {NULL, NULL, "euclidean", "0.05", "42"};
    struct te_err err = TE_ERR_INIT;
    a->n_params = 5;
    a->params = te_zalloc(5, sizeof *a->params, &err);
    for (size_t i = 0; i < 5; i++) {
        struct te_buf list;
        te_buf_init(&list, 1 << 18);
        size_t n = i == 0 ? first : second;
        for (size_t k = 0; i < 2 && k < n; k++)
            te_buf_addf(&list, "%s%zu", k ? ", " : "[", k + 1);
        te_buf_addc(&list, ']');
        a->params[i].name = text_copy(names[i]);
        a->params[i].grid = i < 2;
        a->params[i].text = i < 2 ? te_buf_take(&list, &err) : text_copy(texts[i]);
        te_buf_release(&list);
    }
}

/* One MD5 and one SHA-256 of the texts that ids are made of. */
static double hash_time(void)
{
    static const char repr[] = "[('alpha', 0.05), ('metric', 'euclidean'), ('n_neighbors', 500), "
                               "('seed', 42), ('window_size', 500)]";
    static const char key[] = "algorithm\x1f"
                              "collection\x1f"
                              "dataset-0000\x1f"
                              "a8e37e9ad235ab3b14c813a1ec1d2365\x1f"
                              "1\x1f"
                              "0";
    struct te_err err = TE_ERR_INIT;
    unsigned char out[TE_HASH_SHA256_BYTES];
    te_cleanup(te_hasher_cleanup) struct te_hasher *md5 = te_hasher_new(TE_HASH_MD5, &err);
    te_cleanup(te_hasher_cleanup) struct te_hasher *sha256 = te_hasher_new(TE_HASH_SHA256, &err);
    double start = te_clock_cpu();
    for (int i = 0; i < TOTAL / 4; i++)
        if (te_hasher_run(md5, repr, sizeof repr - 1, out, &err) ||
            te_hasher_run(sha256, key, sizeof key - 1, out, &err))
            exit(fail(err.text));
    return (te_clock_cpu() - start) / (TOTAL / 4);
}

static double memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

static int bench(size_t n_datasets, size_t first, size_t second)
{
    struct te_err err = TE_ERR_INIT;
    struct te_config config = {.path = text_copy("bench.ini"), .repetitions = 1};
    struct te_config_algorithm algorithm = {
        .name = text_copy("algorithm"), .fake = text_copy("ok"), .adapter = TE_ADAPTER_FAKE};
    struct te_datasets datasets = {0};
    struct te_plan *plan = NULL;
    char *report = NULL;
    config.algorithms = &algorithm;
    config.n_algorithms = 1;
    make_datasets(&datasets, n_datasets);
    make_params(&algorithm, first, second);
    double hashes = hash_time();
    double before = memory_in_use();
    double start = te_clock_cpu();
    if (te_plan_build(&config, &datasets, NULL, &plan, &report, &err))
        return fail(report ? report : err.text);
    double time = te_clock_cpu() - start;
    double bytes = (memory_in_use() - before) / TOTAL;
    if (te_plan_count(plan) != TOTAL)
        return fail("the plan has a wrong number of experiments");
    printf("plan of %d experiments, %zu settings x %zu datasets: %.3f s of CPU (at most %.0f), "
           "%.0f ns "
           "each = %.2f x one MD5 and SHA-256, %.0f bytes each (at most %.0f)\n",
           TOTAL, first * second, n_datasets, time, max_seconds, time * 1e9 / TOTAL,
           time / TOTAL / hashes, bytes, max_bytes);
    te_plan_free(plan);
    return time <= max_seconds && bytes <= max_bytes ? 0 : fail("the bound is missed");
}

int main(void)
{
    int rc = bench(1, 1000, 1000);
    return bench(1000, 50, 20) || rc;
}

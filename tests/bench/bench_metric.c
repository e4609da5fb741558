/*
 * Time of every metric as a multiple of a plain sort of the same scores in the same process, and
 * the aims that the project has set itself.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include "te/base/mem.h"
#include "te/base/rng.h"
#include "te/metric/metric.h"
#include "te/metric/window.h"

struct data {
    const char *name;
    size_t n;
    uint8_t *labels;
    double *scores;
};

/* CPU time of this thread: the machine is shared. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void label_ranges(struct data *d)
{
    for (size_t k = 0; k < 10; k++) {
        size_t first = (2 * k + 1) * d->n / 21;
        for (size_t i = first; i < first + d->n / 200 + 3 * k && i < d->n; i++) {
            d->labels[i] = 1;
        }
    }
}

static void fill(struct data *d, const char *name, size_t n)
{
    struct te_rng rng;
    te_rng_seed(&rng, 7);
    *d = (struct data){name, n, calloc(n, 1), calloc(n, sizeof(double))};
    if (!d->labels || !d->scores) {
        exit(1);
    }
    label_ranges(d);
    double smooth = 0.0;
    for (size_t i = 0; i < n; i++) {
        double u = te_rng_unit(&rng);
        smooth += (u + 1.2 * d->labels[i] - smooth) / 50.0;
        if (strcmp(name, "noisy") == 0) {
            d->scores[i] = u + 0.3 * d->labels[i];
        } else if (strcmp(name, "smooth") == 0) {
            d->scores[i] = smooth;
        } else if (strcmp(name, "ramp") == 0) {
            d->scores[i] = (double)i / (double)n;
        } else if (strcmp(name, "alternating") == 0) {
            d->scores[i] = i % 2 ? 1.0 - 1e-9 * (double)i : 1e-9 * (double)i;
        } else if (strcmp(name, "ties") == 0) {
            d->scores[i] = d->labels[i] && i % 3 ? 1.0 : 0.5;
        } else {
            d->labels[i] = i % 10 == 3; /* one-point ranges */
            d->scores[i] = u + 0.2 * d->labels[i];
        }
    }
}

static void release(struct data *d)
{
    free(d->labels);
    free(d->scores);
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x < y) - (x > y);
}

static double plain_sort(const struct data *d)
{
    double *copy = malloc(d->n * sizeof *copy);
    if (!copy) {
        exit(1);
    }
    memcpy(copy, d->scores, d->n * sizeof *copy);
    double start = now();
    qsort(copy, d->n, sizeof *copy, descending);
    double took = now() - start;
    free(copy);
    return took;
}

static void fail(const struct te_err *err)
{
    fprintf(stderr, "bench: %s\n", err->text);
    exit(1);
}

static double prepare(const struct data *d, struct te_metric_input *in)
{
    struct te_err err = TE_ERR_INIT;
    double start = now();
    if (te_metric_input_init(in, d->labels, d->scores, d->n, &err) < 0) {
        fail(&err);
    }
    return now() - start;
}

static double compute(const struct te_metric_spec *spec, struct te_metric_input *in)
{
    struct te_err err = TE_ERR_INIT;
    double value = NAN;
    double start = now();
    (void)!te_metric_compute(spec, in, &value, &err);
    return now() - start;
}

static bool is_peer(const char *name)
{
    static const char *const ours[] = {"EVENT_F1", "PA_F1", "PA_K", "UCR_SCORE", "PATE"};
    for (size_t k = 0; k < sizeof ours / sizeof ours[0]; k++) {
        if (strncmp(name, ours[k], strlen(ours[k])) == 0) {
            return false;
        }
    }
    return true;
}

struct times {
    double recommended; /* TimeEval's, VUS_PR/ROC, affiliation, BEST_F1 */
    double all;
};

static struct times run(const char *name, size_t n, bool verbose)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_list list;
    struct te_metric_input in;
    struct data d;
    fill(&d, name, n);
    if (te_metric_all(&list, &err) < 0) {
        fail(&err);
    }
    double sort = plain_sort(&d);
    double first = prepare(&d, &in);
    struct times t = {first, first};
    printf("%s n=%zu: plain sort %.2f ms, shared preparation %.2f of it\n", name, n, 1e3 * sort,
           first / sort);
    for (size_t k = 0; k < list.count; k++) {
        double took = compute(list.specs[k], &in);
        t.all += took;
        t.recommended += is_peer(te_metric_name(list.specs[k])) ? took : 0.0;
        if (verbose) {
            printf("    %-46s %8.3f ms %8.3f sorts\n", te_metric_text(list.specs[k]), 1e3 * took,
                   took / sort);
        }
    }
    printf("    recommended ones %.1f ms (%.2f sorts), all %.1f ms (%.2f sorts)\n",
           1e3 * t.recommended, t.recommended / sort, 1e3 * t.all, t.all / sort);
    te_metric_input_release(&in);
    te_metric_list_release(&list);
    release(&d);
    return t;
}

/* Seconds for some specs together, with the sort. */
static double together(const char *name, size_t n, const char *specs)
{
    struct te_err err = TE_ERR_INIT;
    struct te_metric_list list;
    struct te_metric_input in;
    struct data d;
    fill(&d, name, n);
    if (te_metric_parse_list(specs, &list, &err) < 0) {
        fail(&err);
    }
    double took = prepare(&d, &in);
    for (size_t k = 0; k < list.count; k++) {
        took += compute(list.specs[k], &in);
    }
    te_metric_input_release(&in);
    te_metric_list_release(&list);
    release(&d);
    return took;
}

static int missed;

static void aim(const char *what, double took, double most)
{
    printf("%s %s: %.1f ms, aim %.1f ms\n", took <= most ? "met   " : "MISSED", what, 1e3 * took,
           1e3 * most);
    missed += took > most;
}

static long peak_kib(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static void ten_million(void)
{
    size_t n = 10000000;
    double took = together("noisy", n, "ROC_AUC, PR_AUC, RangePrVUS(), RangeRocVUS()");
    double per_point = (double)peak_kib() * 1024.0 / (double)n;
    printf("%s n=1e7 ROC_AUC, PR_AUC, VUS: %.1f s, peak memory %.1f bytes a point, aim 64\n",
           per_point <= 64.0 ? "met   " : "MISSED", took, per_point);
    missed += per_point > 64.0;
}

static void windows(void)
{
    static const char *const names[] = {"mean", "median", "sum"};
    struct data d;
    fill(&d, "noisy", 1000000);
    double *out = malloc((d.n + 1000) * sizeof *out);
    double sort = plain_sort(&d);
    for (int how = TE_REDUCE_MEAN; out && how <= TE_REDUCE_SUM; how++) {
        for (size_t w = 100; w <= 1000; w *= 10) {
            struct te_err err = TE_ERR_INIT;
            double start = now();
            if (te_window_reverse(d.scores, d.n, w, (enum te_reduction)how, out, &err) < 0) {
                fail(&err);
            }
            printf("reverse windowing n=1e6 w=%zu %s: %.2f sorts\n", w, names[how],
                   (now() - start) / sort);
        }
    }
    free(out);
    release(&d);
}

int main(void)
{
    static const char *const shapes[] = {"noisy",       "smooth", "ramp",
                                         "alternating", "ties",   "points"};
    ten_million();
    for (size_t n = 1000; n <= 1000000; n *= 10) {
        for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
            struct times t = run(shapes[k], n, n == 1000000 && (k == 0 || k == 5));
            if (n == 1000000) {
                char what[80];
                snprintf(what, sizeof what, "%s n=1e6 recommended metrics", shapes[k]);
                aim(what, t.recommended, 2.0);
                snprintf(what, sizeof what, "%s n=1e6 all metrics", shapes[k]);
                aim(what, t.all, 6.0);
            }
        }
    }
    windows();
    aim("noisy n=1e5 RangePrVUS + RangeRocVUS with the sort",
        together("noisy", 100000, "RangePrVUS(), RangeRocVUS()"), 0.020);
    aim("noisy n=1e5 RANGE_PR_AUC with the sort", together("noisy", 100000, "RANGE_PR_AUC"), 0.100);
    return missed > 0;
}

/*
 * PA_F1 and PA_K: point-wise F1 after every anomaly that was hit counts as found as a whole (Xu et
 * al., WWW 2018), or only if more than K percent of its points were predicted (Kim, Choi, Choi,
 * Lee, Yoon: Towards a Rigorous Evaluation of Time-Series Anomaly Detection, AAAI 2022; the mean
 * over K = 0 .. 100). Random scores do well on them: read them beside random_seed=0.
 */
#include <string.h>
#include "levels.h"
#include "te/base/mem.h"
#include "te/base/rng.h"

enum { STRATEGY, SEED_OF_F1 = 1, K_PERCENT = 1, SEED_OF_K = 2, PERCENTS = 101 };

/* Adjusted true positives per threshold and percentage; while ranges are added, the change from the
 * percentage before. Whole numbers throughout. */
struct adjusted {
    double tp[MAX_LEVELS][PERCENTS + 1];
};

static void adjust_range(const struct metric_levels *levels, struct te_metric_range r,
                         struct adjusted *a)
{
    uint64_t per_level[MAX_LEVELS + 1] = {0};
    uint64_t length = r.last - r.first + 1;
    uint64_t found = 0;
    for (size_t i = r.first; i <= r.last; i++) {
        per_level[levels->of[i]]++;
    }
    for (size_t c = levels->count; c-- > 0;) {
        found += per_level[c + 1];
        /* found / length > K / 100 holds for this many K. */
        size_t whole = (size_t)((100 * found + length - 1) / length);
        a->tp[c][0] += (double)(whole > 0 ? length : found);
        if (whole > 0) {
            a->tp[c][whole] -= (double)(length - found);
        }
    }
}

static void add_up(struct adjusted *a, size_t count)
{
    for (size_t c = 0; c < count; c++) {
        for (size_t k = 1; k < PERCENTS; k++) {
            a->tp[c][k] += a->tp[c][k - 1];
        }
    }
}

static double best_at(const struct metric_levels *levels, const struct adjusted *a, size_t k,
                      const double *normal, double positives)
{
    double best = 0.0;
    for (size_t c = 0; c < levels->count; c++) {
        double f = 2.0 * a->tp[c][k] / (a->tp[c][k] + normal[c] + positives);
        best = f > best ? f : best;
    }
    return best;
}

/* first, last: percentages whose mean is wanted. */
static int judge(const struct metric_threshold *threshold, const struct te_metric_input *in,
                 size_t first, size_t last, double *value, struct te_err *err)
{
    struct metric_levels levels;
    double normal[MAX_LEVELS];
    double anomalous[MAX_LEVELS];
    te_autofree struct adjusted *a = te_zalloc(1, sizeof *a, err);
    if (!a || metric_levels_init(&levels, threshold, in, err) < 0) {
        return -1;
    }
    metric_levels_count(&levels, in, normal, anomalous);
    for (size_t k = 0; k < in->n_ranges; k++) {
        adjust_range(&levels, in->ranges[k], a);
    }
    add_up(a, levels.count);
    double total = 0.0;
    for (size_t k = first; k <= last; k++) {
        total += best_at(&levels, a, k, normal, (double)in->n_positive);
    }
    *value = total / (double)(last - first + 1);
    metric_levels_release(&levels);
    return 0;
}

/* The same question asked of uniform random scores. */
static int judge_random(const struct te_metric_spec *spec, const struct te_metric_input *in,
                        uint64_t seed, size_t first, size_t last, double *value, struct te_err *err)
{
    te_autofree double *scores = te_alloc(in->n * sizeof *scores, err);
    struct te_metric_input random;
    struct te_rng rng;
    if (!scores) {
        return -1;
    }
    te_rng_seed(&rng, seed);
    for (size_t i = 0; i < in->n; i++) {
        scores[i] = te_rng_unit(&rng);
    }
    if (te_metric_input_init(&random, in->labels, scores, in->n, err) < 0) {
        return -1;
    }
    int rc = judge(&spec->threshold, &random, first, last, value, err);
    te_metric_input_release(&random);
    return rc;
}

static int answer(const struct te_metric_spec *spec, const struct te_metric_input *in,
                  const struct metric_value *seed, size_t first, size_t last, double *value,
                  struct te_err *err)
{
    if (metric_without_anomaly(in, value, err)) {
        return 0;
    }
    return seed->kind == VALUE_NONE
               ? judge(&spec->threshold, in, first, last, value, err)
               : judge_random(spec, in, (uint64_t)seed->i, first, last, value, err);
}

static int pa_f1(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                 struct te_err *err)
{
    return answer(spec, in, &spec->args[SEED_OF_F1], 0, 0, value, err);
}

static int pa_k(const struct te_metric_spec *spec, struct te_metric_input *in, double *value,
                struct te_err *err)
{
    const struct metric_value *k = &spec->args[K_PERCENT];
    size_t first = k->kind == VALUE_NONE ? 0 : (size_t)k->i;
    size_t last = k->kind == VALUE_NONE ? 100 : (size_t)k->i;
    return answer(spec, in, &spec->args[SEED_OF_K], first, last, value, err);
}

static const struct metric_option F1_OPTIONS[] = {
    {"thresholding_strategy", OPTION_STRATEGY, 0, 0, NULL, METRIC_NONE},
    {"random_seed", OPTION_INT | OPTION_NONE, 0, 9e18, NULL, METRIC_NONE},
};

static const struct metric_option K_OPTIONS[] = {
    {"thresholding_strategy", OPTION_STRATEGY, 0, 0, NULL, METRIC_NONE},
    {"k", OPTION_INT | OPTION_NONE, 0, 100, NULL, METRIC_NONE},
    {"random_seed", OPTION_INT | OPTION_NONE, 0, 9e18, NULL, METRIC_NONE},
};

const struct metric_def metric_pa_f1 = {
    .class_name = "PA_F1",
    .column = "PA_F1",
    .flags = METRIC_ANY_TYPE | METRIC_BEST,
    .options = F1_OPTIONS,
    .n_options = METRIC_COUNT(F1_OPTIONS),
    .baseline = SEED_OF_F1,
    .compute = pa_f1,
    .doc = "F1 after point adjustment (Xu et al. 2018); high for random scores, too",
};

const struct metric_def metric_pa_k = {
    .class_name = "PA_K",
    .column = "PA_K",
    .flags = METRIC_ANY_TYPE | METRIC_BEST,
    .options = K_OPTIONS,
    .n_options = METRIC_COUNT(K_OPTIONS),
    .baseline = SEED_OF_K,
    .compute = pa_k,
    .doc = "PA%K: F1 after adjusting anomalies found to more than K percent, mean over K = 0..100",
};

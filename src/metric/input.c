#include "te/metric/input.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "memo.h"
#include "sort.h"
#include "spec.h"
#include "te/base/max.h"
#include "te/base/mem.h"

static bool is_special(double s)
{
    return !isfinite(s);
}

/* A special score after the rules of the flags. The worst score for a point is the opposite of
 * its label. inf_is_1 = false spoils both infinities: that is what TimeEval does. */
static double replaced(double s, uint8_t label, struct te_metric_flags flags)
{
    double worst = label ? 0.0 : 1.0;
    if (isnan(s)) {
        return flags.nan_is_0 ? 0.0 : worst;
    }
    if (!flags.inf_is_1) {
        return worst;
    }
    if (s < 0) {
        return flags.neginf_is_0 ? 0.0 : worst;
    }
    return 1.0;
}

static int clean_scores(struct te_metric_input *in, struct te_err *err)
{
    for (size_t i = 0; i < in->n; i++) {
        in->n_special += is_special(in->raw[i]) ? 1U : 0U;
    }
    in->scores = in->raw;
    if (in->n_special == 0) {
        return 0;
    }
    in->own_scores = te_alloc(in->n * sizeof *in->own_scores, err);
    if (!in->own_scores) {
        return -1;
    }
    for (size_t i = 0; i < in->n; i++) {
        double s = in->raw[i];
        in->own_scores[i] = is_special(s) ? replaced(s, in->labels[i], in->flags) : s;
    }
    in->scores = in->own_scores;
    return 0;
}

static int find_ranges(struct te_metric_input *in, struct te_err *err)
{
    for (size_t i = 0; i < in->n; i++) {
        in->n_positive += in->labels[i];
        in->n_ranges += in->labels[i] && (i == 0 || !in->labels[i - 1]) ? 1U : 0U;
    }
    in->ranges = te_zalloc(in->n_ranges, sizeof *in->ranges, err);
    if (!in->ranges) {
        return -1;
    }
    size_t at = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (!in->labels[i]) {
            continue;
        }
        if (i == 0 || !in->labels[i - 1]) {
            in->ranges[at++].first = (uint32_t)i;
        }
        in->ranges[at - 1].last = (uint32_t)i;
    }
    return 0;
}

/* Numbers the distinct scores from the highest and counts up to each. */
static int count_distinct(struct te_metric_input *in, struct te_err *err)
{
    in->n_distinct = 1;
    for (size_t p = 1; p < in->n; p++) {
        in->n_distinct += in->sorted[p] != in->sorted[p - 1] ? 1U : 0U;
    }
    in->rank = te_alloc(in->n * sizeof *in->rank, err);
    in->n_upto = in->rank ? te_alloc(in->n_distinct * sizeof *in->n_upto, err) : NULL;
    in->tp_upto = in->n_upto ? te_alloc(in->n_distinct * sizeof *in->tp_upto, err) : NULL;
    if (!in->tp_upto) {
        return -1;
    }
    uint32_t g = 0;
    uint32_t tp = 0;
    for (size_t p = 0; p < in->n; p++) {
        g += p > 0 && in->sorted[p] != in->sorted[p - 1] ? 1U : 0U;
        uint32_t point = in->order[p];
        tp += in->labels[point];
        in->rank[point] = g;
        in->n_upto[g] = (uint32_t)(p + 1);
        in->tp_upto[g] = tp;
    }
    return 0;
}

/* Labels, raw, n, types and flags are set. */
static int prepare(struct te_metric_input *in, struct te_err *err)
{
    if (clean_scores(in, err) < 0 || find_ranges(in, err) < 0 ||
        metric_sort(in->scores, in->n, &in->order, &in->sorted, err) < 0) {
        return -1;
    }
    return count_distinct(in, err);
}

static int check_count(size_t n, struct te_err *err)
{
    if (n == 0) {
        return te_err_set(err, TE_ERR_USAGE, "there are no points to judge");
    }
    if (n > TE_MAX_POINTS) {
        return te_err_set(err, TE_ERR_LIMIT, "%zu points are more than %zu", n, TE_MAX_POINTS);
    }
    return 0;
}

int metric_input_with_flags(const struct te_metric_input *in, struct te_metric_flags flags,
                            struct te_metric_input *out, struct te_err *err)
{
    struct te_metric_input own = {.n = in->n,
                                  .labels = in->labels,
                                  .raw = in->raw,
                                  .score_type = in->score_type,
                                  .flags = flags,
                                  .period = in->period};
    if (prepare(&own, err) < 0) {
        te_metric_input_release(&own);
        return -1;
    }
    *out = own;
    return 0;
}

int te_metric_input_init(struct te_metric_input *input, const uint8_t *labels, const double *scores,
                         size_t n, struct te_err *err)
{
    struct te_metric_input in = {
        .n = n, .labels = labels, .raw = scores, .flags = TE_METRIC_FLAGS_DEFAULT};
    if (check_count(n, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        if (labels[i] > 1) {
            return te_err_set(err, TE_ERR_USAGE, "label %zu is %d, but must be 0 or 1", i + 1,
                              labels[i]);
        }
    }
    if (prepare(&in, err) < 0) {
        te_metric_input_release(&in);
        return -1;
    }
    *input = in;
    return 0;
}

void te_metric_input_release(struct te_metric_input *input)
{
    te_free(input->order);
    te_free(input->sorted);
    te_free(input->rank);
    te_free(input->n_upto);
    te_free(input->tp_upto);
    te_free(input->ranges);
    te_free(input->own_labels);
    te_free(input->own_scores);
    metric_memo_free(input->memo);
    if (input->swapped) {
        te_metric_input_release(input->swapped);
        te_free(input->swapped);
    }
    memset(input, 0, sizeof *input);
}

/* Labels as bytes; where one cannot be a label, the reason is noted and they stay 0. */
static int take_labels(struct te_metric_input *in, const double *labels, struct te_err *err)
{
    in->own_labels = te_zalloc(in->n, 1, err);
    if (!in->own_labels) {
        return -1;
    }
    in->labels = in->own_labels;
    for (size_t i = 0; i < in->n; i++) {
        if (labels[i] != 0.0 && labels[i] != 1.0) {
            snprintf(in->label_problem, sizeof in->label_problem,
                     "label %zu is %.17g, but must be 0 or 1", i + 1, labels[i]);
            return 0;
        }
        in->own_labels[i] = labels[i] == 1.0;
    }
    return 0;
}

static int init_one(struct te_metric_input *in, const double *labels, const double *scores,
                    enum te_metric_dtype score_type, struct te_err *err)
{
    in->raw = scores;
    in->score_type = score_type;
    in->flags = TE_METRIC_FLAGS_DEFAULT;
    if (take_labels(in, labels, err) < 0) {
        return -1;
    }
    if (in->label_problem[0]) {
        in->scores = scores;
        return 0;
    }
    return prepare(in, err);
}

static int init_swapped(struct te_metric_input *in, const struct te_metric_arrays *a,
                        struct te_err *err)
{
    in->swapped = te_zalloc(1, sizeof *in->swapped, err);
    if (!in->swapped) {
        return -1;
    }
    in->swapped->n = in->n;
    return init_one(in->swapped, a->scores, a->labels, TE_METRIC_FLOAT, err);
}

int te_metric_input_init_arrays(struct te_metric_input *input,
                                const struct te_metric_arrays *arrays, struct te_err *err)
{
    const struct te_metric_arrays *a = arrays;
    struct te_metric_input in = {.n = a->n_labels};
    if (a->n_labels != a->n_scores) {
        return te_err_set(err, TE_ERR_USAGE, "%zu labels, but %zu scores", a->n_labels,
                          a->n_scores);
    }
    if (check_count(in.n, err) < 0) {
        return -1;
    }
    bool mixed_up = a->label_type == TE_METRIC_FLOAT && a->score_type == TE_METRIC_INT;
    if (init_one(&in, a->labels, a->scores, a->score_type, err) < 0 ||
        (mixed_up && init_swapped(&in, a, err) < 0)) {
        te_metric_input_release(&in);
        return -1;
    }
    if (in.label_problem[0] && (!in.swapped || in.swapped->label_problem[0])) {
        te_err_set(err, TE_ERR_USAGE, "%s", in.label_problem);
        te_metric_input_release(&in);
        return -1;
    }
    *input = in;
    return 0;
}

#include "post.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/metric/intervals.h"
#include "te/metric/window.h"
#include "te/model/post.h"

struct job {
    const struct te_post_call *call;
    const struct te_score_table *table;
    double *out;
    size_t n;
    char *remark;
    size_t remark_size;
};

static int get_room(struct job *j, size_t n, struct te_err *err)
{
    if (n > TE_MAX_POINTS)
        return te_err_set(err, TE_ERR_LIMIT, "post-processing yields more than %zu scores",
                          TE_MAX_POINTS);
    j->out = te_zalloc(n ? n : 1, sizeof *j->out, err);
    if (!j->out)
        return -1;
    j->n = n;
    return 0;
}

static int run_windows(struct job *j, struct te_err *err)
{
    static const enum te_reduction how[] = {TE_REDUCE_MEAN, TE_REDUCE_MEDIAN, TE_REDUCE_SUM};
    size_t m = j->table->rows, w = j->call->window;
    if (w > TE_MAX_POINTS)
        return te_err_set(err, TE_ERR_USAGE, "window of %zu points", w);
    if (get_room(j, m + w - 1, err) < 0)
        return -1;
    return te_window_reverse(j->table->values, m, w, how[j->call->reduction], j->out, err);
}

static int run_intervals(struct job *j, struct te_err *err)
{
    const struct te_score_table *t = j->table;
    size_t n = t->rows, clipped = 0;
    if (get_room(j, n, err) < 0)
        return -1;
    int rc;
    if (j->call->columns) {
        te_autofree double *split = te_zalloc(3 * n, sizeof *split, err);
        if (!split)
            return -1;
        for (size_t i = 0; i < n; i++)
            for (size_t c = 0; c < 3; c++)
                split[c * n + i] = t->values[3 * i + c];
        rc = te_intervals_mean(split + n, n, split, split + 2 * n, 0, j->out, &clipped, err);
    } else {
        rc = te_intervals_mean(t->values, n, NULL, NULL, j->call->length, j->out, &clipped, err);
    }
    if (clipped)
        snprintf(j->remark, j->remark_size,
                 "WARN: %zu intervals reached past the end and were cut there", clipped);
    return rc;
}

static int run_mscred(struct job *j, struct te_err *err)
{
    const struct te_post_call *c = j->call;
    return te_intervals_mscred(j->table->values, j->table->rows, c->window, c->gap, c->max_window,
                               c->dataset_length, &j->out, &j->n, err);
}

static int run_repeat(struct job *j, struct te_err *err)
{
    if (get_room(j, j->call->dataset_length, err) < 0)
        return -1;
    return te_intervals_repeat(j->table->values, j->table->rows, j->call->window, j->out, j->n,
                               err);
}

static int run_pad(struct job *j, struct te_err *err)
{
    if (get_room(j, j->call->length, err) < 0)
        return -1;
    return te_window_pad(j->table->values, j->table->rows, j->n, j->out, err);
}

static int run_none(struct job *j, struct te_err *err)
{
    if (get_room(j, j->table->rows, err) < 0)
        return -1;
    memcpy(j->out, j->table->values, j->n * sizeof *j->out);
    return 0;
}

static int (*const runs[TE_POST_COUNT])(struct job *, struct te_err *) = {
    [TE_POST_NONE] = run_none,     [TE_POST_REVERSE_WINDOWING] = run_windows,
    [TE_POST_MSCRED] = run_mscred, [TE_POST_INTERVALS] = run_intervals,
    [TE_POST_REPEAT] = run_repeat, [TE_POST_PAD] = run_pad,
    [TE_POST_COMMAND] = run_none, /* the program has run: these are its scores */
};

static int run_call(struct job *j, struct te_err *err)
{
    size_t want = j->call->columns ? 3 : 1;
    if (j->table->columns != want)
        return te_err_set(err, TE_ERR_FORMAT,
                          "the scores have %zu columns, post-processing %s takes %zu",
                          j->table->columns, te_post_kind_word(j->call->kind), want);
    if (!runs[j->call->kind])
        return te_err_set(err, TE_ERR_INTERNAL, "post-processing %s is not for arrays",
                          te_post_kind_word(j->call->kind));
    return runs[j->call->kind](j, err);
}

int te_post_run(const struct te_task *task, const char *params_json,
                const struct te_score_table *table, double **out, size_t *n, char *remark,
                size_t size, struct te_err *why)
{
    struct te_post_call call = {.kind = TE_POST_NONE};
    struct job j = {.call = &call, .table = table, .remark = remark, .remark_size = size};
    struct te_post *post = NULL;
    int rc = 0;
    if (size)
        remark[0] = '\0';
    if (task->postprocess && *task->postprocess)
        rc = te_post_parse(task->postprocess, &post, why);
    if (post)
        rc = te_post_eval(post, params_json, task->dataset_length, &call, why);
    if (rc == 0)
        rc = run_call(&j, why);
    te_post_free(post);
    if (rc < 0) {
        te_free(j.out);
        return -1;
    }
    *out = j.out;
    *n = j.n;
    return 0;
}

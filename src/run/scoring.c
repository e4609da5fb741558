#include "scoring.h"

#include <math.h>
#include <string.h>
#include "judge.h"
#include "post.h"
#include "te/base/clock.h"
#include "te/base/mem.h"
#include "te/metric/scale.h"
#include "te/report/judge.h"
#include "te/text/num.h"

static int fail_scores(struct te_scoring *s, const char *message, struct te_err *err)
{
    return te_judge_fail(s->result, TE_STATUS_ERROR, TE_REASON_WRONG_SCORES, "ValueError", message,
                         err);
}

static int post_process(struct te_scoring *s, bool *good, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    char remark[200];
    size_t n = 0;
    double begin = te_clock_mono();
    *good = false;
    if (te_post_run(s->task, s->params_json, &s->table, &s->scores, &n, remark, sizeof remark,
                    &why) < 0) {
        if (why.code == TE_ERR_NOMEM) {
            *err = why;
            return -1;
        }
        te_err_wrap(&why, s->task->postprocess ? "post-processing failed" : "wrong scores");
        return fail_scores(s, why.text, err);
    }
    if (s->task->postprocess && *s->task->postprocess)
        s->result->execute_postprocess_time =
            fmax(s->result->execute_postprocess_time, te_clock_mono() - begin); /* a program ran */
    if (remark[0])
        te_cutlog_addf(s->log, "%s\n", remark);
    s->result->n_scores = n;
    s->result->integer_scores = s->table.integers && s->scores && !s->task->postprocess;
    *good = true;
    return 0;
}

static int check_length(struct te_scoring *s, bool *good, struct te_err *err)
{
    size_t n = s->result->n_scores;
    *good = n == s->n_labels;
    if (*good)
        return 0;
    const char *hint = "";
    if (n < s->n_labels && !(s->task->postprocess && *s->task->postprocess))
        hint = "; for an algorithm that scores windows, set postprocess (e.g. reverse_windowing)";
    else if (s->task->postprocess && *s->task->postprocess)
        hint = "; does the window size of the post-processing fit the algorithm's";
    te_autofree char *text = te_asprintf(
        err, "the algorithm yields %zu scores for a dataset of %zu points%s", n, s->n_labels, hint);
    return text ? fail_scores(s, text, err) : -1;
}

static void log_metric(struct te_scoring *s, const struct te_metric_spec *spec, int rc,
                       double value, const struct te_err *why)
{
    char number[TE_NUM_TEXT];
    te_cutlog_addf(s->log, "Calculating %s\n", te_metric_name(spec));
    if (rc < 0) {
        te_cutlog_addf(s->log, "Exception while computing metric %s: %s\n", te_metric_name(spec),
                       why->text);
        return;
    }
    te_num_repr(value, number);
    te_cutlog_addf(s->log, "  = %s\n", number);
    if (why->text[0])
        te_cutlog_addf(s->log, "WARN: %s\n", why->text);
}

static int compute_all(struct te_scoring *s, struct te_metric_input *input, struct te_err *err)
{
    struct te_result *r = s->result;
    size_t good = 0, n = s->metrics->count;
    struct te_err last = TE_ERR_INIT;
    for (size_t i = 0; i < n; i++) {
        if (atomic_load(&s->stop))
            return te_err_set(err, TE_ERR_CANCELED, "stopped");
        struct te_err why = TE_ERR_INIT;
        double value = NAN;
        int rc = te_metric_compute(s->metrics->specs[i], input, &value, &why);
        r->metrics[i] = (struct te_metric_value){rc == 0 ? value : NAN, rc == 0};
        log_metric(s, s->metrics->specs[i], rc, value, &why);
        good += rc == 0;
        /* nothing to judge (no anomaly, no prediction) is no fault of the experiment */
        if (rc < 0 && why.code != TE_ERR_NOENT)
            last = why;
    }
    if (n && !good && last.text[0])
        return te_judge_fail(r, TE_STATUS_ERROR, TE_REASON_METRICS, "ValueError", last.text, err);
    return 0;
}

/* Only for a metric that asks; without the series it has a fallback. */
static void find_period(const struct te_scoring *s, struct te_metric_input *input)
{
    struct te_err why = TE_ERR_INIT;
    if (s->task->test_path && te_judge_wants_period(s->metrics->specs, s->metrics->count) &&
        te_judge_period(s->task->test_path, &input->period, &why) < 0)
        te_cutlog_addf(s->log, "WARN: no period for window=auto: %s\n", why.text);
}

static int judge_scores(struct te_scoring *s, struct te_err *err)
{
    struct te_result *r = s->result;
    size_t n = r->n_scores;
    te_autofree double *scaled = te_alloc((n ? n : 1) * sizeof *scaled, err);
    r->metrics = te_zalloc(s->metrics->count ? s->metrics->count : 1, sizeof *r->metrics, err);
    if (!scaled || !r->metrics)
        return -1;
    r->n_metrics = s->metrics->count;
    if (!te_scale_find(s->scores, n, &r->score_min, &r->score_max))
        te_cutlog_addf(s->log, "WARN: no score is a finite number\n");
    te_scale_apply(s->scores, n, r->score_min, r->score_max, scaled);
    struct te_metric_input input;
    struct te_err why = TE_ERR_INIT;
    if (te_metric_input_init(&input, s->labels, scaled, n, &why) < 0) {
        if (why.code == TE_ERR_NOMEM) {
            *err = why;
            return -1;
        }
        return te_judge_fail(r, TE_STATUS_ERROR, TE_REASON_METRICS, "ValueError", why.text, err);
    }
    find_period(s, &input);
    int rc = compute_all(s, &input, err);
    te_metric_input_release(&input);
    return rc;
}

static void log_heading(struct te_scoring *s)
{
    te_cutlog_addf(s->log, "Scoring algorithm %s with ", s->task->algorithm);
    for (size_t i = 0; i < s->metrics->count; i++)
        te_cutlog_addf(s->log, "%s%s", i ? "," : "", te_metric_name(s->metrics->specs[i]));
    te_cutlog_addf(s->log, " metrics\n");
}

int te_scoring_run(struct te_scoring *s, struct te_err *err)
{
    bool good = false;
    if (post_process(s, &good, err) < 0)
        return -1;
    if (!good)
        return 0;
    if (check_length(s, &good, err) < 0)
        return -1;
    if (!good)
        return 0;
    log_heading(s);
    return judge_scores(s, err);
}

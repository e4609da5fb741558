#include "filtering.h"

#include <stdio.h>
#include <string.h>
#include "judge.h"
#include "te/base/clock.h"
#include "te/base/mem.h"
#include "te/model/post.h"
#include "te/run/scores.h"

int te_filtering_begin(struct te_filtering *f, const struct te_adapter_env *env,
                       const struct te_task *task, const struct te_score_table *table,
                       const char *folder, const struct te_job *job, struct te_err *why)
{
    const struct te_filter_job filter = {
        .command = te_post_command(task->postprocess),
        .task = task,
        .table = table,
        .folder = folder,
        .limits = {.memory = job->memory, .cpus = job->cpus, .timeout = job->timeout}};
    f->began = te_clock_mono();
    return te_filter_start(env, &filter, &f->filter, why);
}

void te_filtering_drop(struct te_filtering *f)
{
    te_filter_free(f->filter);
    f->filter = NULL;
}

static enum te_reason word_end(const struct te_outcome *o, const struct te_task *task, char *text,
                               size_t size)
{
    static const char start[] = "post-processing failed: ";
    static const char end[] = ", please consider the execution log of this experiment!";
    switch (o->end) {
    case TE_END_EXIT:
        snprintf(text, size, "%sits program ended with status '%d'%s", start, o->exit_code, end);
        return TE_REASON_EXIT;
    case TE_END_SIGNAL:
        snprintf(text, size, "%sits program died of signal %d%s", start, o->signal, end);
        return TE_REASON_SIGNAL;
    case TE_END_OOM:
        snprintf(text, size, "%sits program exceeded the memory limit", start);
        return TE_REASON_OOM;
    case TE_END_TIMEOUT:
        snprintf(text, size, "%sits program timed out after <Duration %s>", start,
                 task->limits.execute_timeout_text);
        return TE_REASON_TIMEOUT;
    default:
        snprintf(text, size, "%s%s", start, o->why.text);
        return TE_REASON_EXIT;
    }
}

static int keep_log(struct te_outcome *o, struct te_cutlog *log, struct te_result *result,
                    struct te_err *err)
{
    uint64_t cut = 0;
    te_autofree char *text = te_cutlog_take(&o->log, &cut, err);
    if (!text)
        return -1;
    te_cutlog_add(log, text, strlen(text));
    result->log_cut += cut;
    return 0;
}

static int read_scores(struct te_filtering *f, int64_t max_scores, struct te_result *result,
                       struct te_score_table *table, bool *good, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    if (te_scores_load(te_filter_folder(f->filter), false, max_scores, table, &why) == 0) {
        *good = true;
        return 0;
    }
    if (why.code == TE_ERR_NOMEM) {
        *err = why;
        return -1;
    }
    te_err_wrap(&why, "post-processing failed: the scores of its program");
    return te_judge_fail(result, TE_STATUS_ERROR, TE_REASON_WRONG_SCORES, "ValueError", why.text,
                         err);
}

int te_filtering_end(struct te_filtering *f, const struct te_task *task, int64_t max_scores,
                     struct te_cutlog *log, struct te_result *result, struct te_score_table *table,
                     bool *good, struct te_err *err)
{
    struct te_outcome o = {0};
    char text[TE_ERR_TEXT_MAX + 200];
    *good = false;
    te_filter_take(f->filter, &o);
    result->execute_postprocess_time = te_clock_mono() - f->began;
    int rc = keep_log(&o, log, result, err);
    if (rc == 0 && o.end == TE_END_OK) {
        rc = read_scores(f, max_scores, result, table, good, err);
    } else if (rc == 0) {
        enum te_reason reason = word_end(&o, task, text, sizeof text);
        rc = te_judge_fail(result, TE_STATUS_ERROR, reason, "PostprocessingError", text, err);
    }
    te_outcome_release(&o);
    te_filtering_drop(f);
    return rc;
}

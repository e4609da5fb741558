/* From an execution that went well to metrics. */
#include <string.h>
#include <sys/stat.h>
#include "channels.h"
#include "judge.h"
#include "runner_state.h"
#include "te/base/mem.h"
#include "te/model/post.h"
#include "te/run/scores.h"

/* Series from so many bytes on are read and judged in a thread: a metric may take minutes, and a
 * worker must hear and say that it lives meanwhile. */
enum { LONG_SERIES = 100000 };

bool runner_is_binary(const struct te_task *t)
{
    return t->adapter == TE_ADAPTER_PLUGIN || t->adapter == TE_ADAPTER_PYTHON;
}

static int load_channels(struct te_runner *r, struct te_score_table *out, struct te_err *why)
{
    size_t n = r->phase.n_parts;
    te_autofree struct te_score_table *tables = te_zalloc(n, sizeof *tables, why);
    if (!tables)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = te_scores_load(r->phase.parts[i].job.folder, runner_is_binary(r->task),
                            r->settings->max_scores, &tables[i], why);
        if (rc < 0 && n > 1)
            te_err_wrap(why, "channel %zu", i);
    }
    if (rc == 0 && n > 1)
        rc = te_channels_join(tables, n, r->task->multivariate, out, why);
    else if (rc == 0)
        *out = (struct te_score_table){te_steal(tables[0].values), tables[0].rows,
                                       tables[0].columns, tables[0].integers};
    for (size_t i = 0; i < n; i++)
        te_free(tables[i].values);
    return rc;
}

/* Labels, then scores and metrics: what may take minutes. */
static int load_and_score(void *arg, struct te_err *err)
{
    struct te_runner *r = arg;
    struct te_err why = TE_ERR_INIT;
    if (te_truth_load(&r->truth, r->task->test_path, &why) < 0)
        return te_judge_fail(&r->result, TE_STATUS_ERROR, TE_REASON_INFRASTRUCTURE,
                             "InfrastructureError", why.text, err);
    r->scoring.labels = r->truth.labels;
    r->scoring.n_labels = r->truth.n;
    return te_scoring_run(&r->scoring, err);
}

void runner_end_scoring(struct te_runner *r)
{
    te_free(r->scoring.table.values);
    r->scoring.table.values = NULL;
    r->scores = te_steal(r->scoring.scores);
    r->stage = STAGE_DONE;
}

static bool is_long(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size >= LONG_SERIES;
}

/* Owns the table. */
static int judge_table(struct te_runner *r, struct te_score_table *table, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    r->stage = STAGE_DONE;
    r->scoring =
        (struct te_scoring){.task = r->task,
                            .params_json = r->task->params_json ? r->task->params_json : "{}",
                            .metrics = &r->metrics,
                            .table = *table,
                            .result = &r->result,
                            .log = &r->log};
    if (is_long(r->task->test_path) && te_aside_start(&r->scorer, load_and_score, r, &why) == 0) {
        r->stage = STAGE_SCORE;
        return 0;
    }
    int rc = load_and_score(r, err);
    runner_end_scoring(r);
    return rc;
}

/* The user's program gets the output first. */
static int begin_post(struct te_runner *r, const struct te_score_table *table, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    const char *folder = r->folder;
    r->stage = STAGE_DONE;
    if (!folder &&
        (runner_begin_services(r, &why) < 0 ||
         te_workdir_begin(&r->workdir, r->scratch, r->label, r->owner, r->task, &folder, &why) < 0))
        return runner_fail_infra(r, why.text, err);
    te_cutlog_addf(&r->log, "Post-processing with %s\n", te_post_command(r->task->postprocess));
    if (te_filtering_begin(&r->filtering, &r->env, r->task, table, folder, &r->phase.job, &why) <
        0) {
        te_err_wrap(&why, "post-processing failed");
        if (why.code != TE_ERR_USAGE)
            return runner_fail_infra(r, why.text, err);
        return te_judge_fail(&r->result, TE_STATUS_ERROR, TE_REASON_EXIT, "PostprocessingError",
                             why.text, err);
    }
    r->stage = STAGE_POST;
    return 0;
}

int runner_poll_post(struct te_runner *r, double wait, struct te_err *err)
{
    bool done = false, good = false;
    struct te_score_table table = {0};
    if (te_filter_poll(r->filtering.filter, wait, &done, err) < 0)
        return -1;
    if (!done)
        return 0;
    r->stage = STAGE_DONE;
    if (te_filtering_end(&r->filtering, r->task, r->settings->max_scores, &r->log, &r->result,
                         &table, &good, err) < 0)
        return -1;
    return good ? judge_table(r, &table, err) : 0;
}

int runner_score(struct te_runner *r, struct te_outcome *o, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    struct te_score_table table = {0};
    r->stage = STAGE_DONE;
    if (o->has_scores) {
        table = o->scores;
        o->scores.values = NULL;
    } else if (load_channels(r, &table, &why) < 0) {
        if (why.code == TE_ERR_NOMEM) {
            *err = why;
            return -1;
        }
        return te_judge_fail(&r->result, TE_STATUS_ERROR, TE_REASON_WRONG_SCORES, "ValueError",
                             why.text, err);
    }
    if (!te_post_command(r->task->postprocess))
        return judge_table(r, &table, err);
    int rc = begin_post(r, &table, err);
    te_free(table.values);
    return rc;
}

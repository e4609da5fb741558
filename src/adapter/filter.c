#include "te/adapter/filter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/command.h"
#include "te/text/num.h"
#include "words.h"

struct te_filter {
    struct te_proc proc;
    struct te_outcome outcome;
    char *folder, *in, *out;
};

const char *te_filter_folder(const struct te_filter *filter)
{
    return filter->folder;
}

static void write_rows(FILE *file, const struct te_score_table *table)
{
    char text[TE_NUM_TEXT];
    for (size_t i = 0; i < table->rows * table->columns; i++) {
        te_num_repr(table->values[i], text);
        fputs(text, file);
        fputc((i + 1) % table->columns ? ',' : '\n', file);
    }
}

static int write_table(const char *path, const struct te_score_table *table, struct te_err *err)
{
    FILE *file = fopen(path, "wxe");
    if (!file)
        return te_err_sys(err, TE_ERR_IO, "cannot write '%s'", path);
    write_rows(file, table);
    int bad = ferror(file);
    if (fclose(file) != 0 || bad)
        return te_err_sys(err, TE_ERR_IO, "cannot write '%s'", path);
    return 0;
}

/* {"filter", IN, OUT, PROGRAM, ...}: what the command names itself is no standard stream. */
static int build(const struct te_filter *f, const struct te_filter_job *job, struct words *w,
                 struct te_err *err)
{
    const struct te_task *t = job->task;
    const char *const values[TE_FILTER_PLACES] = {
        [TE_FILTER_SCORES] = f->in,
        [TE_FILTER_OUT] = f->out,
        [TE_FILTER_PARAMS] = t->params_json ? t->params_json : "{}",
        [TE_FILTER_DATASET] = t->test_path ? t->test_path : ""};
    bool reads = strstr(job->command, te_filter_places[TE_FILTER_SCORES]) != NULL;
    bool writes = strstr(job->command, te_filter_places[TE_FILTER_OUT]) != NULL;
    if (words_add(w, "filter", err) < 0 || words_add(w, reads ? "" : f->in, err) < 0 ||
        words_add(w, writes ? "" : f->out, err) < 0)
        return -1;
    return words_expand(job->command, te_filter_places, values, TE_FILTER_PLACES, w, err);
}

static int start(struct te_filter *f, const struct te_adapter_env *env,
                 const struct te_filter_job *job, struct te_err *err)
{
    char name[120];
    struct words w = {.n = 0};
    f->folder = te_fs_join(job->folder, ".timeeval-post", err);
    f->in = f->folder ? te_fs_join(f->folder, "input.csv", err) : NULL;
    f->out = f->in ? te_fs_join(f->folder, TE_FILE_SCORES, err) : NULL;
    if (!f->out || te_fs_mkdirs(f->folder, err) < 0 || write_table(f->in, job->table, err) < 0)
        return -1;
    snprintf(name, sizeof name, "%.60s.%u.%u.post", env->label, (unsigned)job->task->number,
             (unsigned)job->task->attempt);
    int rc = build(f, job, &w, err);
    w.items[w.n] = NULL;
    if (rc == 0)
        rc = te_proc_start(&f->proc, env, name, (const char *const *)w.items, &job->limits,
                           &f->outcome.log, err);
    words_release(&w);
    return rc;
}

int te_filter_start(const struct te_adapter_env *env, const struct te_filter_job *job,
                    struct te_filter **out, struct te_err *err)
{
    struct te_filter *f = te_zalloc(1, sizeof *f, err);
    if (!f)
        return -1;
    f->proc = (struct te_proc){.pidfd = -1, .out = -1, .fail = -1};
    te_outcome_init(&f->outcome, te_run_max_log(env->settings));
    if (start(f, env, job, err) < 0) {
        te_filter_free(f);
        return -1;
    }
    *out = f;
    return 0;
}

int te_filter_poll(struct te_filter *f, double wait, bool *done, struct te_err *err)
{
    return te_proc_poll(&f->proc, wait, done, err);
}

void te_filter_take(struct te_filter *f, struct te_outcome *outcome)
{
    te_proc_take(&f->proc, &f->outcome);
    *outcome = f->outcome;
    f->outcome = (struct te_outcome){.exit_code = -1};
}

void te_filter_free(struct te_filter *f)
{
    if (!f)
        return;
    te_proc_release(&f->proc);
    te_outcome_release(&f->outcome);
    te_free(f->folder);
    te_free(f->in);
    te_free(f->out);
    te_free(f);
}

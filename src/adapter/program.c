/*
 * Algorithms without a container: functions in shared libraries, Python functions, any program.
 * All are a child process (adapter/proc.h); they differ in what the child is told to run.
 */
#include <stdio.h>
#include <string.h>
#include "classes.h"
#include "loader.h"
#include "te/adapter/proc.h"
#include "te/adapter/program.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/core/engine.h"
#include "te/model/command.h"
#include "words.h"

struct program {
    struct te_adapter base;
    struct te_proc proc;
    struct te_outcome out;
    bool running, refused;
};

static int build_command(const struct te_job *job, const char *scores, const char *model,
                         struct words *w, struct te_err *err)
{
    struct te_buf args;
    te_buf_init(&args, TE_MAX_PARAM_TEXT + 8192);
    te_engine_argument(&args, job->data_path, scores, model, job->phase, job->task->params_json);
    const char *params = job->task->params_json ? job->task->params_json : "{}";
    const char *const values[TE_COMMAND_PLACES] = {[TE_COMMAND_ARGS] = args.data ? args.data : "",
                                                   [TE_COMMAND_DATASET] = job->data_path,
                                                   [TE_COMMAND_RESULTS] = scores,
                                                   [TE_COMMAND_MODEL] = model,
                                                   [TE_COMMAND_FOLDER] = job->folder,
                                                   [TE_COMMAND_PHASE] = te_phase_word(job->phase),
                                                   [TE_COMMAND_PARAMS] = params};
    int rc = te_buf_check(&args, err);
    if (rc == 0)
        rc = words_add(w, "exec", err);
    if (rc == 0)
        rc = words_expand(job->task->program ? job->task->program : "", te_command_places, values,
                          TE_COMMAND_PLACES, w, err);
    te_buf_release(&args);
    return rc;
}

static int build_plugin(const struct te_job *job, const char *scores, const char *model,
                        struct words *w, struct te_err *err)
{
    const struct te_task *t = job->task;
    const char *const list[] = {"plugin",
                                t->program ? t->program : "",
                                t->symbol ? t->symbol : "",
                                te_phase_word(job->phase),
                                job->data_path,
                                job->folder,
                                t->params_json ? t->params_json : "{}",
                                model};
    (void)scores;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (words_add(w, list[i], err) < 0)
            return -1;
    return 0;
}

static int build_python(const struct te_job *job, const char *python, struct words *w,
                        struct te_err *err)
{
    const struct te_task *t = job->task;
    const char *const list[] = {"keep",
                                python,
                                "-c",
                                te_loader,
                                t->program ? t->program : "",
                                t->symbol ? t->symbol : "",
                                te_phase_word(job->phase),
                                job->data_path,
                                job->folder,
                                t->params_json ? t->params_json : "{}",
                                t->data_as_file ? "1" : "0"};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (words_add(w, list[i], err) < 0)
            return -1;
    return 0;
}

/* ---- before a run --------------------------------------------------------------------------- */

const char *te_program_python(const char *of_run)
{
    return te_loader_python(of_run);
}

int te_program_check_python(const char *python, const char *folder, const char *symbol,
                            double timeout, struct te_err *err)
{
    const char *const mode[] = {"keep",  python, "-c", te_loader, folder, symbol,
                                "check", "",     "",   "{}",      "0",    NULL};
    struct te_adapter_env env = {.label = "check", .helper = "/proc/self/exe"};
    struct te_proc_limits limits = {.timeout = timeout};
    struct te_proc proc = {.pidfd = -1, .out = -1, .fail = -1};
    struct te_outcome out;
    bool done = false;
    te_outcome_init(&out, (size_t)64 * 1024);
    int rc = te_proc_start(&proc, &env, "check", mode, &limits, &out.log, err);
    while (rc == 0 && !done)
        rc = te_proc_poll(&proc, 1, &done, err);
    if (rc == 0)
        te_proc_take(&proc, &out);
    if (rc == 0 && out.end != TE_END_OK)
        rc =
            out.end == TE_END_REFUSED
                ? te_err_set(err, TE_ERR_USAGE, "%s", out.why.text)
                : te_err_set(err, TE_ERR_USAGE, "importing %s %s", symbol,
                             out.end == TE_END_TIMEOUT ? "takes too long" : "ends the interpreter");
    te_proc_release(&proc);
    te_outcome_release(&out);
    return rc;
}

char *te_program_of_command(const char *command, struct te_err *err)
{
    struct te_buf word;
    te_buf_init(&word, TE_MAX_PARAM_TEXT);
    words_take(command + strspn(command, " \t\n"), &word);
    char *text = te_buf_take(&word, err);
    te_buf_release(&word);
    return text;
}

/* ---- the adapter's functions -------------------------------------------------------------- */

static struct te_adapter *open_as(const struct te_adapter_class *class,
                                  const struct te_adapter_env *env, struct te_err *err)
{
    struct program *p = te_zalloc(1, sizeof *p, err);
    if (!p)
        return NULL;
    p->base = (struct te_adapter){class, env};
    p->proc = (struct te_proc){.pidfd = -1, .out = -1, .fail = -1};
    return &p->base;
}

static int build(const struct te_job *job, const char *python, struct words *w, struct te_err *err)
{
    te_autofree char *scores = te_fs_join(job->folder, TE_FILE_SCORES, err);
    te_autofree char *model = te_fs_join(job->folder, TE_FILE_MODEL, err);
    if (!scores || !model)
        return -1;
    switch (job->task->adapter) {
    case TE_ADAPTER_PLUGIN:
        return build_plugin(job, scores, model, w, err);
    case TE_ADAPTER_PYTHON:
        return build_python(job, python, w, err);
    default:
        return build_command(job, scores, model, w, err);
    }
}

static int program_start(struct te_adapter *adapter, const struct te_job *job, struct te_err *err)
{
    struct program *p = (struct program *)adapter;
    const struct te_adapter_env *env = adapter->env;
    struct te_err why = TE_ERR_INIT;
    struct words w = {.n = 0};
    char name[120];
    (void)err;
    te_outcome_init(&p->out, te_run_max_log(env->settings));
    struct te_proc_limits limits = {.memory = job->memory,
                                    .cpus = job->cpus,
                                    .among = job->task_cpus,
                                    .timeout = job->timeout,
                                    .grace = job->preliminary ? env->stop_grace : 0};
    snprintf(name, sizeof name, "%.60s.%u.%u.%d.%d", env->label, (unsigned)job->task->number,
             (unsigned)job->task->attempt, (int)job->phase, job->channel + 1);
    int rc = build(job, te_loader_python(env->settings->python), &w, &why);
    w.items[w.n] = NULL;
    if (rc == 0)
        rc = te_proc_start(&p->proc, env, name, (const char *const *)w.items, &limits, &p->out.log,
                           &why);
    words_release(&w);
    p->running = rc == 0;
    p->refused = rc < 0;
    if (rc < 0) {
        p->out.end = why.code == TE_ERR_USAGE ? TE_END_REFUSED : TE_END_INFRA;
        p->out.why = why;
    }
    return 0;
}

static int program_poll(struct te_adapter *adapter, double wait, bool *done, struct te_err *err)
{
    struct program *p = (struct program *)adapter;
    *done = p->refused;
    return p->refused ? 0 : te_proc_poll(&p->proc, wait, done, err);
}

static void program_take(struct te_adapter *adapter, struct te_outcome *out)
{
    struct program *p = (struct program *)adapter;
    if (p->running)
        te_proc_take(&p->proc, &p->out);
    te_outcome_release(out);
    *out = p->out;
    p->out = (struct te_outcome){.exit_code = -1};
}

static void program_release(struct te_adapter *adapter)
{
    struct program *p = (struct program *)adapter;
    if (p->running)
        te_proc_release(&p->proc);
    p->running = p->refused = false;
    te_outcome_release(&p->out);
}

static void program_close(struct te_adapter *adapter)
{
    te_free(adapter);
}

#define PROGRAM_CLASS(word, of_kind)                                                               \
    static struct te_adapter *word##_open(const struct te_adapter_env *env, struct te_err *err)    \
    {                                                                                              \
        return open_as(&te_adapter_##word, env, err);                                              \
    }                                                                                              \
    const struct te_adapter_class te_adapter_##word = {.kind = of_kind,                            \
                                                       .needs_folder = true,                       \
                                                       .open = word##_open,                        \
                                                       .start = program_start,                     \
                                                       .poll = program_poll,                       \
                                                       .kill = program_release,                    \
                                                       .take = program_take,                       \
                                                       .release = program_release,                 \
                                                       .close = program_close}

PROGRAM_CLASS(plugin, TE_ADAPTER_PLUGIN);
PROGRAM_CLASS(python, TE_ADAPTER_PYTHON);
PROGRAM_CLASS(command, TE_ADAPTER_COMMAND);

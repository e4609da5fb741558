#include "judge.h"

#include <string.h>
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/value.h"

int te_judge_fail(struct te_result *result, enum te_status status, enum te_reason reason,
                  const char *class, const char *message, struct te_err *err)
{
    struct te_buf text;
    te_buf_init(&text, TE_MAX_LOG_LINE);
    te_buf_adds(&text, class);
    te_buf_addc(&text, '(');
    te_value_repr_str(message, strlen(message), &text);
    te_buf_addc(&text, ')');
    char *repr = te_buf_take(&text, err);
    if (!repr) {
        te_buf_release(&text);
        return -1;
    }
    te_free(result->error_message);
    result->error_message = repr;
    result->status = status;
    result->reason = reason;
    return 0;
}

/* The colon that separates a tag is behind the last slash; a digest starts with '@'. */
static char *judge_subject(const struct te_task *task, struct te_err *err)
{
    const char *program = task->program ? task->program : "";
    if (task->adapter != TE_ADAPTER_DOCKER)
        return te_strdup(task->adapter == TE_ADAPTER_PYTHON && task->symbol ? task->symbol
                                                                            : task->algorithm,
                         err);
    size_t len = strcspn(program, "@");
    const char *slash = memrchr(program, '/', len);
    const char *colon =
        memchr(slash ? slash : program, ':', len - (slash ? (size_t)(slash - program) : 0));
    return te_strndup(program, colon ? (size_t)(colon - program) : len, err);
}

static bool in_docker(const struct te_job *job)
{
    return job->task->adapter == TE_ADAPTER_DOCKER;
}

static int judge_timeout(const struct te_job *job, bool found, struct te_result *result,
                         bool *go_on, struct te_err *err)
{
    if (found) {
        result->reason = TE_REASON_PRELIMINARY;
        *go_on = true;
        return 0;
    }
    te_autofree char *subject = judge_subject(job->task, err);
    if (!subject)
        return -1;
    const char *verb = "timed out after";
    if (job->preliminary)
        verb = job->phase == TE_TRAIN ? "could not build a model within"
                                      : "could not create results after";
    te_autofree char *text =
        te_asprintf(err, "%s %s <Duration %s>", subject, verb, job->timeout_text);
    if (!text)
        return -1;
    return te_judge_fail(result, TE_STATUS_TIMEOUT, TE_REASON_TIMEOUT,
                         in_docker(job) ? "DockerTimeoutError" : "TimeoutError", text, err);
}

/* A function's exception is the message, as with the peer. */
static int judge_raised(const struct te_outcome *o, struct te_result *result, struct te_err *err)
{
    char *repr = te_strdup(o->raised, err);
    if (!repr)
        return -1;
    te_free(result->error_message);
    result->error_message = repr;
    result->status = TE_STATUS_ERROR;
    result->reason = TE_REASON_EXIT;
    return 0;
}

static int judge_exit(const struct te_job *job, const struct te_outcome *o,
                      struct te_result *result, struct te_err *err)
{
    if (o->raised)
        return judge_raised(o, result, err);
    te_autofree char *text = NULL;
    if (o->end == TE_END_SIGNAL)
        text = te_asprintf(err,
                           "Status '%d' (died of signal %d, not for memory), please consider the "
                           "execution log of this experiment!",
                           o->exit_code, o->signal);
    else
        text =
            te_asprintf(err, "Status '%d', please consider the execution log of this experiment!",
                        o->exit_code);
    if (!text)
        return -1;
    return te_judge_fail(
        result, TE_STATUS_ERROR, o->end == TE_END_SIGNAL ? TE_REASON_SIGNAL : TE_REASON_EXIT,
        in_docker(job) ? "DockerAlgorithmFailedError" : "AlgorithmFailedError", text, err);
}

static int judge_oom(const struct te_job *job, struct te_result *result, struct te_err *err)
{
    te_autofree char *text =
        te_asprintf(err, "%s exceeded memory limit of %lld Bytes!",
                    in_docker(job) ? "Docker algorithm" : "Algorithm", (long long)job->memory);
    if (!text)
        return -1;
    return te_judge_fail(result, TE_STATUS_OOM, TE_REASON_OOM,
                         in_docker(job) ? "DockerMemoryError" : "MemoryError", text, err);
}

static int judge_refused(const struct te_job *job, const struct te_outcome *o,
                         struct te_result *result, struct te_err *err)
{
    const char *class = in_docker(job) ? "DockerAdapterInternalError" : "AdapterInternalError";
    enum te_reason reason = o->end == TE_END_INFRA ? TE_REASON_INFRASTRUCTURE : TE_REASON_EXIT;
    te_autofree char *text = NULL;
    if (in_docker(job))
        text = te_asprintf(err, "Could not start Docker container for algorithm %s because %s!",
                           job->task->program, o->why.text);
    else
        text = te_strdup(o->why.text, err);
    if (!text)
        return -1;
    return te_judge_fail(result, TE_STATUS_ERROR, reason, class, text, err);
}

int te_judge_phase(const struct te_job *job, const struct te_outcome *o, bool found,
                   struct te_result *result, bool *go_on, struct te_err *err)
{
    *go_on = false;
    switch (o->end) {
    case TE_END_OK:
        if (o->oom_seen)
            result->reason = TE_REASON_OOM;
        *go_on = true;
        return 0;
    case TE_END_TIMEOUT:
        return judge_timeout(job, found, result, go_on, err);
    case TE_END_OOM:
        return judge_oom(job, result, err);
    case TE_END_EXIT:
    case TE_END_SIGNAL:
        return judge_exit(job, o, result, err);
    default:
        return judge_refused(job, o, result, err);
    }
}

int te_judge_match(const struct te_task *task, struct te_result *result, bool *fits,
                   struct te_err *err)
{
    bool trained = task->algorithm_training != TE_UNSUPERVISED;
    *fits = false;
    if (trained && !task->train_path) {
        return te_judge_fail(result, TE_STATUS_ERROR, TE_REASON_INCOMPATIBLE, "KeyError",
                             "Path to training dataset not found!", err);
    }
    if (trained && task->dataset_training != task->algorithm_training) {
        te_autofree char *text = te_asprintf(
            err,
            "Dataset training type (TrainingType.%s) incompatible to algorithm training type "
            "(TrainingType.%s)!",
            te_training_name(task->dataset_training), te_training_name(task->algorithm_training));
        if (!text)
            return -1;
        return te_judge_fail(result, TE_STATUS_ERROR, TE_REASON_INCOMPATIBLE, "ValueError", text,
                             err);
    }
    *fits = task->algorithm_dimension == TE_MULTIVARIATE ||
            task->dataset_dimension == TE_UNIVARIATE || task->multivariate != TE_MULTIVAR_NONE;
    if (*fits)
        return 0;
    return te_judge_fail(result, TE_STATUS_ERROR, TE_REASON_INCOMPATIBLE, "ValueError",
                         "Dataset input dimensionality (InputDimensionality.MULTIVARIATE) "
                         "incompatible to algorithm input dimensionality "
                         "(InputDimensionality.UNIVARIATE)!",
                         err);
}

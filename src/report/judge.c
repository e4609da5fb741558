#include "te/report/judge.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include "te/base/mem.h"
#include "te/metric/scale.h"
#include "te/model/series.h"

static int compute_all(struct te_metric_spec *const *specs, size_t n_specs,
                       struct te_metric_input *input, double *values, struct te_err *err)
{
    for (size_t k = 0; k < n_specs; k++) {
        struct te_err why = TE_ERR_INIT;
        double value = NAN;
        if (te_metric_compute(specs[k], input, &value, &why) == 0) {
            values[k] = value;
        } else if (why.code == TE_ERR_NOMEM) {
            *err = why;
            return -1;
        }
    }
    return 0;
}

/*
 * Scales the scores as a run does and computes every spec. -1 only for lack of memory; labels that
 * cannot serve are noted in job->err and leave NaN.
 */
static int te_judge(struct te_metric_spec *const *specs, size_t n_specs, struct te_judge_job *job,
                    struct te_err *err)
{
    struct te_metric_input input;
    double lo, hi;
    te_err_clear(&job->err);
    for (size_t k = 0; k < n_specs; k++) {
        job->values[k] = NAN;
    }
    if (job->n == 0) {
        return 0;
    }
    te_autofree double *scaled = te_alloc(job->n * sizeof *scaled, err);
    if (!scaled) {
        return -1;
    }
    (void)te_scale_find(job->raw, job->n, &lo, &hi);
    te_scale_apply(job->raw, job->n, lo, hi, scaled);
    if (te_metric_input_init(&input, job->labels, scaled, job->n, &job->err) < 0) {
        *err = job->err;
        return job->err.code == TE_ERR_NOMEM ? -1 : 0;
    }
    input.period = job->period;
    int rc = compute_all(specs, n_specs, &input, job->values, err);
    te_metric_input_release(&input);
    return rc;
}

bool te_judge_wants_period(struct te_metric_spec *const *specs, size_t n_specs)
{
    for (size_t k = 0; k < n_specs; k++) {
        if (te_metric_wants_period(specs[k])) {
            return true;
        }
    }
    return false;
}

int te_judge_period(const char *path, uint32_t *period, struct te_err *err)
{
    struct te_series series;
    if (te_series_load(path, TE_SERIES_VALUES, &series, err) < 0) {
        return -1;
    }
    te_autofree double *channel = series.dims > 0 ? te_series_column(&series, 0, err) : NULL;
    if (channel) {
        *period = te_metric_period(channel, series.rows);
    } else if (series.dims == 0) {
        te_err_set(err, TE_ERR_FORMAT, "'%s' has no channel", path);
    }
    te_series_release(&series);
    return channel ? 0 : -1;
}

/* What the threads share: each takes the next job until there is none. */
struct team {
    struct te_metric_spec *const *specs;
    size_t n_specs;
    struct te_judge_job *jobs;
    size_t n_jobs;
    atomic_size_t next;
    atomic_bool failed;
};

static void work(struct team *team)
{
    for (;;) {
        size_t k = atomic_fetch_add(&team->next, 1);
        if (k >= team->n_jobs || atomic_load(&team->failed)) {
            return;
        }
        struct te_err err = TE_ERR_INIT;
        if (te_judge(team->specs, team->n_specs, &team->jobs[k], &err) < 0) {
            team->jobs[k].err = err;
            atomic_store(&team->failed, true);
        }
    }
}

static void *work_in_thread(void *arg)
{
    work(arg);
    return NULL;
}

enum { MAX_THREADS = 256 };

int te_judge_all(struct te_metric_spec *const *specs, size_t n_specs, struct te_judge_job *jobs,
                 size_t n_jobs, unsigned threads, struct te_err *err)
{
    struct team team = {.specs = specs, .n_specs = n_specs, .jobs = jobs, .n_jobs = n_jobs};
    pthread_t others[MAX_THREADS];
    size_t started = 0;
    size_t wanted = threads > n_jobs ? n_jobs : threads;
    wanted = wanted > MAX_THREADS ? MAX_THREADS : wanted;
    /* This thread works, too; one that cannot be started only costs time. */
    while (started + 1 < wanted &&
           pthread_create(&others[started], NULL, work_in_thread, &team) == 0) {
        started++;
    }
    work(&team);
    for (size_t k = 0; k < started; k++) {
        pthread_join(others[k], NULL);
    }
    for (size_t k = 0; k < n_jobs && atomic_load(&team.failed); k++) {
        if (jobs[k].err.code == TE_ERR_NOMEM) {
            *err = jobs[k].err;
            return -1;
        }
    }
    return 0;
}

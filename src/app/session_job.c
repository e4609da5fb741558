/* The batch job that a run is part of: when it ends. */
#include <math.h>
#include "session_state.h"
#include "te/base/clock.h"
#include "te/base/log.h"
#include "te/base/units.h"
#include "te/net/child.h"

static const double patience = 10; /* s for the batch system's answer */
static const double margin = 60;   /* s before the job's end for the orderly end of the run, */
static const double most_of = 0.2; /* but no more than this part of what is left */
enum { ANSWER_MAX = 4096 };

/* Output of a program within `patience`; false: it does not answer, or says no. */
static bool ask(const char *const argv[], char *out, size_t size, struct te_err *err)
{
    struct te_child child;
    size_t len = 0;
    double deadline = te_clock_mono() + patience;
    if (te_child_start(&child, argv, err) < 0)
        return false;
    te_child_close_input(&child);
    while (child.out >= 0 && len < size - 1 && te_clock_mono() < deadline) {
        ssize_t n = te_child_read(&child.out, out + len, size - 1 - len);
        len += n > 0 ? (size_t)n : 0;
        te_child_drain_errors(&child);
        if (n == 0)
            te_clock_sleep(0.005, 1);
    }
    out[len] = '\0';
    while (!te_child_reap(&child) && te_clock_mono() < deadline)
        te_clock_sleep(0.005, 1);
    bool ok = child.ended && child.status == 0;
    if (!ok)
        te_err_set(err, TE_ERR_INFRA, "'%s' %s%s%.200s", argv[0],
                   child.ended ? "failed" : "does not answer", child.errors.len ? ": " : "",
                   child.errors.len ? child.errors.data : "");
    te_child_release(&child);
    return ok;
}

/* Seconds until the job's end: newer versions of Slurm put it into the environment; a clock that
 * is wrong does no harm where Slurm is asked. INFINITY: no limit; NaN: not known. */
static double time_left(const struct te_batch *batch)
{
    const char *const squeue[] = {"squeue", "--noheader", "--format=%L", "--jobs", batch->id, NULL};
    char answer[ANSWER_MAX];
    double left = NAN;
    struct te_err why = TE_ERR_INIT;
    if (batch->end > 0)
        return batch->end - te_clock_real();
    if (!ask(squeue, answer, sizeof answer, &why))
        te_log(TE_LOG_WARNING,
               "the end of job %s is not known (%s): set [run] walltime, else the run may be cut "
               "in the middle of its experiments",
               batch->id, why.text);
    else if (!te_batch_parse_left(answer, &left))
        te_log(TE_LOG_INFO, "squeue knows no end of job %s", batch->id);
    return left;
}

double session_stop_time(const struct session *s)
{
    const struct te_batch *batch = &s->host.batch;
    char text[32];
    double now = te_clock_mono(), stop = s->config->walltime > 0 ? now + s->config->walltime : 0;
    double left = batch->id[0] ? time_left(batch) : INFINITY;
    if (!(left < 1e9))
        return stop;
    double share = left - fmin(margin, most_of * left);
    if (stop > 0 && stop < now + share)
        return stop;
    te_format_duration(fmax(left, 0), text, sizeof text);
    te_log(TE_LOG_NOTICE,
           "job %s ends in %s: nothing starts that cannot end in time, and the run stops before",
           batch->id, text);
    return now + fmax(share, 1);
}

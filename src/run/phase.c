#include "phase.h"

#include <math.h>
#include <string.h>
#include "channels.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"

static void release_part(struct te_part *part)
{
    if (part->adapter) {
        part->adapter->class->release(part->adapter);
        part->adapter->class->close(part->adapter);
    }
    te_outcome_release(&part->outcome);
    te_free(part->data);
    te_free(part->folder);
    *part = (struct te_part){0};
}

void te_phase_release(struct te_phase_run *phase)
{
    for (size_t i = 0; i < phase->n_parts; i++)
        release_part(&phase->parts[i]);
    te_free(phase->parts);
    *phase = (struct te_phase_run){0};
}

static bool is_split(const struct te_job *job)
{
    return job->folder && job->task->multivariate != TE_MULTIVAR_NONE;
}

static int make_single(struct te_phase_run *phase, struct te_err *err)
{
    phase->parts = te_zalloc(1, sizeof *phase->parts, err);
    if (!phase->parts)
        return -1;
    phase->n_parts = phase->parallel = 1;
    phase->parts[0].job = phase->job;
    return 0;
}

static int make_part(struct te_phase_run *phase, size_t i, const char *data, struct te_err *err)
{
    struct te_part *part = &phase->parts[i];
    part->data = te_strdup(data, err);
    part->folder = te_asprintf(err, "%s/channel_%zu", phase->job.folder, i);
    if (!part->data || !part->folder || te_fs_mkdirs(part->folder, err) < 0)
        return -1;
    part->job = phase->job;
    part->job.channel = (int)i;
    part->job.data_path = part->data;
    part->job.folder = part->folder;
    part->job.cpus = phase->job.cpus / (double)phase->parallel;
    part->job.memory = phase->job.memory / (int64_t)phase->parallel;
    return 0;
}

static int make_channels(struct te_phase_run *phase, struct te_err *err)
{
    struct te_strings files = {0};
    if (te_channels_split(phase->job.data_path, phase->job.folder, phase->job.task->multivariate,
                          phase->job.phase, &files, err) < 0)
        return -1;
    size_t cpus = phase->job.cpus >= 1 ? (size_t)phase->job.cpus : 1;
    int rc = -1;
    phase->parts = te_zalloc(files.count, sizeof *phase->parts, err);
    if (!phase->parts)
        goto done;
    phase->n_parts = files.count;
    phase->parallel = cpus < files.count ? cpus : files.count;
    rc = 0;
    for (size_t i = 0; i < files.count && rc == 0; i++)
        rc = make_part(phase, i, files.items[i], err);
done:
    te_strings_release(&files);
    return rc;
}

int te_phase_start(struct te_phase_run *phase, const struct te_adapter_env *env,
                   const struct te_job *job, struct te_err *err)
{
    *phase = (struct te_phase_run){.env = env,
                                   .class = te_adapter_class(job->task->adapter),
                                   .job = *job,
                                   .started = te_clock_mono()};
    int rc = is_split(job) ? make_channels(phase, err) : make_single(phase, err);
    if (rc < 0)
        te_phase_release(phase);
    return rc;
}

static int start_part(struct te_phase_run *phase, struct te_part *part, struct te_err *err)
{
    te_outcome_init(&part->outcome, te_run_max_log(phase->env->settings));
    double used = te_clock_mono() - phase->started;
    if (phase->n_parts > 1 && used >= phase->job.timeout) {
        part->outcome.end = TE_END_TIMEOUT;
        part->ended = phase->failed = true;
        return 0;
    }
    if (phase->n_parts > 1)
        part->job.timeout = phase->job.timeout - used;
    part->adapter = phase->class->open(phase->env, err);
    if (!part->adapter || phase->class->start(part->adapter, &part->job, err) < 0)
        return -1;
    phase->active++;
    return 0;
}

static int poll_part(struct te_phase_run *phase, struct te_part *part, double wait,
                     struct te_err *err)
{
    bool done = false;
    if (phase->class->poll(part->adapter, wait, &done, err) < 0)
        return -1;
    if (!done)
        return 0;
    phase->class->take(part->adapter, &part->outcome);
    phase->class->release(part->adapter);
    phase->class->close(part->adapter);
    part->adapter = NULL;
    part->ended = true;
    phase->active--;
    enum te_end end = part->outcome.end;
    if (end != TE_END_OK && !(end == TE_END_TIMEOUT && part->job.preliminary))
        phase->failed = true;
    return 0;
}

/* With several parts one of them sleeps in short slices, the others are only looked at. */
int te_phase_poll(struct te_phase_run *phase, double wait, bool *done, struct te_err *err)
{
    double end = te_clock_mono() + wait;
    *done = false;
    for (;;) {
        while (!phase->failed && phase->next < phase->n_parts && phase->active < phase->parallel)
            if (start_part(phase, &phase->parts[phase->next++], err) < 0)
                return -1;
        if (phase->active == 0)
            break;
        double left = wait > 0 ? end - te_clock_mono() : 0;
        double slice = phase->active > 1 && left > 0.02 ? 0.02 : left;
        size_t before = phase->active;
        for (size_t i = 0; i < phase->next; i++) {
            if (!phase->parts[i].adapter)
                continue;
            if (poll_part(phase, &phase->parts[i], slice > 0 ? slice : 0, err) < 0)
                return -1;
            slice = 0;
        }
        if (phase->active == before && (wait <= 0 || te_clock_mono() >= end))
            return 0;
    }
    *done = true;
    return 0;
}

static void add(double *sum, double x)
{
    if (!isnan(x))
        *sum = isnan(*sum) ? x : *sum + x;
}

static void merge_measure(struct te_measure *sum, const struct te_measure *m)
{
    add(&sum->cpu_user, m->cpu_user);
    add(&sum->cpu_system, m->cpu_system);
    add(&sum->read_bytes, m->read_bytes);
    add(&sum->write_bytes, m->write_bytes);
    if (isnan(sum->peak_memory) || m->peak_memory > sum->peak_memory)
        sum->peak_memory = m->peak_memory;
    sum->measured_by = m->measured_by > sum->measured_by ? m->measured_by : sum->measured_by;
    sum->ran |= m->ran;
}

static int merge_log(struct te_phase_run *phase, struct te_part *part, struct te_outcome *out,
                     struct te_err *err)
{
    uint64_t cut = 0;
    te_autofree char *text = te_cutlog_take(&part->outcome.log, &cut, err);
    if (!text)
        return -1;
    if (phase->n_parts > 1 && *text)
        te_cutlog_addf(&out->log, "#### channel %d ####\n", part->job.channel);
    te_cutlog_add(&out->log, text, strlen(text));
    out->log.cut += cut;
    return 0;
}

static int merge_parts(struct te_phase_run *phase, struct te_outcome *out, struct te_err *err)
{
    struct te_part *worst = NULL;
    te_outcome_init(out, te_run_max_log(phase->env->settings));
    for (size_t i = 0; i < phase->n_parts; i++) {
        struct te_part *part = &phase->parts[i];
        if (!part->ended)
            continue;
        merge_measure(&out->measure, &part->outcome.measure);
        out->oom_seen |= part->outcome.oom_seen;
        if (merge_log(phase, part, out, err) < 0)
            return -1;
        if (!out->image_digest)
            out->image_digest = te_steal(part->outcome.image_digest);
        if (part->outcome.end != TE_END_OK &&
            (!worst || (worst->outcome.end == TE_END_TIMEOUT && worst->job.preliminary)))
            worst = part;
    }
    if (!worst)
        worst = &phase->parts[0];
    out->end = worst->outcome.end;
    out->exit_code = out->measure.exit_code = worst->outcome.exit_code;
    out->signal = worst->outcome.signal;
    out->why = worst->outcome.why;
    out->raised = te_steal(worst->outcome.raised);
    if (out->measure.ran)
        out->measure.main_time = te_clock_mono() - phase->started;
    return 0;
}

int te_phase_take(struct te_phase_run *phase, struct te_outcome *out, struct te_err *err)
{
    double wall = te_clock_mono() - phase->started;
    if (phase->n_parts == 1 && !is_split(&phase->job)) {
        *out = phase->parts[0].outcome;
        phase->parts[0].outcome = (struct te_outcome){0};
    } else if (merge_parts(phase, out, err) < 0) {
        te_outcome_release(out);
        return -1;
    }
    if (out->measure.ran)
        out->measure.wall_overhead = wall;
    return 0;
}

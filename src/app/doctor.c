#include "doctor.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>
#include "te/app/session.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/units.h"
#include "te/core/launch.h"

/* ---- the list ---- */

void doctor_say(struct doctor *d, const char *subject, enum te_check_state state, const char *mend,
                const char *fmt, ...)
{
    struct te_checkup *c = d->checkup;
    char found[TE_ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(found, sizeof found, fmt, ap);
    va_end(ap);
    te_autofree char *own_found = te_strdup(found, d->err);
    te_autofree char *own_mend = te_strdup(mend, d->err);
    if (!own_found || !own_mend ||
        te_grow(&c->items, &c->cap, c->count + 1, sizeof *c->items, TE_MAX_DATASETS, d->err) < 0) {
        d->failed = true;
        return;
    }
    c->items[c->count++] = (struct te_check){.subject = subject,
                                             .state = state,
                                             .found = te_steal(own_found),
                                             .mend = te_steal(own_mend)};
    if (state == TE_CHECK_FAILED)
        c->may_start = false;
}

const char *te_check_word(enum te_check_state state)
{
    static const char *const words[] = {"ok", "skipped", "warning", "failed"};
    return words[state];
}

void te_checkup_release(struct te_checkup *checkup)
{
    for (size_t i = 0; i < checkup->count; i++) {
        te_free(checkup->items[i].found);
        te_free(checkup->items[i].mend);
    }
    te_free(checkup->items);
    *checkup = (struct te_checkup){0};
}

/* ---- datasets and plan ---- */

static void check_datasets(struct doctor *d)
{
    const struct te_config *c = d->config;
    struct te_err why = TE_ERR_INIT;
    te_autofree uint32_t *chosen = NULL;
    size_t count = 0, missing = 0;
    const char *first = NULL;
    if (te_datasets_open(&c->roots, c->custom, &d->datasets, NULL, &why) < 0 ||
        te_datasets_select(&d->datasets, &c->filter, &chosen, &count, &why) < 0) {
        doctor_say(d, "datasets", TE_CHECK_FAILED, "mend the index or [datasets]", "%s", why.text);
        return;
    }
    d->has_datasets = true;
    for (size_t i = 0; i < count; i++) {
        const struct te_dataset *set = &d->datasets.items[chosen[i]];
        const char *paths[] = {set->test_path, set->train_path};
        for (size_t k = 0; k < 2; k++) {
            if (!paths[k] || access(paths[k], R_OK) == 0)
                continue;
            first = first ? first : paths[k];
            missing++;
        }
    }
    if (missing)
        doctor_say(d, "datasets", TE_CHECK_FAILED,
                   "copy them here ('timeeval-mpi datasets verify' checks all)",
                   "%zu files of %zu datasets cannot be read, first '%s'", missing, count, first);
    else if (count == 0)
        doctor_say(d, "datasets", TE_CHECK_FAILED, "widen the filters of [datasets]",
                   "no dataset passes the filters");
    else
        doctor_say(d, "datasets", TE_CHECK_OK, "", "%zu selected, all files can be read", count);
}

static void check_plan(struct doctor *d)
{
    struct te_err why = TE_ERR_INIT;
    char *report = NULL;
    if (!d->has_datasets) {
        doctor_say(d, "plan", TE_CHECK_SKIPPED, "", "there are no datasets to plan with");
        return;
    }
    if (te_plan_build(d->config, &d->datasets, d->options->catalog, &d->plan, &report, &why) < 0) {
        for (const char *line = report; line && *line;) {
            int len = (int)strcspn(line, "\n");
            doctor_say(d, "plan", TE_CHECK_FAILED, "mend the configuration", "%.*s", len, line);
            line += len + (line[len] == '\n');
        }
        if (!report)
            doctor_say(d, "plan", TE_CHECK_FAILED, "mend the configuration", "%s", why.text);
        te_free(report);
        return;
    }
    size_t n = te_plan_count(d->plan), skipped = te_plan_skipped_count(d->plan);
    if (n == 0)
        doctor_say(d, "plan", TE_CHECK_FAILED,
                   "'timeeval-mpi plan' says why each combination is left out",
                   "no experiment, %zu combinations left out", skipped);
    else
        doctor_say(d, "plan", TE_CHECK_OK, "", "%zu experiments, %zu combinations left out", n,
                   skipped);
}

/* ---- limits ---- */

static void check_share(struct doctor *d, const char *subject, const char *what, double each,
                        double there, int workers, bool bytes)
{
    char one[40], all[40], have[40];
    void (*print)(double, char *, size_t) = te_format_size;
    double sum = each * workers;
    if (bytes) {
        print(each, one, sizeof one);
        print(sum, all, sizeof all);
        print(there, have, sizeof have);
    } else {
        snprintf(one, sizeof one, "%g", each);
        snprintf(all, sizeof all, "%g", sum);
        snprintf(have, sizeof have, "%g", there);
    }
    if (each <= 0) {
        doctor_say(d, subject, TE_CHECK_OK, "", "%s of %s divided by the workers of this host",
                   have, what);
    } else if (sum > there * (1 + 1e-9)) {
        double fit = floor(there / each);
        char mend[200];
        snprintf(mend, sizeof mend, "%s, or lower the limit (--force starts all the same)",
                 fit >= 1 ? "lower [resources] tasks_per_host" : "use a host with more");
        doctor_say(d, subject, d->options->force ? TE_CHECK_WARNING : TE_CHECK_FAILED, mend,
                   "%d workers x %s = %s of %s, but this host has %s: %.0f fit", workers, one, all,
                   what, have, fit);
    } else {
        doctor_say(d, subject, TE_CHECK_OK, "", "%d worker%s x %s = %s of %s, this host has %s",
                   workers, workers == 1 ? "" : "s", one, all, what, have);
    }
}

static void doctor_check_limits(struct doctor *d)
{
    struct te_limits most = te_config_demand(d->config);
    int workers = d->config->settings.tasks_per_host;
    if (workers < 1 && d->facts.batch.id[0]) /* as many as the job's share of the host bears */
        workers = te_launch_slots(&most, d->facts.cpus, d->facts.memory);
    if (workers < 1)
        workers = 1;
    check_share(d, "memory", "memory", (double)most.memory, (double)d->facts.memory, workers, true);
    check_share(d, "processors", "processors", most.cpus, d->facts.cpus, workers, false);
}

/* ---- disk ---- */

/* The folder itself or, if it is not there yet, the nearest above it that is. */
static char *existing(const char *path, struct te_err *err)
{
    char *folder = te_strdup(path, err);
    while (folder && !te_fs_exists(folder)) {
        char *up = te_fs_dirname(folder, err);
        bool top = up && strcmp(up, folder) == 0;
        te_free(folder);
        folder = up;
        if (top)
            break;
    }
    return folder;
}

/* Bytes that the run leaves: scores in journal and file, logs; and the most that one experiment
 * has on disk while it runs (text of scores, a model of the size of its data). */
static void estimate(const struct doctor *d, double *kept, double *scratch)
{
    *kept = 0;
    *scratch = 0;
    for (size_t i = 0; d->plan && i < te_plan_count(d->plan); i++) {
        const struct te_dataset *set = &d->datasets.items[te_plan_get(d->plan, i)->dataset];
        double points = set->length > 0 ? (double)set->length : 0;
        double dims = set->dimensions > 0 ? (double)set->dimensions : 1;
        *kept += 16 * points + 16384;
        *scratch = fmax(*scratch, points * (25 + 20 * dims));
    }
}

static void check_room(struct doctor *d, const char *subject, const char *folder, double need)
{
    struct te_err why = TE_ERR_INIT;
    int64_t there;
    char needs[40], has[40];
    te_autofree char *real = existing(folder, d->err);
    if (!real) {
        d->failed = true;
        return;
    }
    if (te_fs_free_space(real, &there, &why) < 0) {
        doctor_say(d, subject, TE_CHECK_FAILED, "name another folder", "%s", why.text);
        return;
    }
    te_format_size(need, needs, sizeof needs);
    te_format_size((double)there, has, sizeof has);
    bool little = (double)there < need;
    doctor_say(d, subject, little ? TE_CHECK_FAILED : TE_CHECK_OK,
               little ? "make room, or name another folder" : "",
               "about %s needed in '%s', %s free", needs, folder, has);
}

/* The folder, or the one that it would be made in. */
static void check_folder(struct doctor *d, const char *subject, const char *folder, const char *key)
{
    char mend[100];
    te_autofree char *there = existing(folder, d->err);
    if (!there) {
        d->failed = true;
        return;
    }
    snprintf(mend, sizeof mend, "get the right to write there, or name another folder with %s",
             key);
    if (!te_fs_is_folder(there))
        doctor_say(d, subject, TE_CHECK_FAILED, mend, "'%s' is no folder", there);
    else if (access(there, W_OK | X_OK) != 0)
        doctor_say(d, subject, TE_CHECK_FAILED, mend, "'%s': %s", there, strerror(errno));
    else
        doctor_say(d, subject, TE_CHECK_OK, "", "'%s' can be written", folder);
}

static void check_writable(struct doctor *d)
{
    check_folder(d, "run folder", d->config->results, "[run] results");
    check_folder(d, "scratch", te_session_scratch(d->config->settings.scratch), "[run] scratch");
    if (!d->config->name)
        return;
    te_autofree char *run = te_fs_join(d->config->results, d->config->name, d->err);
    if (run && te_fs_exists(run))
        doctor_say(d, "run folder", TE_CHECK_WARNING,
                   "run it with --resume, or choose another name", "'%s' is there already", run);
}

static void doctor_check_disk(struct doctor *d)
{
    double kept, scratch;
    int workers = d->config->settings.tasks_per_host;
    if (!d->plan) {
        doctor_say(d, "disk", TE_CHECK_SKIPPED, "", "there is no plan to estimate from");
        return;
    }
    estimate(d, &kept, &scratch);
    check_room(d, "disk", d->config->results, kept);
    check_room(d, "scratch", te_session_scratch(d->config->settings.scratch),
               scratch * (workers > 0 ? workers : 1));
}

/* ---- clock and start ---- */

static void check_clock(struct doctor *d)
{
    struct timex state = {0};
    char text[40];
    time_t now = time(NULL);
    struct tm parts;
    if (!gmtime_r(&now, &parts) || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        text[0] = '\0';
    if (parts.tm_year < 124 || parts.tm_year > 200)
        doctor_say(d, "clock", TE_CHECK_FAILED, "set the clock", "it is %s here", text);
    else if (adjtimex(&state) == TIME_ERROR)
        doctor_say(d, "clock", TE_CHECK_OK, "",
                   "%s; the kernel does not know it as synchronised (times of hosts may differ)",
                   text);
    else
        doctor_say(d, "clock", TE_CHECK_OK, "", "%s, synchronised", text);
}

static void check_mpirun(struct doctor *d)
{
    int workers = d->config->settings.tasks_per_host > 0 ? d->config->settings.tasks_per_host
                  : d->facts.cpus >= 1                   ? (int)d->facts.cpus
                                                         : 1;
    if (d->facts.batch.id[0]) {
        doctor_say(d, "start", TE_CHECK_OK, "",
                   "srun --mpi=pmix --no-kill -K0 timeeval-mpi %s (rank 0 schedules, the others "
                   "work)",
                   d->config->path);
        return;
    }
    doctor_say(d, "start", TE_CHECK_OK, "",
               "%smpirun --oversubscribe --bind-to none --enable-recovery -np %d timeeval-mpi %s "
               "(rank 0 schedules, %d work%s)",
               geteuid() == 0 ? "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 " : "",
               workers + 1, d->config->path, workers, workers == 1 ? "s" : "");
}

/* Where the numbers of a batch job come from. */
static void check_job(struct doctor *d)
{
    const struct te_batch *job = &d->facts.batch;
    char memory[40] = "all memory", limit[40] = "none";
    if (!job->id[0])
        return;
    if (job->memory > 0)
        te_format_size((double)job->memory, memory, sizeof memory);
    if (d->facts.memory_limit > 0)
        te_format_size((double)d->facts.memory_limit, limit, sizeof limit);
    if (job->cpus > 0)
        doctor_say(d, "job", TE_CHECK_OK, "",
                   "Slurm job %s on %s gives %g processors and %s of this host; limit of its "
                   "control group: %s",
                   job->id, job->nodes, job->cpus, memory, limit);
    else
        doctor_say(d, "job", TE_CHECK_WARNING, "start it with srun: 'srun -n1 timeeval-mpi doctor'",
                   "Slurm job %s has %s, but this host is none of them", job->id, job->nodes);
}

static void check_host(struct doctor *d)
{
    char memory[40];
    te_format_size((double)d->facts.memory, memory, sizeof memory);
    te_hostfacts_cores(&d->facts);
    doctor_say(d, "host", TE_CHECK_OK, "", "%s: %g of %d processors (%d cores) and %s may be used",
               d->facts.host, d->facts.cpus, d->facts.cpus_online, d->facts.cores, memory);
    check_job(d);
}

static void (*const checks[])(struct doctor *) = {
    check_host,          check_datasets,        check_plan,
    doctor_check_engine, doctor_check_programs, doctor_check_limits,
    check_writable,      doctor_check_disk,     check_clock,
    check_mpirun,
};

int te_doctor_run(const struct te_doctor_options *options, struct te_checkup *out,
                  struct te_err *err)
{
    struct te_checkup checkup = {.may_start = true};
    struct doctor d = {
        .config = options->config, .options = options, .checkup = &checkup, .err = err};
    int rc = te_hostfacts_read("", &d.facts, err);
    for (size_t i = 0; rc == 0 && i < sizeof checks / sizeof checks[0]; i++) {
        checks[i](&d);
        rc = d.failed ? -1 : 0;
    }
    te_plan_free(d.plan);
    te_datasets_release(&d.datasets);
    if (rc < 0) {
        te_checkup_release(&checkup);
        return -1;
    }
    *out = checkup;
    return 0;
}

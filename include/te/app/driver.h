/*
 * The driver (rank 0): receive until the next deadline, turn what came into an event of the
 * scheduler, carry out its actions, keep the journal. It plans nothing and runs nothing.
 */
#ifndef TE_APP_DRIVER_H
#define TE_APP_DRIVER_H

#include "te/core/estimate.h"
#include "te/core/plan.h"
#include "te/core/progress.h"
#include "te/core/sched.h"
#include "te/net/transport.h"
#include "te/store/journal.h"

/* A file that every host must have as rank 0 has it. */
struct te_driver_file {
    uint32_t dataset; /* index in te_datasets */
    char *path;
    int64_t bytes;
    char sha256[TE_SHA256_HEX];
};

struct te_driver_options {
    const struct te_plan *plan;
    const struct te_run_settings *settings;
    struct te_journal *journal;
    const char *folder; /* of the run: its journal is replayed */
    const struct te_driver_file
        *files; /* of the mirror check, by dataset; none with mirror = off */
    size_t n_files;
    const char *roots;            /* mirror = sync: folders for copies, a line each */
    uint32_t n_datasets;          /* of te_datasets */
    uint32_t n_algorithms;        /* of the configuration */
    const char *images;           /* one a line, that a host pulls before it works; NULL: none */
    double stop_at;               /* monotonic, s; 0: no walltime */
    struct te_estimate *estimate; /* of durations: results are added, borrowed */
    bool in_job;                  /* of a batch system: its share of a host bounds the slots */
    struct te_limits demand;      /* the greatest that any task has; 0: the host's share divided */
    bool force;                   /* goes on where tasks x limits are more than a host has */
    const char *version;
    struct te_run_progress *progress; /* counted up; may be NULL */
    /* Called between messages; may be NULL. For what has its own rhythm: progress, refresh. */
    int (*idle)(void *arg, double now, struct te_err *err);
    void *idle_arg;
};

struct te_driver;

/* Replays the journal and starts the schedule. transport is borrowed. */
int te_driver_new(struct te_transport *transport, const struct te_driver_options *options,
                  struct te_driver **out, struct te_err *err) TE_MUST_CHECK;
/* Works and waits for at most `wait` seconds; *done when nothing is left to do. */
int te_driver_step(struct te_driver *driver, double wait, bool *done,
                   struct te_err *err) TE_MUST_CHECK;
/* Orderly stop: no new task, what runs is cancelled. */
int te_driver_drain(struct te_driver *driver, struct te_err *err) TE_MUST_CHECK;
/* Makes durable what was recorded and sends every worker away; at_once: without MPI's end. */
int te_driver_end(struct te_driver *driver, bool at_once, struct te_err *err) TE_MUST_CHECK;
enum te_sched_end te_driver_outcome(const struct te_driver *driver);
struct te_sched_counts te_driver_counts(const struct te_driver *driver);
/* Workers that were lost. */
size_t te_driver_lost(const struct te_driver *driver);
/* Did ranks go before the others? Then MPI must not be ended in order: that would wait for them. */
bool te_driver_left_early(const struct te_driver *driver);
/* Of worker i (from 0): "starting", "preparing" (datasets, images), "ready", "set aside", "gone".
 */
const char *te_driver_slot_state(const struct te_driver *driver, size_t i);
/* Why nothing runs; "" while something does. */
void te_driver_why_idle(const struct te_driver *driver, char *out, size_t size);
/* What a slot does: number of the task that runs on worker i (from 0), -1; since when (monotonic),
 * and its host's name. */
int64_t te_driver_running(const struct te_driver *driver, size_t i, double *since,
                          const char **host);
void te_driver_free(struct te_driver *driver);

#endif

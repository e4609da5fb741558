/*
 * The scheduler: a pure state machine. te_sched_step(state, event) -> actions; time comes in with
 * the event. No clock, no I/O, deterministic. It knows numbers of tasks, workers, hosts, datasets
 * and algorithms, nothing of what they are.
 *
 * Life of a task: pending -> assigned -> running -> done; assigned or running -> pending when its
 * worker goes or its infrastructure fails and attempts are left; any -> drained when the run stops
 * early. Running is the head of its worker's queue; what waits behind it is assigned only.
 *
 * Suspects. A task that ran when its worker or rank 0 went may be the cause. It becomes a suspect;
 * at most one suspect runs at a time, on a worker that has nothing else. Rank 0's death charges
 * only who was a suspect already (many tasks were in flight, one at most is to blame); a worker's
 * death charges the one task that ran there. At max_charges a task is recorded as lost.
 *
 * Restart is replay through the same function: ASSIGNED, CHARGED, RESULT, RETRY, RESTART, ENDED
 * events from the journal bring the state back; then START begins the schedule.
 */
#ifndef TE_CORE_SCHED_H
#define TE_CORE_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

struct te_sched;

enum { TE_SCHED_NONE = -1, TE_SCHED_DEPTH = 32 };

struct te_sched_config {
    uint32_t n_tasks;
    uint32_t n_workers; /* numbered from 0 */
    uint32_t n_datasets;
    uint32_t n_algorithms;
    double silence;       /* s without a word after which a worker is lost */
    double start_silence; /* the same for a worker that has not come up yet */
    double lease;         /* s that a task may run at most, 0: no bound */
    double short_task;    /* s: further tasks are queued behind tasks shorter than this */
    uint32_t depth;       /* of such a queue, at most TE_SCHED_DEPTH */
    uint32_t max_charges;
    uint32_t max_failures; /* of the infrastructure, per task */
    uint32_t black_hole;   /* failures in a row after which a host is set aside */
    double stop_at;        /* walltime: nothing runs beyond it; 0: none */
};

/* Reasonable values for everything but the counts. */
void te_sched_defaults(struct te_sched_config *config);

enum te_event_type {
    /* replay; actions are not to be carried out */
    TE_EV_ASSIGNED, /* worker, task, attempt */
    TE_EV_CHARGED,  /* task, charges: lost with its worker */
    TE_EV_FAILED,   /* task, charges: the infrastructure failed it that often */
    TE_EV_CUT,      /* task: cut by the walltime after a fresh start */
    TE_EV_RETRY,    /* task: its result is set aside */
    TE_EV_RESTART,  /* rank 0 died here */
    TE_EV_ENDED,    /* orderly end here */
    /* live */
    TE_EV_START,   /* replay is over */
    TE_EV_UP,      /* worker, host: ready for work */
    TE_EV_LACKS,   /* host, dataset: is not there */
    TE_EV_COMING,  /* host, dataset: is not there yet; HAS or LACKS will follow */
    TE_EV_HAS,     /* host, dataset: has come */
    TE_EV_HEARD,   /* worker: any sign of life */
    TE_EV_STARTED, /* worker, task, attempt */
    TE_EV_RESULT,  /* worker, task, attempt, outcome (in replay: worker is not looked at) */
    TE_EV_GONE,    /* worker: left or known to be dead */
    TE_EV_TICK,
    TE_EV_DRAIN /* stop in order; shortly before stop_at it counts as the walltime */
};

enum te_outcome {
    TE_OUTCOME_FINAL,  /* a result, good or bad: never retried */
    TE_OUTCOME_FAILED, /* the infrastructure's fault: tried again, elsewhere if possible */
    TE_OUTCOME_REFUSED /* the worker did not start it (it leaves): not held against anybody */
};

struct te_event {
    enum te_event_type type;
    double now; /* monotonic, s */
    uint32_t worker, host, task, attempt, dataset;
    uint32_t charges;
    enum te_outcome outcome;
};

enum te_action_type {
    TE_ACT_ASSIGN,    /* send task to worker, attempt */
    TE_ACT_CANCEL,    /* tell worker to stop task */
    TE_ACT_RECORD,    /* the result that came with the event counts: make it durable */
    TE_ACT_DROP,      /* it does not (double, late, to be retried): let the worker forget it */
    TE_ACT_CHARGED,   /* task lost its worker: note charges */
    TE_ACT_FAILED,    /* task will be tried again: note charges, its failures so far */
    TE_ACT_LOST,      /* record task as lost: it took `charges` workers with it */
    TE_ACT_CUT,       /* the walltime cut task after a fresh start: note it */
    TE_ACT_WALLTIME,  /* record task as ERROR, reason walltime */
    TE_ACT_NOWHERE,   /* record task as ERROR: no host has its dataset */
    TE_ACT_LOSE,      /* worker is lost: never talk to it again */
    TE_ACT_SET_ASIDE, /* host fails everything: gets no more work */
    TE_ACT_FINISHED   /* nothing is left to do; see te_sched_end */
};

struct te_action {
    enum te_action_type type;
    uint32_t worker, host, task, attempt, charges;
    bool suspect;
};

struct te_actions {
    struct te_action *items;
    size_t count, cap;
};

void te_actions_release(struct te_actions *actions);

enum te_sched_end {
    TE_SCHED_RUNNING,
    TE_SCHED_COMPLETE, /* every task is done */
    TE_SCHED_STOPPED,  /* drained */
    TE_SCHED_DESERTED  /* tasks are left and no worker to run them */
};

struct te_sched *te_sched_new(const struct te_sched_config *config,
                              struct te_err *err) TE_MUST_CHECK;
void te_sched_free(struct te_sched *sched);
/* Before the first event. expected: s from earlier runs, 0: unknown. */
void te_sched_describe(struct te_sched *sched, uint32_t task, uint32_t dataset, uint32_t algorithm,
                       float expected);
/* The same later: what is expected now. It counts at once for the walltime, and for the order from
 * the next te_sched_reorder (or START) on, which puts the longest of what is pending first. */
void te_sched_expect(struct te_sched *sched, uint32_t task, float expected);
void te_sched_reorder(struct te_sched *sched);

/* actions is emptied first. Fails only for lack of memory; events that make no sense are ignored.
 */
int te_sched_step(struct te_sched *sched, const struct te_event *event, struct te_actions *actions,
                  struct te_err *err) TE_MUST_CHECK;
/* When the next TICK is due at the latest. */
double te_sched_next_deadline(const struct te_sched *sched);

enum te_sched_end te_sched_end(const struct te_sched *sched);
struct te_sched_counts {
    uint32_t pending, assigned, running, done, drained, suspects;
    uint32_t workers_up, workers_lost, workers_starting;
};
struct te_sched_counts te_sched_counts(const struct te_sched *sched);
bool te_sched_done(const struct te_sched *sched, uint32_t task);
/* The task at the head of a worker's queue, TE_SCHED_NONE if it has none. */
int64_t te_sched_running(const struct te_sched *sched, uint32_t worker);

#endif

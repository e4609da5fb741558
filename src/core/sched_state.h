/* What sched.c (events), sched_life.c (tasks and workers) and sched_pick.c (choice) share. */
#ifndef TE_SRC_CORE_SCHED_STATE_H
#define TE_SRC_CORE_SCHED_STATE_H

#include "te/core/sched.h"

#define NOBODY UINT32_MAX

enum task_state { PENDING, ASSIGNED, DONE, DRAINED };

struct task {
    uint32_t dataset;
    uint32_t algorithm;
    float expected;
    uint32_t worker; /* while ASSIGNED */
    uint32_t avoid;  /* host where the infrastructure failed last */
    uint16_t attempt;
    uint8_t state;
    uint8_t charges;
    uint8_t failures;
    uint8_t cuts;
    bool suspect;
    bool returned; /* is in the list of those that came back */
};

enum worker_state { STARTING, UP, LOST };

struct worker {
    enum worker_state state;
    uint32_t host;
    uint32_t queue[TE_SCHED_DEPTH];
    uint32_t length; /* of the queue; [0] runs */
    double heard;
    double head_since;  /* when queue[0] became the head */
    uint32_t ran;       /* tasks that ended here */
    uint32_t algorithm; /* of the last task: what is warm */
    uint32_t dataset;
};

struct host {
    bool known;
    bool aside;
    uint32_t failures;    /* in a row */
    uint32_t failed_last; /* task of the last of them */
    uint64_t *lacks;      /* bits by dataset, NULL: lacks none */
    uint64_t *coming;     /* those of them that are on their way, NULL: none */
    uint32_t n_coming;
    uint32_t cursor; /* in the order: nothing for this host before it */
};

struct te_sched {
    struct te_sched_config config;
    struct task *tasks;
    uint32_t *order; /* tasks, longest expected first */
    struct worker *workers;
    size_t n_slots;     /* of workers: earlier runs may have had more than config.n_workers */
    struct host *hosts; /* as many as workers */
    float *pace;        /* by algorithm: moving mean of durations, < 0: unknown */
    uint32_t *returned; /* pending tasks that the cursors have passed, suspects among them */
    size_t n_returned, cap_returned;
    uint32_t n_pending, n_assigned, n_done, n_drained;
    uint32_t suspect_running; /* task, NOBODY */
    bool live;                /* START was seen */
    bool draining;
    bool finished;
    bool sweep; /* every worker may find something new */
    double last_check;
    double started;
};

static inline bool host_lacks(const struct host *host, uint32_t dataset)
{
    return host->lacks && (host->lacks[dataset / 64] >> (dataset % 64) & 1);
}

/* Has what starts now the better part of the walltime before it? */
static inline bool has_time(const struct te_sched *s, double now)
{
    return s->config.stop_at - now >= (s->config.stop_at - s->started) / 2;
}

/* One step: what the handlers of events need. */
struct step {
    struct te_sched *s;
    const struct te_event *ev;
    struct te_actions *actions;
    struct te_err *err;
    int failed;
};

extern const struct worker sched_new_worker;
/* sched_life.c: adds an action. */
void sched_act(struct step *st, struct te_action action);
void sched_act_task(struct step *st, enum te_action_type type, uint32_t task);
/* A task changes its state; counters and lists follow. */
void sched_move(struct te_sched *s, uint32_t task, enum task_state to);
void sched_become_pending(struct step *st, uint32_t task);
void sched_enqueue(struct te_sched *s, uint32_t worker, uint32_t task, uint32_t attempt,
                   double now);
/* Takes task out of its worker's queue; the next one may become the head. */
void sched_dequeue(struct te_sched *s, uint32_t task, double now);
void sched_charge(struct step *st, uint32_t task);
/* A suspect that took as many with it as is allowed is recorded; else it may try again. */
void sched_judge(struct step *st, uint32_t task);
void sched_fill(struct step *st, uint32_t worker);
/* Assigns what fits to every worker. */
void sched_fill_all(struct step *st);
void sched_lose_worker(struct step *st, uint32_t worker, bool silent);
void sched_check_silence(struct step *st);
bool sched_others_work(const struct te_sched *s, uint32_t host);
void sched_set_aside(struct step *st, uint32_t host);

/* sched_pick.c: fills sched->order; before the first assignment. */
void sched_pick_order(struct te_sched *sched);
/* The task that this worker should get next, NOBODY if there is none for it now. */
uint32_t sched_pick(struct te_sched *sched, const struct worker *worker, double now);
/* A task is pending again. */
int sched_pick_return(struct te_sched *sched, uint32_t task, struct te_err *err);
/* No longer pending: takes it off the list of those that came back. */
void sched_pick_remove(struct te_sched *sched, uint32_t task);

#endif

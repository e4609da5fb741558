/* Life of tasks and workers: what becomes of one of them, and the actions that follow. */
#include <string.h>
#include "sched_state.h"
#include "te/base/max.h"
#include "te/base/mem.h"

const struct worker sched_new_worker = {.algorithm = NOBODY, .dataset = NOBODY, .host = NOBODY};

void sched_act(struct step *st, struct te_action action)
{
    struct te_actions *a = st->actions;
    if (te_grow(&a->items, &a->cap, a->count + 1, sizeof *a->items, TE_MAX_EXPERIMENTS, st->err) <
        0)
        st->failed = 1;
    else
        a->items[a->count++] = action;
}

void sched_act_task(struct step *st, enum te_action_type type, uint32_t task)
{
    const struct task *t = &st->s->tasks[task];
    sched_act(st, (struct te_action){.type = type,
                                     .task = task,
                                     .worker = t->worker,
                                     .attempt = t->attempt,
                                     .charges = t->charges,
                                     .suspect = t->suspect});
}

/* ---- life of a task ---------------------------------------------------------------------- */

static void count(struct te_sched *s, enum task_state state, uint32_t by)
{
    uint32_t *counters[] = {[PENDING] = &s->n_pending,
                            [ASSIGNED] = &s->n_assigned,
                            [DONE] = &s->n_done,
                            [DRAINED] = &s->n_drained};
    *counters[state] += by;
}

void sched_move(struct te_sched *s, uint32_t task, enum task_state to)
{
    struct task *t = &s->tasks[task];
    count(s, (enum task_state)t->state, UINT32_MAX); /* minus one */
    count(s, to, 1);
    if (t->state == PENDING)
        sched_pick_remove(s, task);
    t->state = (uint8_t)to;
    if (to != ASSIGNED) {
        t->worker = NOBODY;
        if (s->suspect_running == task) {
            s->suspect_running = NOBODY;
            s->sweep = true;
        }
    }
}

void sched_become_pending(struct step *st, uint32_t task)
{
    struct te_sched *s = st->s;
    if (s->draining) {
        sched_move(s, task, DRAINED);
        return;
    }
    sched_move(s, task, PENDING);
    s->sweep = true;
    if ((s->live || s->tasks[task].suspect) && sched_pick_return(s, task, st->err) < 0)
        st->failed = 1;
}

void sched_enqueue(struct te_sched *s, uint32_t worker, uint32_t task, uint32_t attempt, double now)
{
    struct worker *w = &s->workers[worker];
    struct task *t = &s->tasks[task];
    if (w->length == 0)
        w->head_since = now;
    w->queue[w->length++] = task;
    w->algorithm = t->algorithm;
    w->dataset = t->dataset;
    sched_move(s, task, ASSIGNED);
    t->worker = worker;
    t->attempt = (uint16_t)attempt;
    if (t->suspect)
        s->suspect_running = task;
}

/* Takes task out of its worker's queue; the next one may become the head. */
void sched_dequeue(struct te_sched *s, uint32_t task, double now)
{
    struct worker *w = &s->workers[s->tasks[task].worker];
    for (uint32_t i = 0; i < w->length; i++) {
        if (w->queue[i] != task)
            continue;
        memmove(&w->queue[i], &w->queue[i + 1], (w->length - i - 1) * sizeof w->queue[0]);
        w->length--;
        if (i == 0)
            w->head_since = now;
        return;
    }
}

void sched_charge(struct step *st, uint32_t task)
{
    struct task *t = &st->s->tasks[task];
    t->suspect = true;
    if (t->charges < UINT8_MAX)
        t->charges++;
}

/* A suspect that took as many with it as is allowed is recorded; else it may try again. */
void sched_judge(struct step *st, uint32_t task)
{
    struct te_sched *s = st->s;
    if (s->tasks[task].charges >= s->config.max_charges && !s->draining) {
        sched_act_task(st, TE_ACT_LOST, task);
        sched_move(s, task, DONE);
    } else {
        sched_become_pending(st, task);
    }
}

/* ---- assigning --------------------------------------------------------------------------- */

static uint32_t depth_for(const struct te_sched *s)
{
    uint32_t share = s->n_pending / (2 * s->config.n_workers) + 1; /* leave some for the others */
    return share < s->config.depth ? share : s->config.depth;
}

void sched_fill(struct step *st, uint32_t worker)
{
    struct te_sched *s = st->s;
    struct worker *w = &s->workers[worker];
    if (!s->live || s->draining || w->state != UP || s->hosts[w->host].aside)
        return;
    while (!st->failed && s->n_pending && (w->length == 0 || w->length < depth_for(s))) {
        if (w->length && s->tasks[w->queue[0]].suspect)
            return; /* alone */
        uint32_t task = sched_pick(s, w, st->ev->now);
        if (task == NOBODY)
            return;
        sched_enqueue(s, worker, task, s->tasks[task].attempt + 1U, st->ev->now);
        sched_act_task(st, TE_ACT_ASSIGN, task);
    }
}

void sched_fill_all(struct step *st)
{
    st->s->sweep = false;
    for (uint32_t w = 0; w < st->s->config.n_workers; w++)
        sched_fill(st, w);
}

/* ---- workers ----------------------------------------------------------------------------- */

void sched_lose_worker(struct step *st, uint32_t worker, bool silent)
{
    struct te_sched *s = st->s;
    struct worker *w = &s->workers[worker];
    if (w->state == LOST)
        return;
    w->state = LOST;
    if (silent)
        sched_act(st, (struct te_action){.type = TE_ACT_LOSE, .worker = worker, .host = w->host});
    uint32_t length = w->length;
    w->length = 0;
    for (uint32_t i = 0; i < length; i++) {
        uint32_t task = w->queue[i];
        if (i > 0 || st->ev->outcome == TE_OUTCOME_REFUSED) { /* it only waited; an orderly end */
            sched_become_pending(st, task);
            continue;
        }
        sched_charge(st, task);
        sched_act_task(st, TE_ACT_CHARGED, task);
        sched_judge(st, task);
    }
    s->sweep = true;
}

void sched_check_silence(struct step *st)
{
    struct te_sched *s = st->s;
    double now = st->ev->now, gap = now - s->last_check;
    s->last_check = now;
    if (gap > s->config.silence / 2) /* rank 0 was held up: what they said is still to be read */
        for (uint32_t i = 0; i < s->config.n_workers; i++) {
            double heard = s->workers[i].heard + gap;
            s->workers[i].heard = heard < now ? heard : now;
        }
    for (uint32_t i = 0; i < s->config.n_workers; i++) {
        struct worker *w = &s->workers[i];
        double limit = w->state == UP ? s->config.silence : s->config.start_silence;
        bool overdue = s->config.lease > 0 && w->length && now - w->head_since > s->config.lease;
        if (w->state != LOST && (now - w->heard > limit || overdue))
            sched_lose_worker(st, i, true);
    }
}

bool sched_others_work(const struct te_sched *s, uint32_t host)
{
    bool others = false;
    for (uint32_t w = 0; w < s->config.n_workers; w++)
        others |= s->workers[w].state == UP && s->workers[w].host != host &&
                  !s->hosts[s->workers[w].host].aside;
    return others;
}

void sched_set_aside(struct step *st, uint32_t host)
{
    struct te_sched *s = st->s;
    if (!sched_others_work(s, host) || s->hosts[host].aside)
        return; /* better a bad host than none */
    s->hosts[host].aside = true;
    sched_act(st, (struct te_action){.type = TE_ACT_SET_ASIDE, .host = host});
    s->sweep = true;
}

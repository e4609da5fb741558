#include "te/core/sched.h"

#include <string.h>
#include "sched_state.h"
#include "te/base/max.h"
#include "te/base/mem.h"

enum { MAX_CUTS = 2 };

void te_sched_defaults(struct te_sched_config *config)
{
    *config = (struct te_sched_config){
        .silence = 15,
        .start_silence = 120,
        .short_task = 0.05,
        .depth = TE_SCHED_DEPTH,
        .max_charges = 3,
        .max_failures = 3,
        .black_hole = 3,
    };
}

void te_actions_release(struct te_actions *actions)
{
    te_free(actions->items);
    *actions = (struct te_actions){0};
}

/* ---- events ------------------------------------------------------------------------------ */

/* An earlier run may have had more workers than this one. */
static int have_worker(struct step *st, uint32_t worker)
{
    struct te_sched *s = st->s;
    size_t old = s->n_slots;
    if (te_grow(&s->workers, &s->n_slots, (size_t)worker + 1, sizeof *s->workers, TE_MAX_RANKS,
                st->err) < 0) {
        st->failed = 1;
        return -1;
    }
    for (; old < s->n_slots; old++)
        s->workers[old] = sched_new_worker;
    return 0;
}

static void on_assigned(struct step *st)
{
    struct te_sched *s = st->s;
    const struct te_event *ev = st->ev;
    if (s->tasks[ev->task].state == ASSIGNED)
        sched_dequeue(s, ev->task, ev->now); /* from a worker that went */
    if (s->tasks[ev->task].state == DONE || have_worker(st, ev->worker) < 0 ||
        s->workers[ev->worker].length == TE_SCHED_DEPTH)
        return;
    sched_enqueue(s, ev->worker, ev->task, ev->attempt, ev->now);
}

/* Replay: the tasks before this one in its worker's queue came back, nobody noted it. */
static void leave_queue(struct step *st, uint32_t task, bool all)
{
    struct worker *w = &st->s->workers[st->s->tasks[task].worker];
    while (w->length && (all || w->queue[0] != task)) {
        uint32_t other = w->queue[0];
        sched_dequeue(st->s, other, st->ev->now);
        if (other != task)
            sched_become_pending(st, other);
    }
    if (!all)
        sched_dequeue(st->s, task, st->ev->now);
}

static void on_charged(struct step *st)
{
    struct task *t = &st->s->tasks[st->ev->task];
    if (t->state == DONE)
        return;
    if (t->state == ASSIGNED)
        leave_queue(st, st->ev->task, true);
    t->suspect = true;
    t->charges = (uint8_t)st->ev->charges;
    sched_become_pending(st, st->ev->task);
}

static void on_replayed_failure(struct step *st)
{
    struct task *t = &st->s->tasks[st->ev->task];
    if (t->state == DONE)
        return;
    if (t->state == ASSIGNED)
        leave_queue(st, st->ev->task, false);
    t->failures = (uint8_t)st->ev->charges;
    sched_become_pending(st, st->ev->task);
}

static void on_retry(struct step *st)
{
    struct task *t = &st->s->tasks[st->ev->task];
    if (t->state != DONE)
        return;
    t->charges = t->failures = t->cuts = 0;
    t->suspect = false;
    sched_become_pending(st, st->ev->task);
}

/* Rank 0 died (crash) or stopped in order: nothing is in flight any more. */
static void on_restart(struct step *st, bool crash)
{
    struct te_sched *s = st->s;
    for (size_t i = 0; i < s->n_slots; i++) {
        struct worker *w = &s->workers[i];
        uint32_t length = w->length;
        w->length = 0;
        for (uint32_t q = 0; q < length; q++) {
            struct task *t = &s->tasks[w->queue[q]];
            if (crash && q == 0) {
                if (t->suspect)
                    sched_charge(st, w->queue[q]);
                t->suspect = true;
            }
            sched_become_pending(st, w->queue[q]);
        }
    }
}

static void on_start(struct step *st)
{
    struct te_sched *s = st->s;
    s->live = true;
    s->started = s->last_check = st->ev->now;
    for (uint32_t w = 0; w < s->config.n_workers; w++)
        s->workers[w].heard = st->ev->now;
    sched_pick_order(s);
    for (uint32_t i = 0; i < s->config.n_tasks; i++) {
        const struct task *t = &s->tasks[i];
        if (t->state == PENDING && t->charges >= s->config.max_charges)
            sched_judge(st, i);
        else if (t->state == PENDING && t->cuts >= MAX_CUTS) {
            sched_act_task(st, TE_ACT_WALLTIME, i);
            sched_move(s, i, DONE);
        }
    }
}

static void on_up(struct step *st)
{
    struct te_sched *s = st->s;
    struct worker *w = &s->workers[st->ev->worker];
    if (w->state != STARTING)
        return;
    w->state = UP;
    w->host = st->ev->host;
    w->heard = st->ev->now;
    s->hosts[w->host].known = true;
    s->sweep = true; /* a suspect or a task that avoids a host may go here */
}

/* Sets or clears a dataset's bit; true if that changed it. */
static bool mark(struct step *st, uint64_t **bits, bool set)
{
    size_t words = st->s->config.n_datasets / 64 + 1;
    uint64_t bit = UINT64_C(1) << (st->ev->dataset % 64);
    if (!*bits && set && !(*bits = te_zalloc(words, sizeof **bits, st->err)))
        st->failed = 1;
    if (!*bits)
        return false;
    uint64_t *word = &(*bits)[st->ev->dataset / 64], before = *word;
    *word = set ? before | bit : before & ~bit;
    return *word != before;
}

/* LACKS, COMING or HAS. */
static void on_dataset(struct step *st)
{
    struct host *host = &st->s->hosts[st->ev->host];
    bool coming = st->ev->type == TE_EV_COMING, has = st->ev->type == TE_EV_HAS;
    if (st->ev->dataset >= st->s->config.n_datasets)
        return;
    mark(st, &host->lacks, !has);
    if (mark(st, &host->coming, coming))
        host->n_coming = coming ? host->n_coming + 1 : host->n_coming - 1;
    if (has) {
        host->cursor = 0; /* it has passed over tasks that may run here now */
        st->s->sweep = true;
    }
}

/* The batch system's signal comes before our own end of the time, and means the same. */
static bool near_the_end(const struct te_sched *s, double now)
{
    static const double warning = 300, half = 0.5;
    if (s->config.stop_at <= 0)
        return false;
    double most = half * (s->config.stop_at - s->started);
    return s->config.stop_at - now < (most < warning ? most : warning);
}

static void keep_pace(struct te_sched *s, const struct task *t, double duration)
{
    float *pace = &s->pace[t->algorithm];
    *pace = *pace < 0 ? (float)duration : *pace + ((float)duration - *pace) * 0.25F;
}

static void on_failed(struct step *st, uint32_t task, uint32_t hostno)
{
    struct te_sched *s = st->s;
    struct task *t = &s->tasks[task];
    struct host *host = &s->hosts[hostno];
    t->avoid = hostno;
    /* Where another task failed just before, the host is to blame as long as there are others: two
     * bad hosts would use up a task's attempts while a good one is busy. */
    if (++host->failures == 1 || host->failed_last == task || !sched_others_work(s, hostno))
        t->failures++;
    host->failed_last = task;
    if (t->failures >= s->config.max_failures) {
        sched_act_task(st, TE_ACT_RECORD, task);
        sched_move(s, task, DONE);
    } else {
        sched_act(st,
                  (struct te_action){.type = TE_ACT_FAILED, .task = task, .charges = t->failures});
        sched_act_task(st, TE_ACT_DROP, task);
        sched_become_pending(st, task);
    }
    if (host->failures >= s->config.black_hole)
        sched_set_aside(st, hostno);
}

static void on_result(struct step *st)
{
    struct te_sched *s = st->s;
    const struct te_event *ev = st->ev;
    struct task *t = &s->tasks[ev->task];
    if (!s->live) { /* replay: what was recorded counts */
        if (t->state == ASSIGNED)
            leave_queue(st, ev->task, false);
        if (ev->attempt > t->attempt)
            t->attempt = (uint16_t)ev->attempt;
        if (t->state != DONE)
            sched_move(s, ev->task, DONE);
        return;
    }
    struct worker *w = &s->workers[ev->worker];
    bool ours = t->state == ASSIGNED && t->worker == ev->worker && t->attempt == ev->attempt;
    bool late = t->state == DRAINED && t->attempt == ev->attempt; /* it crossed our CANCEL */
    if (!ours && !(late && ev->outcome == TE_OUTCOME_FINAL)) {
        sched_act(st, (struct te_action){.type = TE_ACT_DROP,
                                         .task = ev->task,
                                         .worker = ev->worker,
                                         .attempt = ev->attempt});
        return;
    }
    if (ours) {
        keep_pace(s, t, ev->now - w->head_since);
        sched_dequeue(s, ev->task, ev->now);
        w->ran++;
    }
    uint32_t host = w->host;
    if (ev->outcome == TE_OUTCOME_FAILED) {
        on_failed(st, ev->task, host);
    } else if (ev->outcome == TE_OUTCOME_REFUSED) {
        sched_act_task(st, TE_ACT_DROP, ev->task);
        sched_become_pending(st, ev->task);
    } else {
        s->hosts[host].failures = 0;
        t->suspect = false;
        sched_act(st, (struct te_action){.type = TE_ACT_RECORD,
                                         .task = ev->task,
                                         .worker = ev->worker,
                                         .attempt = ev->attempt});
        sched_move(s, ev->task, DONE);
    }
    sched_fill(st, ev->worker);
}

/* Stop: everything in flight is cancelled, what is pending stays for the next start. */
static void drain(struct step *st, bool walltime)
{
    struct te_sched *s = st->s;
    if (s->draining)
        return;
    s->draining = true;
    for (uint32_t i = 0; i < s->config.n_workers; i++) {
        struct worker *w = &s->workers[i];
        uint32_t length = w->length;
        bool fresh = w->ran == 0 && has_time(s, w->head_since);
        w->length = 0;
        for (uint32_t q = 0; q < length; q++) {
            sched_act_task(st, TE_ACT_CANCEL, w->queue[q]);
            if (walltime && fresh && q == 0) {
                s->tasks[w->queue[q]].cuts++;
                sched_act_task(st, TE_ACT_CUT, w->queue[q]);
            }
            sched_move(s, w->queue[q], DRAINED);
        }
    }
}

static void on_tick(struct step *st)
{
    struct te_sched *s = st->s;
    if (s->config.stop_at > 0 && st->ev->now >= s->config.stop_at)
        drain(st, true);
    sched_check_silence(st);
}

static void on_cut(struct step *st)
{
    struct task *t = &st->s->tasks[st->ev->task];
    if (t->cuts < UINT8_MAX)
        t->cuts++;
}

/* Is a dataset on its way to a host that can use it? */
static bool something_comes(const struct te_sched *s)
{
    for (uint32_t w = 0; w < s->config.n_workers; w++)
        if (s->workers[w].state == UP && s->hosts[s->workers[w].host].n_coming)
            return true;
    return false;
}

/* Does any host that was ever seen have the task's dataset? A lost one may be back at a restart. */
static bool somewhere(const struct te_sched *s, const struct task *t)
{
    for (uint32_t h = 0; h < s->config.n_workers; h++)
        if (s->hosts[h].known && !host_lacks(&s->hosts[h], t->dataset))
            return true;
    return false;
}

static void give_up_nowhere(struct step *st)
{
    struct te_sched *s = st->s;
    for (uint32_t i = 0; s->n_pending && i < s->config.n_tasks; i++)
        if (s->tasks[i].state == PENDING && !somewhere(s, &s->tasks[i])) {
            sched_act_task(st, TE_ACT_NOWHERE, i);
            sched_move(s, i, DONE);
        }
}

/* Hosts that were set aside get another chance; false if there are none. */
static bool bring_back(struct te_sched *s)
{
    bool any = false;
    for (uint32_t h = 0; h < s->config.n_workers; h++) {
        any |= s->hosts[h].aside;
        s->hosts[h].aside = false;
        s->hosts[h].failures = 0;
    }
    return any;
}

/* Nothing runs and nobody takes what is pending: say why there is nothing more to do. */
static void settle(struct step *st)
{
    struct te_sched *s = st->s;
    if (!s->live || s->finished || s->n_assigned)
        return;
    bool up = false;
    for (uint32_t w = 0; w < s->config.n_workers; w++) {
        if (s->workers[w].state == STARTING && s->n_pending && !s->draining)
            return;
        up |= s->workers[w].state == UP;
    }
    if (s->n_pending && !s->draining && something_comes(s))
        return;
    if (s->n_pending && !s->draining && bring_back(s)) { /* better a bad host than none */
        sched_fill_all(st);
        if (s->n_assigned)
            return;
    }
    if (!s->draining && up)
        give_up_nowhere(st);
    if (s->n_pending && s->config.stop_at > 0 && up)
        s->draining = true; /* what is left would not end in time */
    s->finished = true;
    sched_act(st, (struct te_action){.type = TE_ACT_FINISHED});
}

static bool makes_sense(const struct te_sched *s, const struct te_event *ev)
{
    switch (ev->type) {
    case TE_EV_ASSIGNED:
    case TE_EV_CHARGED:
    case TE_EV_FAILED:
    case TE_EV_CUT:
    case TE_EV_RETRY:
    case TE_EV_RESTART:
    case TE_EV_ENDED:
    case TE_EV_START:
        if (s->live)
            return false;
        break;
    default:
        break;
    }
    bool working = ev->type == TE_EV_STARTED || (ev->type == TE_EV_RESULT && s->live);
    bool of_worker =
        working || ev->type == TE_EV_UP || ev->type == TE_EV_HEARD || ev->type == TE_EV_GONE;
    bool of_task = ev->type == TE_EV_ASSIGNED || ev->type == TE_EV_CHARGED ||
                   ev->type == TE_EV_FAILED || ev->type == TE_EV_CUT || ev->type == TE_EV_RETRY ||
                   ev->type == TE_EV_STARTED || ev->type == TE_EV_RESULT;
    bool of_host = ev->type == TE_EV_UP || ev->type == TE_EV_LACKS || ev->type == TE_EV_COMING ||
                   ev->type == TE_EV_HAS;
    if (of_worker &&
        (ev->worker >= s->config.n_workers || (s->live && s->workers[ev->worker].state == LOST)))
        return false;
    return !(of_task && ev->task >= s->config.n_tasks) &&
           !(of_host && ev->host >= s->config.n_workers);
}

static void handle(struct step *st)
{
    struct te_sched *s = st->s;
    const struct te_event *ev = st->ev;
    switch (ev->type) {
    case TE_EV_ASSIGNED:
        on_assigned(st);
        break;
    case TE_EV_CHARGED:
        on_charged(st);
        break;
    case TE_EV_FAILED:
        on_replayed_failure(st);
        break;
    case TE_EV_CUT:
        on_cut(st);
        break;
    case TE_EV_RETRY:
        on_retry(st);
        break;
    case TE_EV_RESTART:
        on_restart(st, true);
        break;
    case TE_EV_ENDED:
        on_restart(st, false);
        break;
    case TE_EV_START:
        on_start(st);
        break;
    case TE_EV_UP:
        on_up(st);
        break;
    case TE_EV_LACKS:
    case TE_EV_COMING:
    case TE_EV_HAS:
        on_dataset(st);
        break;
    case TE_EV_HEARD:
        break;
    case TE_EV_STARTED:
        if (s->workers[ev->worker].length && s->workers[ev->worker].queue[0] == ev->task)
            s->workers[ev->worker].head_since = ev->now;
        break;
    case TE_EV_RESULT:
        on_result(st);
        break;
    case TE_EV_GONE:
        sched_lose_worker(st, ev->worker, false);
        break;
    case TE_EV_TICK:
        on_tick(st);
        break;
    case TE_EV_DRAIN:
        drain(st, near_the_end(s, ev->now));
        break;
    }
}

int te_sched_step(struct te_sched *s, const struct te_event *event, struct te_actions *actions,
                  struct te_err *err)
{
    struct step st = {.s = s, .ev = event, .actions = actions, .err = err};
    actions->count = 0;
    if (!makes_sense(s, event)) {
        if (event->type == TE_EV_RESULT) /* of a lost worker: nobody waits for it */
            sched_act(&st, (struct te_action){.type = TE_ACT_DROP,
                                              .task = event->task,
                                              .worker = event->worker,
                                              .attempt = event->attempt});
        return st.failed ? -1 : 0;
    }
    if (s->live && event->type >= TE_EV_HEARD && event->type <= TE_EV_RESULT)
        s->workers[event->worker].heard = event->now;
    handle(&st);
    if (s->sweep && s->live)
        sched_fill_all(&st);
    settle(&st);
    return st.failed ? -1 : 0;
}

/* ---- construction and questions ---------------------------------------------------------- */

struct te_sched *te_sched_new(const struct te_sched_config *config, struct te_err *err)
{
    struct te_sched *s = te_zalloc(1, sizeof *s, err);
    if (!s)
        return NULL;
    s->config = *config;
    if (s->config.depth < 1 || s->config.depth > TE_SCHED_DEPTH)
        s->config.depth = TE_SCHED_DEPTH;
    s->suspect_running = NOBODY;
    s->n_pending = config->n_tasks;
    s->tasks = te_zalloc(config->n_tasks, sizeof *s->tasks, err);
    s->order = s->tasks ? te_zalloc(config->n_tasks, sizeof *s->order, err) : NULL;
    s->workers = s->order ? te_zalloc(config->n_workers, sizeof *s->workers, err) : NULL;
    s->hosts = s->workers ? te_zalloc(config->n_workers, sizeof *s->hosts, err) : NULL;
    s->pace = s->hosts ? te_zalloc(config->n_algorithms + 1, sizeof *s->pace, err) : NULL;
    if (!s->pace) {
        te_sched_free(s);
        return NULL;
    }
    for (uint32_t i = 0; i < config->n_tasks; i++)
        s->tasks[i].worker = s->tasks[i].avoid = NOBODY;
    s->n_slots = config->n_workers;
    for (uint32_t i = 0; i < config->n_workers; i++)
        s->workers[i] = sched_new_worker;
    for (uint32_t i = 0; i <= config->n_algorithms; i++)
        s->pace[i] = -1;
    return s;
}

void te_sched_free(struct te_sched *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; s->hosts && i < s->config.n_workers; i++) {
        te_free(s->hosts[i].lacks);
        te_free(s->hosts[i].coming);
    }
    te_free(s->tasks);
    te_free(s->order);
    te_free(s->workers);
    te_free(s->hosts);
    te_free(s->pace);
    te_free(s->returned);
    te_free(s);
}

void te_sched_describe(struct te_sched *s, uint32_t task, uint32_t dataset, uint32_t algorithm,
                       float expected)
{
    struct task *t = &s->tasks[task];
    t->dataset = dataset;
    t->algorithm = algorithm < s->config.n_algorithms ? algorithm : s->config.n_algorithms;
    te_sched_expect(s, task, expected);
}

void te_sched_expect(struct te_sched *s, uint32_t task, float expected)
{
    s->tasks[task].expected = expected > 0 ? expected : 0;
}

void te_sched_reorder(struct te_sched *s)
{
    for (uint32_t h = 0; h < s->config.n_workers; h++)
        s->hosts[h].cursor = 0;
    sched_pick_order(s);
}

double te_sched_next_deadline(const struct te_sched *s)
{
    double next = s->last_check + s->config.silence / 4;
    if (s->config.stop_at > 0 && !s->draining && s->config.stop_at < next)
        next = s->config.stop_at;
    return next;
}

enum te_sched_end te_sched_end(const struct te_sched *s)
{
    if (!s->finished)
        return TE_SCHED_RUNNING;
    if (s->n_done == s->config.n_tasks)
        return TE_SCHED_COMPLETE;
    return s->draining ? TE_SCHED_STOPPED : TE_SCHED_DESERTED;
}

struct te_sched_counts te_sched_counts(const struct te_sched *s)
{
    struct te_sched_counts c = {
        .pending = s->n_pending, .done = s->n_done, .drained = s->n_drained};
    for (uint32_t i = 0; i < s->config.n_workers; i++) {
        const struct worker *w = &s->workers[i];
        c.workers_up += w->state == UP;
        c.workers_lost += w->state == LOST;
        c.workers_starting += w->state == STARTING;
        c.running += w->length > 0;
    }
    c.assigned = s->n_assigned - c.running;
    for (size_t i = 0; i < s->n_returned; i++)
        c.suspects += s->tasks[s->returned[i]].suspect;
    c.suspects += s->suspect_running != NOBODY;
    return c;
}

bool te_sched_done(const struct te_sched *s, uint32_t task)
{
    return task < s->config.n_tasks && s->tasks[task].state == DONE;
}

int64_t te_sched_running(const struct te_sched *s, uint32_t worker)
{
    if (worker >= s->config.n_workers || s->workers[worker].length == 0)
        return TE_SCHED_NONE;
    return s->workers[worker].queue[0];
}

/*
 * A simulated cluster around the scheduler: virtual time, latencies, workers that die or freeze,
 * tasks that kill their worker, hosts on which everything fails, datasets that hosts lack, double
 * results, and rank 0's death at random moments with replay from a simulated journal whose
 * unsynced tail may be lost. Whatever happens, every task must end with exactly one record.
 *
 *   sim_sched [SEEDS [FIRST]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/base/rng.h"
#include "te/core/sched.h"

enum { MAX_TASKS = 80, MAX_WORKERS = 9, MAX_EVENTS = 60000, MAX_JOURNAL = 20000, KEPT = 64 };

enum record_type { R_ASSIGN, R_CHARGED, R_RESULT, R_CUT, R_FAILED, R_EPOCH, R_END };
struct record {
    enum record_type type;
    uint32_t worker, task, attempt, charges;
    bool lost; /* recorded for killing its workers */
};

enum sim_type {
    S_UP,
    S_ASSIGN,
    S_DONE,
    S_BEAT,
    S_TO_ROOT,
    S_SYNC,
    S_DIE,
    S_FREEZE,
    S_RELEASE,
    S_CANCEL,
    S_COPIED /* worker: host, task: dataset */
};
struct sim_event {
    double at;
    uint64_t order;
    enum sim_type type;
    uint32_t worker, task, attempt;
    enum te_outcome outcome;
    bool heartbeat;
};

struct sim_worker {
    bool alive, frozen, asked;
    uint32_t host;
    uint32_t queue[KEPT], attempts[KEPT];
    uint32_t length;
    bool busy;
    uint32_t kept; /* results not yet released */
};

struct sim {
    struct te_rng rng;
    double now;
    uint64_t order;
    struct sim_event heap[MAX_EVENTS];
    size_t n_events;
    struct record journal[MAX_JOURNAL];
    size_t n_journal, synced;
    struct sim_worker workers[MAX_WORKERS];
    uint32_t n_workers, n_hosts, n_tasks;
    double duration[MAX_TASKS];
    bool killer[MAX_TASKS];
    uint32_t dataset[MAX_TASKS];
    bool lacks[MAX_WORKERS][4];
    bool copies; /* what lacks is copied while the run goes on */
    bool bad_host[MAX_WORKERS];
    bool released[MAX_TASKS];
    bool suspect_runs;
    struct te_sched *sched;
    struct te_actions actions;
    bool sync_pending;
    double stop_at;
    int restarts;
    bool over;
    uint64_t steps;
    bool broken;
};

static long total_innocents, total_killers, total_caught, total_restarts, total_steps, total_tasks;

static double chance(struct sim *m)
{
    return te_rng_unit(&m->rng);
}

static void complain(struct sim *m, const char *what, uint32_t task)
{
    if (!m->broken)
        printf("# %s (task %u, time %.3f, restarts %d)\n", what, task, m->now, m->restarts);
    m->broken = true;
}

static bool before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at < b->at || (!(b->at < a->at) && a->order < b->order);
}

static void push(struct sim *m, double in, struct sim_event e)
{
    if (m->n_events == MAX_EVENTS) {
        complain(m, "too many events", 0);
        return;
    }
    e.at = m->now + in;
    e.order = m->order++;
    size_t i = m->n_events++;
    for (; i > 0 && before(&e, &m->heap[(i - 1) / 2]); i = (i - 1) / 2)
        m->heap[i] = m->heap[(i - 1) / 2];
    m->heap[i] = e;
}

static struct sim_event pop(struct sim *m)
{
    struct sim_event top = m->heap[0];
    struct sim_event last = m->heap[--m->n_events];
    size_t i = 0;
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= m->n_events)
            break;
        if (c + 1 < m->n_events && before(&m->heap[c + 1], &m->heap[c]))
            c++;
        if (!before(&m->heap[c], &last))
            break;
        m->heap[i] = m->heap[c];
        i = c;
    }
    m->heap[i] = last;
    return top;
}

static void write_record(struct sim *m, struct record r)
{
    if (m->n_journal == MAX_JOURNAL)
        complain(m, "journal is full", 0);
    else
        m->journal[m->n_journal++] = r;
}

static double latency(struct sim *m)
{
    return 0.001 + 0.01 * chance(m) + (chance(m) < 0.02 ? 0.5 * chance(m) : 0);
}

/* ---- rank 0 ------------------------------------------------------------------------------ */

static void carry_out(struct sim *m, const struct te_action *a, enum te_outcome outcome)
{
    (void)outcome;
    switch (a->type) {
    case TE_ACT_ASSIGN:
        if (m->lacks[m->workers[a->worker].host][m->dataset[a->task]])
            complain(m, "assigned to a host that lacks its dataset", a->task);
        write_record(
            m, (struct record){
                   .type = R_ASSIGN, .worker = a->worker, .task = a->task, .attempt = a->attempt});
        push(m, latency(m),
             (struct sim_event){
                 .type = S_ASSIGN, .worker = a->worker, .task = a->task, .attempt = a->attempt});
        break;
    case TE_ACT_CHARGED:
        write_record(m, (struct record){.type = R_CHARGED, .task = a->task, .charges = a->charges});
        break;
    case TE_ACT_FAILED:
        write_record(m, (struct record){.type = R_FAILED, .task = a->task, .charges = a->charges});
        break;
    case TE_ACT_CUT:
        write_record(m, (struct record){.type = R_CUT, .task = a->task});
        break;
    case TE_ACT_RECORD:
    case TE_ACT_LOST:
    case TE_ACT_WALLTIME:
    case TE_ACT_NOWHERE:
        write_record(m, (struct record){.type = R_RESULT,
                                        .task = a->task,
                                        .attempt = a->attempt,
                                        .worker = a->worker,
                                        .lost = a->type == TE_ACT_LOST});
        if (!m->sync_pending)
            push(m, 0.01, (struct sim_event){.type = S_SYNC});
        m->sync_pending = true;
        break;
    case TE_ACT_DROP:
        push(m, latency(m), (struct sim_event){.type = S_RELEASE, .worker = a->worker});
        break;
    case TE_ACT_CANCEL:
        push(m, latency(m),
             (struct sim_event){.type = S_CANCEL, .worker = a->worker, .task = a->task});
        break;
    case TE_ACT_LOSE:
    case TE_ACT_SET_ASIDE:
    case TE_ACT_FINISHED:
        break;
    }
}

static void check_invariants(struct sim *m)
{
    struct te_sched_counts c = te_sched_counts(m->sched);
    if (c.pending + c.assigned + c.running + c.done + c.drained != m->n_tasks)
        complain(m, "tasks do not add up", c.pending);
}

static void tell(struct sim *m, struct te_event ev)
{
    struct te_err err = TE_ERR_INIT;
    ev.now = m->now;
    m->steps++;
    if (te_sched_step(m->sched, &ev, &m->actions, &err) < 0)
        complain(m, err.text, ev.task);
    for (size_t i = 0; i < m->actions.count; i++)
        carry_out(m, &m->actions.items[i], ev.outcome);
    check_invariants(m);
}

/* What is expected of tasks changes while they wait, run or are done, right or wrong. */
static void learn(struct sim *m)
{
    for (uint32_t t = 0; t < m->n_tasks; t++)
        if (chance(m) < 0.5)
            te_sched_expect(m->sched, t, (float)(m->duration[t] * 2 * chance(m)));
    te_sched_reorder(m->sched);
}

static void replay(struct sim *m)
{
    struct te_err err = TE_ERR_INIT;
    struct te_actions ignored = {0};
    for (size_t i = 0; i < m->n_journal; i++) {
        const struct record *r = &m->journal[i];
        static const enum te_event_type events[] = {
            [R_ASSIGN] = TE_EV_ASSIGNED, [R_CHARGED] = TE_EV_CHARGED, [R_RESULT] = TE_EV_RESULT,
            [R_CUT] = TE_EV_CUT,         [R_FAILED] = TE_EV_FAILED,   [R_EPOCH] = TE_EV_RESTART,
            [R_END] = TE_EV_ENDED};
        struct te_event ev = {.type = events[r->type],
                              .worker = r->worker,
                              .task = r->task,
                              .attempt = r->attempt,
                              .charges = r->charges};
        if (te_sched_step(m->sched, &ev, &ignored, &err) < 0)
            complain(m, err.text, r->task);
    }
    te_actions_release(&ignored);
}

static void start_root(struct sim *m)
{
    struct te_err err = TE_ERR_INIT;
    struct te_sched_config config;
    te_sched_defaults(&config);
    config.n_tasks = m->n_tasks;
    config.n_workers = m->n_workers;
    config.n_datasets = 4;
    config.n_algorithms = 3;
    config.silence = 2;
    config.start_silence = 5;
    config.short_task = 0.3;
    config.stop_at = m->stop_at > 0 ? m->now + m->stop_at : 0;
    m->sched = te_sched_new(&config, &err);
    for (uint32_t t = 0; t < m->n_tasks; t++)
        te_sched_describe(m->sched, t, m->dataset[t], t % 3, t % 2 ? 0 : (float)m->duration[t]);
    write_record(m, (struct record){.type = R_EPOCH});
    replay(m);
    for (uint32_t w = 0; w < m->n_workers; w++) {
        m->workers[w] = (struct sim_worker){.alive = chance(m) > 0.02, .host = w % m->n_hosts};
        push(m, chance(m), (struct sim_event){.type = S_UP, .worker = w});
        push(m, 0.5, (struct sim_event){.type = S_BEAT, .worker = w});
    }
    tell(m, (struct te_event){.type = TE_EV_START});
    for (uint32_t h = 0; h < m->n_hosts; h++)
        for (uint32_t d = 0; d < 4; d++)
            if (m->lacks[h][d]) {
                tell(m, (struct te_event){.type = m->copies ? TE_EV_COMING : TE_EV_LACKS,
                                          .host = h,
                                          .dataset = d});
                if (m->copies)
                    push(m, 4 * chance(m),
                         (struct sim_event){.type = S_COPIED, .worker = h, .task = d});
            }
}

static void end_root(struct sim *m)
{
    te_sched_free(m->sched);
    m->sched = NULL;
    m->n_events = 0;
    m->sync_pending = false;
    m->restarts++;
}

/* kill -9 of rank 0, with everything that hangs on it; at a power cut the unsynced tail goes, too.
 */
static void kill_root(struct sim *m)
{
    if (chance(m) < 0.3 && m->synced < m->n_journal)
        m->n_journal = m->synced + te_rng_below(&m->rng, m->n_journal - m->synced + 1);
    end_root(m);
    start_root(m);
}

/* ---- workers ----------------------------------------------------------------------------- */

static void run_head(struct sim *m, uint32_t worker)
{
    struct sim_worker *w = &m->workers[worker];
    if (w->busy || !w->length || !w->alive)
        return;
    w->busy = true;
    uint32_t task = w->queue[0];
    if (m->killer[task]) {
        push(m, 0.5 * m->duration[task], (struct sim_event){.type = S_DIE, .worker = worker});
        return;
    }
    enum te_outcome outcome = TE_OUTCOME_FINAL;
    if (m->bad_host[w->host] || chance(m) < 0.02)
        outcome = TE_OUTCOME_FAILED;
    push(m, m->duration[task],
         (struct sim_event){.type = S_DONE,
                            .worker = worker,
                            .task = task,
                            .attempt = w->attempts[0],
                            .outcome = outcome});
}

static void worker_done(struct sim *m, const struct sim_event *e)
{
    struct sim_worker *w = &m->workers[e->worker];
    if (!w->alive || !w->length || w->queue[0] != e->task || w->attempts[0] != e->attempt)
        return;
    w->length--;
    memmove(w->queue, w->queue + 1, w->length * sizeof w->queue[0]);
    memmove(w->attempts, w->attempts + 1, w->length * sizeof w->attempts[0]);
    w->busy = false;
    struct sim_event result = *e;
    result.type = S_TO_ROOT;
    push(m, latency(m), result);
    if (chance(m) < 0.05) /* sent again */
        push(m, 0.1 + latency(m), result);
    run_head(m, e->worker);
}

static void worker_cancel(struct sim *m, const struct sim_event *e)
{
    struct sim_worker *w = &m->workers[e->worker];
    for (uint32_t i = 0; i < w->length; i++)
        if (w->queue[i] == e->task) {
            w->length--;
            memmove(w->queue + i, w->queue + i + 1, (w->length - i) * sizeof w->queue[0]);
            memmove(w->attempts + i, w->attempts + i + 1, (w->length - i) * sizeof w->attempts[0]);
            if (i == 0)
                w->busy = false;
            break;
        }
    run_head(m, e->worker);
}

static void on_sync(struct sim *m)
{
    m->sync_pending = false;
    for (size_t i = m->synced; i < m->n_journal; i++)
        if (m->journal[i].type == R_RESULT)
            m->released[m->journal[i].task] = true;
    m->synced = m->n_journal;
}

static void handle(struct sim *m, const struct sim_event *e)
{
    struct sim_worker *w = &m->workers[e->worker];
    switch (e->type) {
    case S_UP:
        if (w->alive)
            tell(m, (struct te_event){.type = TE_EV_UP, .worker = e->worker, .host = w->host});
        break;
    case S_ASSIGN:
        if (!w->alive)
            break;
        if (w->length == KEPT) {
            complain(m, "queue too long", e->task);
            break;
        }
        w->queue[w->length] = e->task;
        w->attempts[w->length++] = e->attempt;
        run_head(m, e->worker);
        break;
    case S_DONE:
        worker_done(m, e);
        break;
    case S_BEAT:
        if (!w->alive)
            break;
        if (!w->frozen)
            tell(m, (struct te_event){.type = TE_EV_HEARD, .worker = e->worker});
        push(m, 0.5, (struct sim_event){.type = S_BEAT, .worker = e->worker});
        break;
    case S_TO_ROOT:
        if (w->frozen) /* comes much later */
            push(m, 3, *e);
        else
            tell(m, (struct te_event){.type = TE_EV_RESULT,
                                      .worker = e->worker,
                                      .task = e->task,
                                      .attempt = e->attempt,
                                      .outcome = e->outcome});
        break;
    case S_SYNC:
        on_sync(m);
        break;
    case S_DIE:
        w->alive = false;
        break;
    case S_FREEZE:
        w->frozen = !w->frozen;
        if (w->frozen)
            push(m, 6 * chance(m), *e);
        break;
    case S_RELEASE:
        break;
    case S_CANCEL:
        worker_cancel(m, e);
        break;
    case S_COPIED:
        m->lacks[e->worker][e->task] = chance(m) < 0.3; /* or it could not be copied */
        tell(m, (struct te_event){.type = m->lacks[e->worker][e->task] ? TE_EV_LACKS : TE_EV_HAS,
                                  .host = e->worker,
                                  .dataset = e->task});
        break;
    }
}

/* Faults become rarer, so that every simulation ends. */
static void maybe_fault(struct sim *m)
{
    double rate = 1.0 / (8 + 4 * m->restarts);
    double dice = chance(m);
    if (chance(m) < 0.03)
        learn(m);
    uint32_t worker = (uint32_t)te_rng_below(&m->rng, m->n_workers);
    if (dice < 0.05 * rate)
        kill_root(m);
    else if (dice < 0.08 * rate)
        m->workers[worker].alive = false;
    else if (dice < 0.10 * rate)
        push(m, 0, (struct sim_event){.type = S_FREEZE, .worker = worker});
    else if (dice < 0.105 * rate)
        tell(m, (struct te_event){.type = TE_EV_DRAIN});
    else if (dice < 0.115 * rate)
        tell(m, (struct te_event){
                    .type = TE_EV_GONE, .worker = worker, .outcome = TE_OUTCOME_REFUSED});
}

/* A pass ended in order: the next one resumes, unless everything is done. */
static void maybe_end(struct sim *m)
{
    enum te_sched_end end = te_sched_end(m->sched);
    if (end == TE_SCHED_RUNNING)
        return;
    on_sync(m);
    if (end == TE_SCHED_COMPLETE) {
        m->over = true;
        return;
    }
    write_record(m, (struct record){.type = R_END});
    on_sync(m);
    end_root(m);
    start_root(m);
}

static void set_up(struct sim *m, uint64_t seed)
{
    memset(m, 0, sizeof *m);
    te_rng_seed(&m->rng, seed);
    m->n_workers = 1 + (uint32_t)te_rng_below(&m->rng, MAX_WORKERS);
    m->n_hosts = 1 + (uint32_t)te_rng_below(&m->rng, m->n_workers);
    m->n_tasks = 1 + (uint32_t)te_rng_below(&m->rng, MAX_TASKS);
    bool killers = chance(m) < 0.3;
    bool shorts = chance(m) < 0.3;
    m->copies = chance(m) < 0.3;
    m->stop_at = chance(m) < 0.15 ? 3 + 5 * chance(m) : 0;
    for (uint32_t t = 0; t < m->n_tasks; t++) {
        m->duration[t] = (shorts ? 0.02 : 0.5) * (0.1 + 2 * chance(m));
        m->killer[t] = killers && chance(m) < 0.05;
        m->dataset[t] = (uint32_t)te_rng_below(&m->rng, 4);
    }
    for (uint32_t h = 0; h < m->n_hosts; h++) {
        m->bad_host[h] = h > 0 && chance(m) < 0.1;
        for (uint32_t d = 0; d < 4; d++)
            m->lacks[h][d] = chance(m) < (m->copies ? 0.6 : 0.1);
    }
}

static void verdict(struct sim *m)
{
    uint32_t records[MAX_TASKS] = {0};
    for (size_t i = 0; i < m->n_journal; i++) {
        const struct record *r = &m->journal[i];
        if (r->type != R_RESULT)
            continue;
        records[r->task]++;
        total_innocents += r->lost && !m->killer[r->task];
        total_caught += r->lost && m->killer[r->task];
    }
    for (uint32_t t = 0; t < m->n_tasks; t++) {
        total_killers += m->killer[t];
        if (records[t] != 1)
            complain(m, records[t] ? "recorded twice" : "lost", t);
    }
    total_tasks += m->n_tasks;
}

static bool simulate(uint64_t seed)
{
    static struct sim sim;
    struct sim *m = &sim;
    set_up(m, seed);
    start_root(m);
    while (!m->over && !m->broken) {
        double deadline = te_sched_next_deadline(m->sched);
        if (m->n_events && m->heap[0].at <= deadline) {
            struct sim_event e = pop(m);
            m->now = e.at > m->now ? e.at : m->now;
            handle(m, &e);
        } else {
            m->now = deadline > m->now ? deadline : m->now;
            tell(m, (struct te_event){.type = TE_EV_TICK});
        }
        maybe_fault(m);
        maybe_end(m);
        if (m->now > 1e5 || m->steps > 500000)
            complain(m, "no end", 0);
    }
    if (!m->broken)
        verdict(m);
    total_restarts += m->restarts;
    total_steps += (long)m->steps;
    te_sched_free(m->sched);
    te_actions_release(&m->actions);
    return !m->broken;
}

int main(int argc, char **argv)
{
    unsigned long seeds = argc > 1 ? strtoul(argv[1], NULL, 10) : 3000;
    unsigned long first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    unsigned long failed = 0;
    printf("1..1\n");
    for (unsigned long seed = first; seed < first + seeds; seed++)
        if (!simulate(seed)) {
            printf("# seed %lu failed\n", seed);
            failed++;
        }
    printf("# %lu clusters, %ld tasks, %ld events, %ld restarts; %ld of %ld killers caught, "
           "%ld innocents recorded as lost\n",
           seeds, total_tasks, total_steps, total_restarts, total_caught, total_killers,
           total_innocents);
    printf("%s 1 - every task ends with exactly one record in %lu simulated clusters\n",
           failed ? "not ok" : "ok", seeds);
    return failed != 0;
}

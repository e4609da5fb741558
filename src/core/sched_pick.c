/*
 * Which task next: suspects first and alone, then those that came back, then the order (longest
 * expected first, ties by number) from this host's cursor on. Within a window of about equally
 * long tasks the one whose algorithm and dataset are warm on the worker is preferred.
 */
#include <stdlib.h>
#include "sched_state.h"
#include "te/base/max.h"
#include "te/base/mem.h"

enum { WINDOW = 32 };
static const float alike = 0.8F; /* of the longest: still about as long */

/* A task that the walltime cut needs a fresh start: first of all. */
static int compare(const void *a, const void *b, void *arg)
{
    const struct te_sched *s = arg;
    uint32_t i = *(const uint32_t *)a;
    uint32_t j = *(const uint32_t *)b;
    const struct task *x = &s->tasks[i];
    const struct task *y = &s->tasks[j];
    if (x->cuts != y->cuts)
        return x->cuts > y->cuts ? -1 : 1;
    if (x->expected > y->expected || x->expected < y->expected)
        return x->expected > y->expected ? -1 : 1;
    return i < j ? -1 : 1;
}

void sched_pick_order(struct te_sched *s)
{
    for (uint32_t i = 0; i < s->config.n_tasks; i++)
        s->order[i] = i;
    qsort_r(s->order, s->config.n_tasks, sizeof *s->order, compare, s);
}

int sched_pick_return(struct te_sched *s, uint32_t task, struct te_err *err)
{
    if (s->tasks[task].returned)
        return 0;
    if (te_grow(&s->returned, &s->cap_returned, s->n_returned + 1, sizeof *s->returned,
                TE_MAX_EXPERIMENTS, err) < 0)
        return -1;
    s->returned[s->n_returned++] = task;
    s->tasks[task].returned = true;
    return 0;
}

void sched_pick_remove(struct te_sched *s, uint32_t task)
{
    if (!s->tasks[task].returned)
        return;
    s->tasks[task].returned = false;
    for (size_t i = 0; i < s->n_returned; i++)
        if (s->returned[i] == task) {
            for (s->n_returned--; i < s->n_returned; i++) /* order of return stays */
                s->returned[i] = s->returned[i + 1];
            return;
        }
}

/* Another host than the one where the task failed is up. */
static bool elsewhere(const struct te_sched *s, const struct task *t, uint32_t host)
{
    for (uint32_t w = 0; w < s->config.n_workers; w++) {
        const struct worker *other = &s->workers[w];
        if (other->state == UP && other->host != host && !s->hosts[other->host].aside &&
            !host_lacks(&s->hosts[other->host], t->dataset))
            return true;
    }
    return false;
}

static bool is_short(const struct te_sched *s, const struct task *t)
{
    float pace = s->pace[t->algorithm];
    return pace >= 0 && (double)pace < s->config.short_task &&
           (double)t->expected < s->config.short_task;
}

/* May it go to this worker, apart from the host's datasets? */
static bool fits(const struct te_sched *s, const struct worker *w, const struct task *t, double now)
{
    if (t->suspect && (s->suspect_running != NOBODY || w->length))
        return false;
    if (t->avoid == w->host && elsewhere(s, t, w->host))
        return false;
    if (w->length && !is_short(s, t))
        return false;
    /* Nothing starts that cannot end in time, except where it has the whole time before it. */
    bool fresh = w->ran == 0 && w->length == 0 && has_time(s, now);
    return s->config.stop_at <= 0 || fresh || now + (double)t->expected <= s->config.stop_at;
}

static uint32_t pick_returned(const struct te_sched *s, const struct worker *w, double now)
{
    uint32_t best = NOBODY;
    for (size_t i = 0; i < s->n_returned; i++) {
        const struct task *t = &s->tasks[s->returned[i]];
        if (host_lacks(&s->hosts[w->host], t->dataset) || !fits(s, w, t, now))
            continue;
        if (t->suspect)
            return s->returned[i];
        if (best == NOBODY)
            best = s->returned[i];
    }
    return best;
}

static int warmth(const struct worker *w, const struct task *t)
{
    return (t->algorithm == w->algorithm ? 2 : 0) + (t->dataset == w->dataset ? 1 : 0);
}

static uint32_t pick_ordered(struct te_sched *s, const struct worker *w, double now)
{
    struct host *host = &s->hosts[w->host];
    uint32_t best = NOBODY;
    uint32_t n = s->config.n_tasks;
    float longest = 0;
    int seen = 0;
    bool leading = true;
    for (uint32_t i = host->cursor; i < n && seen < WINDOW; i++) {
        const struct task *t = &s->tasks[s->order[i]];
        bool candidate = t->state == PENDING && !t->returned && !host_lacks(host, t->dataset);
        if (leading && candidate)
            leading = false;
        if (leading)
            host->cursor = i + 1;
        if (!candidate)
            continue;
        if (!fits(s, w, t, now)) {
            if (w->length) /* its queue is for short tasks, and this is its turn */
                break;
            continue;
        }
        if (best == NOBODY)
            longest = t->expected;
        else if (t->expected < alike * longest)
            break;
        if (best == NOBODY || warmth(w, t) > warmth(w, &s->tasks[best]))
            best = s->order[i];
        seen++;
        if (warmth(w, &s->tasks[best]) == 3)
            break;
    }
    return best;
}

uint32_t sched_pick(struct te_sched *s, const struct worker *w, double now)
{
    uint32_t task = pick_returned(s, w, now);
    return task != NOBODY ? task : pick_ordered(s, w, now);
}

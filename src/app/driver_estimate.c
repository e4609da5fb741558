/* Longest first: what is expected of the experiments, from earlier runs and from this one. */
#include "driver_state.h"
#include "te/base/clock.h"

static const double order_every = 2;     /* s */
static const double order_share = 0.005; /* of the time, at most, goes into ordering */

int driver_learn(struct te_driver *d, const struct te_result *result, struct te_err *err)
{
    char setting[TE_MD5_HEX];
    if (result->number >= te_plan_count(d->o.plan) || result->reason == TE_REASON_INFRASTRUCTURE ||
        result->reason == TE_REASON_NODE_LOST || result->reason == TE_REASON_WALLTIME)
        return 0;
    const struct te_experiment *e = te_plan_get(d->o.plan, result->number);
    te_plan_setting_id(d->o.plan, e->algorithm, e->setting, setting);
    d->learned = true;
    return te_estimate_add(d->o.estimate, e->algorithm, e->dataset, setting,
                           result->finished - result->started, err);
}

void driver_expect(struct te_driver *d)
{
    char setting[TE_MD5_HEX];
    for (uint32_t i = 0; i < te_plan_count(d->o.plan); i++) {
        if (te_sched_done(d->sched, i))
            continue;
        const struct te_experiment *e = te_plan_get(d->o.plan, i);
        te_plan_setting_id(d->o.plan, e->algorithm, e->setting, setting);
        te_sched_expect(d->sched, i,
                        te_estimate_get(d->o.estimate, e->algorithm, e->dataset, setting));
    }
}

void driver_reorder(struct te_driver *d, double now)
{
    if (!d->learned || now < d->next_order || te_sched_counts(d->sched).pending == 0)
        return;
    d->learned = false;
    driver_expect(d);
    te_sched_reorder(d->sched);
    double took = te_clock_mono() - now;
    d->next_order = now + order_every + took / order_share;
}

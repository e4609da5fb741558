/*
 * A phase in a container: create, attach, start, wait, inspect, remove, each step a request that
 * poll drives. Steps that fail by transport or a 5xx reply are tried again a few times; then the
 * phase is infrastructure-failed.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "classes.h"
#include "docker_state.h"
#include "te/adapter/guardian.h"
#include "te/base/clock.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"

/* A step is tried again so often, and beyond that as long as the settings' patience goes. */
enum { TRIES = 3, ATTACH_WAIT = 10, DRAIN_WAIT = 5, FORGOTTEN_AFTER = 20 /* s */ };
static const double longest_pause = 5;    /* s between two tries */
static const double group_patience = 0.1; /* s: what ended leaves its group a moment later */
static const double kill_timeout =
    5; /* s: a worker must not fall silent over an engine that hangs */

/* ---- steps end ---------------------------------------------------------------------------- */

static void go(struct docker *d, enum step step)
{
    te_http_free(d->http, d->call);
    d->call = NULL;
    d->step = step;
    d->tries = 0;
    d->not_before = 0;
}

static void fail(struct docker *d, enum te_end end, const char *text)
{
    d->out.end = end;
    te_err_set(&d->out.why, TE_ERR_INFRA, "%s", text);
    go(d, d->exists ? STEP_REMOVE : STEP_DONE);
}

/* A step that did not work by the engine's fault: once more, or the end. */
static void try_again(struct docker *d, const char *text)
{
    char why[400];
    snprintf(why, sizeof why, "%s", text);
    te_http_free(d->http, d->call);
    d->call = NULL;
    double now = te_clock_mono();
    if (d->tries++ == 0)
        d->trouble_since = now;
    struct te_docker *engine = d->base.env->docker;
    double patience = engine->given_up ? 0 : d->base.env->settings->patience;
    if (d->tries < TRIES || now - d->trouble_since < patience) {
        int tries = d->tries;
        if (d->step == STEP_CREATE)
            go(d, STEP_CLEAR);
        d->tries = tries;
        d->not_before = now + fmin(0.3 * tries, longest_pause);
        return;
    }
    engine->given_up = true;
    if (d->step == STEP_REMOVE) {
        engine->dirty = true;
        te_log(TE_LOG_WARNING, "container '%s' could not be removed: %s", d->name, why);
        go(d, STEP_DONE);
        return;
    }
    fail(d, TE_END_INFRA, why);
}

/* Hosts pull before they work: here only what went away since. */
static void after_pull(struct docker *d)
{
    char text[500];
    docker_on_pull(d, "\n", 1);
    if (d->call->status < 300 && !d->pull.error[0]) {
        go(d, STEP_CREATE);
        return;
    }
    snprintf(text, sizeof text, "image '%.80s' cannot be pulled: %s", d->job->task->program,
             d->pull.error);
    fail(d, TE_END_INFRA, text);
}

static int after_create(struct docker *d, struct te_err *err)
{
    char id[TE_ENGINE_ID];
    enum te_pull policy = d->base.env->settings->pull;
    if (d->call->status == 404) {
        d->exists = false;
        if (policy != TE_PULL_NEVER && !d->pulled)
            go(d, STEP_PULL);
        else
            fail(d, TE_END_INFRA, "image not found");
        return 0;
    }
    struct te_err bad = TE_ERR_INIT;
    if (te_engine_parse_id(d->call->body.data, d->call->body.len, id, &bad) < 0) {
        try_again(d, bad.text);
        return 0;
    }
    if (docker_open_stream(d, "POST", "/attach?stream=1&stdout=1&stderr=1", docker_on_output,
                           &d->attach, err) < 0)
        return -1;
    go(d, STEP_ATTACH);
    d->not_before = te_clock_mono() + ATTACH_WAIT;
    return 0;
}

static int after_start(struct docker *d, struct te_err *err)
{
    if (d->call->status != 204 && d->call->status != 304) {
        char text[300];
        te_engine_message(d->call->body.data, d->call->body.len, text, sizeof text);
        /* the image cannot run what it is told to: its own fault, everywhere */
        bool own = d->call->status == 400 || d->call->status == 404;
        fail(d, own ? TE_END_REFUSED : TE_END_INFRA, text);
        return 0;
    }
    d->started = true;
    double now = te_clock_mono();
    d->deadline = now + d->job->timeout;
    d->ping_at = now + 60;
    d->out.measure.ran = true;
    if (!te_cgroup_has_peak(&d->group) &&
        docker_open_stream(d, "GET", "/stats?stream=1", docker_on_stats, &d->stats, err) < 0)
        return -1;
    go(d, STEP_WAIT);
    return 0;
}

static void after_wait(struct docker *d)
{
    struct te_err bad = TE_ERR_INIT;
    if (te_engine_parse_wait(d->call->body.data, d->call->body.len, &d->waited_code, &bad) < 0)
        try_again(d, bad.text);
    else
        go(d, STEP_INSPECT);
}

static void fail_removed(struct docker *d)
{
    d->exists = false;
    fail(d, TE_END_INFRA, "the container was removed by somebody else");
}

static void judge(struct docker *d, const struct te_engine_state *state)
{
    struct te_outcome *o = &d->out;
    o->exit_code = o->measure.exit_code = state->exit_code;
    o->oom_seen = state->oom_killed;
    if (te_cgroup_read(&d->group, &o->measure))
        o->measure.measured_by = TE_MEASURED_CGROUP;
    /* the engine notes the start late: of a run of milliseconds its times can be reversed, but
     * the CPU time that was used has passed */
    double least = (o->measure.cpu_user + o->measure.cpu_system) / fmax(1, d->job->cpus);
    o->measure.main_time = fmax(state->run_time, isnan(least) ? 0 : least);
    if (state->exit_code > 128 && state->exit_code < 128 + 65)
        o->signal = state->exit_code - 128;
    if (d->timed_out)
        o->end = TE_END_TIMEOUT;
    else if (state->exit_code == 0)
        o->end = TE_END_OK;
    else if (state->oom_killed)
        o->end = TE_END_OOM;
    else
        o->end = o->signal ? TE_END_SIGNAL : TE_END_EXIT;
}

static void after_inspect(struct docker *d)
{
    struct te_engine_state state;
    struct te_err err = TE_ERR_INIT;
    if (te_engine_parse_state(d->call->body.data, d->call->body.len, &state, &err) < 0) {
        try_again(d, err.text);
        return;
    }
    if (state.running && !d->killed) {
        go(d, STEP_WAIT);
        return;
    }
    if (state.removing && !d->timed_out && !state.oom_killed) {
        fail_removed(d);
        return;
    }
    d->out.image_digest = te_strdup(state.image, &err);
    judge(d, &state);
    /* the engine went away meanwhile and took the container with it: nobody's result */
    if (d->connection_lost && !d->timed_out && state.exit_code != 0 && !state.oom_killed) {
        fail(d, TE_END_INFRA, "the engine went away while the container ran");
        return;
    }
    go(d, STEP_REMOVE);
}

/* An engine that has groups of its own (rootless, in a container) cannot use ours or the job's:
 * without then, for good. */
static bool leave_group(struct docker *d, const char *text)
{
    struct te_docker *engine = d->base.env->docker;
    if (d->step > STEP_START || docker_wished_parent(d) || !strstr(text, "cgroup") ||
        (!engine->groups.parent[0] && !engine->groups.slices))
        return false;
    te_log(TE_LOG_WARNING, "the engine cannot run containers in %s '%s': they run in its own (%s)",
           engine->groups.slices ? "slice" : "the batch job's control group",
           engine->groups.slices ? d->group.name : engine->groups.parent, text);
    (void)te_cgroup_remove(&d->group);
    d->group.groups = NULL;
    te_docker_leave_group(engine);
    go(d, STEP_CLEAR);
    return true;
}

static int end_step(struct docker *d, struct te_err *err)
{
    struct te_http_call *c = d->call;
    char text[300];
    if (c->err.code || (c->status >= 500 && d->step != STEP_PULL)) {
        if (c->err.code)
            snprintf(text, sizeof text, "%s failed: %.250s", docker_steps[d->step].doing,
                     c->err.text);
        else
            te_engine_message(c->body.data, c->body.len, text, sizeof text);
        if (!c->err.code && leave_group(d, text))
            return 0;
        d->connection_lost |= d->step == STEP_WAIT && c->err.code;
        if (d->step == STEP_WAIT && c->err.code && d->tries == 0) {
            go(d, STEP_INSPECT); /* does it still run? */
            d->not_before = te_clock_mono() + 0.5;
            return 0;
        }
        try_again(d, text);
        return 0;
    }
    d->base.env->docker->given_up = false;
    if (c->status == 404 && d->step > STEP_START && d->step < STEP_REMOVE) {
        fail_removed(d);
        return 0;
    }
    switch (d->step) {
    case STEP_PULL:
        d->pulled = true;
        after_pull(d);
        return 0;
    case STEP_CLEAR: {
        int tries = d->tries; /* of create: it is not begun anew */
        go(d, STEP_CREATE);
        d->tries = tries;
        return 0;
    }
    case STEP_CREATE:
        if (c->status == 409) {
            try_again(d, "the name is taken");
            return 0;
        }
        if (c->status == 400) {
            te_engine_message(c->body.data, c->body.len, text, sizeof text);
            fail(d, TE_END_REFUSED, text);
            return 0;
        }
        return after_create(d, err);
    case STEP_START:
        return after_start(d, err);
    case STEP_WAIT:
        after_wait(d);
        return 0;
    case STEP_INSPECT:
        after_inspect(d);
        return 0;
    default:
        d->exists = false;
        go(d, STEP_DRAIN);
        d->not_before = te_clock_mono() + DRAIN_WAIT;
        return 0;
    }
}

/* The steps that have no request. A container that prints before the stream is open would
 * leave no log, as would one whose last lines are still on their way when it is gone. */
static void watch_stream(struct docker *d, double now)
{
    if (d->step == STEP_ATTACH && (te_http_answered(d->attach) || now >= d->not_before))
        go(d, STEP_START);
    if (d->step == STEP_DRAIN && (!d->attach || d->attach->done || now >= d->not_before))
        go(d, STEP_DONE);
}

/* ---- the adapter's functions -------------------------------------------------------------- */

static struct te_adapter *docker_open(const struct te_adapter_env *env, struct te_err *err)
{
    struct docker *d = te_zalloc(1, sizeof *d, err);
    if (!d)
        return NULL;
    d->base = (struct te_adapter){&te_adapter_docker, env};
    d->step = STEP_DONE;
    te_buf_init(&d->line, TE_MIB);
    return &d->base;
}

static void make_group(struct docker *d, const char *name)
{
    struct te_err err = TE_ERR_INIT;
    const struct te_adapter_env *env = d->base.env;
    if (env->docker->groups.version == 0 || docker_wished_parent(d))
        return;
    if (te_cgroup_make(&env->docker->groups, name, &d->group, &err) < 0)
        d->group.groups = NULL; /* the statistics of the engine do */
}

static int docker_start(struct te_adapter *adapter, const struct te_job *job, struct te_err *err)
{
    struct docker *d = (struct docker *)adapter;
    const struct te_adapter_env *env = adapter->env;
    size_t max = te_run_max_log(env->settings);
    (void)err;
    d->job = job;
    te_outcome_init(&d->out, max);
    if (!env->docker) {
        te_err_set(&d->out.why, TE_ERR_INFRA, "no connection to the engine");
        d->out.end = TE_END_INFRA;
        d->step = STEP_DONE;
        return 0;
    }
    d->http = env->docker->http;
    snprintf(d->name, sizeof d->name, "timeeval-mpi.%.60s.%u.%u.%d.%d", env->label,
             (unsigned)job->task->number, (unsigned)job->task->attempt, (int)job->phase,
             job->channel + 1);
    for (char *p = d->name; *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-", *p))
            *p = '-';
    make_group(d, d->name + strlen("timeeval-mpi."));
    te_guardian_add(env->guardian, "docker", 1);
    go(d, STEP_CREATE);
    return 0;
}

/* An engine whose containerd died may not notice that a container ended, and would say for ever
 * that it runs. Its control group knows better. */
static bool is_forgotten(struct docker *d, double now)
{
    if (now < d->look_at || !d->group.groups)
        return false;
    d->look_at = now + 1;
    bool busy = te_cgroup_busy(&d->group);
    d->seen_busy |= busy;
    if (busy || !d->seen_busy)
        d->empty_since = 0;
    else if (d->empty_since <= 0)
        d->empty_since = now;
    return d->empty_since > 0 && now - d->empty_since > FORGOTTEN_AFTER;
}

static void check_clock(struct docker *d, double now)
{
    if (d->step != STEP_WAIT)
        return;
    if (is_forgotten(d, now)) {
        fail(d, TE_END_INFRA, "the container has ended and the engine has not noticed");
        return;
    }
    if (!d->timed_out && now >= d->deadline) {
        double grace = d->job->preliminary ? d->base.env->stop_grace : 0;
        d->timed_out = true;
        d->kill_at = now + grace;
        if (grace > 0)
            docker_send_extra(d, "POST", "/kill?signal=SIGTERM");
    }
    if (d->timed_out && !d->killed && now >= d->kill_at) {
        d->killed = true;
        docker_send_extra(d, "POST", "/kill?signal=SIGKILL");
        d->ping_at = now + 60;
    }
    if (now >= d->ping_at) {
        if (d->killed || (d->extra && (!d->extra->done || d->extra->err.code))) {
            fail(d, TE_END_INFRA, "the engine does not answer any more");
            return;
        }
        d->ping_at = now + 60;
        docker_send_extra(d, "GET", "!/_ping");
    }
}

/* When this adapter wants to be looked at again. */
static double next_time(const struct docker *d, double end)
{
    double t = end;
    if (!d->call && d->not_before > 0)
        t = fmin(t, d->not_before);
    if (d->step == STEP_WAIT) {
        t = fmin(t, d->timed_out ? (d->killed ? end : d->kill_at) : d->deadline);
        t = fmin(t, d->ping_at);
    }
    return t;
}

static int docker_poll(struct te_adapter *adapter, double wait, bool *done, struct te_err *err)
{
    struct docker *d = (struct docker *)adapter;
    double now = te_clock_mono(), end = now + wait;
    for (;;) {
        check_clock(d, now);
        while (d->call && d->call->done && d->step != STEP_DONE)
            if (end_step(d, err) < 0)
                return -1;
        watch_stream(d, now);
        if (!d->call && docker_steps[d->step].doing && now >= d->not_before) {
            struct te_err why = TE_ERR_INIT;
            if (docker_send_step(d, &why) < 0)
                fail(d, TE_END_INFRA, why.text);
        }
        *done = d->step == STEP_DONE;
        if (*done)
            return 0;
        double until = next_time(d, end);
        double left = until - now;
        if (te_http_poll(d->http, left > 0 ? left : 0, err) < 0)
            return -1;
        now = te_clock_mono();
        if (now >= end && !(d->call && d->call->done))
            return 0;
    }
}

static void close_calls(struct docker *d)
{
    te_http_free(d->http, d->call);
    te_http_free(d->http, d->attach);
    te_http_free(d->http, d->stats);
    te_http_free(d->http, d->extra);
    d->call = d->attach = d->stats = d->extra = NULL;
}

static void docker_take(struct te_adapter *adapter, struct te_outcome *out)
{
    struct docker *d = (struct docker *)adapter;
    static const char hashes[] = "###############################\n\n";
    if (d->started)
        te_cutlog_add(&d->out.log, hashes, sizeof hashes - 1);
    if (d->out.end == TE_END_EXIT || d->out.end == TE_END_SIGNAL)
        te_cutlog_addf(&d->out.log,
                       "Docker algorithm failed with status code '%d', consider container logs "
                       "above.\n",
                       d->out.exit_code);
    if (d->out.end == TE_END_OOM)
        te_cutlog_addf(&d->out.log, "Docker algorithm ran out of memory (status %d)!\n",
                       d->out.exit_code);
    te_outcome_release(out);
    *out = d->out;
    d->out = (struct te_outcome){.exit_code = -1};
}

static void docker_kill(struct te_adapter *adapter)
{
    struct docker *d = (struct docker *)adapter;
    struct te_err err = TE_ERR_INIT;
    if (!d->http)
        return;
    /* a create that is under way may come about after all */
    bool unsure = d->exists && d->step == STEP_CREATE;
    close_calls(d);
    if (d->exists && te_docker_remove(adapter->env->docker, d->name, kill_timeout, &err) < 0) {
        te_log(TE_LOG_WARNING, "container '%s' could not be removed: %s", d->name, err.text);
        unsure = true;
    }
    adapter->env->docker->dirty |= unsure;
    d->exists = false;
    d->step = STEP_DONE;
}

static void docker_release(struct te_adapter *adapter)
{
    struct docker *d = (struct docker *)adapter;
    docker_kill(adapter);
    double until = te_clock_mono() + group_patience;
    while (!te_cgroup_remove(&d->group) && te_clock_mono() < until)
        te_clock_sleep(0.005, 1);
    te_outcome_release(&d->out);
    te_buf_clear(&d->line);
    d->frames = (struct te_engine_frames){0};
    d->pulled = d->started = d->timed_out = d->killed = d->connection_lost = false;
}

static void docker_close(struct te_adapter *adapter)
{
    struct docker *d = (struct docker *)adapter;
    te_buf_release(&d->line);
    te_free(d);
}

const struct te_adapter_class te_adapter_docker = {
    .kind = TE_ADAPTER_DOCKER,
    .needs_folder = true,
    .open = docker_open,
    .start = docker_start,
    .poll = docker_poll,
    .kill = docker_kill,
    .take = docker_take,
    .release = docker_release,
    .close = docker_close,
};

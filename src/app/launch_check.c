/* The launcher's first steps: reach every host, same program there, enough of everything. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "launch.h"
#include "te/base/clock.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/units.h"
#include "te/core/launch.h"

enum { HELLO_TIMEOUT = 30, AGENT_PATIENCE = 60, CLOCK_SKEW_WARN = 60 };

void launch_say(const char *step, const struct lhost *host, const char *fmt, ...)
{
    char text[700] = "";
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    te_log(TE_LOG_NOTICE, "%-8s %-20s %s%s%s", step, host->name, host->failed ? "FAILED" : "ok",
           text[0] ? "  " : "", text);
}

struct lhost *launch_scheduler(const struct launch *launch)
{
    if (launch->leader)
        return launch->leader->failed ? NULL : launch->leader;
    for (size_t i = 0; i < launch->hosts.count; i++)
        if (!launch->hosts.items[i].failed)
            return &launch->hosts.items[i];
    return NULL;
}

static void copy_text(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    snprintf(out, size, "%s", text ? text : "");
}

static int hello_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                      struct te_err *err)
{
    const struct launch *launch = arg;
    if (!reply)
        return lhost_send(host, json_pack("{s:s}", "op", "hello"), NULL, 0, err) < 0 ? -1 : 1;
    copy_text(reply->head, "version", host->version, sizeof host->version);
    copy_text(reply->head, "hostname", host->hostname, sizeof host->hostname);
    host->cpus = json_number_value(json_object_get(reply->head, "cpus"));
    host->memory = json_integer_value(json_object_get(reply->head, "memory"));
    host->mpirun = json_is_true(json_object_get(reply->head, "mpirun"));
    host->as_root = json_integer_value(json_object_get(reply->head, "uid")) == 0;
    host->clock_skew = json_number_value(json_object_get(reply->head, "clock")) - te_clock_real();
    te_free(host->state);
    host->state = te_strdup(json_string_value(json_object_get(reply->head, "home")), err);
    if (!host->state)
        return -1;
    if (strcmp(host->version, launch->options->version) != 0)
        return te_err_set(
            err, TE_ERR_INFRA,
            "timeeval-mpi there is version '%s', here it is '%s': install the same on "
            "both",
            host->version, launch->options->version);
    return 0;
}

static void hello_done(void *arg, struct lhost *host)
{
    char memory[32];
    (void)arg;
    if (host->failed) {
        launch_say("reach", host, "%s", host->reason);
        return;
    }
    te_format_size((double)host->memory, memory, sizeof memory);
    launch_say("reach", host, "version %s, %g CPUs, %s", host->version, host->cpus, memory);
    if (fabs(host->clock_skew) > CLOCK_SKEW_WARN)
        te_log(TE_LOG_WARNING,
               "the clock of host '%s' is %.0f s %s; times in the results are its own", host->name,
               fabs(host->clock_skew), host->clock_skew > 0 ? "ahead" : "behind");
}

/* Stop at the first failed host, or go on with those that passed, as the user chose. */
int launch_judge(struct launch *launch, const char *step, struct te_err *err)
{
    size_t workers = 0;
    const char *policy = launch->config->remote.on_host_failure;
    for (size_t i = 0; i < launch->hosts.count; i++) {
        const struct lhost *host = &launch->hosts.items[i];
        if (host->failed && policy && strcmp(policy, "stop") == 0)
            return te_err_set(err, TE_ERR_INFRA, "%s: host '%s': %s", step, host->name,
                              host->reason);
        workers += !host->failed && host->worker;
    }
    if (workers == 0)
        return te_err_set(err, TE_ERR_INFRA, "%s: no worker host is left", step);
    return 0;
}

static const char *remote_binary(const struct launch *launch)
{
    const char *wish = launch->config->remote.remote_binary;
    return wish ? wish : launch->options->self;
}

bool launch_reach_one(struct launch *launch, struct lhost *host)
{
    struct te_err err = TE_ERR_INIT;
    struct talk talk = {.next = hello_next, .timeout = HELLO_TIMEOUT, .arg = launch};
    te_child_release(&host->ssh);
    host->failed = false;
    if (lhost_connect(host, &launch->config->remote, remote_binary(launch), &err) < 0) {
        lhost_fail(host, err.text);
        return false;
    }
    return lhosts_talk(&launch->hosts, host, &talk, &err) == 0 && !host->failed;
}

void launch_part(struct launch *launch)
{
    struct te_aframe reply;
    struct te_err err = TE_ERR_INIT;
    struct lhost *scheduler = launch_scheduler(launch);
    json_t *head = json_pack("{s:s, s:i}", "op", "patience", "seconds", AGENT_PATIENCE);
    if (lhost_ask(&launch->hosts, scheduler, head, HELLO_TIMEOUT, &reply, &err) == 0)
        te_aframe_release(&reply);
    for (size_t i = 0; i < launch->hosts.count; i++)
        if (&launch->hosts.items[i] != scheduler)
            te_child_release(&launch->hosts.items[i].ssh);
}

void launch_rejoin(struct launch *launch)
{
    struct te_err err = TE_ERR_INIT;
    struct talk talk = {.next = hello_next, .timeout = HELLO_TIMEOUT, .arg = launch};
    for (size_t i = 0; i < launch->hosts.count; i++) {
        struct lhost *host = &launch->hosts.items[i];
        if (!host->connected || host == launch_scheduler(launch))
            continue;
        te_child_release(&host->ssh);
        host->failed = false;
        if (lhost_connect(host, &launch->config->remote, remote_binary(launch), &err) < 0)
            lhost_fail(host, err.text);
    }
    if (lhosts_talk(&launch->hosts, NULL, &talk, &err) < 0)
        te_log(TE_LOG_WARNING, "%s", err.text);
}

int launch_reach(struct launch *launch, struct te_err *err)
{
    const struct te_config_remote *remote = &launch->config->remote;
    struct talk talk = {
        .next = hello_next, .done = hello_done, .timeout = HELLO_TIMEOUT, .arg = launch};
    if (lhosts_connect(&launch->hosts, remote, remote_binary(launch), err) < 0 ||
        lhosts_talk(&launch->hosts, NULL, &talk, err) < 0)
        return -1;
    return launch_judge(launch, "reach", err);
}

int launch_provision(struct launch *launch, struct te_err *err)
{
    int per_host = launch->config->settings.tasks_per_host;
    for (size_t i = 0; i < launch->hosts.count; i++) {
        struct lhost *host = &launch->hosts.items[i];
        struct te_err why = TE_ERR_INIT;
        host->slots = host->worker ? (per_host > 0 ? per_host : 1) : 0;
        if (host->failed || te_launch_fits(host->name, host->slots, &launch->config->limits,
                                           host->cpus, host->memory, &why) == 0)
            continue;
        if (!launch->options->force) {
            *err = why;
            return -1;
        }
        te_log(TE_LOG_WARNING, "%s", why.text);
    }
    return launch_judge(launch, "provision", err);
}

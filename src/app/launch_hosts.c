#include "launch_hosts.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "te/base/clock.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/sig.h"
#include "te/core/launch.h"

enum { POLL_MS = 100, FDS_PER_HOST = 3, BLOCKS_PER_TURN = 32 };

static int add_host(struct lhosts *hosts, const char *name, bool worker, struct te_err *err)
{
    struct lhost *host = lhosts_find(hosts, name);
    if (host) {
        host->worker |= worker;
        return 0;
    }
    host = &hosts->items[hosts->count];
    if (te_launch_check_host(name, err) < 0)
        return te_err_wrap(err, "[remote]");
    host->name = te_strdup(name, err);
    if (!host->name)
        return -1;
    host->worker = worker;
    host->ssh = (struct te_child){.in = -1, .out = -1, .err_out = -1};
    hosts->count++;
    return 0;
}

int lhosts_open(const struct te_config_remote *remote, struct lhosts *out, struct te_err *err)
{
    struct lhosts hosts = {0};
    hosts.items = te_zalloc(remote->worker_hosts.count + 1, sizeof *hosts.items, err);
    if (!hosts.items)
        return -1;
    int rc = add_host(&hosts, remote->scheduler_host, false, err);
    for (size_t i = 0; rc == 0 && i < remote->worker_hosts.count; i++)
        rc = add_host(&hosts, remote->worker_hosts.items[i], true, err);
    if (rc < 0) {
        lhosts_release(&hosts);
        return -1;
    }
    *out = hosts;
    return 0;
}

void lhosts_release(struct lhosts *hosts)
{
    for (size_t i = 0; i < hosts->count; i++) {
        struct lhost *host = &hosts->items[i];
        te_child_release(&host->ssh);
        te_aframe_reader_release(&host->reader);
        te_free(host->name);
    }
    te_free(hosts->items);
    *hosts = (struct lhosts){0};
}

struct lhost *lhosts_find(const struct lhosts *hosts, const char *name)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (strcmp(hosts->items[i].name, name) == 0)
            return &hosts->items[i];
    return NULL;
}

bool lhosts_lead(struct lhosts *hosts, const char *name)
{
    const struct lhost *host = name ? lhosts_find(hosts, name) : NULL;
    if (!host || host->failed || host == hosts->items)
        return false;
    struct lhost first = *host;
    memmove(&hosts->items[1], &hosts->items[0], (size_t)(host - hosts->items) * sizeof first);
    hosts->items[0] = first;
    return true;
}

void lhost_fail(struct lhost *host, const char *reason)
{
    host->failed = true;
    host->busy = false;
    snprintf(host->reason, sizeof host->reason, "%s", reason);
    te_child_release(&host->ssh);
}

int lhost_connect(struct lhost *host, const struct te_config_remote *remote, const char *binary,
                  struct te_err *err)
{
    struct te_strings argv = {0};
    int rc = te_launch_ssh(remote, host->name, &argv, err);
    const char **list = rc == 0 ? te_zalloc(argv.count + 1, sizeof *list, err) : NULL;
    te_autofree char *line = te_asprintf(err, "%s\n", binary);
    rc = list && line ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < argv.count; i++)
        list[i] = argv.items[i];
    if (rc == 0)
        rc = te_child_start(&host->ssh, list, err);
    if (rc == 0)
        rc = te_child_write(&host->ssh, line, strlen(line), err);
    te_aframe_reader_release(&host->reader);
    te_aframe_reader_init(&host->reader, 1);
    te_free((void *)(uintptr_t)list);
    te_strings_release(&argv);
    return rc;
}

int lhosts_connect(struct lhosts *hosts, const struct te_config_remote *remote, const char *binary,
                   struct te_err *err)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (!hosts->items[i].failed && lhost_connect(&hosts->items[i], remote, binary, err) < 0)
            return te_err_wrap(err, "host '%s'", hosts->items[i].name);
    return 0;
}

int lhost_send(struct lhost *host, json_t *head, const void *data, size_t len, struct te_err *err)
{
    struct te_buf frame;
    if (!head)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    te_buf_init(&frame, TE_MAX_MESSAGE);
    int rc = te_aframe_write(&frame, head, data, len, err);
    if (rc == 0)
        rc = te_child_write(&host->ssh, frame.data, frame.len, err);
    te_buf_release(&frame);
    json_decref(head);
    return rc;
}

/* What went wrong in words: ssh's own reason if the connection is gone. */
static void fail_connection(struct lhost *host)
{
    char reason[600];
    for (int i = 0; i < 50 && !te_child_reap(&host->ssh); i++)
        te_clock_sleep(0.01, 1);
    te_child_drain_errors(&host->ssh);
    te_launch_reason(host->name, host->ssh.status,
                     host->ssh.errors.data ? host->ssh.errors.data : "", reason, sizeof reason);
    lhost_fail(host, reason);
}

/* Advances the conversation; err is the host's failure, not ours. */
static void advance(struct lhost *host, const struct talk *talk, const struct te_aframe *reply)
{
    struct te_err err = TE_ERR_INIT;
    const char *error = reply ? json_string_value(json_object_get(reply->head, "error")) : NULL;
    int rc = error && !talk->soft ? te_err_set(&err, TE_ERR_INFRA, "%s", error)
                                  : talk->next(talk->arg, host, reply, &err);
    if (rc < 0)
        lhost_fail(host, err.text);
    host->busy = rc > 0;
    host->deadline = te_clock_mono() + talk->timeout;
    if (!host->busy && talk->done)
        talk->done(talk->arg, host);
}

static void fail_and_tell(struct lhost *host, const struct talk *talk, const char *reason)
{
    if (reason)
        lhost_fail(host, reason);
    else
        fail_connection(host);
    if (talk->done)
        talk->done(talk->arg, host);
}

/* Takes what the host sent; more than one frame is a fault of the agent and waits for its request.
 */
static void hear(struct lhost *host, const struct talk *talk)
{
    struct te_err err = TE_ERR_INIT;
    struct te_aframe frame;
    char block[65536];
    ssize_t n = 0;
    te_child_drain_errors(&host->ssh);
    for (int i = 0; i < BLOCKS_PER_TURN; i++) {
        if ((n = te_child_read(&host->ssh.out, block, sizeof block)) <= 0)
            break;
        if (te_aframe_feed(&host->reader, block, (size_t)n, &err) < 0) {
            fail_and_tell(host, talk, err.text);
            return;
        }
    }
    int got = 0;
    while (host->busy && (got = te_aframe_next(&host->reader, &frame, &err)) > 0) {
        host->connected = true;
        advance(host, talk, &frame);
        te_aframe_release(&frame);
    }
    if (got < 0)
        fail_and_tell(host, talk, err.text);
    else if (host->busy && n < 0)
        fail_and_tell(host, talk, NULL);
}

static size_t watch(struct lhosts *hosts, struct pollfd *fds)
{
    size_t n = 0;
    for (size_t i = 0; i < hosts->count; i++) {
        struct lhost *host = &hosts->items[i];
        if (!host->busy)
            continue;
        te_child_flush(&host->ssh);
        fds[n++] = (struct pollfd){.fd = host->ssh.out, .events = POLLIN};
        fds[n++] = (struct pollfd){.fd = host->ssh.err_out, .events = POLLIN};
        if (te_child_wants_write(&host->ssh))
            fds[n++] = (struct pollfd){.fd = host->ssh.in, .events = POLLOUT};
    }
    return n;
}

/* s, of now */
static double patience(const struct lhosts *hosts)
{
    return hosts->patience ? hosts->patience[te_sig_requested()] : INFINITY;
}

int lhosts_stopped(struct te_err *err)
{
    return te_err_set(err, TE_ERR_CANCELED, "stopped by a signal before the run began");
}

double lhosts_stop_seen(struct lhosts *hosts)
{
    if (hosts->stop_seen <= 0 && te_sig_requested() != TE_SIG_NONE)
        hosts->stop_seen = te_clock_mono();
    return hosts->stop_seen;
}

/* Who asked for a stop does not wait for a host that is silent. */
static void give_up(struct lhosts *hosts, struct lhost *host, const struct talk *talk)
{
    char late[64];
    double now = te_clock_mono(), asked = host->deadline - talk->timeout, least = patience(hosts);
    if (least < 0 || (now <= host->deadline && now <= fmax(asked, lhosts_stop_seen(hosts)) + least))
        return;
    snprintf(late, sizeof late, "no answer within %.0f s", now - asked);
    fail_and_tell(host, talk, late);
}

static void listen_all(struct lhosts *hosts, const struct talk *talk)
{
    for (size_t i = 0; i < hosts->count; i++) {
        struct lhost *host = &hosts->items[i];
        if (host->busy)
            hear(host, talk);
        if (host->busy)
            give_up(hosts, host, talk);
    }
}

int lhosts_talk(struct lhosts *hosts, struct lhost *only, const struct talk *talk,
                struct te_err *err)
{
    te_autofree struct pollfd *fds = te_zalloc(hosts->count * FDS_PER_HOST, sizeof *fds, err);
    if (!fds)
        return -1;
    for (size_t i = 0; i < hosts->count; i++)
        if (!hosts->items[i].failed && (!only || only == &hosts->items[i]))
            advance(&hosts->items[i], talk, NULL);
    for (size_t n; (n = watch(hosts, fds)) > 0;) {
        if (patience(hosts) < 0)
            return lhosts_stopped(err);
        if (poll(fds, (nfds_t)n, POLL_MS) < 0 && errno != EINTR)
            return te_err_sys(err, TE_ERR_IO, "cannot wait for the hosts");
        listen_all(hosts, talk);
        if (talk->idle)
            talk->idle(talk->arg);
    }
    return 0;
}

struct single {
    json_t *head;
    struct te_aframe *reply;
};

static int ask_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                    struct te_err *err)
{
    struct single *single = arg;
    if (!reply) {
        int rc = lhost_send(host, te_steal(single->head), NULL, 0, err);
        return rc < 0 ? -1 : 1;
    }
    single->reply->data = te_alloc(reply->len + 1, err);
    if (!single->reply->data)
        return -1;
    memcpy(single->reply->data, reply->data, reply->len + 1);
    single->reply->len = reply->len;
    single->reply->head = json_incref(reply->head);
    return 0;
}

int lhost_ask(struct lhosts *hosts, struct lhost *host, json_t *head, double timeout,
              struct te_aframe *reply, struct te_err *err)
{
    struct te_aframe got = {0};
    struct single single = {head, &got};
    struct talk talk = {.next = ask_next, .soft = true, .timeout = timeout, .arg = &single};
    if (!head)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    int rc = lhosts_talk(hosts, host, &talk, err);
    json_decref(single.head);
    if (rc == 0 && host->failed)
        rc = te_err_set(err, TE_ERR_INFRA, "host '%s': %s", host->name, host->reason);
    const char *error = rc == 0 ? json_string_value(json_object_get(got.head, "error")) : NULL;
    if (error)
        rc = te_err_set(err, TE_ERR_INFRA, "host '%s': %s", host->name, error);
    if (rc < 0)
        te_aframe_release(&got);
    else
        *reply = got;
    return rc;
}

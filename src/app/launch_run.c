/* One mpirun from start to end, from here or at the scheduler host. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "launch.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/sig.h"
#include "te/core/launch.h"

static const double look_every = 3;   /* s between looks at the run folder */
static const double marker_grace = 5; /* s for mpirun to end by itself after the run's marker */
enum { ASK_TIMEOUT = 40, TICK_MS = 200, RANK0_LOOKS = 2 };

struct follow {
    struct launch *launch;
    struct te_child mpirun; /* mpirun_on = driver */
    json_int_t remote_pid;  /* mpirun_on = scheduler */
    json_int_t log_offset;  /* of its log, shown up to here */
    char line[4096];        /* of mpirun's output, not whole yet */
    size_t line_len;
    double next_look;
    double marker_seen; /* when, or 0 */
    int code;           /* by the marker, -1 */
    bool ended;
    enum te_sig_request told;
    bool rank0_seen; /* its lock was held once */
    int rank0_gone;  /* looks in a row at which it was not */
};

static bool on_scheduler(const struct launch *launch)
{
    const char *where = launch->config->remote.mpirun_on;
    return where && strcmp(where, "scheduler") == 0;
}

/* ---- what mpirun prints ---------------------------------------------------------------------- */

static void show(struct follow *follow, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n' && follow->line_len + 1 < sizeof follow->line) {
            follow->line[follow->line_len++] = bytes[i];
            continue;
        }
        follow->line[follow->line_len] = '\0';
        if (follow->line_len > 0)
            te_log(TE_LOG_NOTICE, "%s", follow->line);
        follow->line_len = 0;
    }
}

static void drain(struct follow *follow)
{
    char block[4096];
    ssize_t n;
    int *const fds[] = {&follow->mpirun.out, &follow->mpirun.err_out};
    for (size_t i = 0; i < 2; i++)
        while ((n = te_child_read(fds[i], block, sizeof block)) > 0)
            show(follow, block, (size_t)n);
}

/* ---- the run folder -------------------------------------------------------------------------- */

/* Exit code in the marker, -1 if there is none yet. Trouble is no answer, not an error. */
static int read_marker(struct launch *launch)
{
    struct te_err err = TE_ERR_INIT;
    struct te_aframe reply;
    struct lhost *host = launch_scheduler(launch);
    te_autofree char *path = te_asprintf(&err, "%s/exit", launch->remote_run);
    if (!path || !host)
        return -1;
    json_t *head = json_pack("{s:s, s:s, s:i}", "op", "get", "path", path, "offset", 0);
    if (lhost_ask(&launch->hosts, host, head, ASK_TIMEOUT, &reply, &err) < 0)
        return -1;
    char *end;
    long code = strtol((const char *)reply.data, &end, 10);
    bool good = end != (char *)reply.data && code >= 0 && code < 256;
    te_aframe_release(&reply);
    return good ? (int)code : -1;
}

static int clear_marker(struct launch *launch, struct te_err *err)
{
    te_autofree char *path = te_asprintf(err, "%s/exit", launch->remote_run);
    if (!path)
        return -1;
    return lhost_put_data(&launch->hosts, launch_scheduler(launch), path, "\n", 1, 0644, err);
}

/* ---- starting -------------------------------------------------------------------------------- */

static int arguments(struct launch *launch, bool resume, const char *hostfile,
                     struct te_strings *argv, struct te_err *err)
{
    te_autofree struct te_launch_host *hosts = te_zalloc(launch->hosts.count, sizeof *hosts, err);
    size_t n = 0;
    if (!hosts)
        return -1;
    for (size_t i = 0; i < launch->hosts.count; i++)
        if (!launch->hosts.items[i].failed)
            hosts[n++] =
                (struct te_launch_host){launch->hosts.items[i].name, launch->hosts.items[i].slots};
    const struct te_config_remote *remote = &launch->config->remote;
    struct te_launch_run run = {
        .hosts = hosts,
        .n_hosts = n,
        .hostfile = hostfile,
        .binary = remote->remote_binary ? remote->remote_binary : launch->options->self,
        .config = launch->remote_config,
        .sets = &launch->sets,
        .resume = resume ? launch->name : NULL,
        .as_root = on_scheduler(launch) ? launch_scheduler(launch)->as_root : geteuid() == 0,
    };
    te_autofree char *text = te_launch_hostfile(&run, err);
    if (!text)
        return -1;
    int rc = on_scheduler(launch) ? lhost_put_data(&launch->hosts, launch_scheduler(launch),
                                                   hostfile, text, strlen(text), 0644, err)
                                  : te_fs_write_atomic(hostfile, text, strlen(text), err);
    return rc < 0 ? -1 : te_launch_mpirun(remote, &run, argv, err);
}

/* mpirun on a leash: it must not outlive a launcher that is killed. */
static int start_here(struct follow *follow, const struct te_strings *argv, struct te_err *err)
{
    char parent[16];
    te_autofree const char **list = te_zalloc(argv->count + 5, sizeof *list, err);
    if (!list)
        return -1;
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    list[0] = follow->launch->options->self;
    list[1] = "__leash";
    list[2] = "--";
    list[3] = parent;
    for (size_t i = 0; i < argv->count; i++)
        list[i + 4] = argv->items[i];
    if (te_child_start(&follow->mpirun, list, err) < 0)
        return -1;
    te_child_close_input(&follow->mpirun);
    return 0;
}

static int start_there(struct follow *follow, const struct te_strings *argv, struct te_err *err)
{
    struct launch *launch = follow->launch;
    struct te_aframe reply;
    te_autofree char *log = te_asprintf(err, "%s/mpirun.log", launch->remote_dir);
    json_t *list = json_array();
    for (size_t i = 0; list && i < argv->count; i++)
        if (json_array_append_new(list, json_string(argv->items[i])) != 0)
            return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    json_t *head = json_pack("{s:s, s:o, s:s}", "op", "start", "argv", list, "log", log);
    if (!log ||
        lhost_ask(&launch->hosts, launch_scheduler(launch), head, ASK_TIMEOUT, &reply, err) < 0)
        return -1;
    follow->remote_pid = json_integer_value(json_object_get(reply.head, "pid"));
    te_aframe_release(&reply);
    return 0;
}

static int start(struct follow *follow, bool resume, struct te_err *err)
{
    struct launch *launch = follow->launch;
    struct te_strings argv = {0};
    te_autofree char *hostfile =
        te_asprintf(err, "%s/hostfile", on_scheduler(launch) ? launch->remote_dir : launch->folder);
    int rc = !hostfile ? -1 : resume ? clear_marker(launch, err) : 0;
    if (rc == 0)
        rc = arguments(launch, resume, hostfile, &argv, err);
    if (rc == 0)
        rc =
            on_scheduler(launch) ? start_there(follow, &argv, err) : start_here(follow, &argv, err);
    te_strings_release(&argv);
    return rc;
}

/* ---- following ------------------------------------------------------------------------------- */

static void show_remote_log(struct follow *follow)
{
    struct launch *launch = follow->launch;
    struct te_err err = TE_ERR_INIT;
    struct te_aframe reply;
    te_autofree char *log = te_asprintf(&err, "%s/mpirun.log", launch->remote_dir);
    json_t *head =
        json_pack("{s:s, s:s, s:I}", "op", "get", "path", log, "offset", follow->log_offset);
    if (!log ||
        lhost_ask(&launch->hosts, launch_scheduler(launch), head, ASK_TIMEOUT, &reply, &err) < 0)
        return;
    show(follow, (const char *)reply.data, reply.len);
    follow->log_offset += (json_int_t)reply.len;
    te_aframe_release(&reply);
}

static bool remote_alive(struct follow *follow)
{
    struct launch *launch = follow->launch;
    struct te_err err = TE_ERR_INIT;
    struct te_aframe reply;
    json_t *head =
        json_pack("{s:s, s:I, s:s}", "op", "alive", "pid", follow->remote_pid, "name", "mpirun");
    if (lhost_ask(&launch->hosts, launch_scheduler(launch), head, ASK_TIMEOUT, &reply, &err) < 0)
        return false;
    bool alive = json_is_true(json_object_get(reply.head, "alive"));
    te_aframe_release(&reply);
    return alive;
}

/* To mpirun alone: it passes SIGUSR1 on to every rank; its ssh children must not get it. */
static void tell(struct follow *follow, int number)
{
    struct launch *launch = follow->launch;
    struct te_err err = TE_ERR_INIT;
    struct te_aframe reply;
    if (!on_scheduler(launch)) {
        if (follow->mpirun.pid > 0 && !follow->mpirun.ended &&
            kill(follow->mpirun.pid, number) != 0)
            te_log(TE_LOG_WARNING, "cannot signal mpirun: %s", strerror(errno));
        return;
    }
    json_t *head = json_pack("{s:s, s:I, s:s, s:i}", "op", "signal", "pid", follow->remote_pid,
                             "name", "mpirun", "signal", number);
    if (launch_scheduler(launch) &&
        lhost_ask(&launch->hosts, launch_scheduler(launch), head, ASK_TIMEOUT, &reply, &err) == 0)
        te_aframe_release(&reply);
}

static void heed_signals(struct follow *follow)
{
    enum te_sig_request wish = te_sig_requested();
    if (wish <= follow->told)
        return;
    follow->told = wish;
    follow->launch->stopping = true;
    te_log(TE_LOG_NOTICE, wish == TE_SIG_STOP ? "stopping in order on every host"
                                              : "stopping at once on every host");
    tell(follow, wish == TE_SIG_STOP ? SIGUSR1 : SIGTERM);
}

/* Open MPI tells nobody of a lost rank 0 and mpirun may wait for ever: its lock tells. */
static void look_at_rank0(struct follow *follow)
{
    struct launch *launch = follow->launch;
    struct te_err err = TE_ERR_INIT;
    struct te_aframe reply;
    te_autofree char *path = te_asprintf(&err, "%s/run.lock", launch->remote_run);
    json_t *head = json_pack("{s:s, s:s}", "op", "locked", "path", path ? path : "");
    if (!launch_scheduler(launch) ||
        lhost_ask(&launch->hosts, launch_scheduler(launch), head, ASK_TIMEOUT, &reply, &err) < 0)
        return;
    bool locked = json_is_true(json_object_get(reply.head, "locked"));
    te_aframe_release(&reply);
    follow->rank0_seen |= locked;
    follow->rank0_gone = locked || !follow->rank0_seen ? 0 : follow->rank0_gone + 1;
}

static void look(struct follow *follow)
{
    struct launch *launch = follow->launch;
    follow->next_look = te_clock_mono() + look_every;
    launch_pull_journal(launch);
    if (on_scheduler(launch) && launch_scheduler(launch))
        show_remote_log(follow);
    if (follow->marker_seen <= 0 && (follow->code = read_marker(launch)) >= 0)
        follow->marker_seen = te_clock_mono();
    look_at_rank0(follow);
    if (on_scheduler(launch) && launch_scheduler(launch) && !remote_alive(follow))
        follow->ended = true;
}

/* Rank 0 or its host is lost. */
static bool hopeless(const struct follow *follow, const struct lhost *scheduler)
{
    return scheduler->failed || follow->rank0_gone >= RANK0_LOOKS;
}

static void finish_mpirun(struct follow *follow)
{
    if (!on_scheduler(follow->launch)) {
        drain(follow);
        te_child_release(&follow->mpirun);
    }
    if (follow->code < 0 && launch_scheduler(follow->launch))
        follow->code = read_marker(follow->launch);
}

int launch_run(struct launch *launch, bool resume, int *code, struct te_err *err)
{
    struct follow follow = {.launch = launch, .code = -1};
    const struct lhost *scheduler = launch_scheduler(launch);
    if (start(&follow, resume, err) < 0)
        return te_err_wrap(err, "cannot start mpirun");
    launch_say("run", scheduler, "%s%s", launch->name, resume ? " (resumed)" : "");
    follow.next_look = te_clock_mono() + look_every;
    while (!follow.ended && !hopeless(&follow, scheduler)) {
        struct pollfd fds[2] = {{.fd = follow.mpirun.out, .events = POLLIN},
                                {.fd = follow.mpirun.err_out, .events = POLLIN}};
        bool local = !on_scheduler(launch);
        if (local && (follow.mpirun.out >= 0 || follow.mpirun.err_out >= 0))
            poll(fds, 2, TICK_MS);
        else
            te_clock_sleep(TICK_MS * 1e-3, 0);
        if (local) {
            drain(&follow);
            follow.ended = te_child_reap(&follow.mpirun);
        }
        heed_signals(&follow);
        if (te_clock_mono() >= follow.next_look)
            look(&follow);
        if (follow.marker_seen > 0 && te_clock_mono() > follow.marker_seen + marker_grace)
            break;
    }
    finish_mpirun(&follow);
    *code = follow.code;
    return 0;
}

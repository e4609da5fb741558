/* Follows one mpirun from its start to its end, here or at the scheduler host. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "launch.h"
#include "show.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/sig.h"
#include "te/base/str.h"

static const double look_every = 3;    /* s between looks at the run folder */
static const double marker_grace = 5;  /* s for mpirun to end by itself after the run's marker */
static const double start_limit = 300; /* s for mpirun to bring rank 0 up */
static const double stop_grace = 7;    /* s for ranks to come up after a request to stop */
static const double reconnect = 60; /* s for a scheduler host to come back where mpirun lives on */
enum { ASK_TIMEOUT = 40, TICK_MS = 200, RANK0_LOOKS = 2, BLOCKS_PER_LOOK = 64 };

struct follow {
    struct launch *launch;
    struct te_child mpirun; /* mpirun_on = driver */
    json_int_t log_offset;  /* of its log at the scheduler host, shown up to here */
    char line[4096];        /* of mpirun's output, not whole yet */
    size_t line_len;
    double begin;
    double next_look;
    double marker_seen; /* when, or 0 */
    int code;           /* by the marker, -1 */
    bool ended;
    enum te_sig_request told;
    bool awaits;    /* a stop was asked for before there were ranks */
    int rank0_gone; /* looks in a row at which it was not there any more */
};

/* ---- what mpirun prints ---------------------------------------------------------------------- */

/* A line of a rank keeps the level that it says. */
static void relay(const char *line)
{
    static const struct {
        const char *prefix;
        enum te_log_level level;
    } levels[] = {{"warning: ", TE_LOG_WARNING}, {"error: ", TE_LOG_ERROR}, {"", TE_LOG_NOTICE}};
    size_t i = 0;
    if (strstr(line, "PMIX ERROR: BAD-PARAM")) { /* Open MPI, whenever a rank leaves by itself */
        te_log(TE_LOG_INFO, "%s", line);
        return;
    }
    while (!te_str_starts(line, levels[i].prefix))
        i++;
    te_log(levels[i].level, "%s", line + strlen(levels[i].prefix));
}

static void show(struct follow *follow, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n' && follow->line_len + 1 < sizeof follow->line) {
            follow->line[follow->line_len++] = bytes[i];
            continue;
        }
        follow->line[follow->line_len] = '\0';
        if (follow->line_len > 0)
            relay(follow->line);
        follow->line_len = 0;
    }
}

/* Some at a time: who writes without end must not keep us from everything else. */
static void drain(struct follow *follow)
{
    char block[4096];
    ssize_t n;
    int *const fds[] = {&follow->mpirun.out, &follow->mpirun.err_out};
    for (size_t i = 0; i < 2; i++)
        for (int blocks = 0; blocks < BLOCKS_PER_LOOK; blocks++) {
            if ((n = te_child_read(fds[i], block, sizeof block)) <= 0)
                break;
            show(follow, block, (size_t)n);
        }
}

static void show_remote_log(struct follow *follow)
{
    struct launch *launch = follow->launch;
    struct te_err err = TE_ERR_INIT;
    struct te_aframe reply;
    te_autofree char *log = te_asprintf(&err, "%s/%s", launch->remote_dir, LAUNCH_MPIRUN_LOG);
    for (int blocks = 0; log && blocks < BLOCKS_PER_LOOK; blocks++) {
        json_t *head =
            json_pack("{s:s, s:s, s:I}", "op", "get", "path", log, "offset", follow->log_offset);
        if (!launch_scheduler(launch) || lhost_ask(&launch->hosts, launch_scheduler(launch), head,
                                                   ASK_TIMEOUT, &reply, &err) < 0)
            return;
        show(follow, (const char *)reply.data, reply.len);
        follow->log_offset += (json_int_t)reply.len;
        bool all = reply.len == 0 || json_is_true(json_object_get(reply.head, "eof"));
        te_aframe_release(&reply);
        if (all)
            return;
    }
}

/* ---- stopping -------------------------------------------------------------------------------- */

/* To mpirun alone: it passes SIGUSR1 on to every rank; its ssh children must not get it. */
static void tell(struct follow *follow, int number)
{
    struct launch *launch = follow->launch;
    struct te_err err = TE_ERR_INIT;
    struct te_aframe reply;
    if (!launch->on_scheduler) {
        if (follow->mpirun.pid > 0 && !follow->mpirun.ended &&
            kill(follow->mpirun.pid, number) != 0)
            te_log(TE_LOG_WARNING, "cannot signal mpirun: %s", strerror(errno));
        return;
    }
    json_t *head = json_pack("{s:s, s:I, s:s, s:i}", "op", "signal", "pid", launch->mpirun, "name",
                             "mpirun", "signal", number);
    if (launch_scheduler(launch) &&
        lhost_ask(&launch->hosts, launch_scheduler(launch), head, ASK_TIMEOUT, &reply, &err) == 0)
        te_aframe_release(&reply);
    else
        te_log(TE_LOG_WARNING, "cannot signal mpirun at the scheduler host: %s", err.text);
}

/* Ranks that are not up yet would not hear the signal, or die of it. */
static bool too_early(const struct follow *follow)
{
    struct launch *launch = follow->launch;
    return !launch->rank0_seen && te_clock_mono() < lhosts_stop_seen(&launch->hosts) + stop_grace;
}

static void await_ranks(struct follow *follow)
{
    if (!follow->awaits)
        te_log(TE_LOG_NOTICE, "stopping as soon as the ranks have come up");
    follow->awaits = true;
    follow->next_look = te_clock_mono();
}

static void heed_signals(struct follow *follow)
{
    enum te_sig_request wish = te_sig_requested();
    if (wish <= follow->told)
        return;
    if (wish == TE_SIG_STOP && too_early(follow)) {
        await_ranks(follow);
        return;
    }
    bool in_order = wish == TE_SIG_STOP && follow->launch->rank0_seen;
    follow->told = wish;
    te_log(TE_LOG_NOTICE,
           in_order ? "stopping in order on every host" : "stopping at once on every host");
    tell(follow, in_order ? SIGUSR1 : SIGTERM);
}

/* ---- following ------------------------------------------------------------------------------- */

/* Open MPI tells nobody of a lost rank 0 and mpirun may wait for ever: its lock tells. */
static void look_at_rank0(struct follow *follow)
{
    bool known;
    double age, since = te_clock_mono() - follow->begin;
    bool lives = launch_rank0_lives(follow->launch, &known, &age);
    if (!known)
        return;
    follow->launch->rank0_seen |= lives || (age >= 0 && age < since); /* or it came and went */
    follow->rank0_gone = lives || !follow->launch->rank0_seen ? 0 : follow->rank0_gone + 1;
}

static void look(struct follow *follow)
{
    struct launch *launch = follow->launch;
    follow->next_look = te_clock_mono() + look_every;
    launch_pull_journal(launch);
    launch_watch(launch, te_clock_mono());
    bool alive = !launch->on_scheduler || launch_mpirun_lives(launch);
    if (launch->on_scheduler)
        show_remote_log(follow);
    if (follow->marker_seen <= 0 && (follow->code = launch_marker(launch)) >= 0)
        follow->marker_seen = te_clock_mono();
    look_at_rank0(follow);
    follow->ended |= !alive && launch_scheduler(launch) != NULL;
}

/* Rank 0 or its host is lost, or never came: an mpirun that cannot start may hang. */
static bool hopeless(struct follow *follow, const struct lhost *scheduler)
{
    bool late = !follow->launch->rank0_seen && te_clock_mono() > follow->begin + start_limit;
    if (late)
        te_log(TE_LOG_ERROR, "mpirun has not brought up rank 0 within %.0f s", start_limit);
    follow->launch->broken |= late;
    return late || scheduler->failed || follow->rank0_gone >= RANK0_LOOKS;
}

/* What only mpirun that ran here needed. */
static void remove_own_files(const struct launch *launch)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *hostfile = te_fs_join(launch->folder, "hostfile", &err);
    te_autofree char *parent = te_fs_dirname(launch->mpi_dir, &err);
    if (hostfile)
        unlink(hostfile);
    if (te_fs_remove_tree(launch->mpi_dir, &err) < 0)
        te_log(TE_LOG_INFO, "%s", err.text);
    if (parent)
        rmdir(parent); /* stays where this machine is a host, too: it is not empty then */
}

static void finish_mpirun(struct follow *follow, const struct lhost *scheduler)
{
    struct launch *launch = follow->launch;
    if (launch->on_scheduler && !scheduler->failed) {
        if (launch_mpirun_lives(launch))
            tell(follow, SIGKILL); /* it waits for ranks that are gone */
        show_remote_log(follow);
    } else if (!launch->on_scheduler) {
        drain(follow);
        te_child_release(&follow->mpirun);
    }
    remove_own_files(launch);
    if (follow->code < 0 && !scheduler->failed)
        follow->code = launch_marker(launch);
}

static void wait_a_tick(struct follow *follow)
{
    struct pollfd fds[2] = {{.fd = follow->mpirun.out, .events = POLLIN},
                            {.fd = follow->mpirun.err_out, .events = POLLIN}};
    if (follow->launch->on_scheduler || (fds[0].fd < 0 && fds[1].fd < 0)) {
        te_clock_sleep(TICK_MS * 1e-3, 0);
    } else {
        poll(fds, 2, TICK_MS);
        drain(follow);
    }
    if (!follow->launch->on_scheduler)
        follow->ended = te_child_reap(&follow->mpirun);
    if (follow->ended && follow->mpirun.pid > 0 && WIFSIGNALED(follow->mpirun.status))
        follow->launch->broken = true;
}

/* The run lives on without us: a connection that broke is made again. */
static bool reach_again(struct follow *follow, struct lhost *scheduler)
{
    double until = te_clock_mono() + reconnect;
    if (!follow->launch->on_scheduler)
        return false;
    te_log(TE_LOG_WARNING, "the connection to scheduler host '%s' is lost (%s): trying again",
           scheduler->name, scheduler->reason);
    while (te_clock_mono() < until && te_sig_requested() == TE_SIG_NONE) {
        if (launch_reach_one(follow->launch, scheduler))
            return true;
        te_clock_sleep(1, 0);
    }
    return false;
}

static void follow_to_end(struct follow *follow, struct lhost *scheduler)
{
    follow->begin = te_clock_mono();
    follow->next_look = follow->begin + look_every;
    while (!follow->ended) {
        wait_a_tick(follow);
        heed_signals(follow);
        launch_show(follow->launch, te_clock_mono());
        if (te_clock_mono() >= follow->next_look)
            look(follow);
        if (hopeless(follow, scheduler) && !(scheduler->failed && reach_again(follow, scheduler)))
            break;
        if (follow->marker_seen > 0 && te_clock_mono() > follow->marker_seen + marker_grace)
            break;
    }
    show_end();
    finish_mpirun(follow, scheduler);
}

int launch_run(struct launch *launch, bool resume, int *code, struct te_err *err)
{
    struct follow follow = {.launch = launch, .code = -1};
    struct lhost *scheduler = launch_scheduler(launch);
    launch->leader = scheduler;
    launch->journal_fresh = true;
    launch->rank0_seen = launch->broken = false;
    launch->mpirun = 0;
    if (launch_start_mpirun(launch, resume, &follow.mpirun, err) < 0)
        return te_err_wrap(err, "cannot start mpirun");
    launch_say("run", scheduler, "%s%s", launch->name, resume ? " (resumed)" : "");
    launch_part(launch);
    follow_to_end(&follow, scheduler);
    *code = follow.code;
    return 0;
}

int launch_follow(struct launch *launch, int *code, struct te_err *err)
{
    struct lhost *scheduler = launch_scheduler(launch);
    launch->leader = scheduler;
    struct follow follow = {.launch = launch, .code = launch_marker(launch)};
    bool known;
    double age;
    bool lives = launch_rank0_lives(launch, &known, &age) || launch_mpirun_lives(launch);
    launch->on_scheduler = launch->was_on_scheduler;
    launch->journal_fresh = true;
    launch->rank0_seen = lives;
    if (follow.code < 0 && !lives)
        return te_err_set(err, TE_ERR_INFRA,
                          "run '%s' does not go on at host '%s' any more, and it left no result: "
                          "go on with --resume",
                          launch->name, scheduler->name);
    launch_part(launch);
    launch_say("attach", scheduler, "%s %s", launch->name, lives ? "goes on" : "has ended");
    follow.ended = !lives;
    follow_to_end(&follow, scheduler);
    *code = follow.code;
    return 0;
}

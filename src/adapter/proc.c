#include "te/adapter/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "te/adapter/child.h"
#include "te/adapter/guardian.h"
#include "te/adapter/helper.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

extern char **environ;

enum { MAX_MODE = 600 }; /* words of a command */

/* ---- start -------------------------------------------------------------------------------- */

struct launch {
    char data[40];
    char cpus[4096];
    char join[8][512];
    const char *argv[MAX_MODE + 16];
    char *label;
    const char **env;
};

/* As many CPUs of those we may use as the task has whole ones, another piece for every slot; the
 * channels of a task share them. */
static void choose_cpus(const struct te_proc *p, char *out, size_t size)
{
    cpu_set_t set;
    int all[CPU_SETSIZE] = {0}, n = 0;
    size_t used = 0;
    out[0] = '\0';
    if (sched_getaffinity(0, sizeof set, &set) < 0)
        return;
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set))
            all[n++] = (int)i;
    int want = (int)ceil(p->limits.among);
    if (want < 1 || want >= n)
        return;
    for (int i = 0; i < want && used + 8 < size; i++) {
        int cpu = all[(p->env->slot * want + i) % n];
        used += (size_t)snprintf(out + used, size - used, "%s%d", i ? "," : "--cpus=", cpu);
    }
}

/* Where there is no control group: private memory of each process (not address space, of which a
 * Java machine reserves far more than it uses), whole processors by affinity. What that does not
 * hold to is told in the experiment's log, and once in the run's. */
static void tell_limits(const struct te_proc *p, bool memory_set, bool cpus_set)
{
    static bool told;
    bool part = p->limits.among > 0 && p->limits.among < ceil(p->limits.among);
    if (p->limits.memory > 0 && !memory_set)
        te_cutlog_addf(p->log,
                       "WARN: no control group: each process may have %lld bytes of private "
                       "memory, all of them together are not limited\n",
                       (long long)p->limits.memory);
    if (part && !cpus_set)
        te_cutlog_addf(p->log, "WARN: no control group: %g processors cannot be enforced, %g can\n",
                       p->limits.among, ceil(p->limits.among));
    if (memory_set || told)
        return;
    told = true;
    te_log(TE_LOG_NOTICE,
           "this user may make no control groups: functions and programs are limited "
           "in private memory and by affinity ('timeeval-mpi doctor' says more)");
}

static int make_argv(struct te_proc *p, const char *const *mode, struct launch *l,
                     struct te_err *err)
{
    size_t n = 0;
    bool memory_set = false, cpus_set = false;
    l->argv[n++] = "timeeval-mpi";
    l->argv[n++] = "__child";
    te_cgroup_limit(&p->group, p->limits.memory, p->limits.cpus, &memory_set, &cpus_set);
    if (p->limits.memory > 0 && !memory_set) {
        snprintf(l->data, sizeof l->data, "--data=%lld", (long long)p->limits.memory);
        l->argv[n++] = l->data;
    }
    tell_limits(p, memory_set || p->limits.memory <= 0, cpus_set);
    for (int i = 0; i < 8; i++) {
        memcpy(l->join[i], "--join=", 7);
        if (!te_cgroup_join_path(&p->group, i, l->join[i] + 7, sizeof l->join[i] - 7))
            break;
        l->argv[n++] = l->join[i];
    }
    /* after that: who joins a group of version 2 gets all its processors (kernels before 6.2) */
    choose_cpus(p, l->cpus, sizeof l->cpus);
    if (l->cpus[0])
        l->argv[n++] = l->cpus;
    l->argv[n++] = "--";
    for (size_t i = 0; mode[i]; i++) {
        if (i >= MAX_MODE)
            return te_err_set(err, TE_ERR_LIMIT, "a command of more than %d words", MAX_MODE);
        l->argv[n++] = mode[i];
    }
    l->argv[n] = NULL;
    return 0;
}

/* Our environment without what would make an MPI program believe it is one of our ranks. */
static int make_env(const struct te_proc *p, struct launch *l, struct te_err *err)
{
    static const char *const hidden[] = {"OMPI_", "PMIX_", "PRTE_", "PMI_", (TE_PROC_LABEL "=")};
    size_t n = 0, k = 0;
    while (environ[n])
        n++;
    l->env = te_zalloc(n + 2, sizeof *l->env, err);
    l->label = te_asprintf(err, TE_PROC_LABEL "=%s", p->env->label);
    if (!l->env || !l->label)
        return -1;
    for (size_t i = 0; i < n; i++) {
        bool hide = false;
        for (size_t h = 0; h < sizeof hidden / sizeof hidden[0]; h++)
            hide |= te_str_starts(environ[i], hidden[h]);
        if (!hide)
            l->env[k++] = environ[i];
    }
    l->env[k++] = l->label;
    return 0;
}

static int spawn(struct te_proc *p, struct launch *l, int out, int fail, struct te_err *err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t all, none;
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    sigemptyset(&none);
    if (posix_spawn_file_actions_init(&files) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "cannot prepare a child process");
    if (posix_spawnattr_init(&attr) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return te_err_set(err, TE_ERR_NOMEM, "cannot prepare a child process");
    }
    int rc = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    rc |= posix_spawn_file_actions_adddup2(&files, out, 1);
    rc |= posix_spawn_file_actions_adddup2(&files, out, 2);
    rc |= posix_spawn_file_actions_adddup2(&files, fail, TE_HELPER_FAIL_FD);
    rc |= posix_spawn_file_actions_addclosefrom_np(&files, TE_HELPER_FAIL_FD + 1);
    rc |= posix_spawnattr_setsigdefault(&attr, &all);
    rc |= posix_spawnattr_setsigmask(&attr, &none);
    rc |= posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    /* posix_spawn promises not to write to what these point at */
    union {
        const char **in;
        char **out;
    } argv = {.in = l->argv}, env = {.in = l->env};
    if (rc == 0)
        rc = posix_spawn(&p->pid, p->env->helper, &files, &attr, argv.out, env.out);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    if (rc != 0) {
        p->pid = 0;
        errno = rc;
        return te_err_sys(err, TE_ERR_INFRA, "cannot start '%s'", p->env->helper);
    }
    return 0;
}

static int open_pipes(int out[2], int fail[2], struct te_err *err)
{
    if (pipe2(out, O_CLOEXEC) < 0)
        return te_err_sys(err, TE_ERR_INFRA, "cannot make a pipe");
    if (pipe2(fail, O_CLOEXEC) < 0) {
        te_err_sys(err, TE_ERR_INFRA, "cannot make a pipe");
        close(out[0]);
        close(out[1]);
        return -1;
    }
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(fail[0], F_SETFL, O_NONBLOCK);
    return 0;
}

int te_proc_start(struct te_proc *p, const struct te_adapter_env *env, const char *name,
                  const char *const *mode, const struct te_proc_limits *limits,
                  struct te_cutlog *log, struct te_err *err)
{
    int out[2], fail[2];
    struct te_err why = TE_ERR_INIT;
    *p = (struct te_proc){
        .pidfd = -1, .out = -1, .fail = -1, .env = env, .log = log, .limits = *limits};
    if (p->limits.among <= 0)
        p->limits.among = p->limits.cpus;
    te_measure_init(&p->usage);
    te_autofree struct launch *l = te_zalloc(1, sizeof *l, err);
    if (!l)
        return -1;
    te_cgroups_probe("/sys/fs/cgroup", &p->groups);
    if (te_cgroup_make(&p->groups, name, &p->group, &why) < 0)
        p->group.groups = NULL; /* rlimits do */
    int rc = make_argv(p, mode, l, err);
    if (rc == 0)
        rc = make_env(p, l, err);
    if (rc == 0)
        rc = open_pipes(out, fail, err);
    if (rc == 0) {
        p->out = out[0];
        p->fail = fail[0];
        p->started = te_clock_mono();
        p->deadline = p->started + limits->timeout;
        p->kill_at = INFINITY;
        rc = spawn(p, l, out[1], fail[1], err);
        close(out[1]);
        close(fail[1]);
    }
    te_free(l->env);
    te_free(l->label);
    if (rc < 0) {
        te_proc_release(p);
        return -1;
    }
    te_guardian_add(env->guardian, "pid", (long)p->pid);
    p->pidfd = pidfd_open(p->pid, 0);
    return 0;
}

/* ---- while it runs ------------------------------------------------------------------------ */

/* Reads what is there; closes at the end of file. At most some rounds, for a program may print
 * without end. */
static void drain(struct te_proc *p)
{
    char data[65536];
    for (int i = 0; i < 16 && p->out >= 0; i++) {
        ssize_t n = read(p->out, data, sizeof data);
        if (n > 0) {
            te_cutlog_add(p->log, data, (size_t)n);
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            close(p->out);
            p->out = -1;
        } else {
            return;
        }
    }
}

static void reap(struct te_proc *p)
{
    struct rusage use;
    if (p->reaped || !p->pid || wait4(p->pid, &p->status, WNOHANG, &use) != p->pid)
        return;
    p->reaped = true;
    p->ended = te_clock_mono();
    p->usage.cpu_user = (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6;
    p->usage.cpu_system = (double)use.ru_stime.tv_sec + (double)use.ru_stime.tv_usec / 1e6;
    p->usage.peak_memory = (double)use.ru_maxrss * 1024;
    p->usage.read_bytes = (double)use.ru_inblock * 512;
    p->usage.write_bytes = (double)use.ru_oublock * 512;
    p->usage.measured_by = TE_MEASURED_RUSAGE;
    /* what it started must not live on; the group exists as long as a member does */
    kill(-p->pid, SIGKILL);
    te_cgroup_kill(&p->group);
}

static void check_deadline(struct te_proc *p, double now)
{
    if (!p->timed_out && now >= p->deadline) {
        p->timed_out = true;
        p->kill_at = now + p->limits.grace;
        if (p->limits.grace > 0)
            kill(-p->pid, SIGTERM);
    }
    if (now >= p->kill_at && !p->killed) {
        p->killed = true;
        kill(-p->pid, SIGKILL);
        te_cgroup_kill(&p->group);
    }
}

int te_proc_poll(struct te_proc *p, double wait, bool *done, struct te_err *err)
{
    (void)err;
    double now = te_clock_mono(), end = now + wait;
    for (;;) {
        check_deadline(p, now);
        drain(p);
        reap(p);
        *done = p->reaped;
        if (p->reaped) {
            drain(p);
            return 0;
        }
        double until = p->timed_out ? p->kill_at : p->deadline;
        if (p->killed)
            until = now + 0.05;
        if (until > end)
            until = end;
        if (now >= end)
            return 0;
        double left = until - now;
        int ms = left > 3600 ? 3600000 : left > 0 ? (int)ceil(left * 1000) : 0;
        if (p->pidfd < 0 && ms > 20)
            ms = 20;
        struct pollfd fds[2] = {{.fd = p->out, .events = POLLIN},
                                {.fd = p->pidfd, .events = POLLIN}};
        if (poll(fds, 2, ms) < 0 && errno == EINTR)
            return 0; /* a signal: the caller looks what it wants */
        now = te_clock_mono();
    }
}

/* ---- the end ------------------------------------------------------------------------------ */

/* A line that a child told (adapter/child.h). What it says of time is believed where it can be. */
static void hear(const struct te_proc *p, const char *line, struct te_outcome *o)
{
    struct te_err lost = TE_ERR_INIT;
    if (te_str_starts(line, TE_CHILD_TIME)) {
        double took = strtod(line + strlen(TE_CHILD_TIME), NULL);
        if (took >= 0 && took <= o->measure.main_time && !p->timed_out)
            o->measure.main_time = took;
    } else if (strcmp(line, TE_CHILD_MEMORY) == 0) {
        if (o->end == TE_END_EXIT)
            o->end = TE_END_OOM;
    } else if (te_str_starts(line, TE_CHILD_RAISED) && !o->raised) {
        o->raised = te_strdup(line + strlen(TE_CHILD_RAISED), &lost);
    }
}

static void read_report(struct te_proc *p, struct te_outcome *o)
{
    char text[8192];
    ssize_t n = p->fail >= 0 ? read(p->fail, text, sizeof text - 1) : 0;
    if (n <= 0)
        return;
    text[n] = '\0';
    if (o->exit_code == TE_HELPER_EXIT && !te_str_starts(text, TE_CHILD_TIME)) {
        te_err_set(&o->why, TE_ERR_NOENT, "%s", text);
        o->end = TE_END_REFUSED;
        o->measure.ran = false;
        return;
    }
    for (char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        bool whole = line[len] == '\n';
        line[len] = '\0';
        hear(p, line, o);
        line += len + whole;
    }
}

bool te_proc_limits_hold(bool *memory, bool *cpus)
{
    struct te_cgroups groups;
    struct te_cgroup group;
    struct te_err why = TE_ERR_INIT;
    char name[40];
    *memory = *cpus = false;
    snprintf(name, sizeof name, "probe.%ld", (long)getpid());
    te_cgroups_probe("/sys/fs/cgroup", &groups);
    if (te_cgroup_make(&groups, name, &group, &why) < 0)
        return false;
    te_cgroup_limit(&group, 64 * TE_MIB, 1, memory, cpus);
    (void)te_cgroup_remove(&group);
    return *memory && *cpus;
}

void te_proc_take(struct te_proc *p, struct te_outcome *o)
{
    o->measure = p->usage;
    o->oom_seen = te_cgroup_oom(&p->group);
    (void)te_cgroup_read(&p->group, &o->measure);
    o->measure.main_time = p->ended - p->started;
    o->measure.ran = true;
    if (WIFSIGNALED(p->status)) {
        o->signal = WTERMSIG(p->status);
        o->exit_code = 128 + o->signal;
        o->end = o->oom_seen ? TE_END_OOM : TE_END_SIGNAL;
    } else {
        o->exit_code = WEXITSTATUS(p->status);
        o->end = o->exit_code == 0 ? TE_END_OK : o->oom_seen ? TE_END_OOM : TE_END_EXIT;
    }
    read_report(p, o);
    if (p->timed_out)
        o->end = TE_END_TIMEOUT;
    o->measure.exit_code = o->exit_code;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void te_proc_release(struct te_proc *p)
{
    if (p->pid && !p->reaped) {
        kill(-p->pid, SIGKILL);
        kill(p->pid, SIGKILL);
        te_cgroup_kill(&p->group);
        for (int i = 0; i < 400 && !p->reaped; i++) {
            reap(p);
            if (!p->reaped)
                te_clock_sleep(0.005, 1);
        }
    }
    if (p->pid)
        te_guardian_drop(p->env->guardian, "pid", (long)p->pid);
    close_fd(&p->out);
    close_fd(&p->fail);
    close_fd(&p->pidfd);
    /* a killed process leaves its group a moment later */
    for (int i = 0; i < 40 && !te_cgroup_remove(&p->group); i++) {
        te_cgroup_kill(&p->group);
        te_clock_sleep(0.005, 1);
    }
    p->pid = 0;
}

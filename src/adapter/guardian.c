#include "te/adapter/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "te/adapter/cgroup.h"
#include "te/adapter/docker.h"
#include "te/adapter/proc.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"

extern char **environ;

enum { GROUP_LOOKS = 50 }; /* 0.2 s apart: what was killed leaves its control group later */

struct te_guardian {
    pid_t pid;
    int fd;      /* write end */
    bool docker; /* told that containers are used */
};

static int spawn_guardian(const struct te_guardian_spec *spec, int in, pid_t *pid,
                          struct te_err *err)
{
    union {
        const char *in[7];
        char *out[7];
    } argv = {.in = {"timeeval-mpi", "__guardian", spec->label,
                     spec->docker_host ? spec->docker_host : "", spec->workdir, NULL}};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, deaf;
    sigemptyset(&none);
    sigfillset(&deaf);
    if (posix_spawn_file_actions_init(&files) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "cannot prepare a child process");
    if (posix_spawnattr_init(&attr) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return te_err_set(err, TE_ERR_NOMEM, "cannot prepare a child process");
    }
    /* not our output: whoever waits for its end must not wait for the guardian */
    int rc = posix_spawn_file_actions_adddup2(&files, in, 0);
    rc |= posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    rc |= posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    rc |= posix_spawn_file_actions_addclosefrom_np(&files, 3);
    rc |= posix_spawnattr_setsigmask(&attr, &none);
    rc |= posix_spawnattr_setsigdefault(&attr, &deaf);
    rc |= posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    if (rc == 0)
        rc = posix_spawn(pid, spec->helper, &files, &attr, argv.out, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    if (rc == 0)
        return 0;
    errno = rc;
    return te_err_sys(err, TE_ERR_INFRA, "cannot start the guardian");
}

int te_guardian_open(const struct te_guardian_spec *spec, struct te_guardian **out,
                     struct te_err *err)
{
    int fds[2];
    struct te_guardian *g = te_zalloc(1, sizeof *g, err);
    if (!g)
        return -1;
    if (pipe2(fds, O_CLOEXEC) < 0) {
        te_free(g);
        return te_err_sys(err, TE_ERR_INFRA, "cannot make a pipe");
    }
    int rc = spawn_guardian(spec, fds[0], &g->pid, err);
    close(fds[0]);
    g->fd = fds[1];
    if (rc < 0) {
        close(fds[1]);
        te_free(g);
        return -1;
    }
    fcntl(g->fd, F_SETFL, O_NONBLOCK);
    *out = g;
    return 0;
}

static void tell(struct te_guardian *g, const char *verb, const char *what, long number)
{
    char line[80];
    int n = snprintf(line, sizeof line, "%s %s %ld\n", verb, what, number);
    /* less than PIPE_BUF: whole or not at all; a guardian that is gone is only missed */
    if (g && n > 0 && write(g->fd, line, (size_t)n) < 0)
        errno = 0;
}

void te_guardian_add(struct te_guardian *g, const char *what, long number)
{
    if (g && strcmp(what, "docker") == 0) {
        if (g->docker)
            return;
        g->docker = true;
    }
    tell(g, "add", what, number);
}

void te_guardian_drop(struct te_guardian *g, const char *what, long number)
{
    tell(g, "drop", what, number);
}

void te_guardian_close(struct te_guardian *g, bool dirty)
{
    if (!g)
        return;
    if (!dirty)
        tell(g, "bye", "now", 0);
    close(g->fd);
    for (int i = 0; i < 400 && !dirty; i++) {
        if (waitpid(g->pid, NULL, WNOHANG) != 0)
            break;
        te_clock_sleep(0.005, 1);
    }
    te_free(g);
}

/* ---- the guardian itself ------------------------------------------------------------------ */

enum { MAX_PIDS = 256 };

struct watch {
    long pids[MAX_PIDS];
    int n;
    bool docker, bye;
};

static void take_line(struct watch *w, const char *line)
{
    char verb[16], what[16];
    long number = 0;
    if (sscanf(line, "%15s %15s %ld", verb, what, &number) != 3)
        return;
    if (strcmp(verb, "bye") == 0)
        w->bye = true;
    else if (strcmp(what, "docker") == 0)
        w->docker = true;
    else if (strcmp(verb, "add") == 0 && w->n < MAX_PIDS)
        w->pids[w->n++] = number;
    else if (strcmp(verb, "drop") == 0)
        for (int i = 0; i < w->n; i++)
            if (w->pids[i] == number)
                w->pids[i--] = w->pids[--w->n];
}

/* A container may be made by a request that was under way: looks again a few times. */
static void clean_engine(const char *host, const char *label)
{
    int quiet = 0;
    for (int i = 0; i < 60 && quiet < 3; i++) {
        struct te_err err = TE_ERR_INIT;
        struct te_docker *docker = NULL;
        size_t n = 1;
        if (te_docker_open(host, 30, &docker, &err) == 0 &&
            te_docker_sweep(docker, label, &n, &err) == 0 && n == 0)
            quiet++;
        else
            quiet = 0;
        te_docker_close(docker);
        te_clock_sleep(quiet ? 0.3 : 1.0, 1);
    }
}

int te_guardian_main(int argc, char **argv)
{
    struct watch w = {0};
    char line[200];
    if (argc < 5)
        return 2;
    /* the end of the rank's session or job must not be ours */
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    while (!w.bye && fgets(line, sizeof line, stdin))
        take_line(&w, line);
    if (w.bye)
        return 0;
    for (int i = 0; i < w.n; i++)
        if (w.pids[i] > 1)
            kill((pid_t)-w.pids[i], SIGKILL);
    (void)te_proc_sweep(argv[2]);
    if (w.docker && argv[3][0])
        clean_engine(argv[3], argv[2]);
    struct te_cgroups groups;
    te_cgroups_probe("/sys/fs/cgroup", &groups);
    for (int i = 0; i < GROUP_LOOKS && te_cgroups_sweep(&groups, argv[2]) > 0; i++)
        te_clock_sleep(0.2, 1);
    struct te_err err = TE_ERR_INIT;
    te_autofree char *folder = te_asprintf(&err, "%s/timeeval-mpi-%s", argv[4], argv[2]);
    return folder && te_fs_remove_tree(folder, &err) == 0 ? 0 : 1;
}

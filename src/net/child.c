#include "te/net/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/max.h"

enum { ERRORS_KEEP = 16 * 1024, DRAIN_BLOCKS = 64, KILL_WAIT_STEPS = 200 };

struct pipes {
    int in[2], out[2], err[2];
};

static void close_pipes(struct pipes *p)
{
    int *const fds[] = {&p->in[0], &p->in[1], &p->out[0], &p->out[1], &p->err[0], &p->err[1]};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        te_fd_cleanup(fds[i]);
}

static int open_pipes(struct pipes *p, struct te_err *err)
{
    *p = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (pipe2(p->in, O_CLOEXEC) == 0 && pipe2(p->out, O_CLOEXEC) == 0 &&
        pipe2(p->err, O_CLOEXEC) == 0 && fcntl(p->in[1], F_SETFL, O_NONBLOCK) == 0 &&
        fcntl(p->out[0], F_SETFL, O_NONBLOCK) == 0 && fcntl(p->err[0], F_SETFL, O_NONBLOCK) == 0)
        return 0;
    te_err_sys(err, TE_ERR_IO, "cannot create pipes");
    close_pipes(p);
    return -1;
}

static int spawn_with(pid_t *pid, const char *const argv[], const struct pipes *p,
                      posix_spawn_file_actions_t *files, posix_spawnattr_t *attr)
{
    sigset_t none, all;
    int rc;
    sigemptyset(&none);
    sigfillset(&all);
    if ((rc = posix_spawn_file_actions_adddup2(files, p->in[0], STDIN_FILENO)) != 0 ||
        (rc = posix_spawn_file_actions_adddup2(files, p->out[1], STDOUT_FILENO)) != 0 ||
        (rc = posix_spawn_file_actions_adddup2(files, p->err[1], STDERR_FILENO)) != 0 ||
        (rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                 POSIX_SPAWN_SETSIGDEF)) != 0 ||
        (rc = posix_spawnattr_setpgroup(attr, 0)) != 0 ||
        (rc = posix_spawnattr_setsigmask(attr, &none)) != 0 ||
        (rc = posix_spawnattr_setsigdefault(attr, &all)) != 0)
        return rc;
    return posix_spawnp(pid, argv[0], files, attr, (char *const *)(uintptr_t)argv, environ);
}

static int spawn(pid_t *pid, const char *const argv[], const struct pipes *p)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    int rc = posix_spawn_file_actions_init(&files);
    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attr);
    if (rc == 0) {
        rc = spawn_with(pid, argv, p, &files, &attr);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

int te_child_start(struct te_child *child, const char *const argv[], struct te_err *err)
{
    struct pipes p;
    *child = (struct te_child){.in = -1, .out = -1, .err_out = -1};
    te_buf_init(&child->to_write, TE_MAX_MESSAGE);
    te_buf_init(&child->errors, (size_t)2 * ERRORS_KEEP);
    if (open_pipes(&p, err) < 0)
        return -1;
    int rc = spawn(&child->pid, argv, &p);
    if (rc != 0) {
        close_pipes(&p);
        child->pid = 0;
        errno = rc;
        return te_err_sys(err, TE_ERR_INFRA, "cannot start '%s'", argv[0]);
    }
    child->in = p.in[1];
    child->out = p.out[0];
    child->err_out = p.err[0];
    p.in[1] = p.out[0] = p.err[0] = -1;
    close_pipes(&p);
    return 0;
}

int te_child_write(struct te_child *child, const void *data, size_t len, struct te_err *err)
{
    if (child->written == child->to_write.len) {
        te_buf_clear(&child->to_write);
        child->written = 0;
    }
    te_buf_add(&child->to_write, data, len);
    return te_buf_check(&child->to_write, err);
}

bool te_child_wants_write(const struct te_child *child)
{
    return child->in >= 0 && child->written < child->to_write.len;
}

void te_child_flush(struct te_child *child)
{
    while (te_child_wants_write(child)) {
        ssize_t n = write(child->in, child->to_write.data + child->written,
                          child->to_write.len - child->written);
        if (n > 0)
            child->written += (size_t)n;
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && errno == EAGAIN)
            return;
        else
            te_fd_cleanup(&child->in);
    }
}

void te_child_close_input(struct te_child *child)
{
    te_child_flush(child);
    te_fd_cleanup(&child->in);
}

ssize_t te_child_read(int *fd, void *block, size_t size)
{
    if (*fd < 0)
        return -1;
    for (;;) {
        ssize_t n = read(*fd, block, size);
        if (n > 0)
            return n;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        te_fd_cleanup(fd);
        return -1;
    }
}

bool te_child_drain_errors(struct te_child *child)
{
    char block[4096];
    bool came = false;
    ssize_t n;
    /* At most so much at a time: who writes without end must not keep us from everything else. */
    for (int i = 0; i < DRAIN_BLOCKS; i++, came = true) {
        if ((n = te_child_read(&child->err_out, block, sizeof block)) <= 0)
            break;
        if (child->errors.len > ERRORS_KEEP) {
            size_t drop = child->errors.len - ERRORS_KEEP;
            memmove(child->errors.data, child->errors.data + drop, ERRORS_KEEP + 1);
            child->errors.len = ERRORS_KEEP;
        }
        te_buf_add(&child->errors, block, (size_t)n);
    }
    return came;
}

bool te_child_reap(struct te_child *child)
{
    if (child->ended || child->pid == 0)
        return true;
    pid_t got = waitpid(child->pid, &child->status, WNOHANG);
    if (got == child->pid || (got < 0 && errno == ECHILD))
        child->ended = true;
    return child->ended;
}

/* Signal to its whole group. */
static void child_signal(struct te_child *child, int number)
{
    /* The group may not exist yet in the first moment: then the child itself. */
    if (child->pid > 0 && !child->ended && kill(-child->pid, number) != 0)
        kill(child->pid, number);
}

void te_child_release(struct te_child *child)
{
    if (child->pid > 0 && !te_child_reap(child)) {
        child_signal(child, SIGKILL);
        for (int i = 0; i < KILL_WAIT_STEPS && !te_child_reap(child); i++)
            te_clock_sleep(0.01, 1);
    }
    te_fd_cleanup(&child->in);
    te_fd_cleanup(&child->out);
    te_fd_cleanup(&child->err_out);
    te_buf_release(&child->to_write);
    te_buf_release(&child->errors);
    child->pid = 0;
}

/* The agent's operations on its host: facts, and processes that outlive the connection. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "agent_ops.h"
#include "te/adapter/hostfacts.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"

enum { DIAL_MS = 5000, STOP_LOOKS = 60 };

int agent_hello(struct agent_call *call, struct te_err *err)
{
    struct te_hostfacts host;
    if (te_hostfacts_read("", &host, err) < 0)
        return -1;
    json_t *facts =
        json_pack("{s:s, s:s, s:f, s:I, s:I, s:f, s:s, s:b, s:I}", "version", call->agent->version,
                  "hostname", host.host, "cpus", host.cpus, "memory", (json_int_t)host.memory,
                  "uid", (json_int_t)getuid(), "clock", te_clock_real(), "home", call->agent->home,
                  "mpirun", te_fs_in_path("mpirun"), "pid", (json_int_t)getpid());
    if (!facts || json_object_update(call->reply, facts) != 0) {
        json_decref(facts);
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    }
    json_decref(facts);
    return 0;
}

static int connect_within(int fd, const struct sockaddr *address, socklen_t size,
                          struct te_err *err)
{
    int code = 0;
    socklen_t len = sizeof code;
    if (connect(fd, address, size) == 0)
        return 0;
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    if (errno != EINPROGRESS)
        return te_err_sys(err, TE_ERR_INFRA, "no connection");
    if (poll(&wait, 1, DIAL_MS) != 1)
        return te_err_set(err, TE_ERR_INFRA, "no answer within %d s", DIAL_MS / 1000);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) != 0 || code != 0) {
        errno = code;
        return te_err_sys(err, TE_ERR_INFRA, "no connection");
    }
    return 0;
}

/* port: can a process here connect to the machine at the other end of our SSH connection? */
int agent_dial(struct agent_call *call, struct te_err *err)
{
    json_int_t port;
    char client[128] = "", number[16];
    const char *ssh = getenv("SSH_CONNECTION");
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST}, *found;
    if (agent_number(call, "port", &port, err) < 0)
        return -1;
    if (!ssh || sscanf(ssh, "%127s", client) != 1)
        return te_err_set(err, TE_ERR_INFRA, "SSH does not say where it is called from");
    snprintf(number, sizeof number, "%d", (int)port);
    if (getaddrinfo(client, number, &hints, &found) != 0)
        return te_err_set(err, TE_ERR_INFRA, "'%s' is no address", client);
    te_cleanup(te_fd_cleanup) int fd =
        socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int rc = fd < 0 ? te_err_sys(err, TE_ERR_INFRA, "no socket")
                    : connect_within(fd, found->ai_addr, found->ai_addrlen, err);
    freeaddrinfo(found);
    return rc < 0 ? te_err_wrap(err, "it does not reach '%s', where launch runs", client) : 0;
}

static int spawn_detached(const char *const argv[], const char *log, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int rc = posix_spawn_file_actions_init(&files);
    if (rc != 0)
        return rc;
    rc = posix_spawnattr_init(&attr);
    if (rc != 0) {
        posix_spawn_file_actions_destroy(&files);
        return rc;
    }
    if ((rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)) ==
            0 &&
        (rc = posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log,
                                               O_WRONLY | O_CREAT | O_APPEND, 0666)) == 0 &&
        (rc = posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO)) == 0 &&
        (rc = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETSIGDEF)) == 0 &&
        (rc = posix_spawnattr_setsigmask(&attr, &none)) == 0 &&
        (rc = posix_spawnattr_setsigdefault(&attr, &all)) == 0)
        rc = posix_spawnp(pid, argv[0], &files, &attr, (char *const *)(uintptr_t)argv, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

/* argv, log: starts a process in a session of its own; it survives the connection. */
int agent_start(struct agent_call *call, struct te_err *err)
{
    const json_t *argv = json_object_get(call->request->head, "argv");
    size_t count = json_array_size(argv);
    te_autofree char *log = agent_path(call, "log", err);
    te_autofree const char **items = te_zalloc(count + 1, sizeof *items, err);
    if (!log || !items)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (!(items[i] = json_string_value(json_array_get(argv, i))))
            return te_err_set(err, TE_ERR_FORMAT, "'argv' holds no texts");
    if (count == 0)
        return te_err_set(err, TE_ERR_FORMAT, "'argv' is empty");
    pid_t pid;
    int rc = spawn_detached(items, log, &pid);
    if (rc != 0) {
        errno = rc;
        return te_err_sys(err, TE_ERR_INFRA, "cannot start '%s'", items[0]);
    }
    if (json_object_set_new(call->reply, "pid", json_integer(pid)) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

/* Is pid alive and does its command line hold `name`? A process number alone may be somebody else's
 * by now. */
static int is_ours(pid_t pid, const char *name)
{
    char path[64], line[4096];
    if (waitpid(pid, NULL, WNOHANG) == pid)
        return 0;
    snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
    te_cleanup(te_fd_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line);
    return n > 0 && memmem(line, (size_t)n, name, strlen(name)) != NULL;
}

/* pid, name: is it alive? */
int agent_alive(struct agent_call *call, struct te_err *err)
{
    json_int_t pid;
    const char *name = agent_text(call, "name", err);
    if (!name || agent_number(call, "pid", &pid, err) < 0)
        return -1;
    if (json_object_set_new(call->reply, "alive", json_boolean(is_ours((pid_t)pid, name))) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

/* pid, name, signal: sends it if the process is still ours. */
int agent_signal(struct agent_call *call, struct te_err *err)
{
    json_int_t pid, number;
    const char *name = agent_text(call, "name", err);
    if (!name || agent_number(call, "pid", &pid, err) < 0 ||
        agent_number(call, "signal", &number, err) < 0)
        return -1;
    if (pid > 1 && is_ours((pid_t)pid, name) && kill((pid_t)pid, (int)number) != 0 &&
        errno != ESRCH)
        return te_err_sys(err, TE_ERR_IO, "cannot signal process %lld", (long long)pid);
    return 0;
}

/* Is it this program, running `config`? */
static bool runs_config(const char *pid, const char *config)
{
    char path[300], mine[4096], its[4096];
    snprintf(path, sizeof path, "/proc/%s/exe", pid);
    ssize_t n = readlink("/proc/self/exe", mine, sizeof mine);
    ssize_t m = readlink(path, its, sizeof its);
    if (n <= 0 || n != m || memcmp(mine, its, (size_t)n) != 0)
        return false;
    snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
    te_cleanup(te_fd_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, its, sizeof its - 1);
    size_t len = strlen(config) + 1;
    /* as a whole argument: with the NUL before and behind it */
    const char *at = n > 0 ? memmem(its, (size_t)n, config, len) : NULL;
    return at && at > its && at[-1] == '\0';
}

static size_t kill_ranks(const char *config)
{
    size_t found = 0;
    DIR *dir = opendir("/proc");
    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        long pid = strtol(e->d_name, NULL, 10);
        if (pid <= 1 || pid == (long)getpid() || !runs_config(e->d_name, config))
            continue;
        found++;
        if (kill((pid_t)pid, SIGKILL) != 0 && errno != ESRCH)
            break;
    }
    if (dir)
        closedir(dir);
    return found;
}

/* config: kills the ranks of the run with that configuration; their guardians clean up. */
int agent_stop(struct agent_call *call, struct te_err *err)
{
    te_autofree char *config = agent_path(call, "config", err);
    if (!config)
        return -1;
    size_t first = kill_ranks(config), left = first;
    for (int i = 0; i < STOP_LOOKS && left > 0; i++) {
        te_clock_sleep(0.05, 1);
        left = kill_ranks(config);
    }
    if (left > 0)
        return te_err_set(err, TE_ERR_INFRA, "%zu ranks of the run cannot be stopped", left);
    if (json_object_set_new(call->reply, "stopped", json_integer((json_int_t)first)) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

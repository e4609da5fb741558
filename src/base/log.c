#include "te/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/max.h"

enum { CONSOLE_PATIENCE_MS = 200 };

static const char *const level_words[TE_LOG_COUNT] = {"debug", "info", "notice", "warning",
                                                      "error"};

static struct {
    char who[128];
    enum te_log_level console, file;
    int fd;
    bool stuck;       /* nobody reads the console: lines are dropped until somebody does */
    unsigned dropped; /* since then */
    void (*before)(void), (*after)(void);
} state = {.console = TE_LOG_NOTICE, .file = TE_LOG_INFO, .fd = -1};

/* Threads log, too; a hook may print in turn. */
static pthread_mutex_t one_at_a_time = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

void te_log_init(const char *who)
{
    snprintf(state.who, sizeof state.who, "%s", who);
}

void te_log_set_levels(enum te_log_level console, enum te_log_level file)
{
    state.console = console;
    state.file = file;
}

void te_log_set_hooks(void (*before)(void), void (*after)(void))
{
    state.before = before;
    state.after = after;
}

static void log_close(void)
{
    if (state.fd >= 0)
        close(state.fd);
    state.fd = -1;
}

int te_log_open(const char *path, struct te_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot open log '%s'", path);
    log_close();
    state.fd = fd;
    return 0;
}

int te_log_level_parse(const char *word)
{
    for (int i = 0; i < TE_LOG_COUNT; i++)
        if (strcasecmp(word, level_words[i]) == 0)
            return i;
    return -1;
}

/* May `len` bytes be written without waiting? A pipe that is writable takes that much. */
static bool console_ready(int wait_ms)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    int n;
    do
        n = poll(&fd, 1, wait_ms);
    while (n < 0 && errno == EINTR);
    return n != 0; /* a broken console fails in the write, at once */
}

/* The first line after a pause says how many went unseen; one write, for there may be room for no
 * more. */
static void put_after_pause(const char *text, size_t len)
{
    struct te_err ignored = TE_ERR_INIT;
    char joined[PIPE_BUF];
    if (!console_ready(0)) {
        state.dropped++;
        return;
    }
    int n = snprintf(joined, sizeof joined, "(%u lines were not shown: nobody read them)\n%.*s",
                     state.dropped, (int)len, text);
    size_t size = n < (int)sizeof joined ? (size_t)n : sizeof joined - 1;
    state.stuck = te_fs_write_all(STDERR_FILENO, joined, size, &ignored) < 0;
    state.dropped = 0;
}

/*
 * A console that nobody reads must stop nothing: its reader gets a moment, then lines are dropped
 * and counted until there is room again.
 */
static void put_console(const char *text, size_t len)
{
    struct te_err ignored = TE_ERR_INIT;
    if (state.stuck) {
        put_after_pause(text, len);
        return;
    }
    for (size_t at = 0, n; at < len; at += n) {
        n = len - at < PIPE_BUF ? len - at : PIPE_BUF;
        if (!console_ready(CONSOLE_PATIENCE_MS)) {
            state.stuck = true;
            state.dropped = 1;
            return;
        }
        if (te_fs_write_all(STDERR_FILENO, text + at, n, &ignored) < 0)
            return;
    }
}

void te_log_console(const char *fmt, ...)
{
    char text[TE_MAX_LOG_LINE];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    pthread_mutex_lock(&one_at_a_time);
    if (n > 0)
        put_console(text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
    pthread_mutex_unlock(&one_at_a_time);
}

/* One write per line, so that lines of several processes do not mix; a failure is nobody's
 * business. */
static void put(int fd, const char *text, size_t len)
{
    struct te_err ignored = TE_ERR_INIT;
    if (te_fs_write_all(fd, text, len, &ignored) < 0)
        return;
}

/* Control characters become blanks or \n escapes: one message is one line. */
static size_t flatten(const char *in, char *out, size_t size)
{
    size_t n = 0;
    for (; *in && n + 3 < size; in++) {
        if (*in == '\n') {
            out[n++] = '\\';
            out[n++] = 'n';
        } else {
            out[n++] = (unsigned char)*in < 0x20 || *in == 0x7F ? ' ' : *in;
        }
    }
    out[n++] = '\n';
    out[n] = '\0';
    return n;
}

void te_log(enum te_log_level level, const char *fmt, ...)
{
    char message[TE_MAX_LOG_LINE], flat[2 * TE_MAX_LOG_LINE], when[32];
    va_list ap;
    if (level < state.console && (state.fd < 0 || level < state.file))
        return;
    va_start(ap, fmt);
    int n = vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    flatten(message, flat, sizeof flat);
    char line[sizeof flat + 256];
    pthread_mutex_lock(&one_at_a_time);
    if (level >= state.console) {
        n = snprintf(line, sizeof line, "%s%s%s", level >= TE_LOG_WARNING ? level_words[level] : "",
                     level >= TE_LOG_WARNING ? ": " : "", flat);
        if (state.before)
            state.before();
        put_console(line, n < 0 ? 0 : (size_t)n);
        if (state.after)
            state.after();
    }
    if (state.fd >= 0 && level >= state.file) {
        te_clock_iso8601(te_clock_real(), when, sizeof when);
        n = snprintf(line, sizeof line, "%s %s %s: %s", when, state.who, level_words[level], flat);
        put(state.fd, line, n < 0 ? 0 : (size_t)n);
    }
    pthread_mutex_unlock(&one_at_a_time);
}

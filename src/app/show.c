#include "show.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"

static const double bar_every = 0.5, line_every = 30; /* s */
enum { BAR_MAX = 400, WIDTH_DEFAULT = 79, WIDTH_LEAST = 20 };
static bool drawn;

/* mpirun gives its ranks a pipe for standard error and passes on what comes, bars as well. */
static int mpirun_terminal(void)
{
    static const char *const names[] = {"mpirun", "orterun", "mpiexec", "prterun"};
    char path[64];
    struct te_err err = TE_ERR_INIT;
    te_autofree char *name = NULL;
    size_t len;
    snprintf(path, sizeof path, "/proc/%ld/comm", (long)getppid());
    if (te_fs_read(path, 64, &name, &len, &err) < 0)
        return -1;
    name[strcspn(name, "\n")] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            snprintf(path, sizeof path, "/proc/%ld/fd/2", (long)getppid());
            return open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        }
    return -1;
}

/* Width of the terminal that shows our standard error, 0: none does. */
static int terminal_width(void)
{
    struct winsize size;
    int fd = isatty(STDERR_FILENO) ? dup(STDERR_FILENO) : mpirun_terminal(), width = 0;
    if (fd >= 0 && isatty(fd))
        width = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > WIDTH_LEAST ? size.ws_col - 1
                                                                               : WIDTH_DEFAULT;
    te_fd_cleanup(&fd);
    return width;
}

bool show_has_terminal(void)
{
    return terminal_width() > 0;
}

static void clear_bar(void)
{
    te_log_console("\r\033[K");
}

void show_progress(enum te_progress wish, const struct te_run_progress *progress, double now,
                   double *next)
{
    char text[BAR_MAX];
    if (wish == TE_PROGRESS_OFF || now < *next)
        return;
    int width = wish == TE_PROGRESS_AUTO ? terminal_width() : 0;
    *next = now + (width > 0 ? bar_every : line_every);
    if (width > 0) {
        drawn = true;
        te_log_set_hooks(clear_bar, NULL);
        te_progress_bar(progress, now, width, text, sizeof text);
        te_log_console("\r\033[K%s", text);
    } else {
        te_progress_line(progress, now, text, sizeof text);
        te_log(TE_LOG_NOTICE, "%s", text);
    }
}

void show_end(void)
{
    if (drawn)
        clear_bar();
    drawn = false;
    te_log_set_hooks(NULL, NULL);
}

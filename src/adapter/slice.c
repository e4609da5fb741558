#include "slice.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include "te/base/clock.h"
#include "te/base/fs.h"

enum { STOP_LOOKS = 200 };
static const double look_pause = 0.005; /* s */

bool slices_possible(void)
{
    return geteuid() == 0 && te_fs_is_folder("/run/systemd/system") && te_fs_in_path("systemctl");
}

static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attr)
{
    sigset_t none, all;
    int rc = 0;
    sigemptyset(&none);
    sigfillset(&all);
    for (int fd = STDIN_FILENO; rc == 0 && fd <= STDERR_FILENO; fd++)
        rc = posix_spawn_file_actions_addopen(files, fd, "/dev/null", O_RDWR, 0);
    if (rc == 0)
        rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                POSIX_SPAWN_SETSIGDEF);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(attr, &none);
    return rc == 0 ? posix_spawnattr_setsigdefault(attr, &all) : rc;
}

static bool start(const char *const argv[], pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    if (posix_spawn_file_actions_init(&files) != 0)
        return false;
    bool good = posix_spawnattr_init(&attr) == 0;
    if (good) {
        good =
            prepare(&files, &attr) == 0 &&
            posix_spawnp(pid, argv[0], &files, &attr, (char *const *)(uintptr_t)argv, environ) == 0;
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&files);
    return good;
}

bool slice_stop(const char *name)
{
    const char *const argv[] = {"systemctl", "--no-ask-password", "--quiet", "stop", "--", name,
                                NULL};
    int status = 0;
    pid_t pid, got = 0;
    if (!start(argv, &pid))
        return false;
    for (int i = 0; i < STOP_LOOKS && (got = waitpid(pid, &status, WNOHANG)) == 0; i++)
        te_clock_sleep(look_pause, 1);
    if (got == 0 && kill(pid, SIGKILL) == 0)
        (void)waitpid(pid, &status, 0);
    return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

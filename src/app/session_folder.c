/* The run folder: new for a new run, found for --resume; one rank 0 at a time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "session_state.h"
#include "te/app/status.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/base/units.h"

static int absolute_results(struct session *s, char **out, struct te_err *err)
{
    if (te_fs_mkdirs(s->config->results, err) < 0) {
        err->code = TE_ERR_USAGE;
        return te_err_wrap(err, "[run] results");
    }
    *out = te_fs_real(s->config->results, err);
    return *out ? 0 : -1;
}

/* The first fact that differs between two lists of "key = value" lines. */
static int name_difference(const char *folder, const char *old, const char *now, struct te_err *err)
{
    while (*old && *old == *now) {
        const char *a = strchr(old, '\n'), *b = strchr(now, '\n');
        size_t n = a ? (size_t)(a - old) : strlen(old), m = b ? (size_t)(b - now) : strlen(now);
        if (n != m || strncmp(old, now, n) != 0 || !a || !b)
            break;
        old = a + 1;
        now = b + 1;
    }
    return te_err_set(
        err, TE_ERR_USAGE,
        "'%s' is a run of another plan, it cannot be resumed: there '%.*s', now '%.*s'; "
        "undo the change or start a new run under another name",
        folder, (int)strcspn(old, "\n"), old, (int)strcspn(now, "\n"), now);
}

static int same_plan(struct session *s, const char *folder, bool *same, struct te_err *err)
{
    struct te_rec_header header;
    if (session_read_header(folder, &header, err) < 0)
        return -1;
    *same = header.plan_digest && strcmp(header.plan_digest, te_plan_digest(s->plan)) == 0;
    if (!*same)
        name_difference(folder, header.plan_facts ? header.plan_facts : "", te_plan_facts(s->plan),
                        err);
    te_rec_header_release(&header);
    return 0;
}

static int take(struct session *s, char *folder, bool resumed, struct te_err *err)
{
    s->folder = folder;
    s->resumed = resumed;
    s->name = te_strdup(te_fs_basename(folder), err);
    return s->name ? 0 : -1;
}

/* A run that was killed before its journal had a header had not begun: it begins now. */
static int resume_folder(struct session *s, char *folder, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    bool same;
    int code = te_run_exit_code(folder);
    int rc = same_plan(s, folder, &same, &why);
    if (rc < 0 && why.code == TE_ERR_NOENT)
        return take(s, folder, false, err);
    if (rc < 0 || !same) {
        *err = why;
        te_free(folder);
        return -1;
    }
    s->exit_before = code;
    s->complete_before = te_run_ended_complete(code) && !s->o->retry;
    return take(s, folder, true, err);
}

/* NAME below results, or the FOLDER itself. */
static int resume_named(struct session *s, const char *results, const char *name,
                        struct te_err *err)
{
    te_autofree char *below = te_fs_join(results, name, err);
    if (!below)
        return -1;
    const char *chosen = te_fs_is_folder(below) ? below : name;
    if (!te_fs_is_folder(chosen))
        return te_err_set(err, TE_ERR_USAGE, "--resume=%s: there is no run '%s' in '%s'", name,
                          name, results);
    char *folder = te_fs_real(chosen, err);
    return folder ? resume_folder(s, folder, err) : -1;
}

/* The newest folder with a journal of this plan that is not complete; NULL without err if none. */
static char *find_newest(struct session *s, const char *results, struct te_err *err)
{
    char *best = NULL;
    double best_time = 0;
    DIR *dir = opendir(results);
    if (!dir) {
        te_err_sys(err, TE_ERR_IO, "cannot list '%s'", results);
        return NULL;
    }
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        struct te_err why = TE_ERR_INIT;
        struct stat st;
        bool same = false;
        te_autofree char *folder = te_fs_join(results, e->d_name, &why);
        te_autofree char *journal = folder ? te_fs_join(folder, TE_JOURNAL_NAME, &why) : NULL;
        if (e->d_name[0] == '.' || !journal || stat(journal, &st) != 0)
            continue;
        int code = te_run_exit_code(folder);
        double time = (double)st.st_mtim.tv_sec + (double)st.st_mtim.tv_nsec * 1e-9;
        if (te_run_ended_complete(code) || time < best_time ||
            same_plan(s, folder, &same, &why) < 0 || !same)
            continue;
        te_free(best);
        best = te_steal(folder);
        best_time = time;
    }
    closedir(dir);
    return best;
}

static int take_lock(const char *folder, int create, int *fd, struct te_err *err)
{
    char text[512] = "";
    te_autofree char *path = te_fs_join(folder, "run.lock", err);
    if (!path)
        return -1;
    *fd = open(path, O_RDWR | O_CLOEXEC | create, 0666);
    if (*fd < 0)
        return !create && errno == ENOENT ? 0
                                          : te_err_sys(err, TE_ERR_IO, "cannot open '%s'", path);
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    ssize_t n = read(*fd, text, sizeof text - 1);
    text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
    return te_err_set(err, TE_ERR_BUSY, "run '%s' is going on already (%s)", te_fs_basename(folder),
                      text[0] ? text : "another process holds its lock");
}

int te_session_lock(const char *folder, int *fd, struct te_err *err)
{
    return take_lock(folder, 0, fd, err);
}

/* A dry run takes the place of the one before, unless that goes on. */
static int replace_folder(const char *folder, struct te_err *err)
{
    te_cleanup(te_fd_cleanup) int fd = -1;
    if (take_lock(folder, 0, &fd, err) < 0 || te_fs_remove_tree(folder, err) < 0)
        return -1;
    return mkdir(folder, 0777) == 0
               ? 0
               : te_err_sys(err, TE_ERR_IO, "cannot create the run folder '%s'", folder);
}

static int new_folder(struct session *s, const char *results, struct te_err *err)
{
    char standard[32];
    te_clock_run_name(te_clock_real(), standard, sizeof standard);
    const char *name = s->config->name ? s->config->name : standard;
    char *folder = te_fs_new_folder(results, name, !s->config->name, err);
    if (folder)
        return take(s, folder, false, err);
    if (err->code != TE_ERR_EXIST) {
        if (err->sys == EACCES || err->sys == EPERM || err->sys == EROFS)
            err->code = TE_ERR_USAGE;
        return te_err_wrap(err, "[run] results");
    }
    if (!s->o->replace)
        return te_err_set(err, TE_ERR_USAGE,
                          "run '%s' exists already ('%s/%s'): add --resume to go on with it, or "
                          "choose another [run] name",
                          name, results, name);
    te_err_clear(err);
    folder = te_fs_join(results, name, err);
    if (folder && replace_folder(folder, err) == 0)
        return take(s, folder, false, err);
    te_free(folder);
    return -1;
}

/* --resume alone: the run of that name, else the newest of this plan, else a new one. */
static int resume_any(struct session *s, const char *results, struct te_err *err)
{
    te_autofree char *named =
        s->config->name ? te_fs_join(results, s->config->name, err) : te_strdup("", err);
    if (!named)
        return -1;
    if (s->config->name && te_fs_is_folder(named))
        return resume_named(s, results, s->config->name, err);
    char *newest = s->config->name ? NULL : find_newest(s, results, err);
    if (newest)
        return resume_folder(s, newest, err);
    if (err->code != TE_OK)
        return -1;
    te_log(TE_LOG_NOTICE, "nothing to resume: a new run starts");
    return new_folder(s, results, err);
}

static int lock_folder(struct session *s, struct te_err *err)
{
    char text[512] = "";
    if (take_lock(s->folder, O_CREAT, &s->lock, err) < 0)
        return -1;
    int n = snprintf(text, sizeof text, "host %s, boot %s, process %ld\n", s->host.name,
                     s->host.boot_id, (long)getpid());
    if (ftruncate(s->lock, 0) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot write '%s/run.lock'", s->folder);
    return te_fs_write_all(s->lock, text, n > 0 ? (size_t)n : 0, err);
}

int session_open_folder(struct session *s, struct te_err *err)
{
    te_autofree char *results = NULL;
    int rc = absolute_results(s, &results, err);
    if (rc == 0 && s->o->resume && s->o->resume_of && *s->o->resume_of)
        rc = resume_named(s, results, s->o->resume_of, err);
    else if (rc == 0)
        rc = s->o->resume ? resume_any(s, results, err) : new_folder(s, results, err);
    return rc < 0 ? -1 : lock_folder(s, err);
}

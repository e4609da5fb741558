#include "keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "te/adapter/adapter.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/report/tree.h"

static int copy_bytes(int from, int to, const char *name, struct te_err *err)
{
    char data[65536];
    for (;;) {
        ssize_t n = read(from, data, sizeof data);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return te_err_sys(err, TE_ERR_IO, "cannot read '%s'", name);
        if (n == 0)
            return 0;
        if (te_fs_write_all(to, data, (size_t)n, err) < 0)
            return te_err_wrap(err, "cannot keep '%s'", name);
    }
}

static int copy_file(const char *work, const char *folder, const char *name, struct te_err *err)
{
    struct stat st;
    struct te_err not_regular = TE_ERR_INIT;
    te_autofree char *source = te_fs_join(work, name, err);
    te_autofree char *target = te_fs_join(folder, name, err);
    if (!source || !target)
        return -1;
    te_cleanup(te_fd_cleanup) int from = te_fs_open_regular(source, &st, &not_regular);
    if (from < 0)
        return 0; /* a link, a folder, a pipe: not for keeping */
    te_cleanup(te_fd_cleanup) int to =
        open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (to < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot write '%s'", target);
    return copy_bytes(from, to, name, err);
}

int te_keep(const char *run_folder, const char *work, const struct te_task *task,
            const struct te_result *result, const struct te_metric_list *metrics,
            const double *scores, struct te_err *err)
{
    te_autofree char *path = te_tree_path(task, err);
    te_autofree char *folder = path ? te_fs_join(run_folder, path, err) : NULL;
    te_autofree char **names = te_zalloc(metrics->count + 1, sizeof *names, err);
    if (!folder || !names)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < metrics->count && rc == 0; i++) {
        names[i] = te_strdup(te_metric_name(metrics->specs[i]), err);
        rc = names[i] ? 0 : -1;
    }
    if (rc == 0)
        rc = te_tree_write(run_folder, task, result, names, metrics->count, scores,
                           result->n_scores, err);
    for (size_t i = 0; i < metrics->count; i++)
        te_free(names[i]);
    DIR *dir = rc == 0 && work ? opendir(work) : NULL;
    for (struct dirent *e; dir && rc == 0 && (e = readdir(dir));)
        if (e->d_name[0] != '.')
            rc = copy_file(work, folder, e->d_name, err);
    if (dir)
        closedir(dir);
    return rc;
}

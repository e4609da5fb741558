#include "workdir.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "te/adapter/cgroup.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/core/batch.h"

/* Within a batch job: its number and its control group, for its epilog and for `clean`. */
static int mark_job(const char *root, struct te_err *err)
{
    struct te_batch batch;
    struct te_cgroups groups;
    te_batch_read(getenv, &batch);
    if (!batch.id[0])
        return 0;
    te_cgroups_probe("/sys/fs/cgroup", &groups);
    te_autofree char *path = te_asprintf(err, "%s/" TE_WORKDIR_JOB, root);
    te_autofree char *text = te_asprintf(err, "%s\n%s\n", batch.id, groups.parent);
    return path && text ? te_fs_write_atomic(path, text, strlen(text), err) : -1;
}

static int make_root(struct te_workdir *dir, const char *scratch, const char *label,
                     const char *owner, struct te_err *err)
{
    te_autofree char *root = te_asprintf(err, "%s/" TE_WORKDIR_PREFIX "%s", scratch, label);
    te_autofree char *mark = root ? te_asprintf(err, "%s/owner", root) : NULL;
    if (!mark || te_fs_mkdirs(scratch, err) < 0)
        return -1;
    /* left by an earlier process of the same label: it is gone, else it would hold the label */
    if (te_fs_exists(root) && te_fs_remove_tree(root, err) < 0)
        return te_err_wrap(err, "cannot clear '%s'", root);
    if (mkdir(root, 0755) < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot make folder '%s'", root);
    if (te_fs_write_atomic(mark, owner, strlen(owner), err) < 0 || mark_job(root, err) < 0) {
        struct te_err ignored = TE_ERR_INIT; /* without its owner's name nobody would clean it */
        if (te_fs_remove_tree(root, &ignored) < 0)
            te_err_clear(&ignored);
        return -1;
    }
    dir->root = te_steal(root);
    return 0;
}

int te_workdir_begin(struct te_workdir *dir, const char *scratch, const char *label,
                     const char *owner, const struct te_task *task, const char **out,
                     struct te_err *err)
{
    if (!dir->root && make_root(dir, scratch, label, owner, err) < 0)
        return -1;
    te_autofree char *path =
        te_asprintf(err, "%s/%u-%u", dir->root, (unsigned)task->number, (unsigned)task->attempt);
    if (!path || te_fs_remove_tree(path, err) < 0)
        return -1;
    if (mkdir(path, 0755) < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot make folder '%s'", path);
    te_free(dir->task);
    dir->task = te_steal(path);
    *out = dir->task;
    return 0;
}

int te_workdir_end(struct te_workdir *dir, struct te_err *err)
{
    if (!dir->task)
        return 0;
    int rc = te_fs_remove_tree(dir->task, err);
    te_free(dir->task);
    dir->task = NULL;
    return rc;
}

void te_workdir_close(struct te_workdir *dir)
{
    struct te_err err = TE_ERR_INIT;
    if (dir->root && te_fs_remove_tree(dir->root, &err) < 0)
        te_err_clear(&err); /* what is left is for `clean` */
    te_free(dir->task);
    te_free(dir->root);
    *dir = (struct te_workdir){0};
}

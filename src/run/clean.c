#include "te/run/clean.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include "te/adapter/owner.h"
#include "te/adapter/proc.h"
#include "te/base/fs.h"
#include "te/base/log.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "workdir.h"

int te_clean_containers(struct te_docker *docker, const char *run, struct te_cleaned *out,
                        struct te_err *err)
{
    te_autofree struct te_engine_item *items = NULL;
    size_t n = 0;
    if (te_docker_list(docker, NULL, run, &items, &n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct te_err why = TE_ERR_INIT;
        if (te_owner_check(items[i].owner) != TE_OWNER_GONE)
            continue;
        if (te_docker_remove(docker, items[i].id, 60, &why) == 0) {
            out->containers++;
        } else {
            out->left++;
            te_log(TE_LOG_WARNING, "container '%s': %s", items[i].id, why.text);
        }
    }
    return 0;
}

/* Groups that the label carries: below the root, and in the batch job's group, which the file "job"
 * of the folder names. */
static void clean_groups(const char *folder, const char *label)
{
    struct te_err err = TE_ERR_INIT;
    struct te_cgroups groups;
    te_autofree char *path = te_fs_join(folder, TE_WORKDIR_JOB, &err);
    te_autofree char *text = NULL;
    size_t len = 0;
    te_cgroups_probe("/sys/fs/cgroup", &groups);
    groups.parent[0] = '\0';
    (void)te_cgroups_sweep(&groups, label);
    if (!path || te_fs_read(path, sizeof groups.parent, &text, &len, &err) < 0)
        return;
    const char *parent = strchr(text, '\n');
    int n = parent ? (int)strcspn(++parent, "\n") : 0;
    if (n == 0 || parent[0] != '/' || strstr(parent, ".."))
        return;
    snprintf(groups.parent, sizeof groups.parent, "%.*s", n, parent);
    (void)te_cgroups_sweep(&groups, label);
}

/* <scratch>/timeeval-mpi-<label> of an owner that is gone. */
static void clean_folder(struct te_docker *docker, const char *scratch, const char *name,
                         struct te_cleaned *out)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *path = te_fs_join(scratch, name, &err);
    te_autofree char *mark = path ? te_fs_join(path, "owner", &err) : NULL;
    te_autofree char *owner = NULL;
    size_t len = 0;
    if (!mark || te_fs_read(mark, TE_OWNER_TEXT, &owner, &len, &err) < 0 ||
        te_owner_check(owner) != TE_OWNER_GONE)
        return;
    const char *label = name + strlen(TE_WORKDIR_PREFIX);
    out->processes += (size_t)te_proc_sweep(label);
    clean_groups(path, label);
    if (te_fs_remove_tree(path, &err) == 0 ||
        (docker && te_docker_wipe(docker, NULL, path, &err) == 0)) {
        out->folders++;
        return;
    }
    out->left++;
    te_log(TE_LOG_WARNING, "%s", err.text);
}

int te_clean(struct te_docker *docker, const char *scratch, const char *run, struct te_cleaned *out,
             struct te_err *err)
{
    *out = (struct te_cleaned){0};
    if (docker && te_clean_containers(docker, run, out, err) < 0)
        return -1;
    DIR *dir = opendir(scratch);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (te_str_starts(e->d_name, TE_WORKDIR_PREFIX))
            clean_folder(docker, scratch, e->d_name, out);
    if (dir)
        closedir(dir);
    struct te_cgroups groups;
    te_cgroups_probe("/sys/fs/cgroup", &groups);
    te_cgroups_prune(&groups);
    return 0;
}

/* Removal of a tree. Works on folder descriptors, so that a swapped symbolic link cannot lead it
 * astray. */
#include "te/base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 200 };

static int remove_at(int parent, const char *name, int depth, struct te_err *err);

static int empty_folder(DIR *dir, int depth, struct te_err *err)
{
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (!e)
            return errno ? te_err_sys(err, TE_ERR_IO, "cannot list a folder") : 0;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (remove_at(dirfd(dir), e->d_name, depth + 1, err) < 0)
            return -1;
    }
}

static int remove_at(int parent, const char *name, int depth, struct te_err *err)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return te_err_sys(err, TE_ERR_IO, "cannot remove '%s'", name);
    if (depth > DEPTH_MAX)
        return te_err_set(err, TE_ERR_LIMIT, "folders are nested deeper than %d", DEPTH_MAX);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot open folder '%s'", name);
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return te_err_sys(err, TE_ERR_IO, "cannot list '%s'", name);
    }
    int rc = empty_folder(dir, depth, err);
    closedir(dir);
    if (rc == 0 && unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        rc = te_err_sys(err, TE_ERR_IO, "cannot remove folder '%s'", name);
    return rc;
}

int te_fs_remove_tree(const char *path, struct te_err *err)
{
    if (remove_at(AT_FDCWD, path, 0, err) < 0)
        return te_err_wrap(err, "'%s'", path);
    return 0;
}

#include "te/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "te/base/mem.h"

enum { NUMBERED_MOST = 1000 }; /* folders of one name */

void te_fd_cleanup(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int kind_error(const char *path, mode_t mode, struct te_err *err)
{
    const char *kind = S_ISDIR(mode)    ? "a folder"
                       : S_ISFIFO(mode) ? "a FIFO"
                       : S_ISSOCK(mode) ? "a socket"
                       : S_ISLNK(mode)  ? "a symbolic link"
                                        : "a device";
    return te_err_set(err, TE_ERR_FORMAT, "'%s' is %s, not a file", path, kind);
}

static int open_flags(const char *path, int flags, struct stat *st, struct te_err *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags);
    if (fd < 0 && errno == ELOOP && (flags & O_NOFOLLOW))
        return kind_error(path, S_IFLNK, err);
    if (fd < 0)
        return te_err_sys(err, errno == ENOENT ? TE_ERR_NOENT : TE_ERR_IO, "cannot open '%s'",
                          path);
    if (fstat(fd, st) != 0)
        te_err_sys(err, TE_ERR_IO, "cannot stat '%s'", path);
    else if (!S_ISREG(st->st_mode))
        kind_error(path, st->st_mode, err);
    else
        return fd;
    close(fd);
    return -1;
}

int te_fs_open_regular(const char *path, struct stat *st, struct te_err *err)
{
    return open_flags(path, O_NOFOLLOW, st, err);
}

int te_fs_open_file(const char *path, struct stat *st, struct te_err *err)
{
    return open_flags(path, 0, st, err);
}

/* Reads until the end, for the size may have changed since fstat. */
static int read_all(int fd, const char *path, size_t expected, size_t max, char **data, size_t *len,
                    struct te_err *err)
{
    size_t cap = 0, used = 0;
    te_autofree char *block = NULL;
    if (te_grow(&block, &cap, expected + 1, 1, max + 1, err) < 0)
        return te_err_wrap(err, "'%s'", path);
    for (;;) {
        if (used + 1 >= cap && te_grow(&block, &cap, cap + 1, 1, max + 1, err) < 0)
            return te_err_wrap(err, "'%s'", path);
        ssize_t n = read(fd, block + used, cap - used - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return te_err_sys(err, TE_ERR_IO, "cannot read '%s'", path);
        if (n == 0)
            break;
        used += (size_t)n;
    }
    block[used] = '\0';
    *data = te_steal(block);
    *len = used;
    return 0;
}

int te_fs_read(const char *path, size_t max, char **data, size_t *len, struct te_err *err)
{
    struct stat st;
    te_cleanup(te_fd_cleanup) int fd = te_fs_open_file(path, &st, err);
    if (fd < 0)
        return -1;
    if ((uint64_t)st.st_size > max)
        return te_err_set(err, TE_ERR_LIMIT, "'%s' has %lld bytes: at most %zu are read", path,
                          (long long)st.st_size, max);
    return read_all(fd, path, (size_t)st.st_size, max, data, len, err);
}

int te_fs_write_all(int fd, const void *data, size_t len, struct te_err *err)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return te_err_sys(err, TE_ERR_IO, "cannot write");
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int te_fs_sync_folder(const char *folder, struct te_err *err)
{
    te_cleanup(te_fd_cleanup) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot open folder '%s'", folder);
    /* Some network file systems cannot sync folders and say EINVAL: nothing more can be done there.
     */
    if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
        return te_err_sys(err, TE_ERR_IO, "cannot sync folder '%s'", folder);
    return 0;
}

int te_fs_commit(const char *tmp, const char *path, struct te_err *err)
{
    te_cleanup(te_fd_cleanup) int fd = open(tmp, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot sync '%s'", tmp);
    if (rename(tmp, path) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot rename '%s' to '%s'", tmp, path);
    te_autofree char *folder = te_fs_dirname(path, err);
    return folder ? te_fs_sync_folder(folder, err) : -1;
}

static int write_new(const char *tmp, const void *data, size_t len, struct te_err *err)
{
    te_cleanup(te_fd_cleanup) int fd =
        open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot create '%s'", tmp);
    if (te_fs_write_all(fd, data, len, err) < 0)
        return te_err_wrap(err, "'%s'", tmp);
    return 0;
}

int te_fs_write_atomic(const char *path, const void *data, size_t len, struct te_err *err)
{
    te_autofree char *tmp = te_asprintf(err, "%s.tmp.%ld", path, (long)getpid());
    if (!tmp)
        return -1;
    if (write_new(tmp, data, len, err) < 0 || te_fs_commit(tmp, path, err) < 0) {
        unlink(tmp);
        return -1;
    }
    return 0;
}

int te_fs_mkdirs(const char *path, struct te_err *err)
{
    te_autofree char *copy = te_strdup(path, err);
    if (!copy)
        return -1;
    for (char *p = copy + 1;; p++) {
        char c = *p;
        if (c != '/' && c != '\0')
            continue;
        *p = '\0';
        if (copy[0] && mkdir(copy, 0777) != 0 && errno != EEXIST)
            return te_err_sys(err, TE_ERR_IO, "cannot create folder '%s'", copy);
        *p = c;
        if (c == '\0')
            break;
    }
    if (!te_fs_is_folder(path))
        return te_err_set(err, TE_ERR_EXIST, "'%s' exists and is no folder", path);
    return 0;
}

char *te_fs_new_folder(const char *parent, const char *name, bool numbered, struct te_err *err)
{
    for (int n = 1;; n++) {
        te_autofree char *path =
            n == 1 ? te_fs_join(parent, name, err) : te_asprintf(err, "%s/%s_%d", parent, name, n);
        if (!path)
            return NULL;
        if (mkdir(path, 0777) == 0)
            return te_steal(path);
        if (errno == EEXIST && numbered && n < NUMBERED_MOST)
            continue;
        te_err_sys(err, errno == EEXIST ? TE_ERR_EXIST : TE_ERR_IO, "cannot create folder '%s'",
                   path);
        return NULL;
    }
}

int te_fs_use_folder(const char *path, struct te_err *err)
{
    if (te_fs_mkdirs(path, err) < 0)
        return -1;
    if (access(path, W_OK | X_OK) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot write in folder '%s'", path);
    return 0;
}

char *te_fs_mkdtemp(const char *parent, const char *prefix, struct te_err *err)
{
    te_autofree char *path = te_asprintf(err, "%s/%sXXXXXX", parent, prefix);
    if (!path)
        return NULL;
    if (!mkdtemp(path)) {
        te_err_sys(err, TE_ERR_IO, "cannot create a folder in '%s'", parent);
        return NULL;
    }
    return te_steal(path);
}

bool te_fs_exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

bool te_fs_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *te_fs_join(const char *folder, const char *name, struct te_err *err)
{
    size_t len = strlen(folder);
    if (name[0] == '/')
        return te_strdup(name, err);
    return te_asprintf(err, "%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", name);
}

char *te_fs_real(const char *path, struct te_err *err)
{
    char *real = realpath(path, NULL);
    if (!real)
        te_err_sys(err, errno == ENOENT ? TE_ERR_NOENT : TE_ERR_IO, "cannot resolve '%s'", path);
    return real;
}

char *te_fs_dirname(const char *path, struct te_err *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return te_strdup(".", err);
    return te_strndup(path, slash == path ? 1 : (size_t)(slash - path), err);
}

const char *te_fs_basename(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int te_fs_free_space(const char *path, int64_t *bytes, struct te_err *err)
{
    struct statvfs vfs;
    if (statvfs(path, &vfs) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot ask for the free space of '%s'", path);
    *bytes = (int64_t)vfs.f_bavail * (int64_t)vfs.f_frsize;
    return 0;
}

bool te_fs_in_path(const char *program)
{
    struct te_err lost = TE_ERR_INIT;
    const char *path = getenv("PATH");
    if (strchr(program, '/'))
        return access(program, X_OK) == 0;
    for (const char *p = path ? path : "/usr/bin:/bin"; *p;) {
        size_t len = strcspn(p, ":");
        te_autofree char *full = te_asprintf(&lost, "%.*s/%s", (int)len, p, program);
        if (full && access(full, X_OK) == 0)
            return true;
        p += len + (p[len] == ':');
    }
    return false;
}

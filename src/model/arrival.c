#include "te/model/arrival.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

#define SUFFIX ".timeeval-part"

/* The disk gets this much at a time, so that the end need not wait for gigabytes. */
static const int64_t flush_step = (int64_t)(16 * TE_MIB);

/* ---- where it may go ------------------------------------------------------------------------- */

int te_arrival_roots(const struct te_strings *folders, const char *custom, struct te_strings *out,
                     struct te_err *err)
{
    for (size_t i = 0; i < folders->count; i++) {
        te_autofree char *real = te_fs_real(folders->items[i], err);
        if (!real || te_strings_add(out, real, err) < 0)
            return -1;
    }
    if (!custom)
        return 0;
    te_autofree char *real = te_fs_real(custom, err);
    te_autofree char *folder = real ? te_fs_dirname(real, err) : NULL;
    return folder ? te_strings_add(out, folder, err) : -1;
}

static bool is_plain(const char *path)
{
    for (const char *p = path; *p;) {
        size_t n = strcspn(p + 1, "/");
        if (*p != '/' || n == 0 || (n == 1 && p[1] == '.') ||
            (n == 2 && memcmp(p + 1, "..", 2) == 0))
            return false;
        p += 1 + n;
    }
    return path[0] == '/' && strlen(path) < TE_MAX_PATH;
}

/* folder itself counts as below it */
static bool is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    while (n > 0 && folder[n - 1] == '/')
        n--;
    return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

/* The longest part of the path that is there already, links resolved. */
static char *real_start(const char *path, struct te_err *err)
{
    te_autofree char *start = te_fs_dirname(path, err);
    while (start && !te_fs_exists(start)) {
        char *up = te_fs_dirname(start, err);
        te_free(start);
        start = up;
    }
    return start ? te_fs_real(start, err) : NULL;
}

int te_arrival_check(const char *path, const struct te_strings *roots, struct te_err *err)
{
    const char *root = NULL;
    for (size_t i = 0; is_plain(path) && i < roots->count; i++)
        if (is_below(path, roots->items[i]) && !is_below(roots->items[i], path))
            root = roots->items[i];
    if (!root)
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' is not below a dataset folder of the configuration: it is not "
                          "copied",
                          path);
    if (!te_fs_exists(root))
        return 0; /* all of it will be new */
    te_autofree char *real_root = te_fs_real(root, err);
    te_autofree char *real = real_root ? real_start(path, err) : NULL;
    if (!real)
        return -1;
    if (is_below(real, real_root))
        return 0;
    return te_err_set(err, TE_ERR_USAGE,
                      "'%s': a symbolic link leads out of dataset folder '%s', to '%s': it is not "
                      "copied",
                      path, root, real);
}

/* ---- the file -------------------------------------------------------------------------------- */

/* A short name, for that of the file may be as long as a name can be. */
static char *part_name(const char *path, unsigned n, struct te_err *err)
{
    char host[256] = "", key[400];
    te_autofree char *folder = te_fs_dirname(path, err);
    if (!folder)
        return NULL;
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    int len = snprintf(key, sizeof key, "%s %ld %.9f %u", host, (long)getpid(), te_clock_real(), n);
    uint64_t a = te_hash64(key, (size_t)len), b = te_hash64(path, strlen(path));
    return te_asprintf(err, "%s/.%016llx" SUFFIX, folder, (unsigned long long)(a ^ b));
}

/* A sweep may have taken the file before it was locked: then it has no name any more. */
static bool lock_part(int fd)
{
    struct stat st;
    bool held = flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; /* or no locks there */
    return held && fstat(fd, &st) == 0 && st.st_nlink > 0;
}

static int create_part(struct te_arrival *a, unsigned mode, struct te_err *err)
{
    for (unsigned n = 0; n < 8; n++) {
        te_autofree char *part = part_name(a->path, n, err);
        if (!part)
            return -1;
        a->fd =
            open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode & 0777) | 0600);
        if (a->fd < 0 && errno != EEXIST)
            return te_err_sys(err, TE_ERR_IO, "cannot write '%s'", a->path);
        if (a->fd >= 0 && lock_part(a->fd)) {
            a->part = te_steal(part);
            return 0;
        }
        te_fd_cleanup(&a->fd);
    }
    return te_err_set(err, TE_ERR_IO, "cannot write '%s': its temporary file is taken away",
                      a->path);
}

static int take_room(const struct te_arrival *a, struct te_err *err)
{
    if (a->size <= 0 || fallocate(a->fd, 0, 0, a->size) == 0)
        return 0;
    if (errno == ENOSPC || errno == EFBIG || errno == EDQUOT)
        return te_err_sys(err, TE_ERR_IO, "no room for '%s' (%lld bytes)", a->path,
                          (long long)a->size);
    return 0; /* not every file system can */
}

int te_arrival_open(struct te_arrival *arrival, const char *path, int64_t size, unsigned mode,
                    struct te_err *err)
{
    struct te_arrival a = {.fd = -1, .size = size};
    te_autofree char *folder = te_fs_dirname(path, err);
    a.path = folder ? te_strdup(path, err) : NULL;
    a.sha = a.path ? te_sha256_new(err) : NULL;
    if (!a.sha || te_fs_mkdirs(folder, err) < 0 || create_part(&a, mode, err) < 0 ||
        take_room(&a, err) < 0) {
        te_arrival_drop(&a);
        return -1;
    }
    *arrival = a;
    return 0;
}

/* The new bytes are on their way to the disk, those before them are there. */
static void flush(struct te_arrival *a)
{
    off64_t begin = a->flushed, len = a->done - a->flushed;
    if (len < flush_step)
        return;
    (void)sync_file_range(a->fd, begin, len, SYNC_FILE_RANGE_WRITE);
    if (begin > 0)
        (void)sync_file_range(a->fd, begin > flush_step ? begin - flush_step : 0, flush_step,
                              SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                  SYNC_FILE_RANGE_WAIT_AFTER);
    a->flushed = a->done;
}

int te_arrival_write(struct te_arrival *a, int64_t offset, const void *data, size_t len,
                     struct te_err *err)
{
    if (offset != a->done)
        return te_err_set(err, TE_ERR_FORMAT, "'%s': bytes from %lld on came, %lld are there",
                          a->path, (long long)offset, (long long)a->done);
    if (a->size >= 0 && (int64_t)len > a->size - a->done)
        return te_err_set(err, TE_ERR_CORRUPT, "'%s': more than %lld bytes came", a->path,
                          (long long)a->size);
    if (te_fs_write_all(a->fd, data, len, err) < 0)
        return te_err_wrap(err, "'%s'", a->path);
    if (te_sha256_add(a->sha, data, len, err) < 0)
        return -1;
    a->done += (int64_t)len;
    flush(a);
    return 0;
}

int te_arrival_finish(struct te_arrival *a, const char *sha256, struct te_err *err)
{
    char hex[2 * TE_HASH_SHA256_BYTES + 1];
    int rc = te_sha256_end(a->sha, hex, err);
    if (rc == 0 && a->size >= 0 && a->done != a->size)
        rc = te_err_set(err, TE_ERR_CORRUPT, "'%s': %lld of %lld bytes came", a->path,
                        (long long)a->done, (long long)a->size);
    if (rc == 0 && strcmp(hex, sha256) != 0)
        rc = te_err_set(err, TE_ERR_CORRUPT,
                        "'%s' arrived with SHA-256 %.12s..., expected %.12s...: did it change at "
                        "its source",
                        a->path, hex, sha256);
    if (rc == 0)
        rc = te_fs_commit(a->part, a->path, err);
    if (rc == 0) {
        te_free(a->part);
        a->part = NULL;
    }
    te_arrival_drop(a);
    return rc;
}

void te_arrival_drop(struct te_arrival *a)
{
    if (a->part)
        unlink(a->part);
    if (a->path)
        te_fd_cleanup(&a->fd);
    te_sha256_free(a->sha);
    te_free(a->part);
    te_free(a->path);
    *a = (struct te_arrival){.fd = -1};
}

/* ---- what a crash left ----------------------------------------------------------------------- */

static bool sweep_one(int folder, const char *name)
{
    te_cleanup(te_fd_cleanup) int fd =
        openat(folder, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
           flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(folder, name, 0) == 0;
}

size_t te_arrivals_sweep(const char *folder)
{
    size_t removed = 0;
    DIR *dir = opendir(folder);
    for (const struct dirent *e; dir && (e = readdir(dir));)
        removed += e->d_name[0] == '.' && te_str_ends(e->d_name, SUFFIX) &&
                   sweep_one(dirfd(dir), e->d_name);
    if (dir)
        closedir(dir);
    return removed;
}

int te_arrivals_sweep_beside(const char *path, struct te_map *seen, size_t *removed,
                             struct te_err *err)
{
    te_autofree char *folder = te_fs_dirname(path, err);
    int known = folder ? te_map_put(seen, folder, 1, NULL, err) : -1;
    if (known == 0)
        *removed += te_arrivals_sweep(folder);
    return known < 0 ? -1 : 0;
}

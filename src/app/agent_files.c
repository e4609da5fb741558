/* The agent's operations on files. A file appears at its place only whole and verified. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "agent_ops.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/mem.h"
#include "te/model/mirror.h"

static int set(json_t *object, const char *key, json_t *value, struct te_err *err)
{
    if (json_object_set_new(object, key, value) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

static int hash_file(const char *path, char hex[65], int64_t *size, struct te_err *err)
{
    unsigned char sum[TE_HASH_SHA256_BYTES];
    te_cleanup(te_fd_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return te_err_sys(err, errno == ENOENT ? TE_ERR_NOENT : TE_ERR_IO, "cannot open '%s'",
                          path);
    if (te_sha256_fd(fd, sum, size, err) < 0)
        return te_err_wrap(err, "'%s'", path);
    te_hex(sum, sizeof sum, hex);
    return 0;
}

static int append_part(const char *part, json_int_t offset, const struct te_aframe *request,
                       json_int_t mode, struct te_err *err)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (offset == 0 ? O_TRUNC : 0);
    te_cleanup(te_fd_cleanup) int fd = open(part, flags, (mode_t)mode & 0777);
    if (fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot write '%s'", part);
    if (lseek(fd, 0, SEEK_END) != offset)
        return te_err_set(err, TE_ERR_FORMAT, "'%s' is not at byte %lld", part, (long long)offset);
    if (te_fs_write_all(fd, request->data, request->len, err) < 0)
        return te_err_wrap(err, "'%s'", part);
    return 0;
}

static int finish_part(const struct agent_call *call, const char *part, const char *path,
                       struct te_err *err)
{
    char hex[65];
    int64_t size;
    const char *want = agent_text(call, "sha256", err);
    if (!want || hash_file(part, hex, &size, err) < 0)
        return -1;
    if (strcmp(want, hex) != 0) {
        unlink(part);
        return te_err_set(err, TE_ERR_CORRUPT, "'%s' arrived damaged (%lld bytes)", path,
                          (long long)size);
    }
    return te_fs_commit(part, path, err);
}

/* path, mode, offset, last, sha256 (with last): one chunk of a file. */
int agent_put(struct agent_call *call, struct te_err *err)
{
    json_int_t mode, offset;
    te_autofree char *path = agent_path(call, "path", err);
    if (!path || agent_number(call, "mode", &mode, err) < 0 ||
        agent_number(call, "offset", &offset, err) < 0)
        return -1;
    te_autofree char *folder = te_fs_dirname(path, err);
    te_autofree char *part = te_asprintf(err, "%s.timeeval-part", path);
    if (!folder || !part || te_fs_mkdirs(folder, err) < 0)
        return -1;
    int rc = append_part(part, offset, call->request, mode, err);
    if (rc == 0 && json_is_true(json_object_get(call->request->head, "last")))
        rc = finish_part(call, part, path, err);
    if (rc < 0)
        unlink(part);
    return rc;
}

/* path, offset: the next bytes of a file; "eof" when nothing follows them. */
int agent_get(struct agent_call *call, struct te_err *err)
{
    json_int_t offset;
    struct stat st;
    te_autofree char *path = agent_path(call, "path", err);
    if (!path || agent_number(call, "offset", &offset, err) < 0)
        return -1;
    te_cleanup(te_fd_cleanup) int fd = te_fs_open_regular(path, &st, err);
    if (fd < 0)
        return -1;
    char *room = te_buf_room(call->data, TE_AGENT_CHUNK);
    if (!room)
        return te_buf_check(call->data, err);
    ssize_t n = pread(fd, room, TE_AGENT_CHUNK, offset);
    if (n < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot read '%s'", path);
    call->data->len += (size_t)n;
    if (set(call->reply, "size", json_integer(st.st_size), err) < 0)
        return -1;
    return set(call->reply, "eof", json_boolean(offset + n >= st.st_size), err);
}

static int add_entry(json_t *files, json_t *folders, const char *folder, const char *name,
                     struct te_err *err)
{
    struct stat st;
    te_autofree char *path = te_fs_join(folder, name, err);
    if (!path)
        return -1;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || lstat(path, &st) != 0)
        return 0;
    if (S_ISDIR(st.st_mode) && json_array_append_new(folders, json_string(name)) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    if (!S_ISREG(st.st_mode))
        return 0;
    json_t *file = json_pack("{s:s, s:I}", "name", name, "size", (json_int_t)st.st_size);
    /* A name that is no UTF-8 cannot be one of ours. */
    if (file && json_array_append_new(files, file) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

/* path: the regular files and folders directly in a folder; an absent folder has none. */
int agent_list(struct agent_call *call, struct te_err *err)
{
    te_autofree char *path = agent_path(call, "path", err);
    json_t *files = path ? json_array() : NULL, *folders = path ? json_array() : NULL;
    if (!path || set(call->reply, "files", files, err) < 0 ||
        set(call->reply, "folders", folders, err) < 0)
        return -1;
    DIR *dir = opendir(path);
    if (!dir)
        return errno == ENOENT ? 0 : te_err_sys(err, TE_ERR_IO, "cannot list '%s'", path);
    int rc = 0;
    for (const struct dirent *e; rc == 0 && (e = readdir(dir)) != NULL;)
        rc = add_entry(files, folders, path, e->d_name, err);
    closedir(dir);
    return rc;
}

/* path: is it there? */
int agent_exists(struct agent_call *call, struct te_err *err)
{
    te_autofree char *path = agent_path(call, "path", err);
    return path ? set(call->reply, "exists", json_boolean(te_fs_exists(path)), err) : -1;
}

static int hash_one(struct agent_call *call, struct te_mirror_cache *cache, const char *text,
                    json_t *files, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    char hex[TE_MIRROR_HEX];
    int64_t size;
    te_autofree char *path = agent_expand(call->agent, text, err);
    if (!path)
        return -1;
    json_t *file = te_mirror_hash(cache, path, hex, &size, &why) < 0
                       ? json_pack("{s:s}", "error", why.text)
                       : json_pack("{s:I, s:s}", "size", (json_int_t)size, "sha256", hex);
    if (!file || json_array_append_new(files, file) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

static char *cache_folder(const struct agent *agent, struct te_err *err)
{
    const char *xdg = getenv("XDG_CACHE_HOME");
    return xdg && xdg[0] == '/' ? te_fs_join(xdg, "timeeval-mpi", err)
                                : te_fs_join(agent->home, ".cache/timeeval-mpi", err);
}

/* paths: size and SHA-256 of each, or why not, in their order. */
int agent_hash(struct agent_call *call, struct te_err *err)
{
    const json_t *paths = json_object_get(call->request->head, "paths"), *item;
    json_t *files = json_array();
    struct te_mirror_cache cache;
    size_t i;
    int rc = 0;
    te_autofree char *folder = cache_folder(call->agent, err);
    if (set(call->reply, "files", files, err) < 0 || !folder ||
        te_mirror_cache_open(&cache, folder, err) < 0)
        return -1;
    json_array_foreach(paths, i, item)
    {
        const char *text = json_string_value(item);
        if (rc == 0)
            rc = text ? hash_one(call, &cache, text, files, err)
                      : te_err_set(err, TE_ERR_FORMAT, "'paths' holds no texts");
    }
    /* A cache that cannot be kept costs time, nothing else. */
    struct te_err ignored = TE_ERR_INIT;
    if (rc == 0 && te_mirror_cache_save(&cache, &ignored) < 0)
        te_err_clear(&ignored);
    te_mirror_cache_release(&cache);
    return rc;
}

/* path: does a process hold the lock of this file? A rank 0 that lives does. */
int agent_locked(struct agent_call *call, struct te_err *err)
{
    te_autofree char *path = agent_path(call, "path", err);
    if (!path)
        return -1;
    te_cleanup(te_fd_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    return set(call->reply, "locked", json_boolean(locked), err);
}

/* path: removes a tree, but only one that lies below our own cache folder or carries our marker
 * file. */
int agent_remove(struct agent_call *call, struct te_err *err)
{
    te_autofree char *path = agent_path(call, "path", err);
    if (!path)
        return -1;
    te_autofree char *marker = te_fs_join(path, ".timeeval-mpi", err);
    if (!marker)
        return -1;
    if (!te_fs_exists(path))
        return 0;
    if (!te_fs_exists(marker))
        return te_err_set(err, TE_ERR_USAGE, "'%s' was not made by the launcher: it stays", path);
    return te_fs_remove_tree(path, err);
}

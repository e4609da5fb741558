/* The agent's operations on files. A file appears at its place only whole and verified. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "agent_ops.h"
#include "host.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/mem.h"
#include "te/model/mirror.h"

enum { OWNER_MOST = 16 * 1024 }; /* bytes of a marker file */

static int set(json_t *object, const char *key, json_t *value, struct te_err *err)
{
    if (json_object_set_new(object, key, value) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

static int open_cache(struct agent *agent, struct te_err *err)
{
    te_autofree char *folder = te_host_cache_folder(err);
    if (agent->cache_open)
        return 0;
    if (!folder || te_mirror_cache_open(&agent->cache, folder, err) < 0)
        return -1;
    agent->cache_open = true;
    return 0;
}

/* A cache that cannot be kept costs time, nothing else. */
static void save_cache(struct agent *agent)
{
    struct te_err ignored = TE_ERR_INIT;
    if (agent->cache_open && te_mirror_cache_save(&agent->cache, &ignored) < 0)
        te_err_clear(&ignored);
}

static void put_drop(struct agent *agent)
{
    if (agent->arriving)
        te_arrival_drop(&agent->arrival);
    agent->arriving = false;
}

void agent_files_close(struct agent *agent)
{
    put_drop(agent);
    save_cache(agent);
    if (agent->cache_open)
        te_mirror_cache_release(&agent->cache);
    agent->cache_open = false;
}

/* roots: only below these; without them anywhere. */
static int begin_put(struct agent_call *call, const char *path, struct te_err *err)
{
    struct te_strings roots te_cleanup(te_strings_release) = {0};
    json_int_t mode, size = -1;
    const json_t *request = call->request->head;
    put_drop(call->agent);
    if (agent_number(call, "mode", &mode, err) < 0 || agent_paths(call, "roots", &roots, err) < 0 ||
        (json_object_get(request, "size") && agent_number(call, "size", &size, err) < 0) ||
        (json_object_get(request, "roots") && te_arrival_check(path, &roots, err) < 0) ||
        te_arrival_open(&call->agent->arrival, path, size, (unsigned)mode, err) < 0)
        return -1;
    call->agent->arriving = true;
    return 0;
}

static int take_chunk(struct agent_call *call, const char *path, json_int_t offset,
                      struct te_err *err)
{
    struct te_arrival *arrival = &call->agent->arrival;
    if (!call->agent->arriving || strcmp(arrival->path, path) != 0)
        return te_err_set(err, TE_ERR_FORMAT, "'%s' is not being put", path);
    if (te_arrival_write(arrival, offset, call->request->data, call->request->len, err) < 0)
        return -1;
    if (!json_is_true(json_object_get(call->request->head, "last")))
        return 0;
    const char *sha256 = agent_text(call, "sha256", err);
    if (!sha256)
        return -1;
    call->agent->arriving = false;
    if (te_arrival_finish(arrival, sha256, err) < 0)
        return -1;
    struct te_err ignored = TE_ERR_INIT;
    if (open_cache(call->agent, &ignored) < 0 ||
        te_mirror_remember(&call->agent->cache, path, sha256, &ignored) < 0)
        te_err_clear(&ignored);
    return 0;
}

/* path, mode, offset, last, sha256 (with last), size and roots (optional): a chunk of a file. */
int agent_put(struct agent_call *call, struct te_err *err)
{
    json_int_t offset;
    te_autofree char *path = agent_path(call, "path", err);
    if (!path || agent_number(call, "offset", &offset, err) < 0 ||
        (offset == 0 && begin_put(call, path, err) < 0))
        return -1;
    int rc = take_chunk(call, path, offset, err);
    if (rc < 0)
        put_drop(call->agent);
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
    te_autofree char *real = te_fs_real(path, err); /* a dataset may be a link */
    te_cleanup(te_fd_cleanup) int fd = real ? te_fs_open_regular(real, &st, err) : -1;
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

static int hash_one(struct te_mirror_cache *cache, const char *path, json_t *files,
                    struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    char hex[TE_MIRROR_HEX];
    int64_t size;
    json_t *file = te_mirror_hash(cache, path, hex, &size, &why) < 0
                       ? json_pack("{s:s}", "error", why.text)
                       : json_pack("{s:I, s:s}", "size", (json_int_t)size, "sha256", hex);
    if (!file || json_array_append_new(files, file) != 0)
        return te_err_set(err, TE_ERR_NOMEM, "out of memory");
    return 0;
}

static int sweep_beside(const struct te_strings *paths, struct te_err *err)
{
    struct te_map seen te_cleanup(te_map_release);
    size_t removed = 0;
    te_map_init(&seen);
    for (size_t i = 0; i < paths->count; i++)
        if (te_arrivals_sweep_beside(paths->items[i], &seen, &removed, err) < 0)
            return -1;
    return 0;
}

/* paths: size and SHA-256 of each, or why not, in their order. sweep: what an interrupted copy
 * left beside them goes. */
int agent_hash(struct agent_call *call, struct te_err *err)
{
    struct te_strings paths te_cleanup(te_strings_release) = {0};
    json_t *files = json_array();
    if (set(call->reply, "files", files, err) < 0 || agent_paths(call, "paths", &paths, err) < 0 ||
        (json_is_true(json_object_get(call->request->head, "sweep")) &&
         sweep_beside(&paths, err) < 0) ||
        open_cache(call->agent, err) < 0)
        return -1;
    for (size_t i = 0; i < paths.count; i++)
        if (hash_one(&call->agent->cache, paths.items[i], files, err) < 0)
            return -1;
    save_cache(call->agent);
    return 0;
}

/* path: does a process hold the lock of this file? A rank 0 that lives does. "age": s since it was
 * written, which a rank 0 does when it starts. */
int agent_locked(struct agent_call *call, struct te_err *err)
{
    te_autofree char *path = agent_path(call, "path", err);
    if (!path)
        return -1;
    struct stat st;
    te_cleanup(te_fd_cleanup) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 &&
        set(call->reply, "age",
            json_real(te_clock_real() - (double)st.st_mtim.tv_sec -
                      (double)st.st_mtim.tv_nsec * 1e-9),
            err) < 0)
        return -1;
    bool locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    return set(call->reply, "locked", json_boolean(locked), err);
}

static const char marker_name[] = ".timeeval-mpi";

/* Of hosts that share the folder one makes the marker, and none sees half of it. Who has the folder
 * already is left in *there, or NULL. */
static int mark(const char *marker, const char *owner, char **there, struct te_err *err)
{
    size_t len = 0;
    te_autofree char *tmp = te_asprintf(err, "%s.XXXXXX", marker);
    te_cleanup(te_fd_cleanup) int fd = tmp ? mkostemp(tmp, O_CLOEXEC) : -1;
    if (fd < 0)
        return tmp ? te_err_sys(err, TE_ERR_IO, "cannot write '%s'", marker) : -1;
    int rc = te_fs_write_all(fd, owner, strlen(owner), err);
    bool made = rc == 0 && link(tmp, marker) == 0;
    if (rc == 0 && !made && te_fs_exists(marker))
        rc = te_fs_read(marker, OWNER_MOST, there, &len, err);
    else if (rc == 0 && !made && rename(tmp, marker) != 0) /* no links on this file system */
        rc = te_err_sys(err, TE_ERR_IO, "cannot write '%s'", marker);
    unlink(tmp);
    return rc;
}

/* path, owner: a folder becomes the owner's, and is made if need be. "owner": another one has it,
 * and keeps it. */
int agent_claim(struct agent_call *call, struct te_err *err)
{
    te_autofree char *there = NULL;
    const char *owner = agent_text(call, "owner", err);
    te_autofree char *path = owner ? agent_path(call, "path", err) : NULL;
    te_autofree char *marker = path ? te_fs_join(path, marker_name, err) : NULL;
    if (!marker || te_fs_mkdirs(path, err) < 0)
        return -1;
    if (mark(marker, owner, &there, err) < 0)
        return -1;
    if (!there || strcmp(there, owner) == 0)
        return 0;
    return set(call->reply, "owner", json_string(there), err);
}

/* path: removes a tree, but only one that lies below our own cache folder or carries our marker
 * file. */
int agent_remove(struct agent_call *call, struct te_err *err)
{
    te_autofree char *path = agent_path(call, "path", err);
    if (!path)
        return -1;
    te_autofree char *marker = te_fs_join(path, marker_name, err);
    if (!marker)
        return -1;
    if (!te_fs_exists(path))
        return 0;
    if (!te_fs_exists(marker))
        return te_err_set(err, TE_ERR_USAGE, "'%s' was not made by the launcher: it stays", path);
    return te_fs_remove_tree(path, err);
}

#include "te/model/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/max.h"
#include "te/base/mem.h"

/* What a file looked like when it was read. */
struct state {
    uint64_t device, inode;
    int64_t size, mtime, ctime; /* times in ns */
};

struct te_mirror_entry {
    struct state state;
    char sha256[TE_MIRROR_HEX];
};

#define CACHE_NAME   "sha256-cache"
#define CACHE_HEADER "timeeval-mpi sha256 cache 1\n"

enum { KEY = 48 };

static struct state state_of(const struct stat *st)
{
    return (struct state){(uint64_t)st->st_dev, (uint64_t)st->st_ino, (int64_t)st->st_size,
                          (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
                          (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec};
}

static bool same_state(const struct state *a, const struct state *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->mtime == b->mtime && a->ctime == b->ctime;
}

static void make_key(const struct state *s, char key[KEY])
{
    snprintf(key, KEY, "%" PRIx64 ":%" PRIx64, s->device, s->inode);
}

static const struct te_mirror_entry *find(const struct te_mirror_cache *cache,
                                          const struct state *state)
{
    char key[KEY];
    uint64_t at;
    make_key(state, key);
    if (!te_map_get(&cache->map, key, &at) || !same_state(&cache->entries[at].state, state))
        return NULL;
    return &cache->entries[at];
}

static int remember(struct te_mirror_cache *cache, const struct state *state, const char *sha256,
                    struct te_err *err)
{
    char key[KEY];
    uint64_t at;
    make_key(state, key);
    if (!te_map_get(&cache->map, key, &at)) {
        if (te_grow(&cache->entries, &cache->cap, cache->count + 1, sizeof *cache->entries,
                    (size_t)2 * TE_MAX_DATASETS, err) < 0 ||
            te_map_put(&cache->map, key, cache->count, NULL, err) < 0)
            return -1;
        at = cache->count++;
    }
    cache->entries[at].state = *state;
    memcpy(cache->entries[at].sha256, sha256, TE_MIRROR_HEX);
    return 0;
}

/* Lines of six fields; what does not look like that is left out: it is only a cache. */
static int parse(struct te_mirror_cache *cache, char *text, struct te_err *err)
{
    size_t header = strlen(CACHE_HEADER);
    if (strncmp(text, CACHE_HEADER, header) != 0)
        return 0;
    for (char *line = text + header, *next; *line; line = next) {
        size_t len = strcspn(line, "\n");
        next = line + len + (line[len] == '\n');
        line[len] = '\0';
        struct state s;
        char sha256[TE_MIRROR_HEX];
        if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %64[0-9a-f]",
                   &s.device, &s.inode, &s.size, &s.mtime, &s.ctime, sha256) != 6 ||
            strlen(sha256) != TE_MIRROR_HEX - 1)
            continue;
        if (remember(cache, &s, sha256, err) < 0)
            return -1;
    }
    return 0;
}

int te_mirror_cache_open(struct te_mirror_cache *cache, const char *folder, struct te_err *err)
{
    *cache = (struct te_mirror_cache){0};
    te_map_init(&cache->map);
    if (!folder)
        return 0;
    cache->path = te_fs_join(folder, CACHE_NAME, err);
    if (!cache->path)
        return -1;
    te_autofree char *text = NULL;
    size_t len;
    struct te_err ignored = TE_ERR_INIT;
    if (te_fs_read(cache->path, TE_MAX_INDEX_FILE, &text, &len, &ignored) < 0)
        return 0;
    if (parse(cache, text, err) < 0) {
        te_mirror_cache_release(cache);
        return -1;
    }
    cache->dirty = false;
    return 0;
}

int te_mirror_cache_save(struct te_mirror_cache *cache, struct te_err *err)
{
    if (!cache->path || !cache->dirty)
        return 0;
    te_autofree char *folder = te_fs_dirname(cache->path, err);
    if (!folder || te_fs_mkdirs(folder, err) < 0)
        return -1;
    struct te_buf buf;
    te_buf_init(&buf, TE_MAX_INDEX_FILE);
    te_buf_adds(&buf, CACHE_HEADER);
    for (size_t i = 0; i < cache->count; i++) {
        const struct state *s = &cache->entries[i].state;
        te_buf_addf(&buf, "%" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 " %" PRId64 " %s\n",
                    s->device, s->inode, s->size, s->mtime, s->ctime, cache->entries[i].sha256);
    }
    int rc = te_buf_check(&buf, err);
    if (rc == 0)
        rc = te_fs_write_atomic(cache->path, buf.data, buf.len, err);
    te_buf_release(&buf);
    cache->dirty = rc < 0;
    return rc;
}

void te_mirror_cache_release(struct te_mirror_cache *cache)
{
    if (!cache)
        return;
    te_free(cache->path);
    te_free(cache->entries);
    te_map_release(&cache->map);
    *cache = (struct te_mirror_cache){0};
}

/* Reads the file; one that changes meanwhile has no checksum worth remembering. */
static int read_hash(struct te_mirror_cache *cache, const char *path, char sha256[TE_MIRROR_HEX],
                     int64_t *bytes, struct te_err *err)
{
    struct stat st, after;
    unsigned char digest[TE_HASH_SHA256_BYTES];
    int fd te_cleanup(te_fd_cleanup) = te_fs_open_file(path, &st, err);
    if (fd < 0)
        return -1;
    if (te_sha256_fd(fd, digest, bytes, cache->between, cache->between_arg, err) < 0)
        return err->code == TE_ERR_CANCELED ? -1 : te_err_wrap(err, "'%s'", path);
    te_hex(digest, sizeof digest, sha256);
    struct state before = state_of(&st);
    if (fstat(fd, &after) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot stat '%s'", path);
    struct state now = state_of(&after);
    if (!same_state(&before, &now) || *bytes != now.size)
        return te_err_set(err, TE_ERR_IO, "'%s' changed while it was read", path);
    cache->dirty = true;
    return remember(cache, &now, sha256, err);
}

int te_mirror_remember(struct te_mirror_cache *cache, const char *path, const char *sha256,
                       struct te_err *err)
{
    struct stat st;
    if (strlen(sha256) != TE_MIRROR_HEX - 1)
        return te_err_set(err, TE_ERR_INTERNAL, "'%s' is no SHA-256", sha256);
    if (stat(path, &st) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot stat '%s'", path);
    struct state state = state_of(&st);
    cache->dirty = true;
    return remember(cache, &state, sha256, err);
}

int te_mirror_hash(struct te_mirror_cache *cache, const char *path, char sha256[TE_MIRROR_HEX],
                   int64_t *bytes, struct te_err *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        struct state state = state_of(&st);
        const struct te_mirror_entry *known = cache->reread ? NULL : find(cache, &state);
        if (known) {
            memcpy(sha256, known->sha256, TE_MIRROR_HEX);
            *bytes = state.size;
            return 0;
        }
    }
    return read_hash(cache, path, sha256, bytes, err);
}

__attribute__((format(printf, 3, 4))) static void
judge(struct te_mirror_file *file, enum te_mirror_verdict verdict, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(file->why, sizeof file->why, fmt, ap);
    va_end(ap);
    file->verdict = verdict;
}

/* Existence and size, which cost nothing; false if that is the verdict already. */
static bool check_size(struct te_mirror_file *file)
{
    struct stat st;
    if (stat(file->path, &st) != 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        judge(file, missing ? TE_MIRROR_MISSING : TE_MIRROR_UNREADABLE, "%s",
              missing ? "not there" : strerror(errno));
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        judge(file, TE_MIRROR_UNREADABLE, "not a regular file");
        return false;
    }
    if (file->bytes >= 0 && file->bytes != (int64_t)st.st_size) {
        judge(file, TE_MIRROR_SIZE, "%" PRId64 " bytes, expected %" PRId64, (int64_t)st.st_size,
              file->bytes);
        return false;
    }
    return true;
}

static int check_file(struct te_mirror_cache *cache, struct te_mirror_file *file,
                      struct te_err *err)
{
    char sha256[TE_MIRROR_HEX];
    int64_t bytes;
    struct te_err why = TE_ERR_INIT;
    judge(file, TE_MIRROR_OK, "%s", "");
    if (!check_size(file) || !file->sha256 || !file->sha256[0])
        return 0;
    if (te_mirror_hash(cache, file->path, sha256, &bytes, &why) < 0) {
        judge(file, TE_MIRROR_UNREADABLE, "%s", why.text);
        if (why.code != TE_ERR_NOMEM && why.code != TE_ERR_CANCELED)
            return 0;
        *err = why;
        return -1;
    }
    if (strcmp(sha256, file->sha256) != 0)
        judge(file, TE_MIRROR_CONTENT, "SHA-256 is %.12s..., expected %.12s...", sha256,
              file->sha256);
    return 0;
}

int64_t te_mirror_check(struct te_mirror_cache *cache, struct te_mirror_file *files, size_t count,
                        struct te_err *err)
{
    int64_t bad = 0;
    for (size_t i = 0; i < count; i++) {
        if (check_file(cache, &files[i], err) < 0)
            return -1;
        bad += files[i].verdict != TE_MIRROR_OK;
    }
    return bad;
}

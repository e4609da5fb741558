#include "host_mirrors.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/mem.h"

enum { HASH_TIMEOUT = 3600, PUT_TIMEOUT = 60, FILES_PER_REQUEST = 2000, NAMED_AT_MOST = 3 };

json_t *host_mirror_texts(const struct te_strings *list)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < list->count; i++)
        if (json_array_append_new(array, json_string(list->items[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

char *host_mirror_digest(const json_t *file, struct te_err *err)
{
    const char *error = json_string_value(json_object_get(file, "error"));
    const char *sum = json_string_value(json_object_get(file, "sha256"));
    if (error)
        return te_asprintf(err, "!%s", error);
    return te_asprintf(err, "%lld %s", (long long)json_integer_value(json_object_get(file, "size")),
                       sum ? sum : "");
}

int host_mirrors_open(struct host_mirrors *m, struct te_err *err)
{
    m->counts = te_zalloc(m->hosts->count, sizeof *m->counts, err);
    m->wrong = te_zalloc(m->hosts->count, m->paths->count + 1, err);
    m->at = te_zalloc(m->hosts->count, sizeof *m->at, err);
    if (m->counts && m->wrong && m->at)
        return 0;
    host_mirrors_close(m);
    return -1;
}

void host_mirrors_close(struct host_mirrors *m)
{
    te_free(m->counts);
    te_free(m->wrong);
    te_free(m->at);
    m->counts = NULL;
    m->wrong = NULL;
    m->at = NULL;
}

static size_t index_of(const struct host_mirrors *m, const struct lhost *host)
{
    return (size_t)(host - m->hosts->items);
}

static uint8_t *wrong_of(const struct host_mirrors *m, const struct lhost *host)
{
    return m->wrong + index_of(m, host) * m->paths->count;
}

/* Where a file, or a root, is on a host. */
static char *place_of(const struct host_mirrors *m, const struct lhost *host, const char *path,
                      struct te_err *err)
{
    const char *to = m->to ? m->to[index_of(m, host)] : NULL;
    size_t n = to ? strlen(m->from) : 0;
    if (!to || strncmp(path, m->from, n) != 0 || (path[n] != '/' && path[n] != '\0'))
        return te_strdup(path, err);
    return te_asprintf(err, "%s%s", to, path + n);
}

static json_t *places_of(const struct host_mirrors *m, const struct lhost *host,
                         const struct te_strings *list, size_t begin, size_t end,
                         struct te_err *err)
{
    json_t *array = json_array();
    for (size_t i = begin; array && i < end; i++) {
        te_autofree char *place = place_of(m, host, list->items[i], err);
        if (place && json_array_append_new(array, json_string(place)) == 0)
            continue;
        json_decref(array);
        return NULL;
    }
    return array;
}

/* ---- looking --------------------------------------------------------------------------------- */

static int compare(struct host_mirrors *m, const struct lhost *host, const json_t *files,
                   struct te_err *err)
{
    size_t h = index_of(m, host), i;
    struct mirror_count *count = &m->counts[h];
    const json_t *file;
    json_array_foreach(files, i, file)
    {
        te_autofree char *digest = host_mirror_digest(file, err);
        if (!digest)
            return -1;
        size_t at = m->at[h]++;
        if (at >= m->paths->count)
            return te_err_set(err, TE_ERR_FORMAT, "it answers for more files than it was asked");
        if (strcmp(digest, m->digests->items[at]) == 0)
            continue;
        wrong_of(m, host)[at] = 1;
        if (count->differ++ < NAMED_AT_MOST) {
            size_t used = strlen(count->why);
            snprintf(count->why + used, sizeof count->why - used, "%s'%s' %s", used ? ", " : "",
                     m->paths->items[at], digest[0] == '!' ? "is missing" : "differs");
        }
    }
    return 0;
}

static int look_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                     struct te_err *err)
{
    struct host_mirrors *m = arg;
    size_t *at = &m->at[index_of(m, host)];
    if (!host->worker || host == m->source)
        return 0;
    if (reply && compare(m, host, json_object_get(reply->head, "files"), err) < 0)
        return -1;
    size_t left = m->paths->count - *at;
    if (left == 0)
        return 0;
    size_t end = *at + (left < FILES_PER_REQUEST ? left : FILES_PER_REQUEST);
    json_t *head = json_pack("{s:s, s:o, s:b}", "op", "hash", "paths",
                             places_of(m, host, m->paths, *at, end, err), "sweep", m->sweep);
    return lhost_send(host, head, NULL, 0, err) < 0 ? -1 : 1;
}

int host_mirrors_look(struct host_mirrors *m, struct te_err *err)
{
    struct talk talk = {.next = look_next, .timeout = HASH_TIMEOUT, .arg = m};
    memset(m->wrong, 0, m->hosts->count * m->paths->count);
    for (size_t h = 0; h < m->hosts->count; h++) {
        m->at[h] = m->counts[h].differ = 0;
        m->counts[h].why[0] = '\0';
    }
    return lhosts_talk(m->hosts, NULL, &talk, err);
}

size_t host_mirrors_lacking(const struct host_mirrors *m, size_t file)
{
    size_t n = 0;
    for (size_t h = 0; h < m->hosts->count; h++)
        n += !m->hosts->items[h].failed && wrong_of(m, &m->hosts->items[h])[file];
    return n;
}

/* ---- sending --------------------------------------------------------------------------------- */

struct put_all {
    struct host_mirrors *mirrors;
    size_t file;
    const char *sha256;
    int fd;
    int64_t size, in_block; /* in_block: where the bytes in block begin, -1: none */
    size_t len;
    int mode;
    unsigned char *block;
};

/* The next bytes; hosts that are equally far share one reading. */
static int read_block(struct put_all *put, int64_t offset, struct te_err *err)
{
    int64_t left = put->size - offset;
    if (put->in_block == offset)
        return 0;
    put->len = left > TE_AGENT_CHUNK ? TE_AGENT_CHUNK : (size_t)left;
    put->in_block = -1;
    if (put->len > 0 && pread(put->fd, put->block, put->len, offset) != (ssize_t)put->len)
        return te_err_sys(err, TE_ERR_IO, "cannot read '%s'",
                          put->mirrors->paths->items[put->file]);
    put->in_block = offset;
    return 0;
}

static int send_block(struct put_all *put, struct lhost *host, struct te_err *err)
{
    const struct host_mirrors *m = put->mirrors;
    size_t *at = &m->at[index_of(m, host)];
    int64_t offset = (int64_t)*at;
    te_autofree char *place = place_of(m, host, m->paths->items[put->file], err);
    if (!place || read_block(put, offset, err) < 0)
        return -1;
    json_t *head =
        json_pack("{s:s, s:s, s:i, s:I, s:I, s:b, s:s, s:o}", "op", "put", "path", place, "mode",
                  put->mode, "offset", (json_int_t)offset, "size", (json_int_t)put->size, "last",
                  offset + (int64_t)put->len >= put->size, "sha256", put->sha256, "roots",
                  places_of(m, host, m->roots, 0, m->roots->count, err));
    if (lhost_send(host, head, put->block, put->len, err) < 0)
        return -1;
    *at += put->len;
    return 1;
}

static int put_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                    struct te_err *err)
{
    struct put_all *put = arg;
    struct host_mirrors *m = put->mirrors;
    struct mirror_count *count = &m->counts[index_of(m, host)];
    uint8_t *wrong = &wrong_of(m, host)[put->file];
    const char *error = reply ? json_string_value(json_object_get(reply->head, "error")) : NULL;
    if (error) {
        if (count->failed++ == 0) /* more to the point than which files differ */
            snprintf(count->why, sizeof count->why, "%s", error);
        return 0;
    }
    if (!*wrong)
        return 0;
    if (!reply || (int64_t)m->at[index_of(m, host)] < put->size)
        return send_block(put, host, err);
    *wrong = 0;
    count->copied++;
    count->bytes += put->size;
    return 0;
}

int host_mirrors_send(struct host_mirrors *m, size_t file, const char *local, struct te_err *err)
{
    struct stat st;
    te_cleanup(te_fd_cleanup) int fd = open(local, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot open '%s'", local);
    const char *space = strchr(m->digests->items[file], ' ');
    te_autofree unsigned char *block = te_alloc(TE_AGENT_CHUNK, err);
    if (!block)
        return -1;
    struct put_all put = {.mirrors = m,
                          .file = file,
                          .sha256 = space ? space + 1 : "",
                          .fd = fd,
                          .size = st.st_size,
                          .in_block = -1,
                          .mode = (int)(st.st_mode & 0777),
                          .block = block};
    struct talk talk = {.next = put_next, .soft = true, .timeout = PUT_TIMEOUT, .arg = &put};
    memset(m->at, 0, m->hosts->count * sizeof *m->at);
    return lhosts_talk(m->hosts, NULL, &talk, err);
}

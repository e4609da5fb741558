/* Files between the launcher and a host, chunk by chunk over the agent. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "launch_hosts.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/mem.h"

enum { REPLY_TIMEOUT = 60 };

struct put {
    const char *path;
    const unsigned char *data; /* whole, in memory; or NULL and fd */
    int fd;
    int64_t size;
    int64_t sent;
    int mode;
    char sha256[65];
    unsigned char *block;
};

static int put_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                    struct te_err *err)
{
    struct put *put = arg;
    if (reply && put->sent >= put->size)
        return 0;
    int64_t left = put->size - put->sent;
    size_t n = left > TE_AGENT_CHUNK ? TE_AGENT_CHUNK : (size_t)left;
    const unsigned char *chunk = put->data ? put->data + put->sent : put->block;
    if (!put->data && n > 0) {
        ssize_t got = pread(put->fd, put->block, n, put->sent);
        if (got != (ssize_t)n)
            return te_err_sys(err, TE_ERR_IO, "cannot read the source of '%s'", put->path);
    }
    json_t *head = json_pack("{s:s, s:s, s:i, s:I, s:b, s:s}", "op", "put", "path", put->path,
                             "mode", put->mode, "offset", (json_int_t)put->sent, "last",
                             put->sent + (int64_t)n >= put->size, "sha256", put->sha256);
    if (lhost_send(host, head, chunk, n, err) < 0)
        return -1;
    put->sent += (int64_t)n;
    return 1;
}

static int run_put(struct lhosts *hosts, struct lhost *host, struct put *put, struct te_err *err)
{
    struct talk talk = {.next = put_next, .timeout = REPLY_TIMEOUT, .arg = put};
    if (lhosts_talk(hosts, host, &talk, err) < 0)
        return -1;
    if (host->failed)
        return te_err_set(err, TE_ERR_INFRA, "host '%s': %s", host->name, host->reason);
    return 0;
}

int lhost_put_data(struct lhosts *hosts, struct lhost *host, const char *path, const void *data,
                   size_t len, int mode, struct te_err *err)
{
    unsigned char sum[TE_HASH_SHA256_BYTES];
    struct put put = {.path = path, .data = data, .fd = -1, .size = (int64_t)len, .mode = mode};
    if (te_sha256(data, len, sum, err) < 0)
        return -1;
    te_hex(sum, sizeof sum, put.sha256);
    return run_put(hosts, host, &put, err);
}

int lhost_put_file(struct lhosts *hosts, struct lhost *host, const char *from, const char *path,
                   struct te_err *err)
{
    unsigned char sum[TE_HASH_SHA256_BYTES];
    struct stat st;
    te_cleanup(te_fd_cleanup) int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        return te_err_sys(err, TE_ERR_IO, "cannot open '%s'", from);
    struct put put = {.path = path, .fd = fd, .mode = (int)(st.st_mode & 0777)};
    te_autofree unsigned char *block = te_alloc(TE_AGENT_CHUNK, err);
    if (!block || te_sha256_fd(fd, sum, &put.size, NULL, NULL, err) < 0)
        return -1;
    te_hex(sum, sizeof sum, put.sha256);
    put.block = block;
    return run_put(hosts, host, &put, err);
}

struct get {
    const char *from;
    int fd;
    int64_t offset;
};

static int get_next(void *arg, struct lhost *host, const struct te_aframe *reply,
                    struct te_err *err)
{
    struct get *get = arg;
    if (reply) {
        if (te_fs_write_all(get->fd, reply->data, reply->len, err) < 0)
            return -1;
        get->offset += (int64_t)reply->len;
        if (json_is_true(json_object_get(reply->head, "eof")) || reply->len == 0)
            return 0;
    }
    json_t *head = json_pack("{s:s, s:s, s:I}", "op", "get", "path", get->from, "offset",
                             (json_int_t)get->offset);
    return lhost_send(host, head, NULL, 0, err) < 0 ? -1 : 1;
}

int lhost_get_file(struct lhosts *hosts, struct lhost *host, const char *from, const char *to,
                   int64_t offset, int64_t *size, struct te_err *err)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (offset == 0 ? O_TRUNC : 0);
    te_cleanup(te_fd_cleanup) int fd = open(to, flags, 0666);
    if (fd < 0 || lseek(fd, offset, SEEK_SET) != offset)
        return te_err_sys(err, TE_ERR_IO, "cannot write '%s'", to);
    struct get get = {.from = from, .fd = fd, .offset = offset};
    struct talk talk = {.next = get_next, .timeout = REPLY_TIMEOUT, .arg = &get};
    if (lhosts_talk(hosts, host, &talk, err) < 0)
        return -1;
    if (host->failed)
        return te_err_set(err, TE_ERR_INFRA, "host '%s': %s", host->name, host->reason);
    if (size)
        *size = get.offset;
    return 0;
}

#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/mem.h"

enum { BLOCK = 1024 * 1024, HEX = 2 * TE_HASH_SHA256_BYTES };

/* Hex digest of the first `bytes` of a file. */
static int digest(int fd, const char *path, uint64_t bytes, char hex[HEX + 1], struct te_err *err)
{
    te_autofree unsigned char *block = te_alloc(BLOCK, err);
    te_cleanup(te_sha256_cleanup) struct te_sha256 *sha = block ? te_sha256_new(err) : NULL;
    if (!sha)
        return -1;
    for (uint64_t at = 0; at < bytes;) {
        size_t want = bytes - at < BLOCK ? (size_t)(bytes - at) : BLOCK;
        ssize_t n = pread(fd, block, want, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return te_err_sys(err, TE_ERR_IO, "cannot read '%s'", path);
        if (te_sha256_add(sha, block, (size_t)n, err) < 0)
            return -1;
        at += (uint64_t)n;
    }
    return te_sha256_end(sha, hex, err);
}

static void seal_text(char out[TE_SEAL_BYTES + 1], const char *hex, uint64_t bytes)
{
    int n =
        snprintf(out, TE_SEAL_BYTES, "\ntimeeval-mpi seal 1 sha256 %s bytes %" PRIu64, hex, bytes);
    memset(out + n, ' ', (size_t)(TE_SEAL_BYTES - n));
    out[TE_SEAL_BYTES - 1] = '\n';
    out[TE_SEAL_BYTES] = '\0';
}

int te_seal_put(const char *path, struct te_err *err)
{
    char hex[HEX + 1], seal[TE_SEAL_BYTES + 1];
    te_cleanup(te_fd_cleanup) int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot open '%s'", path);
    off_t end = lseek(fd, 0, SEEK_END);
    if (end < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot seek in '%s'", path);
    if (digest(fd, path, (uint64_t)end, hex, err) < 0)
        return -1;
    seal_text(seal, hex, (uint64_t)end);
    if (te_fs_write_all(fd, seal, TE_SEAL_BYTES, err) < 0)
        return te_err_wrap(err, "'%s'", path);
    return 0;
}

int te_seal_check(const char *path, uint64_t *bytes, struct te_err *err)
{
    char hex[HEX + 1], want[TE_SEAL_BYTES + 1], have[TE_SEAL_BYTES];
    struct stat st;
    te_cleanup(te_fd_cleanup) int fd = te_fs_open_regular(path, &st, err);
    if (fd < 0)
        return -1;
    if (st.st_size < TE_SEAL_BYTES)
        return te_err_set(err, TE_ERR_CORRUPT, "'%s' is too short to be a result file", path);
    uint64_t size = (uint64_t)st.st_size - TE_SEAL_BYTES;
    if (pread(fd, have, TE_SEAL_BYTES, (off_t)size) != TE_SEAL_BYTES)
        return te_err_sys(err, TE_ERR_IO, "cannot read '%s'", path);
    if (memcmp(have, "\ntimeeval-mpi seal 1 ", 21) != 0)
        return te_err_set(err, TE_ERR_CORRUPT,
                          "'%s' has no seal at its end: it was cut or changed after it was written",
                          path);
    if (digest(fd, path, size, hex, err) < 0)
        return -1;
    seal_text(want, hex, size);
    if (memcmp(want, have, TE_SEAL_BYTES) != 0)
        return te_err_set(
            err, TE_ERR_CORRUPT,
            "'%s' is not what was written: its SHA-256 is %s, the seal says otherwise", path, hex);
    if (bytes)
        *bytes = size;
    return 0;
}

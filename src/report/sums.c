#include "te/report/sums.h"

#include <fcntl.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/max.h"
#include "te/base/mem.h"

enum { HEX = 2 * TE_HASH_SHA256_BYTES };

static int hash_of(const char *path, char hex[HEX + 1], struct te_err *err)
{
    unsigned char digest[TE_HASH_SHA256_BYTES];
    int64_t size;
    int fd te_cleanup(te_fd_cleanup) = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot open '%s'", path);
    if (te_sha256_fd(fd, digest, &size, NULL, NULL, err) < 0)
        return te_err_wrap(err, "'%s'", path);
    te_hex(digest, sizeof digest, hex);
    return 0;
}

/* "<64 hex digits>  <path>": is it of one of the paths? */
static bool is_ours(const char *line, size_t len, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(paths[i]);
        if (len == HEX + 2 + n && memcmp(line + HEX + 2, paths[i], n) == 0)
            return true;
    }
    return false;
}

int te_sums_update(const char *root, const char *const *paths, size_t count, struct te_err *err)
{
    char hex[HEX + 1];
    size_t len;
    te_autofree char *file = te_fs_join(root, "SHA256SUMS", err), *text = NULL;
    struct te_buf buf te_cleanup(te_buf_release);
    te_buf_init(&buf, TE_MAX_INDEX_FILE);
    if (!file)
        return -1;
    if (!te_fs_exists(file))
        return 0;
    if (te_fs_read(file, TE_MAX_INDEX_FILE, &text, &len, err) < 0)
        return -1;
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        if (!is_ours(line, n, paths, count)) {
            te_buf_add(&buf, line, n);
            te_buf_addc(&buf, '\n');
        }
        line += n + (line[n] == '\n');
    }
    for (size_t i = 0; i < count; i++) {
        te_autofree char *path = te_fs_join(root, paths[i], err);
        if (!path || hash_of(path, hex, err) < 0)
            return -1;
        te_buf_addf(&buf, "%s  %s\n", hex, paths[i]);
    }
    return te_buf_check(&buf, err) < 0 ? -1 : te_fs_write_atomic(file, buf.data, buf.len, err);
}

int te_sums_same(const char *a, const char *b, bool *same, struct te_err *err)
{
    char one[HEX + 1], other[HEX + 1];
    if (hash_of(a, one, err) < 0 || hash_of(b, other, err) < 0)
        return -1;
    *same = strcmp(one, other) == 0;
    return 0;
}

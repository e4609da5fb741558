#include "te/base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include "te/base/mem.h"

enum { CRC_TABLES = 8, READ_BLOCK = 256 * 1024 };
static const uint32_t castagnoli = 0x82F63B78U; /* reflected polynomial */

/* "Slicing by 8" tables (Kounavis, Berry 2005), filled at first use. */
static uint32_t crc_table[CRC_TABLES][256];
static bool crc_ready;

static void fill_crc_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ castagnoli : c >> 1;
        crc_table[0][i] = c;
    }
    for (int t = 1; t < CRC_TABLES; t++)
        for (uint32_t i = 0; i < 256; i++)
            crc_table[t][i] = crc_table[t - 1][i] >> 8 ^ crc_table[0][crc_table[t - 1][i] & 0xFF];
    crc_ready = true;
}

uint32_t te_crc32c(uint32_t crc, const void *data, size_t len)
{
    const unsigned char *p = data;
    if (!crc_ready)
        fill_crc_table();
    crc = ~crc;
    for (; len >= 8; len -= 8, p += 8) {
        uint32_t lo = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
                             (uint32_t)p[3] << 24);
        crc = crc_table[7][lo & 0xFF] ^ crc_table[6][lo >> 8 & 0xFF] ^
              crc_table[5][lo >> 16 & 0xFF] ^ crc_table[4][lo >> 24] ^ crc_table[3][p[4]] ^
              crc_table[2][p[5]] ^ crc_table[1][p[6]] ^ crc_table[0][p[7]];
    }
    for (; len > 0; len--)
        crc = crc >> 8 ^ crc_table[0][(crc ^ *p++) & 0xFF];
    return ~crc;
}

uint64_t te_hash64(const void *data, size_t len)
{
    const unsigned char *p = data;
    uint64_t h = 0xCBF29CE484222325U;
    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 0x100000001B3U;
    h ^= h >> 32;
    h *= 0xD6E8FEB86659FD93U;
    return h ^ h >> 32;
}

static int digest(const char *what, const EVP_MD *md, const void *data, size_t len,
                  unsigned char *out, struct te_err *err)
{
    if (!md || EVP_Digest(data, len, out, NULL, md, NULL) != 1)
        return te_err_set(err, TE_ERR_INTERNAL, "libcrypto cannot compute %s", what);
    return 0;
}

int te_md5(const void *data, size_t len, unsigned char out[TE_HASH_MD5_BYTES], struct te_err *err)
{
    return digest("MD5", EVP_md5(), data, len, out, err);
}

int te_sha256(const void *data, size_t len, unsigned char out[TE_HASH_SHA256_BYTES],
              struct te_err *err)
{
    return digest("SHA-256", EVP_sha256(), data, len, out, err);
}

struct te_hasher {
    EVP_MD *md;
    EVP_MD_CTX *ctx;
};

static void hasher_free(struct te_hasher *hasher)
{
    if (!hasher)
        return;
    EVP_MD_CTX_free(hasher->ctx);
    EVP_MD_free(hasher->md);
    te_free(hasher);
}

void te_hasher_cleanup(struct te_hasher **hasher)
{
    hasher_free(*hasher);
}

struct te_hasher *te_hasher_new(enum te_hash_kind kind, struct te_err *err)
{
    struct te_hasher *hasher = te_zalloc(1, sizeof *hasher, err);
    if (!hasher)
        return NULL;
    hasher->md = EVP_MD_fetch(NULL, kind == TE_HASH_MD5 ? "MD5" : "SHA256", NULL);
    hasher->ctx = EVP_MD_CTX_new();
    if (hasher->md && hasher->ctx)
        return hasher;
    te_err_set(err, TE_ERR_INTERNAL, "libcrypto cannot compute checksums");
    hasher_free(hasher);
    return NULL;
}

int te_hasher_run(struct te_hasher *hasher, const void *data, size_t len, unsigned char *out,
                  struct te_err *err)
{
    if (EVP_DigestInit_ex(hasher->ctx, hasher->md, NULL) != 1 ||
        EVP_DigestUpdate(hasher->ctx, data, len) != 1 ||
        EVP_DigestFinal_ex(hasher->ctx, out, NULL) != 1)
        return te_err_set(err, TE_ERR_INTERNAL, "libcrypto cannot compute a checksum");
    return 0;
}

static int hash_stream(int fd, EVP_MD_CTX *ctx, unsigned char *block, int64_t *size,
                       te_hash_between between, void *arg, struct te_err *err)
{
    int64_t total = 0;
    for (;;) {
        ssize_t n = pread(fd, block, READ_BLOCK, total);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return te_err_sys(err, TE_ERR_IO, "cannot read");
        if (n == 0)
            break;
        if (EVP_DigestUpdate(ctx, block, (size_t)n) != 1)
            return te_err_set(err, TE_ERR_INTERNAL, "libcrypto cannot compute SHA-256");
        total += n;
        if (between && between(arg, err) < 0)
            return -1;
    }
    *size = total;
    return 0;
}

int te_sha256_fd(int fd, unsigned char out[TE_HASH_SHA256_BYTES], int64_t *size,
                 te_hash_between between, void *arg, struct te_err *err)
{
    te_autofree unsigned char *block = te_alloc(READ_BLOCK, err);
    if (!block)
        return -1;
    int64_t total = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int rc = -1;
    if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
        te_err_set(err, TE_ERR_INTERNAL, "libcrypto cannot compute SHA-256");
    else
        rc = hash_stream(fd, ctx, block, &total, between, arg, err);
    if (rc == 0 && EVP_DigestFinal_ex(ctx, out, NULL) != 1)
        rc = te_err_set(err, TE_ERR_INTERNAL, "libcrypto cannot compute SHA-256");
    EVP_MD_CTX_free(ctx);
    if (rc == 0)
        *size = total;
    return rc;
}

void te_hex(const unsigned char *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * len] = '\0';
}

struct te_sha256 {
    EVP_MD_CTX *ctx;
};

struct te_sha256 *te_sha256_new(struct te_err *err)
{
    struct te_sha256 *sha = te_zalloc(1, sizeof *sha, err);
    if (!sha)
        return NULL;
    sha->ctx = EVP_MD_CTX_new();
    if (!sha->ctx || EVP_DigestInit_ex(sha->ctx, EVP_sha256(), NULL) != 1) {
        te_err_set(err, TE_ERR_INTERNAL, "libcrypto cannot compute SHA-256");
        te_sha256_free(sha);
        return NULL;
    }
    return sha;
}

int te_sha256_add(struct te_sha256 *sha, const void *data, size_t len, struct te_err *err)
{
    if (EVP_DigestUpdate(sha->ctx, data, len) != 1)
        return te_err_set(err, TE_ERR_INTERNAL, "libcrypto cannot compute SHA-256");
    return 0;
}

int te_sha256_end(struct te_sha256 *sha, char hex[2 * TE_HASH_SHA256_BYTES + 1], struct te_err *err)
{
    unsigned char out[TE_HASH_SHA256_BYTES];
    if (EVP_DigestFinal_ex(sha->ctx, out, NULL) != 1)
        return te_err_set(err, TE_ERR_INTERNAL, "libcrypto cannot compute SHA-256");
    te_hex(out, sizeof out, hex);
    return 0;
}

void te_sha256_free(struct te_sha256 *sha)
{
    if (!sha)
        return;
    EVP_MD_CTX_free(sha->ctx);
    te_free(sha);
}

void te_sha256_cleanup(struct te_sha256 **sha)
{
    te_sha256_free(*sha);
    *sha = NULL;
}

/* Checksums: CRC32C (Castagnoli, RFC 3720) here, MD5 and SHA-256 through libcrypto. */
#ifndef TE_BASE_HASH_H
#define TE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

enum { TE_HASH_MD5_BYTES = 16, TE_HASH_SHA256_BYTES = 32 };

/* crc: 0 at the start, the earlier return value to go on. */
uint32_t te_crc32c(uint32_t crc, const void *data, size_t len);
/* 64-bit FNV-1a with a final mix, for hash tables only. */
uint64_t te_hash64(const void *data, size_t len);

int te_md5(const void *data, size_t len, unsigned char out[TE_HASH_MD5_BYTES],
           struct te_err *err) TE_MUST_CHECK;
int te_sha256(const void *data, size_t len, unsigned char out[TE_HASH_SHA256_BYTES],
              struct te_err *err) TE_MUST_CHECK;

/* The same many times over, without setting up libcrypto each time. */
enum te_hash_kind { TE_HASH_MD5, TE_HASH_SHA256 };
struct te_hasher;
struct te_hasher *te_hasher_new(enum te_hash_kind kind, struct te_err *err) TE_MUST_CHECK;
void te_hasher_cleanup(struct te_hasher **hasher);
/* out: TE_HASH_MD5_BYTES or TE_HASH_SHA256_BYTES. */
int te_hasher_run(struct te_hasher *hasher, const void *data, size_t len, unsigned char *out,
                  struct te_err *err) TE_MUST_CHECK;

/* Called between blocks of a file that is read, for gigabytes take long: -1 gives it up. */
typedef int (*te_hash_between)(void *arg, struct te_err *err);
/* Of an open file from its start; *size gets the bytes read. between may be NULL. */
int te_sha256_fd(int fd, unsigned char out[TE_HASH_SHA256_BYTES], int64_t *size,
                 te_hash_between between, void *arg, struct te_err *err) TE_MUST_CHECK;
/* SHA-256 of data that come in pieces. */
struct te_sha256;
struct te_sha256 *te_sha256_new(struct te_err *err) TE_MUST_CHECK;
int te_sha256_add(struct te_sha256 *sha, const void *data, size_t len,
                  struct te_err *err) TE_MUST_CHECK;
/* The digest so far as lower-case hex; nothing may be added afterwards. */
int te_sha256_end(struct te_sha256 *sha, char hex[2 * TE_HASH_SHA256_BYTES + 1],
                  struct te_err *err) TE_MUST_CHECK;
void te_sha256_free(struct te_sha256 *sha);
void te_sha256_cleanup(struct te_sha256 **sha); /* for te_cleanup */
/* Lower-case hex with a NUL behind: out has 2 * len + 1 bytes. */
void te_hex(const unsigned char *data, size_t len, char *out);

#endif

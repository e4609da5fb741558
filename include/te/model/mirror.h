/*
 * The mirror check of one node: does it have the files of a run's datasets, byte for byte as rank 0
 * has them? SHA-256 of a file is remembered by device, inode, size and times of change, so that
 * files that did not change are not read again.
 */
#ifndef TE_MODEL_MIRROR_H
#define TE_MODEL_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"
#include "te/base/hash.h"
#include "te/base/map.h"

enum { TE_MIRROR_HEX = 65, TE_MIRROR_WHY = 160 };

struct te_mirror_entry;
struct te_mirror_cache {
    char *path; /* of the cache file */
    struct te_map map;
    struct te_mirror_entry *entries;
    size_t count, cap;
    bool dirty;
    bool reread; /* set by the user: every file is read, what is known is not believed */
    /* Set by the owner, may be NULL: called between blocks of a file that is read, for gigabytes
     * take long. -1 with err gives the file up, and its caller too. */
    te_hash_between between;
    void *between_arg;
};

/*
 * Opens the cache in folder (made when it is saved; never among the datasets). A cache that is not
 * there or cannot be understood is empty. folder NULL: nothing is kept.
 */
int te_mirror_cache_open(struct te_mirror_cache *cache, const char *folder,
                         struct te_err *err) TE_MUST_CHECK;
/* Writes it atomically if there is something new. */
int te_mirror_cache_save(struct te_mirror_cache *cache, struct te_err *err) TE_MUST_CHECK;
void te_mirror_cache_release(struct te_mirror_cache *cache);

/* SHA-256 in hex and size of a regular file, read only if the cache does not know it. */
int te_mirror_hash(struct te_mirror_cache *cache, const char *path, char sha256[TE_MIRROR_HEX],
                   int64_t *bytes, struct te_err *err) TE_MUST_CHECK;

/* The file at path was written just now and has this SHA-256: it need not be read to know it. */
int te_mirror_remember(struct te_mirror_cache *cache, const char *path, const char *sha256,
                       struct te_err *err) TE_MUST_CHECK;

enum te_mirror_verdict {
    TE_MIRROR_OK,
    TE_MIRROR_MISSING,
    TE_MIRROR_UNREADABLE, /* no regular file, or no right to read it */
    TE_MIRROR_SIZE,       /* another size: not read */
    TE_MIRROR_CONTENT     /* another checksum */
};

struct te_mirror_file {
    const char *path;
    int64_t bytes;                  /* expected; below 0: any */
    const char *sha256;             /* expected, hex; NULL or "": the content is not looked at */
    enum te_mirror_verdict verdict; /* filled in */
    char why[TE_MIRROR_WHY];        /* filled in: "" or what is wrong, for people */
};

/* Fills in a verdict per file; returns how many are not TE_MIRROR_OK, or -1 with err (memory). */
int64_t te_mirror_check(struct te_mirror_cache *cache, struct te_mirror_file *files, size_t count,
                        struct te_err *err) TE_MUST_CHECK;

#endif

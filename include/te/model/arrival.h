/*
 * A file that arrives in pieces from another host. It is written to a temporary file beside its
 * place, and takes its place only when it is whole, has the right checksum and is on disk: what is
 * at the place is the old file or the new one, never a part.
 *
 * The temporary file is locked while it is written. So the one that a crash left is told from the
 * one that another process is writing, and te_arrivals_sweep removes the first alone.
 */
#ifndef TE_MODEL_ARRIVAL_H
#define TE_MODEL_ARRIVAL_H

#include <stdint.h>
#include "te/base/hash.h"
#include "te/base/map.h"
#include "te/model/config.h"

struct te_arrival {
    char *path, *part; /* its place, the temporary file */
    int fd;
    int64_t size; /* announced; below 0: not known */
    int64_t done; /* bytes that are there */
    int64_t flushed;
    struct te_sha256 *sha;
};

/* The folders that files may be put into: dataset folders, and that of the custom datasets' file
 * (NULL: none), with links resolved. Appended to out. */
int te_arrival_roots(const struct te_strings *folders, const char *custom, struct te_strings *out,
                     struct te_err *err) TE_MUST_CHECK;
/*
 * May a file of this path be put below one of roots? It must be absolute, without '.' and '..',
 * and no symbolic link that is there already may lead out of the root.
 * TE_ERR_USAGE says why not.
 */
int te_arrival_check(const char *path, const struct te_strings *roots,
                     struct te_err *err) TE_MUST_CHECK;
/*
 * Begins; folders that are missing are made. mode: permission bits of the file. With a size the
 * room for it is taken at once, so that a full disk is known before anything travels.
 */
int te_arrival_open(struct te_arrival *arrival, const char *path, int64_t size, unsigned mode,
                    struct te_err *err) TE_MUST_CHECK;
/* The next bytes; offset must be where the last ones ended. */
int te_arrival_write(struct te_arrival *arrival, int64_t offset, const void *data, size_t len,
                     struct te_err *err) TE_MUST_CHECK;
/* All is there: sha256 in hex. TE_ERR_CORRUPT if it is another one. The arrival is over. */
int te_arrival_finish(struct te_arrival *arrival, const char *sha256,
                      struct te_err *err) TE_MUST_CHECK;
/* Gives it up and removes the temporary file. Nothing on one that is over or zeroed. */
void te_arrival_drop(struct te_arrival *arrival);

/* Removes temporary files in folder that no living process writes; returns how many. */
size_t te_arrivals_sweep(const char *folder);
/* The same in the folder of path, unless that is in `seen` already. */
int te_arrivals_sweep_beside(const char *path, struct te_map *seen, size_t *removed,
                             struct te_err *err) TE_MUST_CHECK;

#endif

/* Who and what this host is. */
#ifndef TE_SRC_APP_HOST_H
#define TE_SRC_APP_HOST_H

#include <stdint.h>
#include "te/core/batch.h"

struct te_host {
    char name[256];
    char boot_id[64]; /* tells two hosts of one name apart */
    double cpus;      /* that may be used */
    int64_t memory;   /* bytes that may be used */
    struct te_batch batch;
};

int te_host_read(struct te_host *out, struct te_err *err);
/* Folder for caches of this user: $XDG_CACHE_HOME/timeeval-mpi or ~/.cache/timeeval-mpi. Freed by
 * the caller. */
char *te_host_cache_folder(struct te_err *err);

#endif

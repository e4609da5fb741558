/* Copies of this machine's datasets on other hosts: compared over SSH, and mended. */
#ifndef TE_APP_DATASET_SYNC_H
#define TE_APP_DATASET_SYNC_H

#include "te/model/config.h"

struct te_dataset_sync_options {
    const struct te_config_remote *remote; /* how to connect; its hosts if `to` is empty */
    const struct te_strings *to;           /* HOST or HOST:FOLDER */
    const char *self, *version;            /* of this program: its absolute path and version */
    const struct te_strings *files;        /* absolute; what is not here is counted, no more */
    const struct te_strings *roots;        /* te_arrival_roots; one if a FOLDER stands in `to` */
    bool dry_run;                          /* only compares */
};

struct te_dataset_sync_host {
    char *name;
    bool ok;       /* every file there is as it is here */
    char why[600]; /* not ok: what went wrong first; dry_run: what differs, the first files */
    size_t differ, copied, failed; /* files */
    int64_t bytes;                 /* copied */
};

struct te_dataset_sync {
    struct te_dataset_sync_host *hosts;
    size_t count;
    size_t files, absent; /* here, and not here although they are named */
};

/* Fails only where nothing could be done on any host; else each host tells. */
int te_dataset_sync(const struct te_dataset_sync_options *options, struct te_dataset_sync *out,
                    struct te_err *err) TE_MUST_CHECK;
void te_dataset_sync_release(struct te_dataset_sync *sync);

#endif

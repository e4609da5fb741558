/*
 * Copies of dataset files on hosts: compared with their source over SSH, and mended. The launcher's
 * source is the scheduler host, that of 'datasets sync' is this one.
 */
#ifndef TE_SRC_APP_HOST_MIRRORS_H
#define TE_SRC_APP_HOST_MIRRORS_H

#include "launch_hosts.h"

struct mirror_count {
    size_t differ, copied, failed; /* files */
    int64_t bytes;                 /* copied */
    char why[400];                 /* what was wrong first */
};

struct host_mirrors {
    struct lhosts *hosts;
    const struct lhost *source;       /* not looked at; NULL: it is none of the hosts */
    const struct te_strings *paths;   /* absolute, as the source has them */
    const struct te_strings *digests; /* host_mirror_digest of each there */
    const struct te_strings *roots;   /* folders that files may be put into */
    const char *from;                 /* a folder of the source, */
    char *const *to;                  /* and what stands for it on each host (NULL: the same) */
    bool sweep;                       /* remove what an interrupted copy left */
    /* found and done */
    struct mirror_count *counts; /* by host */
    uint8_t *wrong;              /* [host][file]: differs or is not there */
    size_t *at;                  /* by host: files asked for; bytes sent */
};

/* Begins; the members above "found and done" are set already. */
int host_mirrors_open(struct host_mirrors *mirrors, struct te_err *err);
void host_mirrors_close(struct host_mirrors *mirrors);
/* Asks every worker host that has not failed, in parallel. */
int host_mirrors_look(struct host_mirrors *mirrors, struct te_err *err);
size_t host_mirrors_lacking(const struct host_mirrors *mirrors, size_t file);
/* Sends a file, here at `local`, to all hosts whose copy is wrong, in parallel. A host that cannot
 * take it keeps its wrong copy, and counts say why. */
int host_mirrors_send(struct host_mirrors *mirrors, size_t file, const char *local,
                      struct te_err *err);
/* "<size> <sha256>" of an answer about a file, or "!<reason>". */
char *host_mirror_digest(const json_t *file, struct te_err *err);
/* The list as JSON; NULL when there is no memory. */
json_t *host_mirror_texts(const struct te_strings *list);

#endif

/* Removes what a crash left on this host: containers, folders, processes and control groups that
 * carry our labels and whose owner is gone. What a living program owns stays, as does everything
 * of others. */
#ifndef TE_RUN_CLEAN_H
#define TE_RUN_CLEAN_H

#include "te/adapter/docker.h"

struct te_cleaned {
    size_t containers, folders, processes;
    size_t left; /* ours, but could not be removed */
};

/* docker NULL: no engine to look at. run NULL: containers of any run. */
int te_clean(struct te_docker *docker, const char *scratch, const char *run, struct te_cleaned *out,
             struct te_err *err) TE_MUST_CHECK;

/* Its first part, without a look at folders: adds to containers and left of *out. */
int te_clean_containers(struct te_docker *docker, const char *run, struct te_cleaned *out,
                        struct te_err *err) TE_MUST_CHECK;

#endif

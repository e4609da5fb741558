/* A connection to the Docker engine: what the adapter, the guardian, clean and doctor share. */
#ifndef TE_ADAPTER_DOCKER_H
#define TE_ADAPTER_DOCKER_H

#include "te/adapter/cgroup.h"
#include "te/adapter/http.h"
#include "te/core/batch.h"
#include "te/core/engine.h"

struct te_docker {
    struct te_http *http;
    char version[TE_ENGINE_VERSION]; /* agreed on */
    struct te_engine_info info;
    struct te_cgroups groups; /* version 0: no parent groups of ours; its parent: the batch job's */
    char cpuset[256];         /* processors of the batch job where its group cannot be used */
    char job[TE_BATCH_ID];    /* number of the batch job, "" */
    bool given_up;            /* patience ran out, and nothing has worked since: no more of it */
    bool dirty; /* a container of ours may be left: something must look for it later */
};

/* Connects, agrees on a version, asks for the facts. Where nothing listens err->sys says why;
 * TE_ERR_FORMAT: what listens is no engine. */
int te_docker_open(const char *host, double timeout, struct te_docker **out,
                   struct te_err *err) TE_MUST_CHECK;
void te_docker_close(struct te_docker *docker);
/* One request, whole; path behind the version. */
int te_docker_do(struct te_docker *docker, const char *method, const char *path, const char *body,
                 double timeout, struct te_http_call **out, struct te_err *err) TE_MUST_CHECK;
/* The engine does not take the batch job's group: from now on containers go where it puts them, on
 * the job's processors where those are known. */
void te_docker_leave_group(struct te_docker *docker);
/* Containers of ours: label or run narrows it down, NULL: any. *items is freed by the caller. */
int te_docker_list(struct te_docker *docker, const char *label, const char *run,
                   struct te_engine_item **items, size_t *count, struct te_err *err) TE_MUST_CHECK;
/* Kills and removes one container with its volumes, within `timeout` seconds; one that is gone is
 * fine. */
int te_docker_remove(struct te_docker *docker, const char *id, double timeout,
                     struct te_err *err) TE_MUST_CHECK;
/* Removes all containers with that label; *count of them. */
int te_docker_sweep(struct te_docker *docker, const char *label, size_t *count,
                    struct te_err *err) TE_MUST_CHECK;
/*
 * Removes a folder whose files belong to users that we are not: a container that is root and has
 * the host's own /bin/rm does it. image: any that is there; NULL: the first of the engine.
 */
int te_docker_wipe(struct te_docker *docker, const char *image, const char *folder,
                   struct te_err *err) TE_MUST_CHECK;
/* What an image is; its id is "" if it is not there. */
int te_docker_image(struct te_docker *docker, const char *image, struct te_engine_image *out,
                    struct te_err *err) TE_MUST_CHECK;
/*
 * Pulls images, named one a line: those that are not there, or all of them. A line is logged now
 * and then. alive (may be NULL) is called several times a second meanwhile and may break off with
 * -1. The error has the words of the engine or the registry: TE_ERR_NOENT where there is no such
 * image, TE_ERR_TIMEOUT when nothing has come for minutes, TE_ERR_INFRA else.
 */
typedef int te_docker_alive(void *arg, struct te_err *err);
int te_docker_provide(struct te_docker *docker, const char *images, bool always,
                      te_docker_alive *alive, void *arg, struct te_err *err) TE_MUST_CHECK;
/* Writes the image as a tar archive to a file (what is there of it after a failure stays), or loads
 * all images of one. Takes as long as it takes. */
int te_docker_save(struct te_docker *docker, const char *image, const char *path,
                   struct te_err *err) TE_MUST_CHECK;
int te_docker_load(struct te_docker *docker, FILE *in, int64_t size,
                   struct te_err *err) TE_MUST_CHECK;

#endif

/*
 * The Docker engine's language, without a socket: requests as text, replies as structs, frames of
 * logs taken apart, versions agreed on. Replies come from outside: anything but what is expected is
 * TE_ERR_FORMAT, never a crash.
 */
#ifndef TE_CORE_ENGINE_H
#define TE_CORE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include "te/base/buf.h"
#include "te/model/result.h"

#define TE_ENGINE_API     "1.41" /* the version this program was written for */
#define TE_ENGINE_API_MIN "1.24" /* the oldest it can do with */

/* Labels of our containers. */
#define TE_LABEL            "timeeval-mpi.label"
#define TE_LABEL_RUN        "timeeval-mpi.run"
#define TE_LABEL_OWNER      "timeeval-mpi.owner"
#define TE_LABEL_EXPERIMENT "timeeval-mpi.experiment"
#define TE_LABEL_RANK       "timeeval-mpi.rank"
#define TE_LABEL_JOB        "timeeval-mpi.job" /* number of the batch job: its epilog looks for it */

enum { TE_ENGINE_ID = 72, TE_ENGINE_DIGEST = TE_ENGINE_ID + 8, TE_ENGINE_VERSION = 16 };

/*
 * The version to speak with an engine that answered GET /version with this text: the lower of its
 * and ours; where the engine speaks only newer ones, its oldest (what we use has not changed).
 * TE_ERR_INFRA if it is too old, TE_ERR_FORMAT if that is no engine.
 */
int te_engine_negotiate(const char *text, size_t len, char out[TE_ENGINE_VERSION],
                        struct te_err *err) TE_MUST_CHECK;

/* What GET /info tells, as far as it matters here. */
struct te_engine_info {
    bool cgroupfs;      /* the engine makes groups itself, so that a parent may be any path */
    int cgroup_version; /* 1 or 2 */
    int64_t memory;
    int64_t cpus;
    char root[512];   /* its data folder */
    char version[64]; /* of the engine itself */
};
int te_engine_parse_info(const char *text, size_t len, struct te_engine_info *out,
                         struct te_err *err) TE_MUST_CHECK;

/* The JSON argument of the image contract, in TimeEval's order and spelling. data, scores and model
 * are paths as the algorithm sees them; params is JSON text as it is. */
void te_engine_argument(struct te_buf *out, const char *data, const char *scores, const char *model,
                        enum te_phase phase, const char *params);

struct te_engine_container {
    const char *image;
    const char *const *argv;   /* NULL-terminated */
    const char *entrypoint;    /* NULL: the image's */
    const char *const *env;    /* NULL-terminated */
    const char *const *labels; /* name, value, name, value, ..., NULL */
    const char *const *binds;  /* "host:container:mode", NULL-terminated */
    const char *network;       /* "none", "bridge" */
    const char *cgroup_parent; /* NULL or "": none */
    const char *cpuset;        /* processors "0-3,8"; NULL or "": any */
    const char *user;          /* NULL: the image's */
    int64_t memory;            /* bytes, 0: none; swap is forbidden beyond it */
    double cpus;
    int64_t pids_limit; /* 0: none */
    int64_t shm_size;   /* 0: the engine's default */
    bool swappiness;    /* MemorySwappiness 0: cgroup version 1 only */
};
/* Body of POST /containers/create. */
int te_engine_create(const struct te_engine_container *c, struct te_buf *out,
                     struct te_err *err) TE_MUST_CHECK;

int te_engine_parse_id(const char *text, size_t len, char out[TE_ENGINE_ID],
                       struct te_err *err) TE_MUST_CHECK;
/* Reply of wait. */
int te_engine_parse_wait(const char *text, size_t len, int *exit_code,
                         struct te_err *err) TE_MUST_CHECK;

struct te_engine_image {
    char id[TE_ENGINE_DIGEST];     /* "sha256:..." */
    char digest[TE_ENGINE_DIGEST]; /* in the registry that it came from; "": from none */
};
/* GET /images/NAME/json, or the first item of GET /images/json. */
int te_engine_parse_image(const char *text, size_t len, struct te_engine_image *out,
                          struct te_err *err) TE_MUST_CHECK;

/* State of GET /containers/ID/json. */
struct te_engine_state {
    bool running;
    bool removing; /* on its way out by force: its exit code says nothing about the program */
    bool oom_killed;
    int exit_code;
    double started, finished; /* Unix time, s; NaN: not yet */
    double run_time;          /* finished - started without rounding; NaN if either is missing */
    char image[TE_ENGINE_DIGEST]; /* sha256:... */
    char error[256];
};
int te_engine_parse_state(const char *text, size_t len, struct te_engine_state *out,
                          struct te_err *err) TE_MUST_CHECK;

/* Words of an error reply {"message": ...}, or the start of the text; never fails. */
void te_engine_message(const char *text, size_t len, char *out, size_t size);

/* One item of GET /containers/json?all=1. */
struct te_engine_item {
    char id[TE_ENGINE_ID];
    char label[256]; /* values of our labels, "" if it does not carry them */
    char run[256];
    char owner[256];
    char rank[32];
};
/* *items is freed by the caller. */
int te_engine_parse_list(const char *text, size_t len, struct te_engine_item **items, size_t *count,
                         struct te_err *err) TE_MUST_CHECK;

/* One sample of the stats stream (a line): CPU, peak memory and block I/O; an empty one leaves
 * *measure as it is. */
int te_engine_parse_stats(const char *text, size_t len, struct te_measure *measure,
                          struct te_err *err) TE_MUST_CHECK;

/* Frames of an attached or fetched log (no terminal): [stream,0,0,0,length be32]data. */
struct te_engine_frames {
    unsigned char head[8];
    size_t have;   /* bytes of the head */
    uint32_t left; /* bytes of the current frame still to come */
};
/* Hands the payload of both streams to sink in order of arrival. TE_ERR_FORMAT: no such frames. */
int te_engine_frames_feed(struct te_engine_frames *frames, const char *data, size_t len,
                          void (*sink)(void *arg, const char *data, size_t len), void *arg,
                          struct te_err *err) TE_MUST_CHECK;

/* Appends the path that pulls an image: name and tag, or name and digest; no tag means latest. */
void te_engine_pull(struct te_buf *out, const char *image);

/*
 * Lines of a stream that comes in pieces: each whole one that is not empty goes to sink, without
 * its end. line keeps the rest in between (te_buf_init first); a longer line than it may hold is
 * left out.
 */
void te_engine_lines_feed(struct te_buf *line, const char *data, size_t len,
                          void (*sink)(void *arg, const char *data, size_t len), void *arg);

enum { TE_ENGINE_LAYERS = 128 }; /* an image has at most 127 */

/* How far a pull is: what the lines of the reply to POST /images/create tell. */
struct te_engine_pulling {
    struct {
        char id[16];
        int64_t current, total; /* bytes of its download */
    } layers[TE_ENGINE_LAYERS];
    size_t n_layers;
    char status[160]; /* the last words */
    char error[300];  /* "": none so far */
};
/* Takes one line; anything that is no such line is left aside. */
void te_engine_pulling_line(struct te_engine_pulling *pull, const char *text, size_t len);
/* Bytes that have come, and of how many as far as is known. */
int64_t te_engine_pulling_bytes(const struct te_engine_pulling *pull, int64_t *total);
/* Appends text percent-encoded for a path or query. */
void te_engine_escape(struct te_buf *out, const char *text);

#endif

/* What a phase in a container is made of: docker.c drives its steps, docker_request.c words their
 * requests. */
#ifndef TE_SRC_ADAPTER_DOCKER_STATE_H
#define TE_SRC_ADAPTER_DOCKER_STATE_H

#include "te/adapter/adapter.h"
#include "te/adapter/docker.h"

enum step {
    STEP_PULL,
    STEP_CLEAR, /* removes what has our name: left by a try whose reply got lost */
    STEP_CREATE,
    STEP_ATTACH, /* no request: waits until the engine has the stream of the output open */
    STEP_START,
    STEP_WAIT,
    STEP_INSPECT,
    STEP_REMOVE,
    STEP_DRAIN, /* no request: waits for the rest of the output */
    STEP_DONE
};

struct docker {
    struct te_adapter base;
    const struct te_job *job;
    struct te_http *http;
    enum step step;
    struct te_http_call *call;   /* of the step; NULL: to be sent at `not_before` */
    struct te_http_call *attach; /* its output */
    struct te_http_call *stats;
    struct te_http_call *extra; /* kill requests, pings */
    struct te_engine_frames frames;
    struct te_buf line; /* of the stats stream, or of a pull */
    struct te_engine_pulling pull;
    int tries;
    bool pulled, exists, started, timed_out, killed, connection_lost;
    double trouble_since; /* of this step; while tries > 0 */
    double not_before, deadline, kill_at, ping_at;
    double look_at, empty_since; /* of its group, while it runs; empty_since 0: it has processes */
    bool seen_busy;
    char name[128];
    struct te_cgroup group;
    struct te_outcome out;
    int waited_code;
};

struct docker_step {
    const char *method;
    const char *rest; /* behind the container's name; NULL: made by hand */
    double timeout;
    const char *doing;
};
extern const struct docker_step docker_steps[];

/* The request of the step that it is at. */
int docker_send_step(struct docker *d, struct te_err *err);
int docker_open_stream(struct docker *d, const char *method, const char *rest,
                       void (*sink)(void *, const char *, size_t), struct te_http_call **call,
                       struct te_err *err);
/* A request beside the steps whose reply hardly matters; rest with '!' in front: the whole path. */
void docker_send_extra(struct docker *d, const char *method, const char *rest);
/* The parent group that the user wishes, or NULL where we choose. */
const char *docker_wished_parent(const struct docker *d);
/* Sinks of streams; arg is the docker. */
void docker_on_output(void *arg, const char *data, size_t len);
void docker_on_stats(void *arg, const char *data, size_t len);
void docker_on_pull(void *arg, const char *data, size_t len);

#endif

/* Inside the agent: one operation per request, found by its "op". */
#ifndef TE_SRC_APP_AGENT_OPS_H
#define TE_SRC_APP_AGENT_OPS_H

#include <jansson.h>
#include "te/base/buf.h"
#include "te/core/agent.h"
#include "te/model/arrival.h"
#include "te/model/mirror.h"

struct agent {
    const char *version;
    const char *home; /* of this user; "~/" in paths stands for it */
    int patience;     /* s without a request */
    int done;
    struct te_arrival arrival; /* the file that is being put */
    bool arriving;
    struct te_mirror_cache cache; /* checksums; opened when it is needed */
    bool cache_open;
};

struct agent_call {
    struct agent *agent;
    const struct te_aframe *request;
    json_t *reply;       /* object to fill; borrowed */
    struct te_buf *data; /* bytes that go behind it, at most TE_AGENT_CHUNK */
};

int agent_hello(struct agent_call *call, struct te_err *err);
int agent_put(struct agent_call *call, struct te_err *err);
/* Gives up the file that is being put, and keeps what is known of others. */
void agent_files_close(struct agent *agent);
int agent_get(struct agent_call *call, struct te_err *err);
int agent_exists(struct agent_call *call, struct te_err *err);
int agent_list(struct agent_call *call, struct te_err *err);
int agent_hash(struct agent_call *call, struct te_err *err);
int agent_locked(struct agent_call *call, struct te_err *err);
int agent_claim(struct agent_call *call, struct te_err *err);
int agent_remove(struct agent_call *call, struct te_err *err);
int agent_dial(struct agent_call *call, struct te_err *err);
int agent_start(struct agent_call *call, struct te_err *err);
int agent_stop(struct agent_call *call, struct te_err *err);
int agent_alive(struct agent_call *call, struct te_err *err);
int agent_signal(struct agent_call *call, struct te_err *err);
int agent_plan(struct agent_call *call, struct te_err *err);
int agent_docker(struct agent_call *call, struct te_err *err);
int agent_image_save(struct agent_call *call, struct te_err *err);
int agent_image_load(struct agent_call *call, struct te_err *err);
int agent_clean(struct agent_call *call, struct te_err *err);

/* Text, number or path ("~/" expanded, caller frees) of the request; a missing one is an error. */
const char *agent_text(const struct agent_call *call, const char *key, struct te_err *err);
int agent_number(const struct agent_call *call, const char *key, json_int_t *out,
                 struct te_err *err);
char *agent_path(const struct agent_call *call, const char *key, struct te_err *err);
/* A list of paths, "~/" expanded; an absent one is empty. */
int agent_paths(const struct agent_call *call, const char *key, struct te_strings *out,
                struct te_err *err);

#endif

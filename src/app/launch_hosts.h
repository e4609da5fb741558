/* Inside the launcher: the hosts, one SSH connection each, spoken to in parallel. */
#ifndef TE_SRC_APP_LAUNCH_HOSTS_H
#define TE_SRC_APP_LAUNCH_HOSTS_H

#include <jansson.h>
#include "te/core/agent.h"
#include "te/model/config.h"
#include "te/net/child.h"

struct lhost {
    char *name;
    struct te_child ssh;
    struct te_aframe_reader reader;
    bool connected; /* an agent answers */
    bool failed;    /* out of this run, with the reason */
    char reason[600];
    bool worker; /* named in worker_hosts */
    bool keep;   /* it has what could not be collected: nothing is removed there */
    int claimed; /* how many of the launch's two folders there are its own */
    /* facts of its hello */
    char version[64];
    char hostname[256];
    double cpus; /* that may be used there */
    int64_t memory;
    bool mpirun;
    bool as_root;
    double clock_skew; /* s, its clock minus ours */
    int slots;         /* worker ranks here */
    int cleaned;       /* steps of cleaning that were asked for */
    size_t lacks;      /* images that are not there */
    /* the conversation that is going on */
    bool busy;
    double deadline;
    void *state; /* of the conversation */
};

struct lhosts {
    struct lhost *items; /* the scheduler host first */
    size_t count;
    /* s that an answer may still take after a request to stop, by enum te_sig_request;
     * LHOSTS_STOP_NOW: the talk ends with TE_ERR_CANCELED. NULL: requests to stop change nothing.
     */
    const double *patience;
    double stop_seen; /* when, or 0 */
};

#define LHOSTS_STOP_NOW (-1.0)

/*
 * One side of a conversation with a host. reply is NULL at first, then the frame that answers the
 * last request. Returns 1 after lhost_send (a reply is awaited), 0 when it is done, -1 with err
 * when the host failed. A reply that carries an error fails the host unless `soft` is set: then the
 * function sees it.
 */
struct talk {
    int (*next)(void *arg, struct lhost *host, const struct te_aframe *reply, struct te_err *err);
    void (*done)(void *arg, struct lhost *host); /* after success or failure; may be NULL */
    void (*idle)(void *arg);                     /* between polls; may be NULL */
    bool soft;
    double timeout; /* s for each reply */
    void *arg;
};

int lhosts_open(const struct te_config_remote *remote, struct lhosts *out, struct te_err *err);
void lhosts_release(struct lhosts *hosts);
/* Starts ssh to every host, in parallel; the agent's path is the first line of its input. */
int lhosts_connect(struct lhosts *hosts, const struct te_config_remote *remote, const char *binary,
                   struct te_err *err);
int lhost_connect(struct lhost *host, const struct te_config_remote *remote, const char *binary,
                  struct te_err *err);
/* Speaks with every host that has not failed (only: that one alone) until all are done. */
int lhosts_talk(struct lhosts *hosts, struct lhost *only, const struct talk *talk,
                struct te_err *err);
/* When a request to stop was first seen here, 0: there was none. */
double lhosts_stop_seen(struct lhosts *hosts);
/* -1, TE_ERR_CANCELED: a request to stop came while nothing runs yet. */
int lhosts_stopped(struct te_err *err);
/* Queues a request; head is stolen. */
int lhost_send(struct lhost *host, json_t *head, const void *data, size_t len, struct te_err *err);
void lhost_fail(struct lhost *host, const char *reason);
struct lhost *lhosts_find(const struct lhosts *hosts, const char *name); /* or NULL */
/* Puts the host of that name in front if it has not failed; true if that changed something. */
bool lhosts_lead(struct lhosts *hosts, const char *name);
/* A single request to one host; *reply is released by the caller. */
int lhost_ask(struct lhosts *hosts, struct lhost *host, json_t *head, double timeout,
              struct te_aframe *reply, struct te_err *err);

/* Sends a file from memory or from a path to a host; it appears there only whole and verified. */
int lhost_put_data(struct lhosts *hosts, struct lhost *host, const char *path, const void *data,
                   size_t len, int mode, struct te_err *err);
int lhost_put_file(struct lhosts *hosts, struct lhost *host, const char *from, const char *path,
                   struct te_err *err);
/* Fetches a file from `offset` on and appends it to the local file; *size gets the offset of its
 * end. */
int lhost_get_file(struct lhosts *hosts, struct lhost *host, const char *from, const char *to,
                   int64_t offset, int64_t *size, struct te_err *err);

#endif

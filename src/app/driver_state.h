/* Inside the driver. */
#ifndef TE_SRC_APP_DRIVER_STATE_H
#define TE_SRC_APP_DRIVER_STATE_H

#include "te/app/driver.h"
#include "te/core/msg.h"

struct sent {
    uint32_t task, attempt;
    char *payload; /* of its ASSIGN: the journal's RESULT carries it, too */
    size_t len;
};

struct peer { /* a worker rank: rank = index + 1 */
    struct sent sent[TE_SCHED_DEPTH];
    size_t n_sent;
    uint32_t host;
    int32_t slot;
    int32_t pid; /* of a rank whose process can be seen from here, else 0 */
    bool greeted, ready, up, gone;
    double started; /* of the task that runs, monotonic */
};

struct host {
    char *name;
    char *boot_id;
    int32_t slots;
    double cpus; /* the share of the run */
    int64_t memory;
    size_t leader; /* peer that looks at the mirror; SIZE_MAX: nobody yet */
    bool checked;  /* it has */
    size_t lacks;
    bool aside; /* it gets no more work */
    char *why;  /* its last infrastructure failure, or NULL */
};

struct te_driver {
    struct te_transport *transport;
    struct te_driver_options o;
    struct te_sched *sched;
    struct te_actions actions;
    struct peer *peers;
    size_t n_peers;
    struct host *hosts;
    size_t n_hosts;
    bool places_sent;
    double start, next_beat; /* monotonic */
    bool unsynced;           /* results were added to the journal; */
    double sync_at;          /* when they are to be durable */
    size_t lost;
    bool left_early;   /* ranks went without the others: nobody may wait for them in MPI's end */
    bool learned;      /* durations came in since the schedule was ordered */
    double next_order; /* monotonic: when it is worth while to order it again */
    bool finished;
    struct te_buf payload, frame; /* for building records and messages */
    struct sync *sync;            /* mirror = sync */
};

/* driver_hosts.c: who is there, where, with which files. */
int driver_on_hello(struct te_driver *d, size_t peer, const struct te_frame *frame,
                    struct te_err *err);
int driver_on_mirrored(struct te_driver *d, size_t peer, const struct te_frame *frame,
                       struct te_err *err);
/* A dataset file of this host is wrong for good: one warning each, the first five. */
void driver_warn_file(struct te_driver *d, uint32_t host, const char *path, const char *why);
/* Is the rank's process of this machine gone? Silence would tell later. */
bool driver_process_gone(const struct peer *peer);
/* A host's mirror is looked at by one rank: another one takes over when that is gone too early. */
int driver_lead(struct te_driver *d, uint32_t host, struct te_err *err);
/* Tells the workers their places once all have said hello, or the wait for them is over. */
int driver_place_all(struct te_driver *d, double now, struct te_err *err);

/* driver_estimate.c: how long experiments take. */
int driver_learn(struct te_driver *d, const struct te_result *result, struct te_err *err);
/* Tells the scheduler what is expected of every experiment that is not done. */
void driver_expect(struct te_driver *d);
/* The same again, and in that order, when enough was learned since. */
void driver_reorder(struct te_driver *d, double now);

/* driver_sync.c: files that hosts lack are read here once and sent to all of them. */
int driver_sync_open(struct te_driver *d, struct te_err *err);
void driver_sync_close(struct te_driver *d);
/* The leader of a host found these to be wrong. */
int driver_sync_want(struct te_driver *d, uint32_t host, const struct te_mirror_list *bad,
                     struct te_err *err);
int driver_on_taken(struct te_driver *d, size_t peer, const struct te_frame *frame,
                    struct te_err *err);
/* Sends what fits now; true in *more: there is something to send at once. */
int driver_sync_step(struct te_driver *d, double now, bool *more, struct te_err *err);

/* driver_record.c: what goes into the journal. */
int driver_replay(struct te_driver *d, struct te_err *err);
int driver_journal(struct te_driver *d, enum te_record type, struct te_err *err); /* d->payload */
int driver_note(struct te_driver *d, enum te_note_kind kind, uint32_t number, uint32_t attempt,
                const char *name, const char *text, struct te_err *err);
/* A result that no worker sent. */
int driver_record_own(struct te_driver *d, uint32_t task, uint32_t attempt, enum te_reason reason,
                      const char *message, struct te_err *err);
void driver_count(struct te_driver *d, enum te_status status);
/* A result was added to the journal. */
void driver_note_unsynced(struct te_driver *d);
int driver_sync(struct te_driver *d, struct te_err *err);
int driver_push(struct te_driver *d, struct te_err *err);

/* driver.c */
int driver_step_sched(struct te_driver *d, struct te_event event, struct te_err *err);
int driver_send(struct te_driver *d, size_t peer, enum te_msg_type type,
                struct te_err *err); /* d->payload */

#endif

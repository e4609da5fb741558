/*
 * A worker rank: says hello, checks its host's mirror if it leads the host, runs one task at a time
 * and sends what comes of it. It leaves when rank 0 says so or has not been heard for too long.
 */
#ifndef TE_APP_WORKER_H
#define TE_APP_WORKER_H

#include "te/net/transport.h"

struct te_worker;

/* Sends the hello. transport is borrowed. */
int te_worker_new(struct te_transport *transport, const char *version, struct te_worker **out,
                  struct te_err *err) TE_MUST_CHECK;
/* Works for at most about `wait` seconds; *done when it has left. */
int te_worker_step(struct te_worker *worker, double wait, bool *done,
                   struct te_err *err) TE_MUST_CHECK;
/* Stops at once what runs and tells rank 0 why. */
void te_worker_leave(struct te_worker *worker, int code, const char *why);
/* Was somebody lost, or does this rank leave before the others? Then MPI must not be ended in
 * order: that would wait for them. */
bool te_worker_leaves_at_once(const struct te_worker *worker);
/* Was rank 0 lost? */
bool te_worker_orphaned(const struct te_worker *worker);
void te_worker_free(struct te_worker *worker);

#endif

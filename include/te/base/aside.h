/*
 * Long work beside a rank's messages: one function in a thread of its own, so that the rank goes on
 * saying that it lives. The function makes no MPI call, and nobody else touches what it works on.
 * It hears no signals: they are for the thread that knows what to do with them.
 */
#ifndef TE_BASE_ASIDE_H
#define TE_BASE_ASIDE_H

#include <pthread.h>
#include <stdbool.h>
#include "te/base/err.h"

struct te_aside {
    int (*fn)(void *arg, struct te_err *err);
    void *arg;
    pthread_t thread;
    bool running;
    int rc; /* what fn returned, and its error, once it has ended */
    struct te_err err;
};

/* TE_ERR_INFRA: there is no thread to be had. */
int te_aside_start(struct te_aside *aside, int (*fn)(void *arg, struct te_err *err), void *arg,
                   struct te_err *err) TE_MUST_CHECK;
/* Waits for at most so many seconds; true when it has ended or never ran. */
bool te_aside_wait(struct te_aside *aside, double seconds);

#endif

/*
 * Long work beside a rank's messages: one function in a thread of its own, so that the rank goes on
 * saying that it lives. The function makes no MPI call, and nobody else touches what it works on.
 */
#ifndef TE_SRC_APP_ASIDE_H
#define TE_SRC_APP_ASIDE_H

#include <pthread.h>
#include <stdbool.h>
#include "te/base/err.h"

struct aside {
    int (*fn)(void *arg, struct te_err *err);
    void *arg;
    pthread_t thread;
    bool running;
    int rc; /* what fn returned, and its error, once it has ended */
    struct te_err err;
};

/* The thread hears no signals. */
int aside_start(struct aside *a, int (*fn)(void *arg, struct te_err *err), void *arg,
                struct te_err *err);
/* Waits for at most so many seconds; true when it has ended or never ran. */
bool aside_wait(struct aside *a, double seconds);

#endif

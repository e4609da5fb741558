#include "te/base/aside.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <time.h>

static void *run(void *arg)
{
    struct te_aside *a = arg;
    a->rc = a->fn(a->arg, &a->err);
    return NULL;
}

int te_aside_start(struct te_aside *a, int (*fn)(void *arg, struct te_err *err), void *arg,
                   struct te_err *err)
{
    sigset_t all, old;
    *a = (struct te_aside){.fn = fn, .arg = arg, .err = TE_ERR_INIT};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    errno = pthread_create(&a->thread, NULL, run, a);
    a->running = errno == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return a->running ? 0 : te_err_sys(err, TE_ERR_INFRA, "cannot start a thread");
}

bool te_aside_wait(struct te_aside *a, double seconds)
{
    struct timespec until;
    if (!a->running)
        return true;
    clock_gettime(CLOCK_MONOTONIC, &until);
    double whole = floor(seconds);
    until.tv_sec += (time_t)whole;
    until.tv_nsec += (long)((seconds - whole) * 1e9);
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    a->running = pthread_clockjoin_np(a->thread, NULL, CLOCK_MONOTONIC, &until) != 0;
    return !a->running;
}

/* A plugin for tests: well behaved, or not, as the parameters say. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "../../include/timeeval/plugin.h"

TIMEEVAL_PLUGIN

TIMEEVAL_EXPORT int detect(const struct timeeval_call *call);
TIMEEVAL_EXPORT int crash(const struct timeeval_call *call);
TIMEEVAL_EXPORT int spawns(const struct timeeval_call *call);
TIMEEVAL_EXPORT int greedy(const struct timeeval_call *call);
TIMEEVAL_EXPORT int stuck(const struct timeeval_call *call);

int detect(const struct timeeval_call *call)
{
    if (call->phase == TIMEEVAL_TRAIN) {
        FILE *f = fopen(call->model, "w");
        if (!f)
            return 3;
        fprintf(f, "trained on %zu points, labels %s\n", call->rows, call->labels ? "yes" : "no");
        return fclose(f) == 0 ? 0 : 3;
    }
    printf("%zu points, parameters %s\n", call->rows, call->params);
    double *scores = call->new_scores(call, call->rows);
    for (size_t i = 0; scores && i < call->rows; i++)
        scores[i] = call->values[i * call->dims];
    return scores ? 0 : 1;
}

int crash(const struct timeeval_call *call)
{
    (void)call;
    return raise(SIGABRT);
}

/* Leaves a process behind that has a session of its own. */
int spawns(const struct timeeval_call *call)
{
    if (fork() == 0) {
        if (fork() == 0)
            sleep(600);
        _exit(0);
    }
    return detect(call);
}

int greedy(const struct timeeval_call *call)
{
    (void)call;
    size_t n = (size_t)512 << 20;
    volatile char *p = malloc(n);
    if (!p)
        return 12;
    for (size_t i = 0; i < n; i += 4096)
        p[i] = 1;
    return p[n / 2 / 4096 * 4096] == 1 ? 0 : 1;
}

int stuck(const struct timeeval_call *call)
{
    (void)call;
    signal(SIGTERM, SIG_IGN);
    for (;;)
        sleep(1);
}

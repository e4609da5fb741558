/*
 * The guardian: a small process in a session of its own that holds one end of a pipe. When its rank
 * is gone, however it went, it kills and removes what carries the rank's label: processes, control
 * groups, containers, folders. A rank that ends in order tells it to leave.
 */
#ifndef TE_ADAPTER_GUARDIAN_H
#define TE_ADAPTER_GUARDIAN_H

#include <stdbool.h>
#include "te/base/err.h"

struct te_guardian;

struct te_guardian_spec {
    const char *helper; /* program that knows the mode "__guardian" */
    const char *label;
    const char *docker_host; /* NULL or "": no engine */
    const char *workdir;     /* folder to remove */
};

int te_guardian_open(const struct te_guardian_spec *spec, struct te_guardian **out,
                     struct te_err *err) TE_MUST_CHECK;
/* Tells it of a process group to kill (what = "pid"), or that containers were used ("docker");
 * NULL guardian: nothing happens. */
void te_guardian_add(struct te_guardian *guardian, const char *what, long number);
void te_guardian_drop(struct te_guardian *guardian, const char *what, long number);
/* Orderly end: it leaves without doing anything; with `dirty` it does its work, and nobody waits
 * for it: something of ours may be left that the rank could not remove. */
void te_guardian_close(struct te_guardian *guardian, bool dirty);

/* The mode "__guardian LABEL DOCKER_HOST WORKDIR" of the program; reads from standard input. */
int te_guardian_main(int argc, char **argv);

#endif

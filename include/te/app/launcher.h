/*
 * The SSH launcher: what TimeEval does through Dask's SSHCluster, for a handful of machines with
 * SSH between them. Checks every host in parallel, starts the run through mpirun, follows it,
 * restarts it on the survivors where Open MPI cannot go on, collects results and logs, and leaves
 * nothing on any host.
 */
#ifndef TE_APP_LAUNCHER_H
#define TE_APP_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include "te/base/err.h"

struct te_launch_options {
    const char *config;      /* path of the configuration */
    const char *const *sets; /* section.key=value */
    size_t n_sets;
    const char *self;    /* absolute path of this program */
    const char *version; /* that every host must have */
    bool resume;         /* go on with the newest incomplete launch of this configuration */
    const char *retry;   /* with resume: statuses and reasons that are run again, or NULL */
    bool attach;         /* only follow and collect a run that goes on at the scheduler host */
    bool force;          /* over-provisioned hosts are a warning */
};

/* Runs to the end; *exit_status is what the program should exit with (INTERFACE: exit status). */
int te_launch(const struct te_launch_options *options, int *exit_status,
              struct te_err *err) TE_MUST_CHECK;

#endif

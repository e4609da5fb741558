/*
 * A child process with limits, in a session and process group of its own, its output in a log:
 * what functions, commands and post-processing programs run in. posix_spawn of this very program
 * in its mode "__child" (adapter/helper.h), which sets the limits and goes on to the program, so
 * that nothing of it ever runs without them.
 */
#ifndef TE_ADAPTER_PROC_H
#define TE_ADAPTER_PROC_H

#include <sys/types.h>
#include "te/adapter/adapter.h"
#include "te/adapter/cgroup.h"

struct te_proc_limits {
    int64_t memory; /* bytes, 0: none */
    double cpus;    /* 0: none */
    double among;   /* on so many processors, with others of its task; 0: as many as cpus */
    double timeout; /* s */
    double grace;   /* s from SIGTERM to SIGKILL at the timeout; 0: SIGKILL at once */
};

struct te_proc {
    pid_t pid; /* 0: none */
    int pidfd; /* -1: none */
    int out;   /* read end of its output; -1: closed */
    int fail;  /* read end of what the helper says if it cannot start the program */
    bool reaped;
    bool timed_out;
    bool killed;
    double started, deadline, kill_at; /* monotonic, s */
    double ended;
    int status; /* of wait */
    struct te_measure usage;
    struct te_cgroup group;
    struct te_cgroups groups;
    struct te_cutlog *log;
    const struct te_adapter_env *env;
    struct te_proc_limits limits;
};

/*
 * mode: what stands behind "--" for the helper: {"exec", PROGRAM, ARG..., NULL}, {"plugin", ...}
 * or {"filter", IN, OUT, PROGRAM, ARG..., NULL}: files for standard input and output ("": none, and
 * the log). log is borrowed until release. name: of its control group.
 */
int te_proc_start(struct te_proc *proc, const struct te_adapter_env *env, const char *name,
                  const char *const *mode, const struct te_proc_limits *limits,
                  struct te_cutlog *log, struct te_err *err) TE_MUST_CHECK;
/* Works and sleeps for at most wait seconds; *done when it has ended and its group is empty. */
int te_proc_poll(struct te_proc *proc, double wait, bool *done, struct te_err *err) TE_MUST_CHECK;
/* After done: end, codes, figures. */
void te_proc_take(struct te_proc *proc, struct te_outcome *outcome);
/* From any state: kills the whole group and waits for it. */
void te_proc_release(struct te_proc *proc);
/* May this user make control groups that hold such processes to limits of memory and processors?
 * Tries it. */
bool te_proc_limits_hold(bool *memory, bool *cpus);
/* SIGKILL to every process of this user that carries TIMEEVAL_MPI_LABEL=<label> in its environment.
 * Returns how many there were. */
int te_proc_sweep(const char *label);

#define TE_PROC_LABEL "TIMEEVAL_MPI_LABEL"

#endif

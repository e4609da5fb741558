/*
 * What the SSH launcher decides without touching anything: command lines, the hostfile, and what
 * ssh's last words mean. Pure.
 */
#ifndef TE_CORE_LAUNCH_H
#define TE_CORE_LAUNCH_H

#include "te/model/config.h"

/* A host name that is safe as an argument of ssh and in a hostfile. */
int te_launch_check_host(const char *host, struct te_err *err) TE_MUST_CHECK;

/*
 * ssh's arguments for the agent on a host, ready for exec (NULL at the end is not included). The
 * remote command is a constant; the program's path follows as the first line of its input.
 */
int te_launch_ssh(const struct te_config_remote *remote, const char *host, struct te_strings *argv,
                  struct te_err *err) TE_MUST_CHECK;

struct te_launch_host {
    const char *name;
    int worker_slots; /* worker ranks here, 0: none */
};

struct te_launch_run {
    const struct te_launch_host *hosts; /* the scheduler host first */
    size_t n_hosts;
    const char *hostfile;          /* path, on the machine where mpirun runs */
    const char *binary;            /* path of timeeval-mpi on the hosts */
    const char *config;            /* path on the scheduler host */
    const struct te_strings *sets; /* section.key=value for --set */
    const char *resume;            /* run name to resume, or NULL */
    const char *retry;             /* with resume: words for --retry, or NULL */
    const char *log;               /* on every host: file for the log of its ranks */
    const char *file_level, *console_level;
    const char *tmp; /* folder for Open MPI's own files, or NULL: where it likes */
    bool as_root;
};

/* "<host> slots=<n>" a line, the scheduler host first with one slot more for rank 0. */
char *te_launch_hostfile(const struct te_launch_run *run, struct te_err *err) TE_MUST_CHECK;
/* mpirun with every setting that keeps a run alive (README, section on hosts that fail). */
int te_launch_mpirun(const struct te_config_remote *remote, const struct te_launch_run *run,
                     struct te_strings *argv, struct te_err *err) TE_MUST_CHECK;

/* Why a connection failed, in words with the mend, from ssh's exit status (waitpid) and its
 * standard error. out is at most size bytes. */
void te_launch_reason(const char *host, int status, const char *ssh_errors, char *out, size_t size);

/* Worker slots for which a host suffices, at least 1; 0: no limit is given, any number does. */
int te_launch_slots(const struct te_limits *limits, double cpus, int64_t memory);
/*
 * Over-provisioning: worker slots times limits against a host's CPUs and memory (0 in a limit:
 * TimeEval's formula, which cannot over-provision). 0 if it fits, else -1 with the arithmetic.
 */
int te_launch_fits(const char *host, int slots, const struct te_limits *limits, double cpus,
                   int64_t memory, struct te_err *err) TE_MUST_CHECK;

#endif

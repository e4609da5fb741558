/*
 * Control groups, version 1 (one folder per controller) and 2 (one folder), where this user may
 * make them: limits for processes of ours, and counters that outlive a container when its group is
 * made below one of ours.
 */
#ifndef TE_ADAPTER_CGROUP_H
#define TE_ADAPTER_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include "te/base/err.h"
#include "te/model/result.h"

#define TE_CGROUP_PREFIX "timeeval-mpi."
/* Of a slice, which is a group that systemd makes: in its names a '-' is a level. */
#define TE_SLICE_PREFIX "timeeval_mpi."
#define TE_SLICE_SUFFIX ".slice"

struct te_cgroups {
    const char *root; /* /sys/fs/cgroup; tests have their own */
    int mounted;      /* version that has the controllers: 1, 2 */
    int version;      /* the same; 0: none that may be written */
    bool slices;      /* groups come from systemd, with the first container in them */
    char parent[200]; /* group of the batch job, in which ours are made: "/slurm/uid_7/job_5"; "":
                       * none. An engine may use it even where we may not write. */
};

struct te_cgroup {
    const struct te_cgroups *groups; /* NULL: not made */
    char name[128];                  /* below the parent, without a slash in front */
};

/* What is there and may be written, and the batch job's group if this process is in one. Never
 * fails: version 0 then. */
void te_cgroups_probe(const char *root, struct te_cgroups *out);
/* The same for the groups of an engine that leaves them to systemd, in version 2; version 0 where
 * this user may not end them. */
void te_cgroups_use_slices(struct te_cgroups *groups);

/* The processors of the batch job ("0-3,8"), as its group says; false: no job, or no bound. */
bool te_cgroups_cpuset(const struct te_cgroups *groups, char *out, size_t size);

/* Makes a group, or only names it if it is a slice. -1: it cannot be made, the caller does without.
 */
int te_cgroup_make(const struct te_cgroups *groups, const char *name, struct te_cgroup *out,
                   struct te_err *err) TE_MUST_CHECK;
/* memory in bytes with no swap beyond it, cpus; 0: none. *memory_set, *cpus_set: what holds now. */
void te_cgroup_limit(const struct te_cgroup *group, int64_t memory, double cpus, bool *memory_set,
                     bool *cpus_set);
/* Path number i of a file that a process writes its number to in order to join; false behind the
 * last. */
bool te_cgroup_join_path(const struct te_cgroup *group, int i, char *out, size_t size);
/* Fills CPU times, peak memory and block I/O from the counters; false if they say nothing. */
bool te_cgroup_read(const struct te_cgroup *group, struct te_measure *measure);
/* Does the kernel keep the peak of its memory? (version 2: since 5.19) */
bool te_cgroup_has_peak(const struct te_cgroup *group);
/* Is a process in it or in a container's group within? True also where that cannot be told. */
bool te_cgroup_busy(const struct te_cgroup *group);
/* Has the kernel killed for memory in it? (its own limit) */
bool te_cgroup_oom(const struct te_cgroup *group);
/* SIGKILL to everything in it. */
void te_cgroup_kill(const struct te_cgroup *group);
/* Removes it; false while something is in it. A group that was not made is fine. */
bool te_cgroup_remove(struct te_cgroup *group);
/* Removes every empty group of ours whose name contains label (NULL: any), after killing what is
 * in it. Returns how many remain. */
int te_cgroups_sweep(const struct te_cgroups *groups, const char *label);
/* Removes every group of ours, of any run, that is empty and has been there for long. */
void te_cgroups_prune(const struct te_cgroups *groups);

#endif

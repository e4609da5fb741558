/*
 * What this process may use of its host: processors by affinity and control group quota, memory by
 * control group limit, both versions of control groups. A batch job's share counts, not the
 * machine, and not the few processors that the batch system bound this one task to.
 */
#ifndef TE_ADAPTER_HOSTFACTS_H
#define TE_ADAPTER_HOSTFACTS_H

#include <stdint.h>
#include "te/core/batch.h"

struct te_hostfacts {
    char host[256];
    int cpus_online;          /* logical processors of the machine */
    int cpus_allowed;         /* by affinity */
    double cpu_quota;         /* processors by control group; 0: none */
    double cpus;              /* the job's, else by affinity; no more than the quota */
    int cores;                /* physical ones among those allowed, 0: unknown */
    int64_t memory_total;     /* bytes of the machine */
    int64_t memory_limit;     /* by control group; 0: none */
    int64_t memory;           /* the least of these and the job's */
    int64_t memory_available; /* now */
    struct te_batch batch;    /* the job and its share of this host */
};

/* root: "" or, for tests, a folder with proc/ and sys/ in it (affinity and environment are the real
 * ones). Facts that cannot be read stay 0; -1 only where not even the number of processors can be
 * told. */
int te_hostfacts_read(const char *root, struct te_hostfacts *out, struct te_err *err) TE_MUST_CHECK;
/*
 * Path of the job's control group below the mount of its controllers ("/slurm/uid_7/job_5").
 * False: no job, or it has no group with a limit on memory or processors.
 */
bool te_hostfacts_job_group(const char *root, const struct te_batch *batch, char *out, size_t size);
/* Fills cores through hwloc, which takes some milliseconds. */
void te_hostfacts_cores(struct te_hostfacts *facts);

#endif

/*
 * What this process may use of its host: processors by affinity and control group quota, memory by
 * control group limit, both versions of control groups. A batch system's share counts, not the
 * machine.
 */
#ifndef TE_ADAPTER_HOSTFACTS_H
#define TE_ADAPTER_HOSTFACTS_H

#include <stdint.h>
#include "te/base/err.h"

struct te_hostfacts {
    char host[256];
    int cpus_online;          /* logical processors of the machine */
    int cpus_allowed;         /* by affinity */
    double cpu_quota;         /* processors by control group; 0: none */
    double cpus;              /* the least of these: what may be used */
    int cores;                /* physical ones among those allowed, 0: unknown */
    int64_t memory_total;     /* bytes of the machine */
    int64_t memory_limit;     /* by control group; 0: none */
    int64_t memory;           /* the lesser of both */
    int64_t memory_available; /* now */
};

/* root: "" or, for tests, a folder with proc/ and sys/ in it (affinity is the real one). Facts that
 * cannot be read stay 0; -1 only where not even the number of processors can be told. */
int te_hostfacts_read(const char *root, struct te_hostfacts *out, struct te_err *err) TE_MUST_CHECK;
/* Fills cores through hwloc, which takes some milliseconds. */
void te_hostfacts_cores(struct te_hostfacts *facts);

#endif

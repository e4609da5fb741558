#include "limits.h"

#include "te/adapter/hostfacts.h"

/*
 * Read once: neither changes while a rank lives. Control groups and what the batch system gave
 * count, so that a job's share is divided and not the machine; affinity does not, for a launcher
 * may have bound every rank to its own processors already.
 */
static const struct te_hostfacts *host(void)
{
    static struct te_hostfacts facts;
    struct te_err ignored = TE_ERR_INIT;
    if (facts.cpus_online == 0 && te_hostfacts_read("", &facts, &ignored) < 0)
        facts.cpus_online = 1;
    return &facts;
}

void te_limits_resolve(const struct te_limits *limits, int slots, int64_t *memory, double *cpus)
{
    const struct te_hostfacts *h = host();
    if (slots < 1)
        slots = 1;
    *memory = limits->memory;
    *cpus = limits->cpus;
    if (*memory <= 0) {
        int64_t rest = (h->memory - ((int64_t)1 << 30)) / slots;
        *memory = rest > 0 ? rest : h->memory / 2 / slots;
    }
    if (!(*cpus > 0)) {
        double all = h->batch.cpus > 0 ? h->cpus : h->cpus_online;
        *cpus = (h->cpu_quota > 0 && h->cpu_quota < all ? h->cpu_quota : all) / slots;
    }
}

#include "limits.h"

#include <unistd.h>

void te_limits_resolve(const struct te_limits *limits, int slots, int64_t *memory, double *cpus)
{
    if (slots < 1)
        slots = 1;
    *memory = limits->memory;
    *cpus = limits->cpus;
    if (*memory <= 0) {
        int64_t total = (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE);
        int64_t rest = (total - ((int64_t)1 << 30)) / slots;
        *memory = rest > 0 ? rest : total / 2 / slots;
    }
    if (!(*cpus > 0)) {
        long n = sysconf(_SC_NPROCESSORS_ONLN);
        *cpus = (double)(n > 0 ? n : 1) / slots;
    }
}

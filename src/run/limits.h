/* TimeEval's default limits on the executing host. */
#ifndef TE_RUN_LIMITS_H
#define TE_RUN_LIMITS_H

#include <stdint.h>
#include "te/model/task.h"

/* memory: the task's, else (total - 1 GiB) div slots; cpus: the task's, else logical CPUs / slots;
 * of what control groups leave to this process.
 * 0 counts as unset. */
void te_limits_resolve(const struct te_limits *limits, int slots, int64_t *memory, double *cpus);

#endif

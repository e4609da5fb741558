/*
 * What a batch system (Slurm) tells the processes of a job: which job, its share of this host, its
 * end. Pure: the environment comes in as a function, replies of its commands as text.
 */
#ifndef TE_CORE_BATCH_H
#define TE_CORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

enum { TE_BATCH_ID = 32, TE_BATCH_NODES = 2048 };

struct te_batch {
    char id[TE_BATCH_ID];       /* the job's number; "": no job */
    char nodes[TE_BATCH_NODES]; /* as Slurm writes them: node[1-3] */
    int restarts;               /* how often it was queued again */
    double end;                 /* Unix time; 0: not told */
    double cpus;                /* the job's on this host; 0: not told */
    int64_t memory;             /* bytes, the job's on this host; 0: not told or all there is */
    int tasks;                  /* of the step that this process belongs to; 0: none */
};

/* get: as getenv. Values that make no sense count as not there. */
void te_batch_read(char *(*get)(const char *name), struct te_batch *out);

/* "slurm job 5, nodes node[1-3], restart 1", "" without a job; freed by the caller. */
char *te_batch_text(const struct te_batch *batch, struct te_err *err);
/* The way back: id, nodes and restarts; false and nothing set for any other text, NULL too. */
bool te_batch_parse_text(const char *text, struct te_batch *out);

/*
 * What `squeue -o %L` prints: "[[days-]hours:]minutes:seconds", with a line end. *seconds is
 * INFINITY for UNLIMITED. False for anything else (NOT_SET, INVALID, an empty reply).
 */
bool te_batch_parse_left(const char *text, double *seconds);

/*
 * Path of the job's control group, taken from that of one of its processes: everything up to the
 * part job_<id> ("/slurm/uid_7/job_5/step_0/task_1", "/system.slice/slurmstepd.scope/job_5/...").
 * False: it is in none.
 */
bool te_batch_group(const char *group, const char *id, char *out, size_t size);

#endif

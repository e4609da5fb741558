#include "te/core/batch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"

static const double most_number = 1e15;

/* A plain number, nothing before or behind it; 0 for everything else. */
static double number_of(const char *text)
{
    char *end;
    if (!text || text[0] < '0' || text[0] > '9')
        return 0;
    double value = strtod(text, &end);
    return *end == '\0' && value < most_number ? value : 0;
}

static bool is_id(const char *text)
{
    size_t len = text ? strlen(text) : 0;
    return len > 0 && len < TE_BATCH_ID && strspn(text, "0123456789") == len;
}

/* MB, per node or per processor; a job that asked for all memory is told 0. */
static int64_t memory_of(char *(*get)(const char *name), double cpus)
{
    double node = number_of(get("SLURM_MEM_PER_NODE"));
    double each = number_of(get("SLURM_MEM_PER_CPU"));
    double megabytes = node > 0 ? node : each * cpus;
    return (int64_t)(megabytes < most_number / (1 << 20) ? megabytes * (1 << 20) : 0);
}

void te_batch_read(char *(*get)(const char *name), struct te_batch *out)
{
    *out = (struct te_batch){0};
    const char *id = get("SLURM_JOB_ID");
    if (!is_id(id))
        return;
    snprintf(out->id, sizeof out->id, "%s", id);
    const char *nodes = get("SLURM_JOB_NODELIST");
    snprintf(out->nodes, sizeof out->nodes, "%s", nodes ? nodes : "");
    out->restarts = (int)fmin(number_of(get("SLURM_RESTART_COUNT")), 1e9);
    out->end = number_of(get("SLURM_JOB_END_TIME"));
    out->tasks = (int)fmin(number_of(get("SLURM_STEP_NUM_TASKS")), 1e9);
    /* only slurmd says that: the shell of salloc on a login node is on no host of the job */
    if (!get("SLURMD_NODENAME"))
        return;
    out->cpus = number_of(get("SLURM_CPUS_ON_NODE"));
    out->memory = memory_of(get, out->cpus);
}

char *te_batch_text(const struct te_batch *batch, struct te_err *err)
{
    if (!batch->id[0])
        return te_strdup("", err);
    return te_asprintf(err, "slurm job %s, nodes %s, restart %d", batch->id,
                       batch->nodes[0] ? batch->nodes : "?", batch->restarts);
}

bool te_batch_parse_text(const char *text, struct te_batch *out)
{
    static const char head[] = "slurm job ", middle[] = ", nodes ", tail[] = ", restart ";
    struct te_batch batch = {0};
    if (!text || strncmp(text, head, sizeof head - 1) != 0)
        return false;
    const char *id = text + sizeof head - 1;
    const char *nodes = strstr(id, middle), *restart = NULL;
    for (const char *p = nodes; p && (p = strstr(p, tail)) != NULL; p++)
        restart = p; /* the last one */
    if (!nodes || !restart)
        return false;
    snprintf(batch.id, sizeof batch.id, "%.*s", (int)(nodes - id), id);
    nodes += sizeof middle - 1;
    if (!is_id(batch.id) || restart < nodes)
        return false;
    snprintf(batch.nodes, sizeof batch.nodes, "%.*s", (int)(restart - nodes), nodes);
    batch.restarts = (int)fmin(number_of(restart + sizeof tail - 1), 1e9);
    *out = batch;
    return true;
}

bool te_batch_parse_left(const char *text, double *seconds)
{
    static const char unlimited[] = "UNLIMITED";
    static const double weight[] = {1, 60, 3600, 86400};
    double parts[4] = {0};
    int n = 0;
    char *end;
    if (strncmp(text, unlimited, sizeof unlimited - 1) == 0) {
        *seconds = INFINITY;
        return true;
    }
    for (const char *p = text; n < 4; p = end + 1) {
        if (*p < '0' || *p > '9')
            return false;
        parts[n++] = (double)strtoul(p, &end, 10);
        if (*end != ':' && !(*end == '-' && n == 1))
            break;
    }
    bool days = n > 0 && text[strspn(text, "0123456789")] == '-';
    if (n < 2 || (*end != '\0' && *end != '\n') || (days ? n != 4 : n == 4))
        return false;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += parts[i] * weight[n - 1 - i];
    *seconds = sum;
    return true;
}

bool te_batch_group(const char *group, const char *id, char *out, size_t size)
{
    char part[TE_BATCH_ID + 8];
    size_t len = (size_t)snprintf(part, sizeof part, "/job_%s", id);
    const char *at = id[0] ? strstr(group, part) : NULL;
    if (!at || (at[len] != '/' && at[len] != '\0') || (size_t)(at - group) + len >= size)
        return false;
    snprintf(out, size, "%.*s", (int)((size_t)(at - group) + len), group);
    return true;
}

#include "te/adapter/hostfacts.h"

#include <fcntl.h>
#include <hwloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, TEXT_SIZE = 8192 };

/* Of "/proc" and "/sys" files: a few kB at most. */
static bool read_text(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t len = 0;
    ssize_t n;
    while (len < size - 1 && (n = read(fd, out + len, size - 1 - len)) > 0)
        len += (size_t)n;
    close(fd);
    out[len] = '\0';
    return len > 0;
}

/* The group's path of a controller ("" for version 2) in /proc/self/cgroup; false: none. */
static bool group_of(const char *table, const char *controller, char *out, size_t size)
{
    size_t want = strlen(controller);
    for (const char *line = table; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        const char *list = strchr(line, ':');
        const char *path = list ? strchr(list + 1, ':') : NULL;
        if (!path)
            continue;
        for (const char *c = ++list; c <= path; c++) {
            size_t len = strcspn(c, ",:");
            if (len == want && strncmp(c, controller, len) == 0) {
                snprintf(out, size, "%.*s", (int)strcspn(path + 1, "\n"), path + 1);
                return true;
            }
            c += len;
        }
    }
    return false;
}

/* Calls visit with the text of a file in the group and in each of its parents. */
static void climb(const char *mount, const char *group, const char *file,
                  void (*visit)(const char *folder, const char *text, void *arg), void *arg)
{
    char folder[PATH_SIZE], path[PATH_SIZE + 64], text[256];
    int n = snprintf(folder, sizeof folder, "%s%s", mount, group);
    if (n < 0 || (size_t)n >= sizeof folder)
        return;
    size_t top = strlen(mount);
    for (;;) {
        snprintf(path, sizeof path, "%s/%s", folder, file);
        if (read_text(path, text, sizeof text))
            visit(folder, text, arg);
        char *slash = strrchr(folder, '/');
        if (strlen(folder) <= top || !slash)
            return;
        *slash = '\0';
    }
}

static void least_memory(const char *folder, const char *text, void *arg)
{
    int64_t *least = arg;
    (void)folder;
    long long limit = strtoll(text, NULL, 10);
    /* version 1 writes a number near 2^63 where there is no limit, version 2 "max" */
    if (limit > 0 && limit < (1LL << 60) && (*least == 0 || limit < *least))
        *least = limit;
}

static void least_quota(double quota, double period, double *least)
{
    if (quota > 0 && period > 0 && (*least <= 0 || quota / period < *least))
        *least = quota / period;
}

static void quota_v1(const char *folder, const char *text, void *arg)
{
    char path[PATH_SIZE + 64], period[64];
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    if (read_text(path, period, sizeof period))
        least_quota(strtod(text, NULL), strtod(period, NULL), arg);
}

static void quota_v2(const char *folder, const char *text, void *arg)
{
    char *end;
    (void)folder;
    double quota = strtod(text, &end);
    if (end != text)
        least_quota(quota, strtod(end, NULL), arg);
}

static void read_groups(const char *root, struct te_hostfacts *out)
{
    char path[PATH_SIZE], table[TEXT_SIZE], group[PATH_SIZE];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    if (!read_text(path, table, sizeof table))
        return;
    if (group_of(table, "memory", group, sizeof group)) {
        snprintf(path, sizeof path, "%s/sys/fs/cgroup/memory", root);
        climb(path, group, "memory.limit_in_bytes", least_memory, &out->memory_limit);
    }
    if (group_of(table, "cpu", group, sizeof group)) {
        snprintf(path, sizeof path, "%s/sys/fs/cgroup/cpu", root);
        climb(path, group, "cpu.cfs_quota_us", quota_v1, &out->cpu_quota);
    }
    if (group_of(table, "", group, sizeof group)) {
        snprintf(path, sizeof path, "%s/sys/fs/cgroup", root);
        climb(path, group, "memory.max", least_memory, &out->memory_limit);
        climb(path, group, "cpu.max", quota_v2, &out->cpu_quota);
    }
}

static int64_t meminfo(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at ? strtoll(at + strlen(key), NULL, 10) * 1024 : 0;
}

static void read_memory(const char *root, struct te_hostfacts *out)
{
    char path[PATH_SIZE], text[TEXT_SIZE];
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    if (!read_text(path, text, sizeof text))
        return;
    out->memory_total = meminfo(text, "MemTotal:");
    out->memory_available = meminfo(text, "MemAvailable:");
}

/* Of two limits, 0 meaning none. */
static int64_t lesser(int64_t a, int64_t b)
{
    return a > 0 && (b <= 0 || a < b) ? a : b;
}

static int read_cpus(struct te_hostfacts *out, struct te_err *err)
{
    cpu_set_t set;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online < 1)
        return te_err_sys(err, TE_ERR_IO, "cannot tell the number of processors");
    out->cpus_online = (int)online;
    /* more than 1024 processors do not fit into the set: then all count */
    out->cpus_allowed = sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0
                            ? CPU_COUNT(&set)
                            : (int)online;
    return 0;
}

int te_hostfacts_read(const char *root, struct te_hostfacts *out, struct te_err *err)
{
    struct te_hostfacts facts = {0};
    if (read_cpus(&facts, err) < 0)
        return -1;
    if (gethostname(facts.host, sizeof facts.host - 1) != 0)
        facts.host[0] = '\0';
    read_memory(root, &facts);
    read_groups(root, &facts);
    te_batch_read(getenv, &facts.batch);
    facts.cpus = facts.cpus_allowed;
    if (facts.batch.cpus > 0)
        facts.cpus = facts.batch.cpus < facts.cpus_online ? facts.batch.cpus : facts.cpus_online;
    if (facts.cpu_quota > 0 && facts.cpu_quota < facts.cpus)
        facts.cpus = facts.cpu_quota;
    facts.memory = lesser(facts.memory_total, lesser(facts.memory_limit, facts.batch.memory));
    *out = facts;
    return 0;
}

bool te_hostfacts_job_group(const char *root, const struct te_batch *batch, char *out, size_t size)
{
    /* version 2 last: where both are mounted the controllers are in version 1 */
    static const char *const controllers[] = {"memory", "cpuset", ""};
    char path[PATH_SIZE], table[TEXT_SIZE], group[PATH_SIZE];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    if (!batch->id[0] || !read_text(path, table, sizeof table))
        return false;
    for (size_t i = 0; i < sizeof controllers / sizeof *controllers; i++)
        if (group_of(table, controllers[i], group, sizeof group) &&
            te_batch_group(group, batch->id, out, size))
            return true;
    return false;
}

void te_hostfacts_cores(struct te_hostfacts *facts)
{
    hwloc_topology_t topology;
    facts->cores = 0;
    if (hwloc_topology_init(&topology) != 0)
        return;
    hwloc_cpuset_t allowed = hwloc_bitmap_alloc();
    if (allowed && hwloc_topology_load(topology) == 0) {
        if (hwloc_get_cpubind(topology, allowed, HWLOC_CPUBIND_PROCESS) != 0)
            hwloc_bitmap_copy(allowed, hwloc_topology_get_allowed_cpuset(topology));
        hwloc_obj_t core = NULL;
        while ((core = hwloc_get_next_obj_by_type(topology, HWLOC_OBJ_CORE, core)))
            facts->cores += hwloc_bitmap_intersects(core->cpuset, allowed);
    }
    hwloc_bitmap_free(allowed);
    hwloc_topology_destroy(topology);
}

#include "te/adapter/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "slice.h"
#include "te/adapter/hostfacts.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/str.h"

/* Of version 1: the first N_V1 are ours; in the others an engine makes the parent that it is told
 * and leaves it behind. */
static const char *const v1_controllers[] = {
    "memory",  "cpu",  "cpuacct", "blkio",    "pids",       "cpuset",  "devices", "freezer",
    "hugetlb", "rdma", "net_cls", "net_prio", "perf_event", "systemd", "misc",    "unified"};
enum { N_V1 = 5, N_V1_ALL = sizeof v1_controllers / sizeof v1_controllers[0], PATH_SIZE = 512 };

/* <root>/<controller><parent>, without the controller in version 2. */
static void folder_of(const struct te_cgroups *groups, const char *controller, char *out,
                      size_t size)
{
    bool v1 = groups->mounted == 1;
    snprintf(out, size, "%s%s%s%s", groups->root, v1 ? "/" : "", v1 ? controller : "",
             groups->parent);
}

/* <root>/<controller><parent>/<group>/<file> */
static void path_of(const struct te_cgroup *g, const char *controller, const char *file, char *out,
                    size_t size)
{
    char folder[PATH_SIZE / 2];
    folder_of(g->groups, controller, folder, sizeof folder);
    snprintf(out, size, "%s/%s%s%s", folder, g->name, *file ? "/" : "", file);
}

static bool read_text(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, out, size - 1);
    close(fd);
    out[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t len = strlen(text);
    bool ok = write(fd, text, len) == (ssize_t)len;
    close(fd);
    return ok;
}

static bool read_file(const struct te_cgroup *g, const char *controller, const char *file,
                      char *out, size_t size)
{
    char path[PATH_SIZE];
    path_of(g, controller, file, path, sizeof path);
    return read_text(path, out, size);
}

static bool write_file(const struct te_cgroup *g, const char *controller, const char *file,
                       const char *text)
{
    char path[PATH_SIZE];
    path_of(g, controller, file, path, sizeof path);
    return write_text(path, text);
}

/* The job's group, if it is where the controllers of this version are. */
static void find_parent(struct te_cgroups *groups)
{
    struct te_batch batch;
    char path[PATH_SIZE];
    te_batch_read(getenv, &batch);
    if (!te_hostfacts_job_group("", &batch, groups->parent, sizeof groups->parent))
        groups->parent[0] = '\0';
    folder_of(groups, "memory", path, sizeof path);
    if (!te_fs_is_folder(path))
        groups->parent[0] = '\0';
}

void te_cgroups_probe(const char *root, struct te_cgroups *out)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/memory", root);
    int mounted = te_fs_is_folder(path) ? 1 : 2;
    *out = (struct te_cgroups){.root = root, .mounted = mounted, .version = mounted};
    find_parent(out);
    if (mounted == 1) {
        folder_of(out, "memory", path, sizeof path);
        bool ok = access(path, W_OK) == 0;
        snprintf(path, sizeof path, "%s/cpuacct", root); /* the batch system may not be in it */
        if (!ok || access(path, W_OK) != 0)
            out->version = 0;
        return;
    }
    snprintf(path, sizeof path, "%s%s/cgroup.subtree_control", root, out->parent);
    if (access(path, W_OK) != 0)
        out->version = 0;
}

void te_cgroups_use_slices(struct te_cgroups *groups)
{
    groups->parent[0] = '\0';
    groups->slices = groups->mounted == 2 && slices_possible();
    groups->version = groups->slices ? 2 : 0;
}

bool te_cgroups_cpuset(const struct te_cgroups *groups, char *out, size_t size)
{
    static const char *const places[][2] = {{"/cpuset", "cpuset.cpus"},
                                            {"", "cpuset.cpus.effective"}};
    char path[PATH_SIZE];
    for (size_t i = 0; groups->parent[0] && i < sizeof places / sizeof places[0]; i++) {
        snprintf(path, sizeof path, "%s%s%s/%s", groups->root, places[i][0], groups->parent,
                 places[i][1]);
        if (!read_text(path, out, size))
            continue;
        out[strcspn(out, "\n")] = '\0';
        if (out[0] && strspn(out, "0123456789,-") == strlen(out))
            return true;
    }
    return false;
}

/* At most `most` bytes of text, with '_' for what a slice's name cannot have. */
static void plain(const char *text, size_t most, char *out, size_t size)
{
    size_t n = 0;
    for (; n < most && n + 1 < size && text[n]; n++) {
        char c = text[n];
        bool keep = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        out[n] = keep || c == '.' ? c : '_';
    }
    out[n] = '\0';
}

static int name_slice(const char *name, struct te_cgroup *g)
{
    char text[sizeof g->name];
    plain(name, sizeof text, text, sizeof text);
    int n = snprintf(g->name, sizeof g->name, TE_SLICE_PREFIX "%s" TE_SLICE_SUFFIX, text);
    return n < (int)sizeof g->name ? 0 : -1;
}

static int name_group(const char *name, struct te_cgroup *g)
{
    return snprintf(g->name, sizeof g->name, TE_CGROUP_PREFIX "%s", name) < (int)sizeof g->name
               ? 0
               : -1;
}

int te_cgroup_make(const struct te_cgroups *groups, const char *name, struct te_cgroup *out,
                   struct te_err *err)
{
    struct te_cgroup g = {.groups = groups};
    char path[PATH_SIZE];
    if (groups->version == 0)
        return te_err_set(err, TE_ERR_NOENT, "no control groups that may be written");
    if ((groups->slices ? name_slice(name, &g) : name_group(name, &g)) < 0)
        return te_err_set(err, TE_ERR_LIMIT, "control group name '%s' is too long", name);
    if (groups->slices) {
        *out = g;
        return 0;
    }
    if (groups->version == 2) {
        snprintf(path, sizeof path, "%s%s/cgroup.subtree_control", groups->root, groups->parent);
        static const char *const wanted[] = {"+memory", "+cpu", "+io", "+pids"};
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
            (void)write_text(path, wanted[i]); /* those that are there already, or cannot be */
    }
    int made = 0;
    struct te_err why = TE_ERR_INIT;
    for (int i = 0; i < (groups->version == 1 ? N_V1 : 1); i++) {
        folder_of(groups, v1_controllers[i], path, sizeof path);
        /* where the batch system made none */
        if (groups->parent[0] && te_fs_mkdirs(path, &why) < 0)
            continue;
        path_of(&g, v1_controllers[i], "", path, sizeof path);
        made += mkdir(path, 0755) == 0 || access(path, W_OK) == 0;
    }
    if (!made)
        return te_err_sys(err, TE_ERR_IO, "cannot make control group '%s'", path);
    *out = g;
    return 0;
}

void te_cgroup_limit(const struct te_cgroup *g, int64_t memory, double cpus, bool *memory_set,
                     bool *cpus_set)
{
    char text[64], period[64];
    *memory_set = *cpus_set = false;
    if (!g->groups)
        return;
    bool v1 = g->groups->version == 1;
    if (memory > 0) {
        snprintf(text, sizeof text, "%lld", (long long)memory);
        *memory_set = write_file(g, "memory", v1 ? "memory.limit_in_bytes" : "memory.max", text);
        if (v1)
            (void)write_file(g, "memory", "memory.memsw.limit_in_bytes", text);
        else
            (void)write_file(g, "memory", "memory.swap.max", "0");
    }
    if (cpus > 0) {
        long long quota = llround(cpus * 100000);
        snprintf(text, sizeof text, "%lld", quota);
        snprintf(period, sizeof period, "%lld 100000", quota);
        *cpus_set = v1 ? write_file(g, "cpu", "cpu.cfs_quota_us", text)
                       : write_file(g, "cpu", "cpu.max", period);
    }
}

bool te_cgroup_join_path(const struct te_cgroup *g, int i, char *out, size_t size)
{
    if (!g->groups || i >= (g->groups->version == 1 ? N_V1 : 1))
        return false;
    path_of(g, v1_controllers[i], "cgroup.procs", out, size);
    return true;
}

/* Value behind "<key> " at the start of a line. */
static double find_key(const char *text, const char *key)
{
    size_t n = strlen(key);
    for (const char *p = text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
        if (strncmp(p, key, n) == 0 && p[n] == ' ')
            return strtod(p + n, NULL);
    return NAN;
}

static double read_number(const struct te_cgroup *g, const char *controller, const char *file)
{
    char text[64];
    return read_file(g, controller, file, text, sizeof text) ? strtod(text, NULL) : NAN;
}

/* "8:0 Read 4096" lines of version 1. */
static void read_io_v1(const struct te_cgroup *g, struct te_measure *m)
{
    char text[8192];
    if (!read_file(g, "blkio", "blkio.throttle.io_service_bytes_recursive", text, sizeof text))
        return;
    m->read_bytes = m->write_bytes = 0;
    for (char *p = text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
        char *word = strchr(p, ' ');
        if (word && strncmp(word, " Read ", 6) == 0)
            m->read_bytes += strtod(word + 6, NULL);
        else if (word && strncmp(word, " Write ", 7) == 0)
            m->write_bytes += strtod(word + 7, NULL);
    }
}

/* "8:0 rbytes=1 wbytes=2 ..." lines of version 2. */
static void read_io_v2(const struct te_cgroup *g, struct te_measure *m)
{
    char text[8192];
    if (!read_file(g, "", "io.stat", text, sizeof text))
        return;
    m->read_bytes = m->write_bytes = 0;
    for (char *p = strstr(text, "rbytes="); p; p = strstr(p + 1, "rbytes="))
        m->read_bytes += strtod(p + 7, NULL);
    for (char *p = strstr(text, "wbytes="); p; p = strstr(p + 1, "wbytes="))
        m->write_bytes += strtod(p + 7, NULL);
}

/* A counter that a kernel lacks leaves what another source said. */
static void take(double *to, double value)
{
    if (!isnan(value))
        *to = value;
}

static void read_v1(const struct te_cgroup *g, struct te_measure *m)
{
    m->cpu_user = read_number(g, "cpuacct", "cpuacct.usage_user") / 1e9;
    m->cpu_system = read_number(g, "cpuacct", "cpuacct.usage_sys") / 1e9;
    take(&m->peak_memory, read_number(g, "memory", "memory.max_usage_in_bytes"));
    read_io_v1(g, m);
}

static void read_v2(const struct te_cgroup *g, struct te_measure *m)
{
    char text[4096];
    if (read_file(g, "", "cpu.stat", text, sizeof text)) {
        m->cpu_user = find_key(text, "user_usec") / 1e6;
        m->cpu_system = find_key(text, "system_usec") / 1e6;
    }
    take(&m->peak_memory, read_number(g, "", "memory.peak"));
    read_io_v2(g, m);
}

bool te_cgroup_has_peak(const struct te_cgroup *g)
{
    char path[PATH_SIZE];
    if (!g->groups)
        return false;
    path_of(g, "", "memory.peak", path, sizeof path);
    return g->groups->version == 1 || access(path, R_OK) == 0;
}

bool te_cgroup_read(const struct te_cgroup *g, struct te_measure *m)
{
    if (!g->groups)
        return false;
    struct te_measure got = *m;
    if (g->groups->version == 1)
        read_v1(g, &got);
    else
        read_v2(g, &got);
    if (!(got.cpu_user + got.cpu_system > 0))
        return false; /* nothing ever ran in it: the engine has its groups elsewhere */
    got.measured_by = TE_MEASURED_CGROUP;
    *m = got;
    return true;
}

bool te_cgroup_oom(const struct te_cgroup *g)
{
    char text[1024];
    if (!g->groups)
        return false;
    const char *file = g->groups->version == 1 ? "memory.oom_control" : "memory.events";
    return read_file(g, "memory", file, text, sizeof text) && find_key(text, "oom_kill") > 0;
}

static void kill_listed(const char *procs)
{
    char text[16384];
    if (!read_text(procs, text, sizeof text))
        return;
    for (char *p = text; *p;) {
        long pid = strtol(p, &p, 10);
        if (pid > 1)
            kill((pid_t)pid, SIGKILL);
        while (*p == '\n')
            p++;
    }
}

static bool remove_child(const char *path)
{
    (void)rmdir(path); /* a busy one is seen at its parent */
    return false;
}

static bool kill_child(const char *path)
{
    char procs[PATH_SIZE + 300];
    snprintf(procs, sizeof procs, "%s/cgroup.procs", path);
    kill_listed(procs);
    return false;
}

static bool child_has_processes(const char *path)
{
    char procs[PATH_SIZE + 300], text[64];
    snprintf(procs, sizeof procs, "%s/cgroup.procs", path);
    return read_text(procs, text, sizeof text);
}

/* The groups that an engine made for its containers in one of ours: it removes them itself, unless
 * it is gone. Stops where act says true, and does so itself. */
static bool each_child(const struct te_cgroup *g, const char *controller,
                       bool (*act)(const char *path))
{
    char path[PATH_SIZE], child[PATH_SIZE + 260];
    path_of(g, controller, "", path, sizeof path);
    DIR *dir = opendir(path);
    bool stopped = false;
    for (struct dirent *e; dir && !stopped && (e = readdir(dir));) {
        snprintf(child, sizeof child, "%s/%s", path, e->d_name);
        stopped = e->d_type == DT_DIR && e->d_name[0] != '.' && act(child);
    }
    if (dir)
        closedir(dir);
    return stopped;
}

bool te_cgroup_busy(const struct te_cgroup *g)
{
    char path[PATH_SIZE], text[256];
    if (!g->groups || !te_cgroup_join_path(g, 0, path, sizeof path))
        return true;
    if (g->groups->version == 2 && read_file(g, "", "cgroup.events", text, sizeof text))
        return find_key(text, "populated") > 0; /* it or a group anywhere below it */
    return read_text(path, text, sizeof text) ||
           each_child(g, v1_controllers[0], child_has_processes);
}

void te_cgroup_kill(const struct te_cgroup *g)
{
    char path[PATH_SIZE];
    if (!g->groups)
        return;
    for (int i = 0; te_cgroup_join_path(g, i, path, sizeof path); i++) {
        kill_listed(path);
        each_child(g, v1_controllers[i], kill_child);
    }
}

static bool remove_one(const struct te_cgroup *g, const char *controller)
{
    char path[PATH_SIZE];
    path_of(g, controller, "", path, sizeof path);
    if (rmdir(path) == 0 || access(path, F_OK) != 0)
        return true;
    each_child(g, controller, remove_child);
    return rmdir(path) == 0;
}

static bool remove_slice(const struct te_cgroup *g)
{
    char path[PATH_SIZE];
    path_of(g, "", "", path, sizeof path);
    return access(path, F_OK) != 0 || (!te_cgroup_busy(g) && slice_stop(g->name));
}

static bool remove_folders(const struct te_cgroup *g)
{
    bool gone = true;
    for (int i = 0; i < (g->groups->version == 1 ? N_V1_ALL : 1); i++)
        gone &= remove_one(g, v1_controllers[i]);
    return gone;
}

bool te_cgroup_remove(struct te_cgroup *g)
{
    if (!g->groups)
        return true;
    bool gone = te_str_ends(g->name, TE_SLICE_SUFFIX) ? remove_slice(g) : remove_folders(g);
    if (gone)
        g->groups = NULL;
    return gone;
}

/* A name holds the start of a label, with other signs for what an engine or systemd refuses. */
static bool is_ours(const char *name, const char *label)
{
    enum { START = 60 };
    char all[256], part[START + 1];
    if (!te_str_starts(name, TE_CGROUP_PREFIX) && !te_str_starts(name, TE_SLICE_PREFIX))
        return false;
    if (!label)
        return true;
    plain(name, sizeof all, all, sizeof all);
    plain(label, START, part, sizeof part);
    return strstr(all, part) != NULL;
}

/* Groups of ours below one folder; with an age only those that are empty and older. */
static int sweep_folder(const struct te_cgroups *groups, const char *path, const char *label,
                        double age)
{
    int left = 0;
    struct stat st;
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        struct te_cgroup g = {.groups = groups};
        if (!is_ours(e->d_name, label) || strlen(e->d_name) >= sizeof g.name)
            continue;
        snprintf(g.name, sizeof g.name, "%.127s", e->d_name);
        if (age > 0 && (fstatat(dirfd(dir), e->d_name, &st, 0) != 0 ||
                        te_clock_real() - (double)st.st_mtim.tv_sec < age))
            continue;
        if (!(age > 0))
            te_cgroup_kill(&g);
        left += !te_cgroup_remove(&g);
    }
    if (dir)
        closedir(dir);
    return left;
}

static int sweep(const struct te_cgroups *groups, const char *label, double age)
{
    char path[PATH_SIZE];
    int left = 0;
    for (int i = 0; groups->version && i < (groups->version == 1 ? N_V1_ALL : 1); i++) {
        folder_of(groups, v1_controllers[i], path, sizeof path);
        left += sweep_folder(groups, path, label, age);
        if (groups->parent[0])
            (void)rmdir(path); /* works where the batch system has nothing in it */
    }
    if (groups->version == 2 && groups->parent[0]) { /* slices are in no job's group */
        struct te_cgroups top = *groups;
        top.parent[0] = '\0';
        left += sweep_folder(&top, top.root, label, age);
    }
    return left;
}

int te_cgroups_sweep(const struct te_cgroups *groups, const char *label)
{
    return sweep(groups, label, 0);
}

void te_cgroups_prune(const struct te_cgroups *groups)
{
    static const double surely_old = 600; /* s: a group is empty for a moment before it is used */
    (void)sweep(groups, NULL, surely_old);
}

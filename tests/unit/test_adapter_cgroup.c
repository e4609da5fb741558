/* Control groups: real ones where this host has them, of both versions; else trees of plain files.
 */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "te/adapter/adapter.h"
#include "te/adapter/cgroup.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te_test.h"

static char root[] = "/tmp/te_cgroup_XXXXXX";
static struct te_err err;

static void put(const char *path, const char *text)
{
    char full[512], folder[512];
    snprintf(full, sizeof full, "%s/%s", root, path);
    snprintf(folder, sizeof folder, "%s", full);
    *strrchr(folder, '/') = '\0';
    CU_ASSERT_EQUAL_FATAL(te_fs_mkdirs(folder, &err), 0);
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(full, text, strlen(text), &err), 0);
}

static void expect_text(const char *path, const char *text)
{
    char full[512], *data = NULL;
    size_t len;
    snprintf(full, sizeof full, "%s/%s", root, path);
    CU_ASSERT_EQUAL_FATAL(te_fs_read(full, 1000, &data, &len, &err), 0);
    if (strncmp(data, text, strlen(text)) != 0)
        te_note("%s: '%s'", path, data);
    CU_ASSERT_EQUAL(strncmp(data, text, strlen(text)), 0);
    free(data);
}

/* ---- trees of files ---- */

static void version_2_in_files(void)
{
    struct te_cgroups groups;
    struct te_cgroup g;
    struct te_measure m;
    bool memory, cpus;
    char path[512];
    put("cgroup.subtree_control", "");
    te_cgroups_probe(root, &groups);
    CU_ASSERT_EQUAL_FATAL(groups.version, 2);
    CU_ASSERT_EQUAL_FATAL(te_cgroup_make(&groups, "x", &g, &err), 0);
    te_cgroup_limit(&g, 1 << 20, 1.5, &memory, &cpus);
    CU_ASSERT(!memory && !cpus); /* the controllers are not there */

    put("timeeval-mpi.x/memory.max", "max\n");
    put("timeeval-mpi.x/memory.swap.max", "max\n");
    put("timeeval-mpi.x/cpu.max", "max 100000\n");
    te_cgroup_limit(&g, 1 << 20, 1.5, &memory, &cpus);
    CU_ASSERT(memory && cpus);
    expect_text("timeeval-mpi.x/memory.max", "1048576");
    expect_text("timeeval-mpi.x/memory.swap.max", "0");
    expect_text("timeeval-mpi.x/cpu.max", "150000 100000");

    te_measure_init(&m);
    m.peak_memory = 42;
    CU_ASSERT_FALSE(te_cgroup_read(&g, &m)); /* no counters */
    put("timeeval-mpi.x/cpu.stat", "usage_usec 2500000\nuser_usec 1500000\nsystem_usec 1000000\n");
    put("timeeval-mpi.x/io.stat", "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2\n");
    CU_ASSERT_TRUE(te_cgroup_read(&g, &m));
    CU_ASSERT_EQUAL(m.measured_by, TE_MEASURED_CGROUP);
    CU_ASSERT(m.cpu_user == 1.5 && m.cpu_system == 1.0);
    CU_ASSERT(m.read_bytes == 11 && m.write_bytes == 22);
    CU_ASSERT_EQUAL(m.peak_memory, 42); /* kernels before 5.19 have no memory.peak */
    put("timeeval-mpi.x/memory.peak", "4096\n");
    CU_ASSERT_TRUE(te_cgroup_read(&g, &m));
    CU_ASSERT_EQUAL(m.peak_memory, 4096);

    CU_ASSERT_FALSE(te_cgroup_oom(&g));
    put("timeeval-mpi.x/memory.events", "low 0\noom 2\noom_kill 0\n");
    CU_ASSERT_FALSE(te_cgroup_oom(&g));
    put("timeeval-mpi.x/memory.events", "low 0\noom 2\noom_kill 1\n");
    CU_ASSERT_TRUE(te_cgroup_oom(&g));
    CU_ASSERT_TRUE(te_cgroup_join_path(&g, 0, path, sizeof path));
    CU_ASSERT_PTR_NOT_NULL(strstr(path, "/timeeval-mpi.x/cgroup.procs"));
    CU_ASSERT_FALSE(te_cgroup_join_path(&g, 1, path, sizeof path));
    CU_ASSERT_EQUAL(te_fs_remove_tree(root, &err), 0);
}

static void version_1_in_files(void)
{
    struct te_cgroups groups;
    struct te_cgroup g;
    struct te_measure m;
    bool memory, cpus;
    put("memory/tasks", "");
    put("cpuacct/tasks", "");
    put("cpu/tasks", "");
    te_cgroups_probe(root, &groups);
    CU_ASSERT_EQUAL_FATAL(groups.version, 1);
    CU_ASSERT_EQUAL_FATAL(te_cgroup_make(&groups, "x", &g, &err), 0);
    put("memory/timeeval-mpi.x/memory.limit_in_bytes", "max\n");
    te_cgroup_limit(&g, 1 << 20, 0.5, &memory, &cpus);
    CU_ASSERT(memory && !cpus);
    expect_text("memory/timeeval-mpi.x/memory.limit_in_bytes", "1048576");
    put("cpuacct/timeeval-mpi.x/cpuacct.usage_user", "1000000000\n");
    put("cpuacct/timeeval-mpi.x/cpuacct.usage_sys", "500000000\n");
    put("memory/timeeval-mpi.x/memory.max_usage_in_bytes", "8192\n");
    te_measure_init(&m);
    CU_ASSERT_TRUE(te_cgroup_read(&g, &m));
    CU_ASSERT(m.cpu_user == 1.0 && m.cpu_system == 0.5 && m.peak_memory == 8192);
    put("memory/timeeval-mpi.x/memory.oom_control",
        "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
    CU_ASSERT_TRUE(te_cgroup_oom(&g));
    CU_ASSERT_EQUAL(te_fs_remove_tree(root, &err), 0);
}

/* systemctl is a script here that does as systemd does with a slice that nothing is in. */
static void slices_in_files(void)
{
    static const char label[] = "0a1b2c3d-a run-1";
    struct te_cgroups groups;
    struct te_cgroup g;
    struct te_measure m;
    char script[600], path[1100];
    put("cgroup.subtree_control", "");
    te_cgroups_probe(root, &groups);
    te_cgroups_use_slices(&groups);
    CU_ASSERT(groups.slices ? groups.version == 2 : groups.version == 0); /* by this host */
    groups.slices = true;
    groups.version = 2;
    CU_ASSERT_EQUAL_FATAL(te_cgroup_make(&groups, "0a1b2c3d-a-run-1.7.0", &g, &err), 0);
    CU_ASSERT_STRING_EQUAL(g.name, "timeeval_mpi.0a1b2c3d_a_run_1.7.0.slice");
    CU_ASSERT_FALSE(te_cgroup_has_peak(&g));
    put("timeeval_mpi.0a1b2c3d_a_run_1.7.0.slice/cpu.stat", "user_usec 2000000\nsystem_usec 5\n");
    put("timeeval_mpi.0a1b2c3d_a_run_1.7.0.slice/memory.peak", "4096\n");
    CU_ASSERT_TRUE(te_cgroup_has_peak(&g));
    te_measure_init(&m);
    CU_ASSERT_TRUE(te_cgroup_read(&g, &m));
    CU_ASSERT(m.cpu_user > 1.99 && m.peak_memory > 4095);

    const char *before = getenv("PATH");
    snprintf(script, sizeof script, "#!/bin/sh\nexec rm -r '%s'/\"$5\"\n", root);
    put("bin/systemctl", script);
    snprintf(path, sizeof path, "%s/bin/systemctl", root);
    CU_ASSERT_EQUAL(chmod(path, 0755), 0);
    snprintf(path, sizeof path, "%s/bin:%s", root, before ? before : "/usr/bin:/bin");
    te_autofree char *kept = te_strdup(before ? before : "/usr/bin:/bin", &err);
    CU_ASSERT_EQUAL(setenv("PATH", path, 1), 0);
    put("timeeval_mpi.0a1b2c3d_a_run_1.8.0.slice/docker-1.scope/cgroup.procs", "999999999\n");
    CU_ASSERT_EQUAL(te_cgroups_sweep(&groups, "f0f0f0f0-another"), 0);
    CU_ASSERT_EQUAL(te_cgroups_sweep(&groups, label), 1); /* a container is in the other one */
    snprintf(path, sizeof path, "%s/%s", root, g.name);
    CU_ASSERT_FALSE(te_fs_exists(path));
    put("timeeval_mpi.0a1b2c3d_a_run_1.8.0.slice/docker-1.scope/cgroup.procs", "");
    CU_ASSERT_EQUAL(te_cgroups_sweep(&groups, label), 0);
    CU_ASSERT_TRUE(te_cgroup_remove(&g)); /* gone already */
    CU_ASSERT_EQUAL(setenv("PATH", kept, 1), 0);
}

static void nothing_that_may_be_written(void)
{
    struct te_cgroups groups;
    struct te_cgroup g;
    te_cgroups_probe("/proc/self/fd", &groups);
    CU_ASSERT_EQUAL(groups.version, 0);
    CU_ASSERT_EQUAL(te_cgroup_make(&groups, "x", &g, &err), -1);
    te_err_clear(&err);
}

/* ---- the kernel's ---- */

/* A child that joins the group, works for some time and sleeps. */
static pid_t start_child(const struct te_cgroup *g)
{
    char path[512];
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    for (int i = 0; te_cgroup_join_path(g, i, path, sizeof path); i++) {
        FILE *f = fopen(path, "w");
        if (f && (fputs("0", f) < 0 || fclose(f) != 0))
            _exit(1);
    }
    while (clock() < CLOCKS_PER_SEC / 20)
        ;
    sleep(60);
    _exit(0);
}

static void real_group(const char *place)
{
    struct te_cgroups groups;
    struct te_cgroup g;
    struct te_measure m;
    int status;
    te_cgroups_probe(place, &groups);
    CU_ASSERT_FATAL(groups.version > 0);
    CU_ASSERT_EQUAL_FATAL(te_cgroup_make(&groups, "unit-cgroup", &g, &err), 0);
    pid_t pid = start_child(&g);
    CU_ASSERT_FATAL(pid > 0);
    bool counted = false;
    te_measure_init(&m);
    for (int i = 0; i < 1000 && !(counted && m.cpu_user + m.cpu_system > 0.03); i++) {
        te_clock_sleep(0.01, 1);
        counted = te_cgroup_read(&g, &m);
    }
    te_note("%s: version %d, %.3f s of processor time", place, groups.version,
            m.cpu_user + m.cpu_system);
    CU_ASSERT_TRUE(counted);
    CU_ASSERT_EQUAL(m.measured_by, TE_MEASURED_CGROUP);
    CU_ASSERT_FALSE(te_cgroup_oom(&g));
    CU_ASSERT_TRUE(te_cgroup_busy(&g));
    CU_ASSERT_FALSE(te_cgroup_remove(&g)); /* somebody is in it */
    te_cgroup_kill(&g);
    CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
    CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    bool busy = true;
    for (int i = 0; i < 200 && busy; i++) {
        busy = te_cgroup_busy(&g);
        te_clock_sleep(0.005, 1);
    }
    CU_ASSERT_FALSE(busy);
    bool gone = false;
    for (int i = 0; i < 200 && !gone; i++) {
        gone = te_cgroup_remove(&g);
        te_clock_sleep(0.005, 1);
    }
    CU_ASSERT_TRUE(gone);

    /* what a crash left is swept */
    CU_ASSERT_EQUAL_FATAL(te_cgroup_make(&groups, "unit-cgroup", &g, &err), 0);
    pid = start_child(&g);
    int left = 1;
    for (int i = 0; i < 200 && left > 0; i++) {
        left = te_cgroups_sweep(&groups, "unit-cgroup");
        te_clock_sleep(0.005, 1);
    }
    CU_ASSERT_EQUAL(left, 0);
    kill(pid, SIGKILL); /* if it joined too late */
    CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
}

static void real_groups_count_and_kill(void)
{
    static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    int found = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct te_cgroups groups;
        struct te_cgroup g;
        te_cgroups_probe(places[i], &groups);
        if (!te_fs_is_folder(places[i]) || groups.version == 0 ||
            te_cgroup_make(&groups, "unit-probe", &g, &err) < 0)
            continue;
        CU_ASSERT_TRUE(te_cgroup_remove(&g));
        real_group(places[i]);
        found++;
    }
    te_err_clear(&err);
    if (!found)
        te_skip("no control groups that may be written");
}

TE_TESTS = {TE_TEST(version_2_in_files), TE_TEST(slices_in_files), TE_TEST(version_1_in_files),
            TE_TEST(nothing_that_may_be_written), TE_TEST(real_groups_count_and_kill)};

int main(void)
{
    if (!mkdtemp(root))
        return 1;
    return te_test_run(te_tests, sizeof te_tests / sizeof te_tests[0]);
}

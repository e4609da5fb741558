#include "te_test.h"

#include <stdlib.h>
#include <string.h>
#include "te/adapter/hostfacts.h"
#include "te/base/fs.h"

static char root[] = "/tmp/te_hostfacts_XXXXXX";
static struct te_hostfacts facts;
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

static void fresh(void)
{
    CU_ASSERT_EQUAL_FATAL(te_fs_remove_tree(root, &err), 0);
    put("proc/meminfo", "MemTotal:       8388608 kB\nMemFree: 1 kB\nMemAvailable:   4194304 kB\n");
}

static void real_host_has_processors_and_memory(void)
{
    CU_ASSERT_EQUAL_FATAL(te_hostfacts_read("", &facts, &err), 0);
    CU_ASSERT(facts.cpus_online >= facts.cpus_allowed && facts.cpus_allowed >= 1);
    CU_ASSERT(facts.cpus > 0 && facts.cpus <= facts.cpus_allowed);
    CU_ASSERT(facts.memory_total > (int64_t)1 << 26);
    CU_ASSERT(facts.memory <= facts.memory_total && facts.memory > 0);
    CU_ASSERT(facts.host[0] != '\0');
    te_hostfacts_cores(&facts);
    CU_ASSERT(facts.cores >= 0 && facts.cores <= facts.cpus_online);
    te_note("%g of %d processors, %d cores", facts.cpus, facts.cpus_online, facts.cores);
}

static void without_groups_the_machine_counts(void)
{
    fresh();
    CU_ASSERT_EQUAL_FATAL(te_hostfacts_read(root, &facts, &err), 0);
    CU_ASSERT_EQUAL(facts.memory, (int64_t)8 << 30);
    CU_ASSERT_EQUAL(facts.memory_available, (int64_t)4 << 30);
    CU_ASSERT_EQUAL(facts.memory_limit, 0);
    CU_ASSERT_EQUAL(facts.cpus, facts.cpus_allowed);
}

static void version_1_limits_count_up_the_tree(void)
{
    fresh();
    put("proc/self/cgroup", "9:name=systemd:/\n4:memory:/job/step\n2:cpu,cpuacct:/job\n");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1073741824\n");
    put("sys/fs/cgroup/memory/job/step/memory.limit_in_bytes", "9223372036854771712\n");
    put("sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "50000\n");
    put("sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    CU_ASSERT_EQUAL_FATAL(te_hostfacts_read(root, &facts, &err), 0);
    CU_ASSERT_EQUAL(facts.memory_limit, (int64_t)1 << 30);
    CU_ASSERT_EQUAL(facts.memory, (int64_t)1 << 30);
    CU_ASSERT_EQUAL(facts.cpu_quota, 0.5);
    CU_ASSERT_EQUAL(facts.cpus, 0.5);
}

static void version_2_limits_count_up_the_tree(void)
{
    fresh();
    put("proc/self/cgroup", "0::/user/job\n");
    put("sys/fs/cgroup/user/memory.max", "2147483648\n");
    put("sys/fs/cgroup/user/job/memory.max", "max\n");
    put("sys/fs/cgroup/user/job/cpu.max", "25000 100000\n");
    put("sys/fs/cgroup/user/cpu.max", "max 100000\n");
    CU_ASSERT_EQUAL_FATAL(te_hostfacts_read(root, &facts, &err), 0);
    CU_ASSERT_EQUAL(facts.memory, (int64_t)2 << 30);
    CU_ASSERT_EQUAL(facts.cpus, 0.25);
}

/* What the batch system gave counts, less only what its control group leaves. */
static void a_job_has_its_share(void)
{
    static const char *const env[][2] = {{"SLURM_JOB_ID", "5"},
                                         {"SLURMD_NODENAME", "here"},
                                         {"SLURM_CPUS_ON_NODE", "1"},
                                         {"SLURM_MEM_PER_NODE", "2048"}};
    char group[64];
    fresh();
    put("proc/self/cgroup", "4:memory:/slurm/uid_0/job_5/step_0\n3:cpuset:/slurm/uid_0/job_5\n");
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL_FATAL(setenv(env[i][0], env[i][1], 1), 0);
    CU_ASSERT_EQUAL_FATAL(te_hostfacts_read(root, &facts, &err), 0);
    CU_ASSERT_EQUAL(facts.cpus, 1);
    CU_ASSERT_EQUAL(facts.memory, (int64_t)2 << 30);
    CU_ASSERT(te_hostfacts_job_group(root, &facts.batch, group, sizeof group));
    CU_ASSERT_STRING_EQUAL(group, "/slurm/uid_0/job_5");
    put("sys/fs/cgroup/memory/slurm/uid_0/job_5/memory.limit_in_bytes", "1073741824\n");
    CU_ASSERT_EQUAL_FATAL(te_hostfacts_read(root, &facts, &err), 0);
    CU_ASSERT_EQUAL(facts.memory, (int64_t)1 << 30);
    for (size_t i = 0; i < 4; i++)
        unsetenv(env[i][0]);
    CU_ASSERT_EQUAL_FATAL(te_hostfacts_read(root, &facts, &err), 0);
    CU_ASSERT_FALSE(te_hostfacts_job_group(root, &facts.batch, group, sizeof group));
}

static void tidies_up(void)
{
    CU_ASSERT_EQUAL(te_fs_remove_tree(root, &err), 0);
}

int main(void)
{
    static const struct te_test_entry tests[] = {
        TE_TEST(real_host_has_processors_and_memory),
        TE_TEST(without_groups_the_machine_counts),
        TE_TEST(version_1_limits_count_up_the_tree),
        TE_TEST(version_2_limits_count_up_the_tree),
        TE_TEST(a_job_has_its_share),
        TE_TEST(tidies_up),
    };
    if (!mkdtemp(root))
        return EXIT_FAILURE;
    return te_test_run(tests, sizeof tests / sizeof tests[0]);
}

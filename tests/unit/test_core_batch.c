#include <math.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/core/batch.h"
#include "te_test.h"

struct pair {
    const char *name, *value;
};
static const struct pair *environment;

static char *get(const char *name)
{
    for (const struct pair *p = environment; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return (char *)(uintptr_t)p->value;
    return NULL;
}

static struct te_batch read_all(const struct pair *pairs)
{
    struct te_batch batch;
    environment = pairs;
    te_batch_read(get, &batch);
    return batch;
}

static void a_step_of_slurm(void)
{
    static const struct pair env[] = {{"SLURM_JOB_ID", "1234"},
                                      {"SLURM_JOB_NODELIST", "node[1-3],x7"},
                                      {"SLURM_RESTART_COUNT", "2"},
                                      {"SLURM_CPUS_ON_NODE", "4"},
                                      {"SLURM_MEM_PER_CPU", "512"},
                                      {"SLURM_STEP_NUM_TASKS", "7"},
                                      {"SLURM_JOB_END_TIME", "1795652818"},
                                      {"SLURMD_NODENAME", "node1"},
                                      {NULL, NULL}};
    struct te_batch b = read_all(env);
    CU_ASSERT_STRING_EQUAL(b.id, "1234");
    CU_ASSERT_STRING_EQUAL(b.nodes, "node[1-3],x7");
    CU_ASSERT_EQUAL(b.restarts, 2);
    CU_ASSERT_EQUAL(b.cpus, 4);
    CU_ASSERT_EQUAL(b.memory, (int64_t)2048 << 20);
    CU_ASSERT_EQUAL(b.tasks, 7);
    CU_ASSERT_EQUAL(b.end, 1795652818);
}

static void no_job_and_no_host_of_it(void)
{
    static const struct pair none[] = {{"SLURM_CPUS_ON_NODE", "4"}, {NULL, NULL}};
    static const struct pair odd[] = {{"SLURM_JOB_ID", "5; rm"}, {NULL, NULL}};
    static const struct pair login[] = {{"SLURM_JOB_ID", "5"},
                                        {"SLURM_CPUS_ON_NODE", "4"},
                                        {"SLURM_MEM_PER_NODE", "9"},
                                        {NULL, NULL}};
    static const struct pair all[] = {{"SLURM_JOB_ID", "5"},
                                      {"SLURM_CPUS_ON_NODE", "many"},
                                      {"SLURM_MEM_PER_NODE", "0"},
                                      {"SLURMD_NODENAME", "n"},
                                      {NULL, NULL}};
    CU_ASSERT_STRING_EQUAL(read_all(none).id, "");
    CU_ASSERT_EQUAL(read_all(none).cpus, 0);
    CU_ASSERT_STRING_EQUAL(read_all(odd).id, "");
    CU_ASSERT_STRING_EQUAL(read_all(login).id, "5");
    CU_ASSERT_EQUAL(read_all(login).cpus, 0); /* the shell of salloc */
    CU_ASSERT_EQUAL(read_all(login).memory, 0);
    CU_ASSERT_EQUAL(read_all(all).cpus, 0);
    CU_ASSERT_EQUAL(read_all(all).memory, 0); /* --mem=0: all there is */
}

static void text_goes_there_and_back(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_batch b = {.id = "77", .nodes = "a, restart 3,b", .restarts = 12}, back = {0};
    te_autofree char *text = te_batch_text(&b, &err);
    CU_ASSERT_STRING_EQUAL(text, "slurm job 77, nodes a, restart 3,b, restart 12");
    CU_ASSERT(te_batch_parse_text(text, &back));
    CU_ASSERT(strcmp(back.id, b.id) == 0 && strcmp(back.nodes, b.nodes) == 0);
    CU_ASSERT_EQUAL(back.restarts, 12);
    struct te_batch outside = {0};
    te_autofree char *nothing = te_batch_text(&outside, &err);
    CU_ASSERT_STRING_EQUAL(nothing, "");
    static const char *const wrong[] = {"", "slurm job ", "slurm job 5, nodes a", "pbs job 5",
                                        "slurm job 5x, nodes a, restart 0"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CU_ASSERT_FALSE(te_batch_parse_text(wrong[i], &back));
    CU_ASSERT_FALSE(te_batch_parse_text(NULL, &back));
}

static void time_left_as_squeue_prints_it(void)
{
    static const struct {
        const char *text;
        double seconds; /* NaN: none */
    } cases[] = {{"0:00\n", 0},
                 {"9:59\n", 599},
                 {"59:01", 3541},
                 {"3:59:46\n", 14386},
                 {"23:00:00\n", 82800},
                 {"1-00:00:00\n", 86400},
                 {"12-03:04:05", 1047845},
                 {"UNLIMITED\n", INFINITY},
                 {"NOT_SET\n", NAN},
                 {"INVALID", NAN},
                 {"", NAN},
                 {"7", NAN},
                 {"1:2:3:4", NAN},
                 {"1-02:03", NAN},
                 {"-1:00", NAN},
                 {"1:00 x", NAN},
                 {"1-2-3:4", NAN},
                 {"1:", NAN}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double seconds = NAN;
        bool ok = te_batch_parse_left(cases[i].text, &seconds);
        CU_ASSERT_EQUAL(ok, !isnan(cases[i].seconds));
        CU_ASSERT(!ok || seconds == cases[i].seconds);
    }
}

static void group_of_the_job(void)
{
    char out[64];
    CU_ASSERT(te_batch_group("/slurm/uid_7/job_5/step_0/task_1", "5", out, sizeof out));
    CU_ASSERT_STRING_EQUAL(out, "/slurm/uid_7/job_5");
    CU_ASSERT(te_batch_group("/system.slice/slurmstepd.scope/job_5", "5", out, sizeof out));
    CU_ASSERT_STRING_EQUAL(out, "/system.slice/slurmstepd.scope/job_5");
    CU_ASSERT_FALSE(te_batch_group("/slurm/uid_7/job_51/step_0", "5", out, sizeof out));
    CU_ASSERT_FALSE(te_batch_group("/", "5", out, sizeof out));
    CU_ASSERT_FALSE(te_batch_group("/slurm/job_/x", "", out, sizeof out));
    CU_ASSERT_FALSE(te_batch_group("/slurm/uid_7/job_5", "5", out, 8));
}

TE_TESTS = {
    TE_TEST(a_step_of_slurm),          TE_TEST(no_job_and_no_host_of_it),
    TE_TEST(text_goes_there_and_back), TE_TEST(time_left_as_squeue_prints_it),
    TE_TEST(group_of_the_job),
};
TE_TEST_MAIN

#include <math.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/model/result.h"
#include "te/model/task.h"
#include "te_test.h"

static void fill(struct te_task *task, struct te_err *err)
{
    *task = (struct te_task){.number = 7, .attempt = 2, .repetition = 1, .id = 42};
    task->algorithm = te_strdup("COF", err);
    task->collection = te_strdup("NAB", err);
    task->dataset = te_strdup("art", err);
    task->params_json = te_strdup("{}", err);
    task->test_path = te_strdup("/data/x.csv", err);
}

static void copies_deeply(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_task task, copy;
    fill(&task, &err);
    CU_ASSERT_EQUAL_FATAL(te_task_copy(&task, &copy, &err), 0);
    CU_ASSERT_NOT_EQUAL(task.algorithm, copy.algorithm);
    CU_ASSERT_STRING_EQUAL(copy.algorithm, "COF");
    CU_ASSERT_STRING_EQUAL(copy.test_path, "/data/x.csv");
    CU_ASSERT_PTR_NULL(copy.train_path);
    CU_ASSERT_EQUAL(copy.id, 42);
    te_task_release(&task);
    CU_ASSERT_STRING_EQUAL(copy.dataset, "art");
    te_task_release(&copy);
    CU_ASSERT_PTR_NULL(copy.dataset);
    te_task_release(NULL);
}

static void survives_each_failing_allocation(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_task task, copy;
    fill(&task, &err);
    for (unsigned long n = 1; n <= 5; n++) {
        te_mem_fail_at(n);
        CU_ASSERT_EQUAL(te_task_copy(&task, &copy, &err), -1);
        CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
    }
    te_mem_fail_at(0);
    te_task_release(&task);
}

static void an_empty_result_knows_nothing(void)
{
    struct te_result result;
    te_result_init(&result);
    CU_ASSERT_TRUE(isnan(result.queued));
    CU_ASSERT_TRUE(isnan(result.phase[TE_TRAIN].main_time));
    CU_ASSERT_EQUAL(result.phase[TE_EXECUTE].exit_code, -1);
    CU_ASSERT_FALSE(result.phase[TE_EXECUTE].ran);
    te_result_release(&result);
    te_result_release(NULL);
}

TE_TESTS = {TE_TEST(copies_deeply), TE_TEST(survives_each_failing_allocation),
            TE_TEST(an_empty_result_knows_nothing)};
TE_TEST_MAIN

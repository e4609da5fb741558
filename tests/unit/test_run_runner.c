/* The runner with the fake adapter: outcomes become statuses, scores become metrics. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/base/buf.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/run/runner.h"
#include "te_test.h"

static char folder[] = "/tmp/te-runner-XXXXXX";
static char dataset[100];

static void write_dataset(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_buf text;
    te_buf_init(&text, 1 << 20);
    te_buf_adds(&text, "timestamp,value,is_anomaly\n");
    for (int i = 0; i < 100; i++)
        te_buf_addf(&text, "%d,%d.5,%d\n", i, i % 7, i >= 90);
    if (te_fs_write_atomic(dataset, text.data, text.len, &err) < 0)
        abort();
    te_buf_release(&text);
}

static void make_task(struct te_task *t, const char *script)
{
    struct te_err err = TE_ERR_INIT;
    *t = (struct te_task){.attempt = 1, .repetition = 1, .id = 42, .adapter = TE_ADAPTER_FAKE};
    t->algorithm = te_strdup("alg", &err);
    t->collection = te_strdup("coll", &err);
    t->dataset = te_strdup("data", &err);
    t->hyper_params_id = te_strdup("d751713988987e9331980363e24189ce", &err);
    t->params_json = te_strdup("{}", &err);
    t->program = te_strdup(script, &err);
    t->test_path = te_strdup(dataset, &err);
    t->train_path = te_strdup(dataset, &err);
    t->dataset_length = 100;
    t->dataset_dims = 1;
    t->limits.execute_timeout = t->limits.train_timeout = 60;
    strcpy(t->limits.execute_timeout_text, "1 minute");
    strcpy(t->limits.train_timeout_text, "1 minute");
}

static struct te_runner *open_runner(void)
{
    static char metrics[] = "ROC_AUC, PR_AUC";
    static struct te_run_settings settings = {.metrics = metrics, .max_log = 4096};
    settings.scratch = folder;
    struct te_runner_place place = {"here", 1, 0, 1, "unit-1"};
    struct te_err err = TE_ERR_INIT;
    struct te_runner *r = NULL;
    if (te_runner_open(&settings, &place, &r, &err) < 0) {
        te_note("%s", err.text);
        abort();
    }
    return r;
}

static void run_task(struct te_runner *r, const struct te_task *t, struct te_result *result,
                     double **scores)
{
    struct te_err err = TE_ERR_INIT;
    bool done = false;
    CU_ASSERT_EQUAL_FATAL(te_runner_start(r, t, &err), 0);
    for (int i = 0; i < 1000 && !done; i++)
        CU_ASSERT_EQUAL_FATAL(te_runner_poll(r, 0.05, &done, &err), 0);
    CU_ASSERT_TRUE_FATAL(done);
    te_runner_take(r, result, scores);
}

/* Runs a script; the caller releases. */
static void run_script(const char *script, struct te_result *result, double **scores)
{
    struct te_task t;
    struct te_runner *r = open_runner();
    make_task(&t, script);
    run_task(r, &t, result, scores);
    te_task_release(&t);
    te_runner_close(r);
}

static void scores_are_judged(void)
{
    struct te_result r;
    double *scores = NULL;
    run_script("scores=ramp", &r, &scores);
    CU_ASSERT_EQUAL(r.status, TE_STATUS_OK);
    CU_ASSERT_EQUAL(r.reason, TE_REASON_NONE);
    CU_ASSERT_STRING_EQUAL(r.error_message, "");
    CU_ASSERT_EQUAL(r.n_scores, 100);
    CU_ASSERT_EQUAL_FATAL(r.n_metrics, 2);
    CU_ASSERT_TRUE(r.metrics[0].has_value);
    CU_ASSERT_DOUBLE_EQUAL(r.metrics[0].value, 1.0, 0);
    CU_ASSERT_DOUBLE_EQUAL(r.score_max, 99.0, 0);
    CU_ASSERT_DOUBLE_EQUAL(scores[99], 99.0, 0);
    static const char start[] =
        "Starting evaluation of experiment alg-coll-data-d751713988987e9331980363e24189ce-1\n"
        "=============================================\n\n"
        "Performing execution for UNSUPERVISED algorithm alg\n"
        "Scoring algorithm alg with ROC_AUC,PR_AUC metrics\n"
        "Calculating ROC_AUC\n  = 1.0\nCalculating PR_AUC\n  = ";
    CU_ASSERT_EQUAL(strncmp(r.log, start, sizeof start - 1), 0);
    CU_ASSERT_TRUE(r.phase[TE_EXECUTE].ran);
    CU_ASSERT_FALSE(r.phase[TE_TRAIN].ran);
    te_free(scores);
    te_result_release(&r);
}

static void outcomes_become_statuses(void)
{
    static const struct {
        const char *script;
        enum te_status status;
        enum te_reason reason;
        const char *message;
    } cases[] = {
        {"exit=3", TE_STATUS_ERROR, TE_REASON_EXIT,
         "AlgorithmFailedError(\"Status '3', please consider the execution log of this "
         "experiment!\")"},
        {"signal=11", TE_STATUS_ERROR, TE_REASON_SIGNAL,
         "AlgorithmFailedError(\"Status '139' (died of signal 11, not for memory), please consider "
         "the execution log of this experiment!\")"},
        {"oom", TE_STATUS_OOM, TE_REASON_OOM,
         "MemoryError('Algorithm exceeded memory limit of 1048576 Bytes!')"},
        {"infra", TE_STATUS_ERROR, TE_REASON_INFRASTRUCTURE,
         "AdapterInternalError('fake infrastructure failure of attempt 1')"},
        {"rows=95", TE_STATUS_ERROR, TE_REASON_WRONG_SCORES,
         "ValueError('the algorithm yields 95 scores for a dataset of 100 points; for an algorithm "
         "that scores windows, set postprocess (e.g. reverse_windowing)')"},
        {"nonsense", TE_STATUS_ERROR, TE_REASON_EXIT,
         "AdapterInternalError(\"fake script: unknown word 'nonsense'\")"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_task t;
        struct te_result r;
        double *scores = NULL;
        struct te_runner *runner = open_runner();
        make_task(&t, cases[i].script);
        t.limits.memory = 1 << 20;
        run_task(runner, &t, &r, &scores);
        CU_ASSERT_EQUAL(r.status, cases[i].status);
        CU_ASSERT_EQUAL(r.reason, cases[i].reason);
        CU_ASSERT_STRING_EQUAL(r.error_message, cases[i].message);
        if (strcmp(r.error_message, cases[i].message) != 0)
            te_note("%s: got %s", cases[i].script, r.error_message);
        te_free(scores);
        te_result_release(&r);
        te_task_release(&t);
        te_runner_close(runner);
    }
}

static void training_survives_a_failed_execution(void)
{
    struct te_task t;
    struct te_result r;
    double *scores = NULL;
    struct te_runner *runner = open_runner();
    make_task(&t, "train.sleep=0.02 execute.exit=2");
    t.algorithm_training = t.dataset_training = TE_SEMI_SUPERVISED;
    run_task(runner, &t, &r, &scores);
    CU_ASSERT_EQUAL(r.status, TE_STATUS_ERROR);
    CU_ASSERT_TRUE(r.phase[TE_TRAIN].ran);
    CU_ASSERT_EQUAL(r.phase[TE_TRAIN].exit_code, 0);
    CU_ASSERT_TRUE(r.phase[TE_TRAIN].main_time >= 0.02);
    CU_ASSERT_EQUAL(r.phase[TE_EXECUTE].exit_code, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.log, "Performing training for SEMI_SUPERVISED algorithm alg\n"
                                         "Performing execution for SEMI_SUPERVISED"));
    te_result_release(&r);
    te_free(scores);
    te_task_release(&t);
    te_runner_close(runner);
}

static void failed_training_is_not_executed(void)
{
    struct te_task t;
    struct te_result r;
    double *scores = NULL;
    struct te_runner *runner = open_runner();
    make_task(&t, "train.exit=4");
    t.algorithm_training = t.dataset_training = TE_SUPERVISED;
    run_task(runner, &t, &r, &scores);
    CU_ASSERT_EQUAL(r.status, TE_STATUS_ERROR);
    CU_ASSERT_FALSE(r.phase[TE_EXECUTE].ran);
    te_result_release(&r);
    te_task_release(&t);
    te_runner_close(runner);
}

static void unfit_datasets_are_refused(void)
{
    struct te_task t;
    struct te_result r;
    double *scores = NULL;
    struct te_runner *runner = open_runner();
    make_task(&t, "ok");
    t.algorithm_training = TE_SUPERVISED;
    run_task(runner, &t, &r, &scores);
    CU_ASSERT_EQUAL(r.reason, TE_REASON_INCOMPATIBLE);
    CU_ASSERT_STRING_EQUAL(r.error_message,
                           "ValueError('Dataset training type (TrainingType.UNSUPERVISED) "
                           "incompatible to algorithm training type (TrainingType.SUPERVISED)!')");
    te_result_release(&r);
    te_free(t.train_path);
    t.train_path = NULL;
    run_task(runner, &t, &r, &scores);
    CU_ASSERT_STRING_EQUAL(r.error_message, "KeyError('Path to training dataset not found!')");
    te_result_release(&r);
    t.algorithm_training = TE_UNSUPERVISED;
    t.dataset_dimension = TE_MULTIVARIATE;
    run_task(runner, &t, &r, &scores);
    CU_ASSERT_STRING_EQUAL(r.error_message,
                           "ValueError('Dataset input dimensionality "
                           "(InputDimensionality.MULTIVARIATE) incompatible to algorithm input "
                           "dimensionality (InputDimensionality.UNIVARIATE)!')");
    te_result_release(&r);
    te_task_release(&t);
    te_runner_close(runner);
}

static void a_timeout_is_a_timeout(void)
{
    struct te_task t;
    struct te_result r;
    double *scores = NULL;
    struct te_runner *runner = open_runner();
    make_task(&t, "hang");
    t.limits.execute_timeout = 0.05;
    t.limits.preliminary_scores = true;
    run_task(runner, &t, &r, &scores);
    CU_ASSERT_EQUAL(r.status, TE_STATUS_TIMEOUT);
    CU_ASSERT_EQUAL(r.reason, TE_REASON_TIMEOUT);
    CU_ASSERT_STRING_EQUAL(
        r.error_message, "TimeoutError('alg could not create results after <Duration 1 minute>')");
    CU_ASSERT_PTR_NOT_NULL(strstr(r.log, "Container timeout after <Duration 1 minute>, raising"));
    te_result_release(&r);
    te_task_release(&t);
    te_runner_close(runner);
}

static void cancel_leaves_nothing(void)
{
    struct te_task t;
    struct te_result r;
    double *scores = NULL;
    bool done = true;
    struct te_err err = TE_ERR_INIT;
    struct te_runner *runner = open_runner();
    make_task(&t, "hang");
    CU_ASSERT_EQUAL(te_runner_start(runner, &t, &err), 0);
    CU_ASSERT_EQUAL(te_runner_poll(runner, 0.01, &done, &err), 0);
    CU_ASSERT_FALSE(done);
    te_runner_cancel(runner);
    te_task_release(&t);
    make_task(&t, "scores=zero");
    run_task(runner, &t, &r, &scores);
    CU_ASSERT_EQUAL(r.status, TE_STATUS_OK);
    te_free(scores);
    te_result_release(&r);
    te_task_release(&t);
    te_runner_close(runner);
}

/* Long series are judged in a thread; the same comes out, and a cancel is heard meanwhile. */
static void long_series_are_judged_beside(void)
{
    char path[120];
    struct te_err err = TE_ERR_INIT;
    struct te_task t;
    struct te_result r;
    struct te_buf text;
    double *scores = NULL;
    bool done = false;
    snprintf(path, sizeof path, "%s/long.test.csv", folder);
    te_buf_init(&text, 1 << 24);
    te_buf_adds(&text, "timestamp,value,is_anomaly\n");
    for (int i = 0; i < 20000; i++)
        te_buf_addf(&text, "%d,1,%d\n", i, i >= 19000);
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(path, text.data, text.len, &err), 0);
    te_buf_release(&text);
    struct te_runner *runner = open_runner();
    make_task(&t, "scores=ramp");
    te_free(t.test_path);
    t.test_path = te_strdup(path, &err);
    t.dataset_length = 20000;
    CU_ASSERT_EQUAL(te_runner_start(runner, &t, &err), 0);
    CU_ASSERT_EQUAL(te_runner_poll(runner, 0, &done, &err), 0);
    te_runner_cancel(runner);
    run_task(runner, &t, &r, &scores);
    CU_ASSERT_EQUAL(r.status, TE_STATUS_OK);
    CU_ASSERT_EQUAL(r.n_scores, 20000);
    CU_ASSERT_DOUBLE_EQUAL(r.metrics[0].value, 1.0, 0);
    te_free(scores);
    te_result_release(&r);
    te_task_release(&t);
    te_runner_close(runner);
}

static void a_fake_task_costs_microseconds(void)
{
    struct te_task t;
    struct te_runner *runner = open_runner();
    make_task(&t, "ok");
    double begin = te_clock_cpu();
    enum { N = 2000 };
    for (int i = 0; i < N; i++) {
        struct te_result r;
        double *scores = NULL;
        t.number = (uint32_t)i;
        t.id = (uint64_t)i;
        run_task(runner, &t, &r, &scores);
        te_free(scores);
        te_result_release(&r);
    }
    double us = (te_clock_cpu() - begin) / N * 1e6;
    te_note("%.1f us of CPU per fake task of 100 points with two metrics", us);
    CU_ASSERT_TRUE(us < 2000);
    te_task_release(&t);
    te_runner_close(runner);
}

TE_TESTS = {TE_TEST(scores_are_judged),
            TE_TEST(outcomes_become_statuses),
            TE_TEST(training_survives_a_failed_execution),
            TE_TEST(failed_training_is_not_executed),
            TE_TEST(unfit_datasets_are_refused),
            TE_TEST(a_timeout_is_a_timeout),
            TE_TEST(cancel_leaves_nothing),
            TE_TEST(long_series_are_judged_beside),
            TE_TEST(a_fake_task_costs_microseconds)};

int main(void)
{
    struct te_err err = TE_ERR_INIT;
    if (!mkdtemp(folder))
        return 1;
    snprintf(dataset, sizeof dataset, "%s/data.test.csv", folder);
    write_dataset();
    int rc = te_test_run(te_tests, sizeof te_tests / sizeof te_tests[0]);
    if (te_fs_remove_tree(folder, &err) < 0)
        te_note("%s", err.text);
    return rc;
}

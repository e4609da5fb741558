/* Functions and commands in processes of their own: what they may do to us, and what not. */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/adapter/helper.h"
#include "te/adapter/owner.h"
#include "te/adapter/proc.h"
#include "te/base/buf.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/mem.h"
#include "te/run/runner.h"
#include "te_test.h"

static char folder[] = "/tmp/te-program-XXXXXX";
static char dataset[100], library[600];

static void write_file(const char *path, const char *text)
{
    struct te_err err = TE_ERR_INIT;
    if (te_fs_write_atomic(path, text, strlen(text), &err) < 0)
        abort();
}

static void write_dataset(void)
{
    struct te_buf text;
    te_buf_init(&text, 1 << 20);
    te_buf_adds(&text, "timestamp,value,other,is_anomaly\n");
    for (int i = 0; i < 100; i++)
        te_buf_addf(&text, "%d,%d.5,%d,%d\n", i, i, 100 - i, i >= 90);
    write_file(dataset, text.data);
    te_buf_release(&text);
}

static void make_task(struct te_task *t, enum te_adapter_kind kind, const char *program,
                      const char *symbol)
{
    struct te_err err = TE_ERR_INIT;
    *t = (struct te_task){.attempt = 1, .repetition = 1, .id = 7, .adapter = kind};
    t->algorithm = te_strdup("alg", &err);
    t->collection = te_strdup("coll", &err);
    t->dataset = te_strdup("data", &err);
    t->hyper_params_id = te_strdup("x", &err);
    t->params_json = te_strdup("{\"a\": \"it's\"}", &err);
    t->program = program ? te_strdup(program, &err) : NULL;
    t->symbol = symbol ? te_strdup(symbol, &err) : NULL;
    t->test_path = te_strdup(dataset, &err);
    t->train_path = te_strdup(dataset, &err);
    t->algorithm_dimension = t->dataset_dimension = TE_MULTIVARIATE;
    t->dataset_length = 100;
    t->limits.memory = (int64_t)256 << 20;
    t->limits.cpus = 1;
    t->limits.execute_timeout = t->limits.train_timeout = 60;
    strcpy(t->limits.execute_timeout_text, "1 minute");
    strcpy(t->limits.train_timeout_text, "1 minute");
}

static struct te_result run_task(struct te_task *t)
{
    static char metrics[] = "ROC_AUC";
    static struct te_run_settings settings = {
        .metrics = metrics, .max_log = 8192, .max_scores = 1 << 20};
    settings.scratch = folder;
    struct te_runner_place place = {"here", 1, 0, 1, "unit-program"};
    struct te_err err = TE_ERR_INIT;
    struct te_runner *r = NULL;
    struct te_result result;
    double *scores = NULL;
    bool done = false;
    if (te_runner_open(&settings, &place, &r, &err) < 0 || te_runner_start(r, t, &err) < 0) {
        te_note("%s", err.text);
        abort();
    }
    for (int i = 0; i < 600 && !done; i++)
        CU_ASSERT_EQUAL_FATAL(te_runner_poll(r, 0.1, &done, &err), 0);
    CU_ASSERT_TRUE_FATAL(done);
    te_runner_take(r, &result, &scores);
    te_free(scores);
    te_runner_close(r);
    te_task_release(t);
    return result;
}

static struct te_result run_simple(enum te_adapter_kind kind, const char *program,
                                   const char *symbol)
{
    struct te_task t;
    make_task(&t, kind, program, symbol);
    return run_task(&t);
}

static void expect(struct te_result *r, enum te_status status, enum te_reason reason,
                   const char *part)
{
    bool found = strstr(r->error_message, part) || strstr(r->log, part);
    CU_ASSERT_EQUAL(r->status, status);
    CU_ASSERT_EQUAL(r->reason, reason);
    CU_ASSERT_TRUE(found);
    if (r->status != status || r->reason != reason || !found)
        te_note("%s %s: %s | %s", te_status_word(r->status), te_reason_word(r->reason),
                r->error_message, r->log);
    te_result_release(r);
}

static void plugin_functions_run(void)
{
    struct te_result r = run_simple(TE_ADAPTER_PLUGIN, library, "detect");
    CU_ASSERT_EQUAL(r.n_scores, 100);
    CU_ASSERT_TRUE(r.n_metrics == 1 && r.metrics[0].value == 1.0);
    CU_ASSERT_TRUE(r.phase[TE_EXECUTE].cpu_user >= 0);
    CU_ASSERT_TRUE(r.phase[TE_EXECUTE].peak_memory > 0);
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "100 points, parameters {\"a\": \"it's\"}");
}

static void plugin_functions_are_trained(void)
{
    struct te_task t;
    make_task(&t, TE_ADAPTER_PLUGIN, library, "detect");
    t.algorithm_training = t.dataset_training = TE_SUPERVISED;
    struct te_result r = run_task(&t);
    CU_ASSERT_TRUE(r.phase[TE_TRAIN].ran && r.phase[TE_TRAIN].exit_code == 0);
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "Performing training for SUPERVISED");
}

static void a_crash_is_the_experiments_own(void)
{
    struct te_result r = run_simple(TE_ADAPTER_PLUGIN, library, "crash");
    expect(&r, TE_STATUS_ERROR, TE_REASON_SIGNAL, "died of signal 6");
}

static void missing_functions_are_named(void)
{
    struct te_result r = run_simple(TE_ADAPTER_PLUGIN, library, "nothing");
    expect(&r, TE_STATUS_ERROR, TE_REASON_EXIT, "has no function 'nothing'");
    r = run_simple(TE_ADAPTER_PLUGIN, "/lib/nowhere.so", "f");
    expect(&r, TE_STATUS_ERROR, TE_REASON_EXIT, "cannot load '/lib/nowhere.so'");
    r = run_simple(TE_ADAPTER_COMMAND, "/no/such/program {args}", NULL);
    expect(&r, TE_STATUS_ERROR, TE_REASON_EXIT, "cannot run '/no/such/program'");
}

static void memory_is_limited(void)
{
    struct te_result r = run_simple(TE_ADAPTER_PLUGIN, library, "greedy");
    /* the kernel kills in a control group; without one malloc fails and the function says 12 */
    CU_ASSERT_TRUE(r.status == TE_STATUS_OOM ||
                   (r.status == TE_STATUS_ERROR && r.phase[TE_EXECUTE].exit_code == 12));
    te_note("%s %s measured by %s", te_status_word(r.status), r.error_message,
            te_measured_word(r.phase[TE_EXECUTE].measured_by));
    te_result_release(&r);
}

static void what_is_left_behind_is_killed(void)
{
    struct te_result r = run_simple(TE_ADAPTER_PLUGIN, library, "spawns");
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "100 points");
    char owner[TE_OWNER_TEXT], label[80];
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL_FATAL(te_owner_self(owner, &err), 0);
    snprintf(label, sizeof label, "%08x-unit-program", (unsigned)te_hash64(owner, strlen(owner)));
    CU_ASSERT_EQUAL(te_proc_sweep(label), 0);
}

static void time_is_limited(void)
{
    struct te_task t;
    make_task(&t, TE_ADAPTER_PLUGIN, library, "stuck");
    t.limits.execute_timeout = 0.3;
    double begin = te_clock_mono();
    struct te_result r = run_task(&t);
    CU_ASSERT_TRUE(te_clock_mono() - begin < 10);
    expect(&r, TE_STATUS_TIMEOUT, TE_REASON_TIMEOUT, "alg timed out after <Duration 1 minute>");
}

static void commands_run(void)
{
    struct te_result r =
        run_simple(TE_ADAPTER_COMMAND,
                   "/bin/sh -c 'for i in $(seq 100); do echo $i; done > \"$1\"' x {results}", NULL);
    CU_ASSERT_TRUE(r.n_metrics == 1 && r.metrics[0].value == 1.0);
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "Calculating ROC_AUC");
    r = run_simple(TE_ADAPTER_COMMAND, "/bin/echo {args}", NULL);
    expect(&r, TE_STATUS_ERROR, TE_REASON_WRONG_SCORES,
           "\"executionType\": \"execute\", \"customParameters\": {\"a\": \"it's\"}}");
    r = run_simple(TE_ADAPTER_COMMAND, "/bin/sh -c 'exit 5'", NULL);
    expect(&r, TE_STATUS_ERROR, TE_REASON_EXIT, "Status '5'");
}

static void bad_score_files_are_told_apart(void)
{
    static const struct {
        const char *script;
        const char *part;
    } cases[] = {
        {"true", "the algorithm wrote no 'docker-algorithm-scores.csv'"},
        {": > \"$1\"", "is empty"},
        {"echo score > \"$1\"", "holds 'score' where a number should be"},
        {"ln -s /etc/passwd \"$1\"", "docker-algorithm-scores.csv"},
        {"mkfifo \"$1\"", "docker-algorithm-scores.csv"},
        {"truncate -s 3M \"$1\"", "max_scores"},
        {"printf '1\\n2,3\\n' > \"$1\"", "has 2 columns"},
        {"echo 1 > \"$1\"", "yields 1 scores for a dataset of 100 points"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_err err = TE_ERR_INIT;
        te_autofree char *command =
            te_asprintf(&err, "/bin/sh -c '%s' x {results}", cases[i].script);
        te_autofree char *quoted = te_strdup(command, &err);
        /* the printf case has quotes of its own */
        if (strstr(cases[i].script, "printf"))
            quoted = (te_free(quoted),
                      te_strdup("/bin/sh -c \"printf '1\\\\n2,3\\\\n' > \\\"\\$1\\\"\" x {results}",
                                &err));
        struct te_result r = run_simple(TE_ADAPTER_COMMAND, quoted, NULL);
        expect(&r, TE_STATUS_ERROR, TE_REASON_WRONG_SCORES, cases[i].part);
    }
}

static void endless_logs_are_cut(void)
{
    struct te_result r =
        run_simple(TE_ADAPTER_COMMAND,
                   "/bin/sh -c 'echo first; yes | head -c 3000000; echo last; exit 1'", NULL);
    CU_ASSERT_TRUE(r.log_cut > 2900000);
    CU_ASSERT_PTR_NOT_NULL(strstr(r.log, "first"));
    expect(&r, TE_STATUS_ERROR, TE_REASON_EXIT, "last");
}

static void preliminary_scores_count(void)
{
    struct te_task t;
    make_task(&t, TE_ADAPTER_COMMAND, "/bin/sh -c 'seq 100 > \"$1\"; exec sleep 100' x {results}",
              NULL);
    t.limits.execute_timeout = 0.5;
    t.limits.preliminary_scores = true;
    struct te_result r = run_task(&t);
    expect(&r, TE_STATUS_OK, TE_REASON_PRELIMINARY, "but TimeEval disregards");
}

static void whole_numbers_stay_whole(void)
{
    struct te_task t;
    struct te_err err = TE_ERR_INIT;
    te_autofree char *path = te_fs_join(folder, "whole.csv", &err);
    write_file(path, "timestamp,value,is_anomaly\n0,-3,0\n1,9007199254740993,1\n");
    make_task(&t, TE_ADAPTER_PYTHON, folder, "te_detector:detect");
    t.dataset_length = 2;
    te_free(t.test_path);
    t.test_path = te_steal(path);
    struct te_result r = run_task(&t);
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "ndarray (2, 1) int64");
}

static void python_functions_run(void)
{
    if (access("/usr/bin/python3", X_OK) != 0) {
        te_skip("no python3");
        return;
    }
    struct te_err err = TE_ERR_INIT;
    te_autofree char *module = te_asprintf(&err, "%s/te_detector.py", folder);
    write_file(module, "import numpy as np\n"
                       "def detect(data, params):\n"
                       "    print(type(data).__name__, data.shape, data.dtype, params)\n"
                       "    return data[:, 0]\n"
                       "def whole(data, params):\n"
                       "    return np.arange(len(data))\n"
                       "def fails(data, params):\n"
                       "    raise ValueError('no \"luck\"')\n"
                       "def greedy(data, params):\n"
                       "    return np.ones(1 << 34)[:100]\n"
                       "def path(data, params):\n"
                       "    print(type(data).__mro__[1].__name__, data.name)\n"
                       "    return [float(x.split(',')[1]) for x in open(data).readlines()[1:]]\n"
                       "def slow(data, params):\n"
                       "    import time\n"
                       "    time.sleep(0.05)\n"
                       "    return data[:, 0]\n");
    struct te_result r = run_simple(TE_ADAPTER_PYTHON, folder, "te_detector:detect");
    if (strstr(r.error_message, "has no numpy")) {
        te_result_release(&r);
        te_skip("no numpy");
        return;
    }
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "ndarray (100, 2) float64 {'a': \"it's\"}");
    r = run_simple(TE_ADAPTER_PYTHON, folder, "te_detector:whole");
    CU_ASSERT_TRUE(r.integer_scores);
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "= 1.0");
    r = run_simple(TE_ADAPTER_PYTHON, folder, "te_detector:fails");
    CU_ASSERT_STRING_EQUAL(r.error_message, "ValueError('no \"luck\"')");
    expect(&r, TE_STATUS_ERROR, TE_REASON_EXIT, "ValueError: no \"luck\"");
    r = run_simple(TE_ADAPTER_PYTHON, folder, "te_detector:greedy");
    expect(&r, TE_STATUS_OOM, TE_REASON_OOM, "exceeded memory limit of 268435456 Bytes");
    r = run_simple(TE_ADAPTER_PYTHON, folder, "te_detector:slow");
    /* neither the interpreter's start nor the reading of the data */
    CU_ASSERT_TRUE(r.phase[TE_EXECUTE].main_time >= 0.05);
    CU_ASSERT_TRUE(r.phase[TE_EXECUTE].wall_overhead > r.phase[TE_EXECUTE].main_time);
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "= 1.0");
    struct te_task t;
    make_task(&t, TE_ADAPTER_PYTHON, folder, "te_detector:path");
    t.data_as_file = true;
    r = run_task(&t);
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "Path data.test.csv");
    whole_numbers_stay_whole();
    r = run_simple(TE_ADAPTER_PYTHON, folder, "te_detector:absent");
    expect(&r, TE_STATUS_ERROR, TE_REASON_EXIT, "cannot load te_detector:absent");
}

static void channels_run_alone(void)
{
    struct te_task t;
    make_task(&t, TE_ADAPTER_PLUGIN, library, "detect");
    t.algorithm_dimension = TE_UNIVARIATE;
    t.multivariate = TE_MULTIVAR_MAX;
    t.limits.cpus = 2;
    t.algorithm_training = t.dataset_training = TE_SEMI_SUPERVISED;
    struct te_result r = run_task(&t);
    /* max of i + 0.5 and 100 - i */
    CU_ASSERT_DOUBLE_EQUAL(r.score_max, 100.0, 0);
    CU_ASSERT_DOUBLE_EQUAL(r.score_min, 50.5, 0);
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "#### channel 1 ####");
    make_task(&t, TE_ADAPTER_PLUGIN, library, "detect");
    t.multivariate = TE_MULTIVAR_SUM_BEFORE;
    r = run_task(&t);
    CU_ASSERT_DOUBLE_EQUAL(r.score_max, 100.5, 0);
    expect(&r, TE_STATUS_OK, TE_REASON_NONE, "100 points");
}

TE_TESTS = {TE_TEST(plugin_functions_run),
            TE_TEST(plugin_functions_are_trained),
            TE_TEST(a_crash_is_the_experiments_own),
            TE_TEST(missing_functions_are_named),
            TE_TEST(memory_is_limited),
            TE_TEST(what_is_left_behind_is_killed),
            TE_TEST(time_is_limited),
            TE_TEST(commands_run),
            TE_TEST(bad_score_files_are_told_apart),
            TE_TEST(endless_logs_are_cut),
            TE_TEST(preliminary_scores_count),
            TE_TEST(python_functions_run),
            TE_TEST(channels_run_alone)};

int main(int argc, char **argv)
{
    struct te_err err = TE_ERR_INIT;
    if (te_helper_wanted(argc, argv))
        return te_helper_main(argc, argv);
    if (getenv("TE_VALGRIND")) {
        puts("1..0 # SKIP below valgrind a child started as /proc/self/exe is valgrind itself");
        return 0;
    }
    ssize_t n = readlink("/proc/self/exe", library, sizeof library - 40);
    char *cut = n > 0 ? strstr(library, "/tests/unit/") : NULL;
    if (!cut || !mkdtemp(folder))
        return 1;
    strcpy(cut, "/tests/fakes/lib_detect.so");
    snprintf(dataset, sizeof dataset, "%s/data.test.csv", folder);
    write_dataset();
    int rc = te_test_run(te_tests, sizeof te_tests / sizeof te_tests[0]);
    if (te_fs_remove_tree(folder, &err) < 0)
        te_note("%s", err.text);
    return rc;
}

#include "te_test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "synthetic.h"
#include "te/base/fs.h"
#include "te/store/export.h"
#include "te/store/h5_write.h"
#include "te/store/import.h"
#include "te/store/merge.h"
#include "te/store/recover.h"

static char folder[64];
static char series[96];

static void make_run(unsigned n, size_t points)
{
    struct te_err err = TE_ERR_INIT;
    struct te_journal *j = NULL;
    struct te_buf buf;
    snprintf(folder, sizeof folder, "/tmp/te-store-build-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(series, sizeof series, "%s/series.csv", folder);
    CU_ASSERT_EQUAL(te_fs_write_atomic(series, "t,v,is_anomaly\n0,1,0\n1,2,1\n2,3,0\n", 33, &err),
                    0);
    te_buf_init(&buf, TE_MAX_MESSAGE);
    CU_ASSERT_EQUAL_FATAL(te_journal_open(folder, 1, 0, &j, &err), 0);
    synthetic_header(j, n, &buf);
    for (unsigned k = 0; k < n; k++)
        synthetic_experiment(j, k, 1, k % 5 == 4 ? 0 : points, series, &buf);
    te_buf_release(&buf);
    te_journal_close(j);
}

static void run_is_built(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_h5_built built;
    struct te_strings notices = {NULL, 0, 0};
    struct te_h5_options options = {
        .scores = true, .labels = te_h5_labels_from_file, .notices = &notices};
    make_run(20, 5000);
    int rc = te_h5_build(folder, &options, &built, &err);
    if (rc < 0)
        te_note("%s", err.text);
    CU_ASSERT_EQUAL_FATAL(rc, 0);
    CU_ASSERT_EQUAL(built.rows, 20);
    CU_ASSERT_EQUAL(built.scores, 16 * 5000);
    CU_ASSERT_TRUE(built.complete);
    CU_ASSERT_EQUAL(built.by_status[TE_STATUS_ERROR], 4);
    CU_ASSERT_EQUAL(notices.count, 0);
    te_strings_release(&notices);
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

static void fold_is_small_and_takes_the_last(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_run_state state = {0};
    struct te_journal *j = NULL;
    struct te_buf buf;
    CU_ASSERT(sizeof(struct te_run_item) <= 32);
    make_run(4, 10);
    te_buf_init(&buf, TE_MAX_MESSAGE);
    CU_ASSERT_EQUAL_FATAL(te_journal_open(folder, 0, 0, &j, &err), 0);
    struct te_rec_note retry = {.kind = TE_NOTE_RETRY, .number = 1, .time = 1.8e9};
    te_rec_note_encode(&retry, &buf);
    synthetic_put(j, TE_RECORD_NOTE, &buf);
    CU_ASSERT_EQUAL_FATAL(te_run_state_load(folder, 0, NULL, NULL, &state, &err), 0);
    CU_ASSERT_EQUAL(state.n_done, 3);
    CU_ASSERT_EQUAL(state.n_results, 4);
    uint64_t before = state.items[1].result;
    te_run_state_release(&state);
    synthetic_experiment(j, 1, 2, 0, NULL, &buf);
    CU_ASSERT_EQUAL_FATAL(te_run_state_load(folder, 0, NULL, NULL, &state, &err), 0);
    CU_ASSERT_EQUAL(state.n_done, 4);
    CU_ASSERT(state.items[1].result > before);
    CU_ASSERT_EQUAL(state.items[1].status, TE_STATUS_ERROR);
    CU_ASSERT_EQUAL(state.by_status[TE_STATUS_OK], 3);
    te_run_state_release(&state);
    te_journal_close(j);
    te_buf_release(&buf);
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

/* What is read back is what was written, value for value. */
static void read_is_written(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_h5_options options = {.scores = true, .labels = te_h5_labels_from_file};
    char path[96];
    size_t compared = 0;
    make_run(12, 3500);
    snprintf(path, sizeof path, "%s/results.h5", folder);
    CU_ASSERT_EQUAL_FATAL(te_h5_build(folder, &options, NULL, &err), 0);
    struct te_h5_file *file = NULL;
    CU_ASSERT_EQUAL_FATAL(te_h5_open(path, &file, &err), 0);
    CU_ASSERT_EQUAL_FATAL(te_h5_rows(file), 12);
    CU_ASSERT_STRING_EQUAL(te_h5_read_facts(file)->header->files[0].name, "/tmp/synthetic.ini");
    for (unsigned k = 0; k < 12; k++) {
        struct te_task task;
        struct te_result result;
        double *scores = NULL;
        uint8_t *labels = NULL;
        size_t n = 0, n_labels = 0;
        CU_ASSERT_EQUAL_FATAL(te_h5_read_row(file, k, &task, &result, &err), 0);
        CU_ASSERT_EQUAL(task.id, 0x9E3779B97F4A7C15u * (k + 1));
        CU_ASSERT_STRING_EQUAL(task.program, "image:1");
        CU_ASSERT_STRING_EQUAL(task.test_path, series);
        CU_ASSERT_PTR_NULL(task.postprocess);
        CU_ASSERT_STRING_EQUAL(result.log, "Starting evaluation\n");
        CU_ASSERT_EQUAL(result.status, k % 5 == 4 ? TE_STATUS_ERROR : TE_STATUS_OK);
        CU_ASSERT_EQUAL(result.integer_scores, k % 5 != 4 && k % 7 == 5);
        CU_ASSERT_EQUAL(result.metrics[1].has_value, k % 5 != 4 && k % 2 == 0);
        CU_ASSERT_EQUAL_FATAL(te_h5_read_scores(file, k, &scores, &n, &err), 0);
        CU_ASSERT_EQUAL(n, k % 5 == 4 ? 0 : 3500);
        for (size_t i = 0; i < n; i++) {
            double want = synthetic_score(k, i);
            compared += memcmp(&scores[i], &want, sizeof want) == 0;
        }
        CU_ASSERT_EQUAL_FATAL(te_h5_read_labels(file, k, &labels, &n_labels, &err), 0);
        CU_ASSERT_EQUAL(n_labels, 3);
        CU_ASSERT_EQUAL(labels[1], 1);
        te_free(scores);
        te_free(labels);
        te_task_release(&task);
        te_result_release(&result);
    }
    CU_ASSERT_EQUAL(compared, 10 * 3500);
    te_h5_close(file);
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

/* Each step of a result file's life, one allocation failing: an error, nothing half-made. */
static int all_steps(struct te_err *err)
{
    struct te_h5_options options = {.scores = true, .labels = te_h5_labels_from_file};
    struct te_strings notices = {NULL, 0, 0};
    char h5[96], out[120], tree[96];
    size_t n = 0;
    snprintf(h5, sizeof h5, "%s/results.h5", folder);
    snprintf(out, sizeof out, "%s/merged.h5", folder);
    snprintf(tree, sizeof tree, "%s/tree", folder);
    const char *in[] = {h5, h5};
    int rc = te_h5_build(folder, &options, NULL, err);
    if (rc == 0)
        rc = te_h5_merge(out, in, 2, TE_MERGE_NEWEST, NULL, &n, err);
    if (rc == 0)
        rc = te_export_aggregate(out, h5, true, &n, err);
    if (rc == 0)
        rc = te_export_tree(out, tree, &n, err);
    if (rc == 0)
        rc = te_import(tree, h5, NULL, &notices, &n, err);
    snprintf(out, sizeof out, "%s/results.csv", tree);
    unlink(out);
    if (rc == 0) /* as a run that was cut */
        rc = te_import(tree, h5, NULL, &notices, &n, err);
    te_strings_release(&notices);
    return rc;
}

static void failing_allocations_leave_nothing(void)
{
    struct te_err err = TE_ERR_INIT;
    unsigned long n = 1, failed = 0;
    make_run(3, 5);
    for (;; n += 1 + n / 30) {
        struct te_err why = TE_ERR_INIT;
        te_mem_fail_at(n);
        int rc = all_steps(&why);
        unsigned long left = te_mem_fail_left();
        te_mem_fail_at(0);
        failed += rc < 0;
        if (rc == 0 && left > 0)
            break; /* fewer allocations than that */
        if (rc < 0)
            CU_ASSERT_NOT_EQUAL(why.code, TE_OK);
        CU_ASSERT_FATAL(n < 100000);
    }
    CU_ASSERT(failed > 80);
    te_note("%lu failing allocations of %lu", failed, n);
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

/* A disk that is full at any size: the old file stays, no temporary one. Failed builds, or -1. */
static int fill_disks(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_h5_options options = {.scores = true};
    struct te_h5_verified verified;
    struct rlimit old, low;
    char path[96], tmp[96];
    int failed = 0;
    bool good = true;
    snprintf(path, sizeof path, "%s/results.h5", folder);
    snprintf(tmp, sizeof tmp, "%s/results.h5.tmp", folder);
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t limit = 100; good && limit < 200000; limit = limit * 3 / 2 + 1) {
        low = old;
        low.rlim_cur = limit;
        setrlimit(RLIMIT_FSIZE, &low);
        failed += te_h5_build(folder, &options, NULL, &err) < 0;
        setrlimit(RLIMIT_FSIZE, &old);
        good = access(tmp, F_OK) != 0 && te_h5_verify(path, &verified, &err) == 0 &&
               verified.rows == 6;
    }
    return good ? failed : -1;
}

/* In a child: HDF5 keeps what belongs to a file that it could not close. */
static void full_disk_keeps_the_old_file(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_h5_options options = {.scores = true};
    int status = 0;
    make_run(6, 4000);
    CU_ASSERT_EQUAL_FATAL(te_h5_build(folder, &options, NULL, &err), 0);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int failed = fill_disks();
        _exit(failed > 10 ? failed : 1);
    }
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) > 10);
    te_note("%d full disks", WEXITSTATUS(status));
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

TE_TESTS = {
    TE_TEST(read_is_written),
    TE_TEST(failing_allocations_leave_nothing),
    TE_TEST(full_disk_keeps_the_old_file),
    TE_TEST(run_is_built),
    TE_TEST(fold_is_small_and_takes_the_last),
};
TE_TEST_MAIN

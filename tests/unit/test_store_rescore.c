/* Further metrics in a finished file: right values, nothing else changed, safe to stop. */
#include "te_test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include "synthetic.h"
#include "te/base/fs.h"
#include "te/model/config.h"
#include "te/report/judge.h"
#include "te/store/h5_rescore.h"
#include "te/store/h5_write.h"

static char folder[64];
static char file[96];

enum { POINTS = 400 };

/* A run of n experiments whose scores and labels have POINTS points. */
static void make_file(unsigned n)
{
    struct te_err err = TE_ERR_INIT;
    struct te_journal *j = NULL;
    struct te_buf buf;
    struct te_h5_options options = {.scores = true, .labels = te_h5_labels_from_file};
    char series[96];
    snprintf(folder, sizeof folder, "/tmp/te-store-rescore-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(series, sizeof series, "%s/series.csv", folder);
    snprintf(file, sizeof file, "%s/results.h5", folder);
    te_buf_init(&buf, TE_MAX_MESSAGE);
    te_buf_adds(&buf, "t,v,is_anomaly\n");
    for (int i = 0; i < POINTS; i++)
        te_buf_addf(&buf, "%d,%d,%d\n", i, i % 7, i % 50 > 44);
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(series, buf.data, buf.len, &err), 0);
    te_buf_clear(&buf);
    CU_ASSERT_EQUAL_FATAL(te_journal_open(folder, 1, 0, &j, &err), 0);
    synthetic_header(j, n, &buf);
    for (unsigned k = 0; k < n; k++)
        synthetic_experiment(j, k, 1, k % 5 == 4 ? 0 : POINTS, series, &buf);
    te_buf_release(&buf);
    te_journal_close(j);
    CU_ASSERT_EQUAL_FATAL(te_h5_build(folder, &options, NULL, &err), 0);
}

static void remove_file(void)
{
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

static int rescore(const char *metrics, unsigned threads, struct te_rescore_report *report,
                   size_t *notices, struct te_err *err)
{
    struct te_metric_list list;
    struct te_strings said = {0};
    CU_ASSERT_EQUAL_FATAL(te_metric_parse_list(metrics, &list, err), 0);
    int rc = te_h5_rescore(file, &list, threads, &said, report, err);
    *notices = said.count;
    te_metric_list_release(&list);
    te_strings_release(&said);
    return rc;
}

static char *content(size_t *len)
{
    struct te_err err = TE_ERR_INIT;
    char *data = NULL;
    CU_ASSERT_EQUAL_FATAL(te_fs_read(file, 100 * TE_MIB, &data, len, &err), 0);
    return data;
}

static void columns_are_added(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_rescore_report report;
    size_t notices = 0;
    make_file(25);
    int rc =
        rescore("AVERAGE_PRECISION, RangePrVUS(max_buffer_size=10)", 3, &report, &notices, &err);
    if (rc < 0)
        te_note("%s", err.text);
    CU_ASSERT_EQUAL_FATAL(rc, 0);
    CU_ASSERT_EQUAL(report.rows, 25);
    CU_ASSERT_EQUAL(report.judged, 20);
    CU_ASSERT_EQUAL(report.columns, 2);
    CU_ASSERT_TRUE(report.framed);
    CU_ASSERT_EQUAL(notices, 0);
    /* Once more: the name is taken, then the canonical text, too. */
    CU_ASSERT_EQUAL(rescore("AVERAGE_PRECISION", 1, &report, &notices, &err), 0);
    CU_ASSERT_EQUAL(report.columns, 1);
    CU_ASSERT_EQUAL(notices, 1);
    size_t before = 0, after = 0;
    char *one = content(&before);
    CU_ASSERT_EQUAL(rescore("AVERAGE_PRECISION", 1, &report, &notices, &err), 0);
    CU_ASSERT_EQUAL(report.columns, 0);
    char *two = content(&after);
    CU_ASSERT(before == after && memcmp(one, two, before) == 0);
    te_free(one);
    te_free(two);
    char copy[128];
    snprintf(copy, sizeof copy, "%s.rescore", file);
    CU_ASSERT_NOT_EQUAL(access(copy, F_OK), 0);
    remove_file();
}

static void refusals(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_rescore_report report;
    size_t notices = 0, len = 0;
    make_file(3);
    int fd = open(file, O_RDWR);
    CU_ASSERT_EQUAL(flock(fd, LOCK_EX | LOCK_NB), 0);
    CU_ASSERT_EQUAL(rescore("ROC_AUC", 1, &report, &notices, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_BUSY);
    CU_ASSERT_EQUAL(flock(fd, LOCK_UN), 0);
    char *before = content(&len);
    char flipped = (char)(before[len / 2] ^ 1);
    CU_ASSERT_EQUAL(pwrite(fd, &flipped, 1, (off_t)(len / 2)), 1);
    CU_ASSERT_EQUAL(rescore("ROC_AUC", 1, &report, &notices, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_CORRUPT);
    te_free(before);
    close(fd);
    remove_file();
}

/* Every allocation fails once: the file stays as it was. */
static void without_memory(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_rescore_report report;
    struct te_metric_list list;
    size_t len = 0, now = 0;
    make_file(6);
    char *before = content(&len);
    CU_ASSERT_EQUAL_FATAL(te_metric_parse_list("BEST_F1, VUS_PR(4)", &list, &err), 0);
    unsigned failures = 0;
    for (unsigned long k = 1; k < 600; k++) {
        te_mem_fail_at(k);
        int rc = te_h5_rescore(file, &list, 1, NULL, &report, &err);
        te_mem_fail_at(0);
        char *after = content(&now);
        bool same = now == len && memcmp(before, after, len) == 0;
        te_free(after);
        if (rc < 0) {
            failures++;
            CU_ASSERT_TRUE(same);
        } else {
            /* done without that memory, or not reached: begin again with the old file */
            CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(file, before, len, &err), 0);
        }
    }
    CU_ASSERT(failures > 20);
    te_note("%u allocations failed one by one", failures);
    te_free(before);
    te_metric_list_release(&list);
    remove_file();
}

/* Killed at any moment, the file is the old one or the new one. */
static void killed(void)
{
    struct te_err err = TE_ERR_INIT;
    unsigned whole = 0;
    make_file(25);
    for (unsigned round = 0; round < 12; round++) {
        char name[64];
        snprintf(name, sizeof name, "RocAUC(name='r%u')", round);
        pid_t pid = fork();
        if (pid == 0) {
            struct te_rescore_report report;
            size_t notices = 0;
            _exit(rescore(name, 2, &report, &notices, &err) < 0);
        }
        usleep(round * 6000);
        kill(pid, SIGKILL);
        int status = 0;
        CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
        whole += WIFEXITED(status) && WEXITSTATUS(status) == 0;
        struct te_rescore_report report;
        size_t notices = 0;
        CU_ASSERT_EQUAL(rescore("ROC_AUC", 1, &report, &notices, &err), 0);
    }
    te_note("%u of 12 were done before the kill", whole);
    remove_file();
}

/* Values do not depend on the number of threads. */
static void threads(void)
{
    enum { JOBS = 9, N = 300 };
    static uint8_t labels[JOBS][N];
    static double raw[JOBS][N], one[JOBS][30], many[JOBS][30];
    struct te_judge_job jobs[JOBS];
    struct te_err err = TE_ERR_INIT;
    struct te_metric_list list;
    CU_ASSERT_EQUAL_FATAL(te_metric_parse_list("all", &list, &err), 0);
    CU_ASSERT_FATAL(list.count <= 30);
    for (size_t j = 0; j < JOBS; j++) {
        for (size_t i = 0; i < N; i++) {
            labels[j][i] = (i * (j + 3)) % 97 < 9;
            raw[j][i] = (double)((i * 7919 + j * 31) % 503) - 100.0;
        }
        labels[8][5] = 2; /* one that cannot serve */
        jobs[j] =
            (struct te_judge_job){.labels = labels[j], .raw = raw[j], .n = N, .values = one[j]};
    }
    CU_ASSERT_EQUAL(te_judge_all(list.specs, list.count, jobs, JOBS, 1, &err), 0);
    for (size_t j = 0; j < JOBS; j++)
        jobs[j].values = many[j];
    CU_ASSERT_EQUAL(te_judge_all(list.specs, list.count, jobs, JOBS, 4, &err), 0);
    CU_ASSERT_EQUAL(memcmp(one, many, sizeof one), 0);
    CU_ASSERT_EQUAL(jobs[8].err.code, TE_ERR_USAGE);
    CU_ASSERT(many[8][0] != many[8][0]);
    CU_ASSERT(many[0][0] > 0.0);
    te_metric_list_release(&list);
}

TE_TESTS = {TE_TEST(threads), TE_TEST(columns_are_added), TE_TEST(refusals),
            TE_TEST(without_memory), TE_TEST(killed)};
TE_TEST_MAIN

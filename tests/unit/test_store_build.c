#include "te_test.h"

#include <stdlib.h>
#include <unistd.h>
#include "synthetic.h"
#include "te/base/fs.h"
#include "te/store/h5_write.h"
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
    struct te_run_state state;
    struct te_journal *j = NULL;
    struct te_buf buf;
    CU_ASSERT(sizeof(struct te_run_item) <= 32);
    make_run(4, 10);
    te_buf_init(&buf, TE_MAX_MESSAGE);
    CU_ASSERT_EQUAL_FATAL(te_journal_open(folder, 0, 0, &j, &err), 0);
    struct te_rec_note retry = {.kind = TE_NOTE_RETRY, .number = 1, .time = 1.8e9};
    te_rec_note_encode(&retry, &buf);
    synthetic_put(j, TE_RECORD_NOTE, &buf);
    CU_ASSERT_EQUAL_FATAL(te_run_state_load(folder, NULL, NULL, &state, &err), 0);
    CU_ASSERT_EQUAL(state.n_done, 3);
    CU_ASSERT_EQUAL(state.n_results, 4);
    uint64_t before = state.items[1].result;
    te_run_state_release(&state);
    synthetic_experiment(j, 1, 2, 0, NULL, &buf);
    CU_ASSERT_EQUAL_FATAL(te_run_state_load(folder, NULL, NULL, &state, &err), 0);
    CU_ASSERT_EQUAL(state.n_done, 4);
    CU_ASSERT(state.items[1].result > before);
    CU_ASSERT_EQUAL(state.items[1].status, TE_STATUS_ERROR);
    CU_ASSERT_EQUAL(state.by_status[TE_STATUS_OK], 3);
    te_run_state_release(&state);
    te_journal_close(j);
    te_buf_release(&buf);
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

TE_TESTS = {
    TE_TEST(run_is_built),
    TE_TEST(fold_is_small_and_takes_the_last),
};
TE_TEST_MAIN

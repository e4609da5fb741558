#include <math.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/core/msg.h"
#include "te_test.h"

#define TEXT(s) te_strdup(s, &err)

static struct te_err err;

static struct te_task a_task(void)
{
    struct te_task task = {
        .number = 7, .attempt = 2, .repetition = 3, .id = UINT64_C(0xFEDCBA9876543210)};
    task.algorithm = TEXT("COF");
    task.collection = TEXT("NAB");
    task.dataset = TEXT("art");
    task.hyper_params_id = TEXT("99914b932bd37a50b983c5e7c90ae93b");
    task.params_json = TEXT("{\"n\": 20}");
    task.adapter = TE_ADAPTER_COMMAND;
    task.program = TEXT("");
    task.multivariate = TE_MULTIVAR_MAX;
    task.test_path = TEXT("/data/x.csv");
    memset(task.test_sha256, 'a', TE_SHA256_HEX - 1);
    task.dataset_length = 4032;
    task.limits = (struct te_limits){.memory = INT64_MIN, .cpus = 1.5, .preliminary_scores = true};
    return task;
}

static struct te_result a_result(void)
{
    struct te_result result;
    te_result_init(&result);
    result.number = 7;
    result.attempt = 2;
    result.status = TE_STATUS_TIMEOUT;
    result.reason = TE_REASON_TIMEOUT;
    result.error_message = TEXT("DockerTimeoutError('x')");
    result.host = TEXT("node1");
    result.phase[TE_EXECUTE].main_time = 1.25;
    result.phase[TE_EXECUTE].exit_code = 143;
    result.n_metrics = 2;
    result.metrics = te_zalloc(2, sizeof *result.metrics, &err);
    result.metrics[1] = (struct te_metric_value){.value = 0.5, .has_value = true};
    result.n_scores = 4032;
    result.log = TEXT("a\nb");
    return result;
}

static void frames_go_round(void)
{
    struct te_buf buf;
    struct te_frame frame;
    size_t used;
    te_buf_init(&buf, TE_MAX_MESSAGE);
    for (unsigned i = 0; i < 2; i++) {
        size_t at = te_frame_begin(&buf);
        te_buf_adds(&buf, "hello");
        CU_ASSERT_EQUAL(te_frame_end(&buf, at, TE_MSG_BYE, 77 + i, &err), 0);
    }
    CU_ASSERT_EQUAL(te_frame_decode(buf.data, buf.len, &frame, &used, &err), 0);
    CU_ASSERT_EQUAL(used, TE_FRAME_HEAD + 5);
    CU_ASSERT_EQUAL(frame.epoch, 77);
    CU_ASSERT_EQUAL(frame.type, TE_MSG_BYE);
    CU_ASSERT_EQUAL(memcmp(frame.data, "hello", 5), 0);
    CU_ASSERT_EQUAL(te_frame_decode(buf.data + used, buf.len - used, &frame, &used, &err), 0);
    CU_ASSERT_EQUAL(frame.epoch, 78);
    for (size_t bit = 0; bit < 8 * used; bit++) { /* no flipped bit goes unnoticed */
        buf.data[bit / 8] = (char)(buf.data[bit / 8] ^ (1 << bit % 8));
        CU_ASSERT_EQUAL(te_frame_decode(buf.data, used, &frame, &used, &err), -1);
        buf.data[bit / 8] = (char)(buf.data[bit / 8] ^ (1 << bit % 8));
    }
    for (size_t len = 0; len < used; len++) {
        CU_ASSERT_EQUAL(te_frame_decode(buf.data, len, &frame, &used, &err), -1);
        CU_ASSERT_EQUAL(err.code, TE_ERR_LIMIT);
    }
    CU_ASSERT_STRING_EQUAL(te_msg_name(TE_MSG_BYE), "BYE");
    CU_ASSERT_STRING_EQUAL(te_msg_name(3), "unknown");
    te_buf_release(&buf);
}

/* Every cut of a payload must be refused, without a leak or a read beyond its end. */
#define CHECK_CUTS(buf, type, decode)                                                              \
    for (size_t n = 0; n < (buf).len; n++) {                                                       \
        char *cut = te_alloc(n, &err);                                                             \
        memcpy(cut, (buf).data, n);                                                                \
        struct type t;                                                                             \
        CU_ASSERT_EQUAL(decode(cut, n, &t, &err), -1);                                             \
        CU_ASSERT_EQUAL(err.code, TE_ERR_FORMAT);                                                  \
        te_free(cut);                                                                              \
    }

static void a_row_goes_round(void)
{
    struct te_rec_result in = {a_task(), a_result()}, out;
    struct te_buf buf, joined, task, result;
    te_buf_init(&buf, TE_MAX_MESSAGE);
    te_buf_init(&joined, TE_MAX_MESSAGE);
    te_buf_init(&task, TE_MAX_MESSAGE);
    te_buf_init(&result, TE_MAX_MESSAGE);
    te_rec_result_encode(&in, &buf);
    te_task_encode(&in.task, &task);
    te_result_encode(&in.result, &result);
    te_rec_result_join(task.data, task.len, result.data, result.len, &joined);
    CU_ASSERT_EQUAL_FATAL(buf.len, joined.len);
    CU_ASSERT_EQUAL(memcmp(buf.data, joined.data, buf.len), 0);
    CHECK_CUTS(buf, te_rec_result, te_rec_result_decode)
    CU_ASSERT_EQUAL_FATAL(te_rec_result_decode(buf.data, buf.len, &out, &err), 0);
    CU_ASSERT_EQUAL(out.task.id, in.task.id);
    CU_ASSERT_STRING_EQUAL(out.task.params_json, "{\"n\": 20}");
    CU_ASSERT_STRING_EQUAL(out.task.program, "");
    CU_ASSERT_PTR_NULL(out.task.train_path);
    CU_ASSERT_EQUAL(out.task.limits.memory, INT64_MIN);
    CU_ASSERT_EQUAL(out.task.limits.cpus, 1.5);
    CU_ASSERT_STRING_EQUAL(out.task.test_sha256, in.task.test_sha256);
    CU_ASSERT_EQUAL(out.result.status, TE_STATUS_TIMEOUT);
    CU_ASSERT_EQUAL(out.result.phase[TE_EXECUTE].exit_code, 143);
    CU_ASSERT_TRUE(isnan(out.result.phase[TE_TRAIN].main_time));
    CU_ASSERT_EQUAL(out.result.n_metrics, 2);
    CU_ASSERT_FALSE(out.result.metrics[0].has_value);
    CU_ASSERT_EQUAL(out.result.metrics[1].value, 0.5);
    CU_ASSERT_STRING_EQUAL(out.result.log, "a\nb");
    te_rec_result_release(&in);
    te_rec_result_release(&out);
    te_buf_release(&buf);
    te_buf_release(&joined);
    te_buf_release(&task);
    te_buf_release(&result);
}

static void scores_go_round(void)
{
    const double values[] = {0.5, NAN, -INFINITY};
    double back[3];
    struct te_scores_piece piece = {
        .number = 1, .attempt = 1, .first = 10, .total = 13, .count = 3};
    struct te_scores_piece out;
    struct te_buf buf;
    te_buf_init(&buf, TE_MAX_MESSAGE);
    te_scores_encode(&piece, values, &buf);
    CHECK_CUTS(buf, te_scores_piece, te_scores_decode)
    CU_ASSERT_EQUAL_FATAL(te_scores_decode(buf.data, buf.len, &out, &err), 0);
    CU_ASSERT_EQUAL(out.first, 10);
    te_scores_values(&out, back);
    CU_ASSERT_EQUAL(memcmp(back, values, sizeof values), 0);
    te_buf_clear(&buf);
    piece.total = 12; /* one value beyond the end */
    te_scores_encode(&piece, values, &buf);
    CU_ASSERT_EQUAL(te_scores_decode(buf.data, buf.len, &out, &err), -1);
    te_buf_release(&buf);
}

static void messages_go_round(void)
{
    struct te_buf buf;
    te_buf_init(&buf, TE_MAX_MESSAGE);
    struct te_place place = {.slot = 1, .slots = 4, .leader = true}, place_out;
    place.settings.run_name = TEXT("a run");
    place.settings.mirror = TE_MIRROR_SYNC;
    te_place_encode(&place, &buf);
    CHECK_CUTS(buf, te_place, te_place_decode)
    CU_ASSERT_EQUAL_FATAL(te_place_decode(buf.data, buf.len, &place_out, &err), 0);
    CU_ASSERT_STRING_EQUAL(place_out.settings.run_name, "a run");
    CU_ASSERT_EQUAL(place_out.settings.mirror, TE_MIRROR_SYNC);
    te_place_release(&place);
    te_place_release(&place_out);

    te_buf_clear(&buf);
    struct te_mirror_item files[2] = {{.dataset = 1, .path = TEXT("/a"), .bytes = 5},
                                      {.dataset = 2, .path = TEXT("/b"), .why = TEXT("missing")}};
    struct te_mirror_list list = {.files = files, .count = 2, .last = true}, list_out;
    te_mirror_list_encode(&list, &buf);
    CHECK_CUTS(buf, te_mirror_list, te_mirror_list_decode)
    CU_ASSERT_EQUAL_FATAL(te_mirror_list_decode(buf.data, buf.len, &list_out, &err), 0);
    CU_ASSERT_EQUAL(list_out.count, 2);
    CU_ASSERT_STRING_EQUAL(list_out.files[1].why, "missing");
    CU_ASSERT_PTR_NULL(list_out.files[0].why);
    te_mirror_list_release(&list_out);
    te_free(files[0].path);
    te_free(files[1].path);
    te_free(files[1].why);
    te_buf_release(&buf);
}

static void files_go_round(void)
{
    struct te_buf buf;
    te_buf_init(&buf, TE_MAX_MESSAGE);
    struct te_file_head head = {.number = 7,
                                .path = TEXT("/data/a.csv"),
                                .roots = TEXT("/data\n"),
                                .bytes = INT64_C(5000000000),
                                .sha256 = "abc",
                                .mode = 0644,
                                .boot_id = TEXT("boot"),
                                .device = 3,
                                .inode = UINT64_MAX},
                        head_out;
    te_file_head_encode(&head, &buf);
    CHECK_CUTS(buf, te_file_head, te_file_head_decode)
    CU_ASSERT_EQUAL_FATAL(te_file_head_decode(buf.data, buf.len, &head_out, &err), 0);
    CU_ASSERT_EQUAL(head_out.bytes, head.bytes);
    CU_ASSERT_STRING_EQUAL(head_out.roots, "/data\n");
    CU_ASSERT_EQUAL(head_out.inode, UINT64_MAX);
    te_file_head_release(&head);
    te_file_head_release(&head_out);

    te_buf_clear(&buf);
    struct te_file_piece piece = {.number = 7,
                                  .offset = INT64_C(4999999997),
                                  .count = 3,
                                  .bytes = (const unsigned char *)"a\0b"},
                         piece_out;
    te_file_piece_encode(&piece, &buf);
    CHECK_CUTS(buf, te_file_piece, te_file_piece_decode)
    CU_ASSERT_EQUAL_FATAL(te_file_piece_decode(buf.data, buf.len, &piece_out, &err), 0);
    CU_ASSERT_EQUAL(piece_out.offset, piece.offset);
    CU_ASSERT_EQUAL(memcmp(piece_out.bytes, "a\0b", 3), 0);

    te_buf_clear(&buf);
    struct te_taken taken = {.number = 7,
                             .messages = 9,
                             .state = TE_TAKEN_FAILED,
                             .why = TEXT("full")},
                    taken_out;
    te_taken_encode(&taken, &buf);
    CHECK_CUTS(buf, te_taken, te_taken_decode)
    CU_ASSERT_EQUAL_FATAL(te_taken_decode(buf.data, buf.len, &taken_out, &err), 0);
    CU_ASSERT_EQUAL(taken_out.messages, 9);
    CU_ASSERT_STRING_EQUAL(taken_out.why, "full");
    te_taken_release(&taken);
    te_taken_release(&taken_out);
    te_buf_release(&buf);
}

static void the_header_goes_round(void)
{
    struct te_buf buf;
    te_buf_init(&buf, TE_MAX_MESSAGE);
    char roc[] = "ROC_AUC", pr[] = "PR_AUC", ini[] = "run.ini", text[] = "[run]\n";
    char *metrics[] = {roc, pr};
    struct te_rec_file file = {.name = ini, .text = text};
    struct te_rec_header header = {.format = 1,
                                   .created = 1.5,
                                   .n_experiments = 12,
                                   .files = &file,
                                   .n_files = 1,
                                   .metrics = metrics,
                                   .n_metrics = 2},
                         out;
    te_rec_header_encode(&header, &buf);
    CHECK_CUTS(buf, te_rec_header, te_rec_header_decode)
    CU_ASSERT_EQUAL_FATAL(te_rec_header_decode(buf.data, buf.len, &out, &err), 0);
    CU_ASSERT_EQUAL(out.n_experiments, 12);
    CU_ASSERT_STRING_EQUAL(out.files[0].text, "[run]\n");
    CU_ASSERT_STRING_EQUAL(out.metrics[1], "PR_AUC");
    te_rec_header_release(&out);
    te_buf_release(&buf);
}

static void an_unknown_word_is_refused(void)
{
    struct te_task task = a_task(), out;
    struct te_buf buf;
    te_buf_init(&buf, TE_MAX_MESSAGE);
    task.adapter = TE_ADAPTER_COUNT;
    te_task_encode(&task, &buf);
    CU_ASSERT_EQUAL(te_task_decode(buf.data, buf.len, &out, &err), -1);
    te_buf_release(&buf);
    te_task_release(&task);
}

TE_TESTS = {
    TE_TEST(frames_go_round),           TE_TEST(a_row_goes_round), TE_TEST(scores_go_round),
    TE_TEST(messages_go_round),         TE_TEST(files_go_round),   TE_TEST(the_header_goes_round),
    TE_TEST(an_unknown_word_is_refused)};
TE_TEST_MAIN

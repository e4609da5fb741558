#include "te_test.h"

#include <string.h>
#include "te/base/mem.h"
#include "te/model/post.h"

static void reads(const char *text, const char *params, int64_t length, struct te_post_call *call)
{
    struct te_err err = TE_ERR_INIT;
    struct te_post *post = NULL;
    *call = (struct te_post_call){.window = 99999};
    int rc = te_post_parse(text, &post, &err);
    CU_ASSERT_EQUAL(rc, 0);
    if (rc) {
        te_note("%s: %s", text, err.text);
        return;
    }
    rc = te_post_eval(post, params, length, call, &err);
    CU_ASSERT_EQUAL(rc, 0);
    if (rc)
        te_note("%s: %s", text, err.text);
    call->command = NULL;
    te_post_free(post);
}

/* The windows that the catalog's algorithms need, defaults and set parameters. */
static void windows(void)
{
    static const struct {
        const char *expr, *params;
        uint64_t window;
    } cases[] = {
        {"window_size|45 + prediction_window_size|1", "{}", 46},
        {"window_size|45 + prediction_window_size|1", "{\"window_size\": 10}", 11},
        {"2 * anomaly_window_size|15", "{}", 30},
        {"2 * anomaly_window_size|20 - 1", "{}", 39},
        {"window_size|20 + 1", "{\"window_size\": 7}", 8},
        {"max(min(anomaly_window_size|50, n_init_train|50), 3)", "{\"n_init_train\": 2}", 3},
        {"max(min(anomaly_window_size|50, n_init_train|50), 3)", "{\"n_init_train\": 20}", 20},
        {"max(anomaly_window_size|30, 4)", "{\"anomaly_window_size\": 1}", 4},
        {"window_size|50 + convolution_size|(window_size|50 // 3) + query_window_size|75 + 4",
         "{\"window_size\": 100}", 212},
        {"window_size|50 + convolution_size|(window_size|50 // 3) + query_window_size|75 + 4",
         "{\"convolution_size\": 1}", 130},
        {"prediction_window_size|20 * context_window_size|10 + 1", "{}", 201},
        {"window_size", "{\"window_size\": 5}", 5},
        {"-7 // 2 + 10", "{}", 6},
        {"dataset_length // 10", "{}", 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[300];
        struct te_post_call call;
        snprintf(text, sizeof text, "reverse_windowing(window_size=%s, reduction=sum)",
                 cases[i].expr);
        reads(text, cases[i].params, 1000, &call);
        CU_ASSERT_EQUAL(call.kind, TE_POST_REVERSE_WINDOWING);
        CU_ASSERT_EQUAL(call.reduction, TE_POST_SUM);
        CU_ASSERT_EQUAL(call.window, cases[i].window);
        if (call.window != cases[i].window)
            te_note("%s gave %llu", cases[i].expr, (unsigned long long)call.window);
    }
    te_note("%zu window expressions compared", sizeof cases / sizeof cases[0]);
}

static void families(void)
{
    struct te_post_call call;
    reads("intervals(length=anomaly_window_size|100)", "{}", 5, &call);
    CU_ASSERT(call.kind == TE_POST_INTERVALS && call.length == 100 && !call.columns);
    reads("intervals(columns=true)", "{}", 5, &call);
    CU_ASSERT(call.kind == TE_POST_INTERVALS && call.columns);
    reads("mscred(window_size=window_size|5, gap_time=gap_time|10, windows=windows|[10, 30, 60])",
          "{\"windows\": [4, 90, 7], \"gap_time\": 3}", 77, &call);
    CU_ASSERT(call.kind == TE_POST_MSCRED && call.window == 5 && call.gap == 3);
    CU_ASSERT(call.max_window == 90 && call.dataset_length == 77);
    reads("repeat(times=window_size|30)", "{\"x\": NaN, \"y\": \"\\ud83d\\ude00\"}", 5, &call);
    CU_ASSERT(call.kind == TE_POST_REPEAT && call.window == 30);
    reads("pad(length=dataset_length)", "{}", 5, &call);
    CU_ASSERT(call.kind == TE_POST_PAD && call.length == 5);
    reads("none", "{}", 5, &call);
    CU_ASSERT(call.kind == TE_POST_NONE);
    reads("command: ./x {scores} {out}", "{}", 5, &call);
    CU_ASSERT(call.kind == TE_POST_COMMAND);
    reads(" reverse_windowing( window_size )", "{\"window_size\": 3}", 5, &call);
    CU_ASSERT(call.window == 3 && call.reduction == TE_POST_MEAN);
}

static void refused_texts(void)
{
    static const char *const cases[][2] = {
        {"reverse_windowin(window_size=1)", "did you mean 'reverse_windowing'"},
        {"reverse_windowing(window=1)", "unknown argument 'window'"},
        {"reverse_windowing()", "argument 'window_size' is missing"},
        {"reverse_windowing", "arguments are missing"},
        {"reverse_windowing(window_size=1, reduction=max)", "mean, median or sum"},
        {"reverse_windowing(window_size=)", "invalid syntax"},
        {"reverse_windowing(window_size=1, window_size=2)", "given twice"},
        {"intervals()", "write 'intervals("},
        {"intervals(length=3, columns=true)", "write 'intervals("},
        {"mscred(5, 6, 7)", "name the argument"},
        {"command:  ", "write 'command:"},
        {"", "invalid syntax"},
        {"1 + 1", "unknown post-processing"},
        {"__import__('os')", "unknown post-processing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_err err = TE_ERR_INIT;
        struct te_post *post = NULL;
        CU_ASSERT_EQUAL(te_post_parse(cases[i][0], &post, &err), -1);
        CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i][1]));
        if (!strstr(err.text, cases[i][1]))
            te_note("%s: %s", cases[i][0], err.text);
    }
}

static void refused_parameters(void)
{
    static const char *const cases[][3] = {
        {"w", "{}", "name 'w' is not defined"},
        {"w", "{\"w\": 2.0}", "whole number of at least 1 for 'window_size', not 2.0"},
        {"w", "{\"w\": true}", "not True"},
        {"w", "{\"w\": 0}", "not 0"},
        {"w // v", "{\"w\": 1, \"v\": 0}", "division or modulo by zero"},
        {"w", "{\"w\": \"5\"}", "not '5'"},
        {"2 ** w", "{\"w\": 9000000}", "digits"},
        {"w * w", "{\"w\": 9000000000000000000000}", "not 81"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_err err = TE_ERR_INIT;
        struct te_post *post = NULL;
        struct te_post_call call;
        char text[100];
        snprintf(text, sizeof text, "reverse_windowing(window_size=%s)", cases[i][0]);
        CU_ASSERT_EQUAL_FATAL(te_post_parse(text, &post, &err), 0);
        CU_ASSERT_EQUAL(te_post_eval(post, cases[i][1], 10, &call, &err), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i][2]));
        if (!strstr(err.text, cases[i][2]))
            te_note("%s %s: %s", text, cases[i][1], err.text);
        te_post_free(post);
    }
}

static void allocations_may_fail(void)
{
    unsigned long n = 1;
    for (; n < 1000; n++) {
        struct te_err err = TE_ERR_INIT;
        struct te_post *post = NULL;
        struct te_post_call call;
        te_mem_fail_at(n);
        int rc =
            te_post_parse("mscred(window_size=a|5, gap_time=g|10, windows=w|[1, 2])", &post, &err);
        if (rc == 0)
            rc = te_post_eval(post, "{\"a\": 1, \"w\": [1, 2]}", 7, &call, &err);
        te_mem_fail_at(0);
        te_post_free(post);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
    }
    CU_ASSERT(n > 10 && n < 1000);
    te_note("%lu allocations failed one after the other", n - 1);
}

TE_TESTS = {TE_TEST(windows), TE_TEST(families), TE_TEST(refused_texts),
            TE_TEST(refused_parameters), TE_TEST(allocations_may_fail)};
TE_TEST_MAIN

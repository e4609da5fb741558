#include "te_test.h"

#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/rng.h"
#include "te/model/params.h"
#include "te/text/json.h"

/* 0, or -1 with the reason in err. */
static int make(enum te_params_kind kind, const char *fixed, const char *grid,
                struct te_params *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value f = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value g = TE_VALUE_INIT;
    CU_ASSERT_EQUAL(te_value_parse(fixed, &f, err), 0);
    CU_ASSERT_EQUAL(te_value_parse(grid, &g, err), 0);
    return te_params_init(kind, &f, &g, out, err);
}

/* "json id" of every setting, one a line; the two ways to the repr must agree. */
static char *list_of(const struct te_params *params)
{
    struct te_err err = TE_ERR_INIT;
    struct te_buf out;
    te_buf_init(&out, 1 << 20);
    for (uint64_t i = 0; i < params->count; i++) {
        te_cleanup(te_value_release) struct te_value setting = TE_VALUE_INIT;
        te_cleanup(te_buf_release) struct te_buf fast;
        te_cleanup(te_buf_release) struct te_buf slow;
        char id[TE_MD5_HEX] = "";
        te_buf_init(&fast, 1 << 20);
        te_buf_init(&slow, 1 << 20);
        CU_ASSERT_EQUAL(te_params_setting(params, i, &setting, &err), 0);
        te_params_setting_repr(params, i, &fast);
        CU_ASSERT_EQUAL(te_params_repr(&setting, &slow, &err), 0);
        CU_ASSERT_STRING_EQUAL(fast.data, slow.data);
        CU_ASSERT_EQUAL(te_params_id(&setting, id, &err), 0);
        CU_ASSERT_EQUAL(te_value_json(&setting, &out, &err), 0);
        te_buf_addf(&out, " %s\n", id);
    }
    return te_buf_take(&out, &err);
}

/* Order and ids of TimeEval's own grid. */
static void full_grid(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_params params;
    bool distinct = false;
    CU_ASSERT_EQUAL_FATAL(
        make(TE_PARAMS_FULL, "{}", "{'b': [True, False], 'a': (1, 2)}", &params, &err), 0);
    te_autofree char *list = list_of(&params);
    CU_ASSERT_STRING_EQUAL(list, "{\"a\": 1, \"b\": true} 7735822639db511a658a1d424839a83f\n"
                                 "{\"a\": 1, \"b\": false} 03f7c14340073d031df422b266bf062e\n"
                                 "{\"a\": 2, \"b\": true} b27b6cf421f5bd1dfdb3e38aa37815c4\n"
                                 "{\"a\": 2, \"b\": false} 7d2e79ed25bc2e1cdbf232717a3985ac\n");
    CU_ASSERT_EQUAL(te_params_distinct(&params, &distinct, &err), 0);
    CU_ASSERT(distinct);
    te_params_release(&params);
    CU_ASSERT_EQUAL_FATAL(make(TE_PARAMS_FULL, "{'c': [5]}", "{'d': [1, 1.0, 1]}", &params, &err),
                          0);
    CU_ASSERT_EQUAL(params.count, 3);
    CU_ASSERT_EQUAL(te_params_distinct(&params, &distinct, &err), 0);
    CU_ASSERT(!distinct);
    te_autofree char *lists = list_of(&params);
    CU_ASSERT_EQUAL(strncmp(lists, "{\"c\": [5], \"d\": 1} ", 19), 0);
    te_params_release(&params);
}

static void fixed_keeps_its_order(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_params params;
    CU_ASSERT_EQUAL_FATAL(make(TE_PARAMS_FIXED, "{'b': 2, 'a': 1}", "{}", &params, &err), 0);
    te_autofree char *list = list_of(&params);
    CU_ASSERT_STRING_EQUAL(list, "{\"b\": 2, \"a\": 1} 7403e003a6a00dd0aa0eb6f64ab52964\n");
    te_params_release(&params);
    CU_ASSERT_EQUAL_FATAL(make(TE_PARAMS_FIXED, "{}", "{}", &params, &err), 0);
    te_autofree char *empty = list_of(&params);
    CU_ASSERT_STRING_EQUAL(empty, "{} d751713988987e9331980363e24189ce\n");
    te_params_release(&params);
}

static void independent_grid(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_params params;
    CU_ASSERT_EQUAL_FATAL(make(TE_PARAMS_INDEPENDENT, "{'z': 0, 'b': True}",
                               "{'y': [7, 8], 'b': [False], 'e': [], 't': (1, 2), 's': 'x'}",
                               &params, &err),
                          0);
    te_autofree char *list = list_of(&params);
    static const char *const want[] = {
        "{\"b\": true, \"y\": 7, \"z\": 0}", "{\"b\": true, \"y\": 8, \"z\": 0}",
        "{\"b\": false, \"z\": 0}", "{\"b\": true, \"t\": [1, 2], \"z\": 0}",
        "{\"b\": true, \"s\": \"x\", \"z\": 0}"};
    CU_ASSERT_EQUAL(params.count, 5);
    const char *at = list;
    for (size_t i = 0; i < 5 && at; i++) {
        at = strstr(at, want[i]);
        CU_ASSERT_PTR_NOT_NULL(at);
    }
    te_params_release(&params);
    CU_ASSERT_EQUAL_FATAL(make(TE_PARAMS_INDEPENDENT, "{'a': 1}", "{'e': []}", &params, &err), 0);
    CU_ASSERT_EQUAL(params.count, 1);
    te_params_release(&params);
}

static void refused(void)
{
    static const struct {
        enum te_params_kind kind;
        const char *grid, *error;
    } cases[] = {
        {TE_PARAMS_FULL, "{'a': 1}", "grid values of 'a' must be a list"},
        {TE_PARAMS_FULL, "{'a': 'text'}", "must be a list"},
        {TE_PARAMS_FULL, "{'a': []}", "must not be an empty list"},
        {TE_PARAMS_FULL, "{'a': [1], 2: [3]}", "parameter names are texts"},
        {TE_PARAMS_FULL, "{1.5: [1]}", "parameter names are texts"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_err err = TE_ERR_INIT;
        struct te_params params;
        CU_ASSERT_EQUAL(make(cases[i].kind, "{}", cases[i].grid, &params, &err), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].error));
    }
    struct te_err err = TE_ERR_INIT;
    struct te_params params;
    te_cleanup(te_buf_release) struct te_buf grid;
    te_buf_init(&grid, 1 << 20);
    te_buf_addc(&grid, '{');
    for (int k = 0; k < 30; k++)
        te_buf_addf(&grid, "'p%d': [1, 2, 3, 4, 5],", k);
    te_buf_addc(&grid, '}');
    CU_ASSERT_EQUAL(make(TE_PARAMS_FULL, "{}", grid.data, &params, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "more than 100000000 settings"));
    /* names of both kinds, one in each dict */
    CU_ASSERT_EQUAL(make(TE_PARAMS_FULL, "{'x': 1}", "{1: [2]}", &params, &err), -1);
}

/* Random grids: settings are what nested loops over sorted names give. */
static void random_grids(void)
{
    struct te_rng rng;
    size_t settings = 0;
    te_rng_seed(&rng, 7);
    for (int round = 0; round < 200; round++) {
        struct te_err err = TE_ERR_INIT;
        struct te_params params;
        te_cleanup(te_buf_release) struct te_buf grid;
        te_cleanup(te_buf_release) struct te_buf fixed;
        te_buf_init(&grid, 1 << 16);
        te_buf_init(&fixed, 1 << 16);
        te_buf_addc(&grid, '{');
        te_buf_addc(&fixed, '{');
        uint64_t count = 1;
        for (int k = 0; k < 5; k++) {
            uint64_t n = te_rng_below(&rng, 4);
            struct te_buf *to = n ? &grid : &fixed;
            te_buf_addf(to, "'%c%d': ", (char)('a' + te_rng_below(&rng, 26)), k);
            for (uint64_t v = 0; v < n; v++)
                te_buf_addf(to, "%s%llu", v ? ", " : "[", (unsigned long long)v);
            te_buf_adds(to, n ? "], " : "'fix', ");
            count *= n ? n : 1;
        }
        te_buf_addc(&grid, '}');
        te_buf_addc(&fixed, '}');
        CU_ASSERT_EQUAL_FATAL(make(TE_PARAMS_FULL, fixed.data, grid.data, &params, &err), 0);
        CU_ASSERT_EQUAL(params.count, count);
        te_autofree char *list = list_of(&params);
        /* values are single digits in sorted places, so JSON texts rise, too */
        const char *before = NULL;
        for (char *line = list; *line; line = strchr(line, '\n') + 1) {
            if (before)
                CU_ASSERT(strncmp(before, line, strcspn(line, "\n") - 33) < 0);
            before = line;
            settings++;
        }
        te_params_release(&params);
    }
    te_note("%zu settings compared", settings);
}

static void json_strings(void)
{
    static const char text[] = "a\"\\\n\r\t\b\f\x01\x7f/\xC3\xBC\xF0\x9F\x98\x80\xff";
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_buf_release) struct te_buf buf;
    te_buf_init(&buf, 1000);
    te_json_string(&buf, text, sizeof text - 1);
    CU_ASSERT_STRING_EQUAL(buf.data, "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u007f/\\u00fc\\ud83d"
                                     "\\ude00\\ufffd\"");
    json_t *json = te_json_parse("{\"a\": [1, 2}", 12, "file.json", &err);
    CU_ASSERT_PTR_NULL(json);
    CU_ASSERT_EQUAL(strncmp(err.text, "file.json:1:12: ", 16), 0);
    if (strncmp(err.text, "file.json:1:12: ", 16) != 0)
        te_note("%s", err.text);
}

TE_TESTS = {TE_TEST(full_grid), TE_TEST(fixed_keeps_its_order), TE_TEST(independent_grid),
            TE_TEST(refused),   TE_TEST(random_grids),          TE_TEST(json_strings)};
TE_TEST_MAIN

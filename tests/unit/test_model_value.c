#include "te_test.h"

#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/arith.h"
#include "te/model/params.h"
#include "te/model/printable.h"
#include "te/model/value.h"

#define VECTORS "../shared/golden/params/params_vectors.jsonl"
#define RANGES  "../shared/golden/params/nonprintable_ranges.txt"

/* repr of what text parses to; "!" and the error if it does not. Freed by the caller. */
static char *repr_of(const char *text)
{
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
    struct te_buf buf;
    te_buf_init(&buf, 1 << 20);
    if (te_value_parse(text, &value, &err)) {
        te_buf_addc(&buf, '!');
        te_buf_adds(&buf, err.text);
    } else {
        te_value_repr(&value, &buf);
    }
    return te_buf_take(&buf, &err);
}

static void literals(void)
{
    static const char *const cases[][2] = {
        {"20", "20"},
        {" 1.0 ", "1.0"},
        {"True", "True"},
        {"true", "True"},
        {"None", "None"},
        {"null", "None"},
        {"NaN", "nan"},
        {"Infinity", "inf"},
        {"-Infinity", "-inf"},
        {"'text'", "'text'"},
        {"\"it's\"", "\"it's\""},
        {"(1, 2)", "(1, 2)"},
        {"(1,)", "(1,)"},
        {"(1)", "1"},
        {"()", "()"},
        {"[1, 2.0, 'three', None, true,]", "[1, 2.0, 'three', None, True]"},
        {"{'a': 1, \"b\": [], 3: {}}", "{'a': 1, 'b': [], 3: {}}"},
        {"{1: 'a', 1.0: 'b', True: 'c'}", "{1: 'c'}"},
        {"[nan, inf, -inf, +1]", "[nan, inf, -inf, 1]"},
        {"1_000", "1000"},
        {"0x10", "16"},
        {"0b101", "5"},
        {"0o17", "15"},
        {"00", "0"},
        {"-0", "0"},
        {"-0.0", "-0.0"},
        {"1.", "1.0"},
        {".5", "0.5"},
        {"1e5", "100000.0"},
        {"1E-5", "1e-05"},
        {"1_0.2_5e1_0", "102500000000.0"},
        {"1e999", "inf"},
        {"9223372036854775807", "9223372036854775807"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"9223372036854775808", "9223372036854775808"},
        {"-123456789012345678901234567890", "-123456789012345678901234567890"},
        {"'\\x41\\u00e9\\U0001F600\\101\\n'", "'A\xC3\xA9\xF0\x9F\x98\x80"
                                              "A\\n'"},
        {"\"\\ud83d\\ude00\"", "'\xF0\x9F\x98\x80'"},
        {"'\\q\\\n'", "'\\\\q'"},
        {"r'\\n'", "'\\\\n'"},
        {"u'x'", "'x'"},
        {"''", "''"},
        /* plain text */
        {"euclidean", "'euclidean'"},
        {"heuristic:PeriodSizeHeuristic(factor=1.0, fb_value=100)",
         "'heuristic:PeriodSizeHeuristic(factor=1.0, fb_value=100)'"},
        {"True story", "'True story'"},
        {"nan", "'nan'"},
        {"inf", "'inf'"},
        {"-foo", "'-foo'"},
        {"", "''"},
        {"a, b", "'a, b'"},
        {".hidden", "'.hidden'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        te_autofree char *got = repr_of(cases[i][0]);
        CU_ASSERT_STRING_EQUAL(got, cases[i][1]);
        if (strcmp(got, cases[i][1]) != 0)
            te_note("%s gave %s", cases[i][0], got);
    }
    te_note("%zu texts compared", sizeof cases / sizeof cases[0]);
}

static void refused_literals(void)
{
    static const char *const cases[][2] = {
        {"2 hours", "column 3 of '2 hours': the value ends here; put text in quotes"},
        {"2hours", "put text in quotes"},
        {"1, 2", "write [a, b] or (a, b)"},
        {"10.0.0.1", "the number ends here"},
        {"007", "no leading zeros"},
        {"1__0", "the number ends here"},
        {"0x", "no digit of base 16"},
        {"0b12", "no digit of base 2"},
        {"0xFFFFFFFFFFFFFFFFF", "too large"},
        {"3j", "the number ends here"},
        {"1/3", "the value ends here"},
        {"[1, 2", "']' or ',' is expected"},
        {"[1 2]", "']' or ',' is expected"},
        {"[foo]", "'foo' is no literal; put text in quotes"},
        {"(1, 2", "')' or ',' is expected"},
        {"{1, 2}", "a set is no parameter value"},
        {"{'a' 1}", "':' is expected"},
        {"{[1]: 2}", "a list or dict cannot be a key"},
        {"{'a': }", "a value is expected"},
        {"'abc", "the quote is not closed"},
        {"'abc\\", "the quote is not closed"},
        {"'a' 'b'", "the value ends here"},
        {"'a'b", "the quoted text ends here"},
        {"b'abc'", "bytes and formatted texts"},
        {"f'{x}'", "bytes and formatted texts"},
        {"'\\xg0'", "2 hexadecimal digits"},
        {"'\\ud800'", "half of a surrogate pair"},
        {"'\\udc00\\ud800'", "half of a surrogate pair"},
        {"'\\U00110000'", "no character U+110000"},
        {"'\\N{DASH}'", "not known"},
        {"--1", "!column"},
        {"[--1]", "a number is expected behind the sign"},
        {"'\xff'", "no valid UTF-8"},
        {"abc\xff", "no valid UTF-8"},
        {"__import__('os')", "'__import__(\\'os\\')'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        te_autofree char *got = repr_of(cases[i][0]);
        bool plain = cases[i][0][0] == '_' || strcmp(cases[i][0], "--1") == 0;
        CU_ASSERT(plain ? got[0] == '\'' || got[0] == '"' : got[0] == '!');
        CU_ASSERT(plain || strstr(got, cases[i][1]));
        if (!plain && !strstr(got, cases[i][1]))
            te_note("%s: %s", cases[i][0], got);
    }
}

static void bounds(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_value value = TE_VALUE_INIT;
    te_autofree char *text = te_zalloc(TE_MAX_PARAM_TEXT + 100, 1, &err);
    memset(text, '[', TE_MAX_PARAM_DEPTH + 1);
    CU_ASSERT_EQUAL(te_value_parse(text, &value, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "nested"));
    memset(text + TE_MAX_PARAM_DEPTH, ']', TE_MAX_PARAM_DEPTH);
    CU_ASSERT_EQUAL(te_value_parse(text, &value, &err), 0);
    te_value_release(&value);
    memset(text, 'a', TE_MAX_PARAM_TEXT + 1);
    CU_ASSERT_EQUAL(te_value_parse(text, &value, &err), -1);
    memset(text, '7', 5000);
    text[5000] = '\0';
    CU_ASSERT_EQUAL(te_value_parse(text, &value, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "4300 digits"));
    text[4300] = '\0';
    CU_ASSERT_EQUAL(te_value_parse(text, &value, &err), 0);
    CU_ASSERT(value.big && value.len == 4300);
    te_value_release(&value);
}

/* a op b as repr, "!" and the error otherwise. */
static char *calc_of(const char *a, enum te_op op, const char *b)
{
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_value_release) struct te_value left = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value right = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value out = TE_VALUE_INIT;
    struct te_buf buf;
    te_buf_init(&buf, 1 << 20);
    CU_ASSERT_EQUAL(te_value_parse(a, &left, &err), 0);
    CU_ASSERT_EQUAL(te_value_parse(b, &right, &err), 0);
    if (te_value_calc(op, &left, &right, &out, &err)) {
        te_buf_addc(&buf, '!');
        te_buf_adds(&buf, err.text);
    } else {
        te_value_repr(&out, &buf);
    }
    return te_buf_take(&buf, &err);
}

/* Expected values by Python 3.11. */
static void arithmetic(void)
{
    static const struct {
        const char *a;
        enum te_op op;
        const char *b, *result;
    } cases[] = {
        {"1", TE_OP_DIV, "3", "0.3333333333333333"},
        {"7", TE_OP_FLOORDIV, "-2", "-4"},
        {"-7", TE_OP_FLOORDIV, "2", "-4"},
        {"-7", TE_OP_MOD, "3", "2"},
        {"7", TE_OP_MOD, "-3", "-2"},
        {"7.5", TE_OP_FLOORDIV, "-2", "-4.0"},
        {"-7.5", TE_OP_MOD, "2", "0.5"},
        {"0.0", TE_OP_FLOORDIV, "-2", "-0.0"},
        {"9223372036854775807", TE_OP_ADD, "1", "9223372036854775808"},
        {"-9223372036854775808", TE_OP_SUB, "1", "-9223372036854775809"},
        {"-9223372036854775808", TE_OP_FLOORDIV, "-1", "9223372036854775808"},
        {"9223372036854775808", TE_OP_SUB, "1", "9223372036854775807"},
        {"99999999999999999999", TE_OP_MUL, "99999999999999999999",
         "9999999999999999999800000000000000000001"},
        {"-10000000000000000000000", TE_OP_FLOORDIV, "3", "-3333333333333333333334"},
        {"-10000000000000000000000", TE_OP_MOD, "3", "2"},
        {"2", TE_OP_POW, "100", "1267650600228229401496703205376"},
        {"-2", TE_OP_POW, "3", "-8"},
        {"10", TE_OP_POW, "-1", "0.1"},
        {"2", TE_OP_POW, "0.5", "1.4142135623730951"},
        {"0", TE_OP_POW, "0", "1"},
        {"True", TE_OP_ADD, "True", "2"},
        {"'ab'", TE_OP_MUL, "2", "'abab'"},
        {"3", TE_OP_MUL, "[1]", "[1, 1, 1]"},
        {"(1, 2)", TE_OP_MUL, "-1", "()"},
        {"[1]", TE_OP_ADD, "[2]", "[1, 2]"},
        {"'a'", TE_OP_ADD, "'b'", "'ab'"},
        {"1", TE_OP_LT, "2.5", "True"},
        {"'b'", TE_OP_GE, "'a'", "True"},
        {"1", TE_OP_EQ, "1.0", "True"},
        {"'1'", TE_OP_NE, "1", "True"},
        {"1", TE_OP_DIV, "0", "!division by zero"},
        {"1", TE_OP_MOD, "0", "!integer division or modulo by zero"},
        {"1.0", TE_OP_DIV, "0", "!float division by zero"},
        {"2", TE_OP_POW, "1000000", "!a whole number has at most 4300 digits"},
        {"0", TE_OP_POW, "-1", "!0.0 cannot be raised to a negative power"},
        {"10.0", TE_OP_POW, "400", "!(34, 'Numerical result out of range')"},
        {"-8.0", TE_OP_POW, "0.5", "!a complex number is no parameter value"},
        {"'ab'", TE_OP_MUL, "1.0", "!can't multiply sequence by non-int of type 'float'"},
        {"1", TE_OP_MUL, "None", "!unsupported operand type(s) for *: 'int' and 'NoneType'"},
        {"'a'", TE_OP_LT, "1", "!'<' not supported between instances of 'str' and 'int'"},
        {"'abc'", TE_OP_MUL, "1000000", "!the repeated value is too long"},
        {"[[1, 2], 'abc']", TE_OP_MUL, "100000000000000000000", "!the repeated value is too long"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        te_autofree char *got = calc_of(cases[i].a, cases[i].op, cases[i].b);
        CU_ASSERT_STRING_EQUAL(got, cases[i].result);
        if (strcmp(got, cases[i].result) != 0)
            te_note("%s op %s gave %s", cases[i].a, cases[i].b, got);
    }
    te_note("%zu results compared", sizeof cases / sizeof cases[0]);
}

/* One line of the vectors: literal, JSON text, repr of the pairs and id. */
static void check_vector(const json_t *vector)
{
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
    te_cleanup(te_buf_release) struct te_buf json;
    te_cleanup(te_buf_release) struct te_buf repr;
    char id[TE_MD5_HEX] = "";
    const char *literal = json_string_value(json_object_get(vector, "literal"));
    te_buf_init(&json, 1 << 20);
    te_buf_init(&repr, 1 << 20);
    CU_ASSERT_EQUAL(te_value_parse(literal, &value, &err), 0);
    CU_ASSERT_EQUAL(te_value_json(&value, &json, &err), 0);
    CU_ASSERT_EQUAL(te_params_repr(&value, &repr, &err), 0);
    CU_ASSERT_EQUAL(te_params_id(&value, id, &err), 0);
    const char *want = json_string_value(json_object_get(vector, "json"));
    CU_ASSERT_STRING_EQUAL(json.data ? json.data : "", want);
    want = json_string_value(json_object_get(vector, "repr"));
    CU_ASSERT_STRING_EQUAL(repr.data ? repr.data : "", want);
    want = json_string_value(json_object_get(vector, "id"));
    CU_ASSERT_STRING_EQUAL(id, want);
    if (strcmp(id, want) != 0)
        te_note("%s: %s %s", literal, repr.data ? repr.data : "", err.text);
}

static void golden_vectors(void)
{
    static char line[1 << 16];
    size_t n = 0;
    FILE *file = fopen(VECTORS, "r");
    if (!file) {
        te_skip("no " VECTORS);
        return;
    }
    while (fgets(line, sizeof line, file)) {
        json_error_t why;
        json_t *vector = json_loads(line, 0, &why);
        CU_ASSERT_PTR_NOT_NULL_FATAL(vector);
        check_vector(vector);
        json_decref(vector);
        n++;
    }
    fclose(file);
    te_note("%zu vectors, %zu values compared", n, 3 * n);
    CU_ASSERT_EQUAL(n, 73);
}

static void printable_ranges(void)
{
    char line[100];
    uint32_t next = 0;
    size_t ranges = 0, wrong = 0;
    FILE *file = fopen(RANGES, "r");
    if (!file) {
        te_skip("no " RANGES);
        return;
    }
    while (fgets(line, sizeof line, file)) {
        unsigned first = 0, last = 0;
        int n = sscanf(line, "%x..%x", &first, &last);
        if (line[0] == '#' || n < 1)
            continue;
        last = n == 1 ? first : last;
        for (; next < first; next++)
            wrong += !te_printable(next);
        for (; next <= last; next++)
            wrong += te_printable(next);
        ranges++;
    }
    fclose(file);
    for (; next < 0x110000; next++)
        wrong += !te_printable(next);
    te_note("%zu ranges, 1114112 code points compared", ranges);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(ranges, 701);
}

static void copies_and_drops(void)
{
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value copy = TE_VALUE_INIT;
    CU_ASSERT_EQUAL(
        te_value_parse("{'a\\0b': [1, (2, 'x')], 'k': 12345678901234567890}", &value, &err), 0);
    CU_ASSERT_EQUAL(te_value_copy(&value, &copy, &err), 0);
    CU_ASSERT(te_value_equal(&value, &copy));
    CU_ASSERT(te_value_drop(&copy, "k"));
    CU_ASSERT(!te_value_drop(&copy, "k"));
    CU_ASSERT(!te_value_equal(&value, &copy));
    CU_ASSERT_EQUAL(te_value_len(&copy), 1);
    CU_ASSERT_PTR_NULL(te_value_get(&copy, "a"));
}

static void allocations_may_fail(void)
{
    static const char text[] = "{'a': [1, 2.5, 'x'], (1, 'k'): 12345678901234567890, 'b': {}}";
    unsigned long n = 1;
    for (; n < 1000; n++) {
        struct te_err err = TE_ERR_INIT;
        te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
        te_cleanup(te_value_release) struct te_value copy = TE_VALUE_INIT;
        te_cleanup(te_buf_release) struct te_buf buf;
        te_buf_init(&buf, 1 << 16);
        te_mem_fail_at(n);
        int rc = te_value_parse(text, &value, &err);
        if (rc == 0)
            rc = te_value_copy(&value, &copy, &err);
        if (rc == 0) {
            te_value_repr(&copy, &buf);
            rc = te_buf_check(&buf, &err);
        }
        te_mem_fail_at(0);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
    }
    CU_ASSERT(n > 15 && n < 1000);
    te_note("%lu allocations failed one after the other", n - 1);
}

TE_TESTS = {TE_TEST(literals),         TE_TEST(refused_literals),    TE_TEST(bounds),
            TE_TEST(arithmetic),       TE_TEST(golden_vectors),      TE_TEST(printable_ranges),
            TE_TEST(copies_and_drops), TE_TEST(allocations_may_fail)};
TE_TEST_MAIN

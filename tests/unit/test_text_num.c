#include "te_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "te/text/num.h"

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A small generator of its own keeps this program independent of other modules. */
static uint64_t next_random(void)
{
    static uint64_t state = 20240917;
    uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

/* 1 if text is read whole and bit-equal to strtod. */
static bool same_as_strtod(const char *text)
{
    double value = -7;
    size_t used = te_num_parse(text, strlen(text), &value);
    double expected = strtod(text, NULL);
    if (used == strlen(text) && bits_of(value) == bits_of(expected))
        return 1;
    te_note("'%s': %zu bytes, %a, expected %a", text, used, value, expected);
    return 0;
}

static void parses_edge_cases_as_strtod(void)
{
    static const char *const texts[] = {"0",
                                        "-0",
                                        "0.0",
                                        "-0.0e5",
                                        "1",
                                        "+1",
                                        "1.",
                                        ".5",
                                        "-.5e-3",
                                        "1e22",
                                        "1e23",
                                        "123456789e-23",
                                        "9007199254740993",
                                        "9007199254740992.999999999999999999999999",
                                        "9007199254740993.0000000001",
                                        "5e-324",
                                        "2.4703282292062327e-324",
                                        "2.4703282292062328e-324",
                                        "2.2250738585072011e-308",
                                        "2.2250738585072012e-308",
                                        "2.2250738585072014e-308",
                                        "1.7976931348623157e308",
                                        "1.7976931348623158e308",
                                        "1.7976931348623159e308",
                                        "1e309",
                                        "1e-400",
                                        "1e999999999999999999999",
                                        "1e-999999999999999999999",
                                        "0e999999999999999999999",
                                        "0.00012345678901234567",
                                        "0.000000000000000012345",
                                        "8.988465674311579e+307",
                                        "7.2057594037927933e+16",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "99999999999999999999",
                                        "0000000000000000000000000000000000012.5",
                                        "6929495644600919.5",
                                        "3.4e38"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        CU_ASSERT(same_as_strtod(texts[i]));
}

static void parses_halfway_with_many_digits(void)
{
    char text[2000];
    /* 1 + 2^-53 is halfway; one digit far behind decides */
    const char *half = "1.00000000000000011102230246251565404236316680908203125";
    for (size_t zeros = 0; zeros < 1500; zeros += 61) {
        size_t n = strlen(half);
        memcpy(text, half, n);
        memset(text + n, '0', zeros);
        memcpy(text + n + zeros, "1", 2);
        double value = 0;
        CU_ASSERT_EQUAL(te_num_parse(text, strlen(text), &value), strlen(text));
        CU_ASSERT_EQUAL(value, 1.0000000000000002);
        text[n + zeros] = '\0';
        CU_ASSERT_EQUAL(te_num_parse(text, strlen(text), &value), strlen(text));
        CU_ASSERT_EQUAL(value, 1.0);
    }
}

static void parses_random_bits_as_strtod(void)
{
    size_t wrong = 0, count = 0;
    for (int i = 0; i < 100000; i++) {
        double value = double_of(next_random());
        if (!isfinite(value))
            continue;
        for (int precision = 5; precision <= 25; precision += 4) {
            char text[64];
            snprintf(text, sizeof text, "%.*e", precision, value);
            wrong += !same_as_strtod(text);
            count++;
        }
    }
    te_note("%zu random numbers compared with strtod", count);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void parses_short_decimals_as_strtod(void)
{
    size_t wrong = 0;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        uint64_t r = next_random();
        snprintf(text, sizeof text, "%s%llu.%0*llu", r & 1 ? "-" : "",
                 (unsigned long long)(r >> 8 & 0xFFFF), (int)(r >> 1 & 15) + 1,
                 (unsigned long long)(next_random() % 1000000007));
        wrong += !same_as_strtod(text);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void stops_where_the_number_ends(void)
{
    static const struct {
        const char *text;
        size_t used;
        double value;
    } cases[] = {{"1,2", 1, 1}, {"1e", 1, 1}, {"1e+", 1, 1}, {"1.5e-x", 3, 1.5}, {"0x10", 1, 0},
                 {"1_0", 1, 1}, {"", 0, 0},   {".", 0, 0},   {"-", 0, 0},        {"+.e1", 0, 0},
                 {" 1", 0, 0},  {"e5", 0, 0}, {"in", 0, 0},  {"--1", 0, 0},      {"1.2.3", 3, 1.2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 0;
        CU_ASSERT_EQUAL(te_num_parse(cases[i].text, strlen(cases[i].text), &value), cases[i].used);
        CU_ASSERT_EQUAL(value, cases[i].value);
    }
    double value = 0;
    CU_ASSERT_EQUAL(te_num_parse("12345", 3, &value), 3);
    CU_ASSERT_EQUAL(value, 123);
}

static void parses_words(void)
{
    double value = 0;
    CU_ASSERT_EQUAL(te_num_parse("-Infinity", 9, &value), 9);
    CU_ASSERT_EQUAL(value, -HUGE_VAL);
    CU_ASSERT_EQUAL(te_num_parse("inf,", 4, &value), 3);
    CU_ASSERT_EQUAL(value, HUGE_VAL);
    CU_ASSERT_EQUAL(te_num_parse("NaN", 3, &value), 3);
    CU_ASSERT(isnan(value));
}

static void parses_integers(void)
{
    int64_t v = 0;
    CU_ASSERT(te_num_parse_int("-9223372036854775808", 20, &v) && v == INT64_MIN);
    CU_ASSERT(te_num_parse_int("9223372036854775807", 19, &v) && v == INT64_MAX);
    CU_ASSERT(te_num_parse_int("+007", 4, &v) && v == 7);
    CU_ASSERT(!te_num_parse_int("9223372036854775808", 19, &v));
    CU_ASSERT(!te_num_parse_int("99999999999999999999999", 23, &v));
    CU_ASSERT(!te_num_parse_int("1.0", 3, &v));
    CU_ASSERT(!te_num_parse_int("-", 1, &v));
    CU_ASSERT(!te_num_parse_int("", 0, &v));
    CU_ASSERT(!te_num_parse_int("1 ", 2, &v));
}

static void reprs_as_python(void)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.0, "0.0"},
                 {-0.0, "-0.0"},
                 {1, "1.0"},
                 {-12751, "-12751.0"},
                 {0.1, "0.1"},
                 {1e-5, "1e-05"},
                 {1.5e-5, "1.5e-05"},
                 {0.0001, "0.0001"},
                 {1e15, "1000000000000000.0"},
                 {1e16, "1e+16"},
                 {1.2345e16, "1.2345e+16"},
                 {9999999999999998, "9999999999999998.0"},
                 {123456789012345680, "1.2345678901234568e+17"},
                 {1e22, "1e+22"},
                 {1e23, "1e+23"},
                 {1e100, "1e+100"},
                 {5e-324, "5e-324"},
                 {2.2250738585072014e-308, "2.2250738585072014e-308"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"},
                 {5.684341886080802e-14, "5.684341886080802e-14"}, /* 2^-44 */
                 {0x1p-1022, "2.2250738585072014e-308"},
                 {0x1p-24, "5.960464477539063e-08"},
                 {0x1p+122, "5.316911983139664e+36"},
                 {1.0 / 3, "0.3333333333333333"},
                 {HUGE_VAL, "inf"},
                 {-HUGE_VAL, "-inf"},
                 {(double)NAN, "nan"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TE_NUM_TEXT];
        size_t n = te_num_repr(cases[i].value, text);
        CU_ASSERT_STRING_EQUAL(text, cases[i].text);
        CU_ASSERT_EQUAL(n, strlen(cases[i].text));
    }
}

/* Number of significant digits in a repr. */
static int digits_in(const char *text)
{
    int n = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (n == 0 && *text == '0'))
            continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        n++;
    }
    return n - zeros > 0 ? n - zeros : 1;
}

/* printf gives the nearest text of each length: none shorter may read back, and that of the same
 * length, if it reads back, must be ours. */
static size_t not_shortest(double value)
{
    char text[TE_NUM_TEXT], other[64], ours[64];
    te_num_repr(value, text);
    if (strtod(text, NULL) != value)
        return 1;
    int n = digits_in(text);
    if (n > 1) {
        snprintf(other, sizeof other, "%.*e", n - 2, value);
        if (strtod(other, NULL) == value)
            return 1;
    }
    snprintf(other, sizeof other, "%.*e", n - 1, value);
    snprintf(ours, sizeof ours, "%.*e", n - 1, strtod(text, NULL));
    return strtod(other, NULL) == value && strcmp(other, ours) != 0;
}

static void reprs_are_shortest(void)
{
    size_t wrong = 0, count = 0;
    for (int e = -1074; e < 1024; e++) {
        double power = ldexp(1, e);
        wrong += not_shortest(power) + not_shortest(nextafter(power, 1)) +
                 not_shortest(nextafter(power, HUGE_VAL));
        count += 3;
    }
    for (int i = 0; i < 200000; i++) {
        double value = double_of(next_random());
        if (!isfinite(value))
            continue;
        wrong += not_shortest(value) + not_shortest((double)(next_random() >> (i % 64)) / 1000.0);
        count += 2;
    }
    te_note("%zu numbers printed shortest", count);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void full_has_seventeen_digits(void)
{
    char text[TE_NUM_TEXT];
    CU_ASSERT_EQUAL(te_num_full(0.1, text), strlen("0.10000000000000001"));
    CU_ASSERT_STRING_EQUAL(text, "0.10000000000000001");
}

TE_TESTS = {
    TE_TEST(parses_edge_cases_as_strtod),
    TE_TEST(parses_halfway_with_many_digits),
    TE_TEST(parses_random_bits_as_strtod),
    TE_TEST(parses_short_decimals_as_strtod),
    TE_TEST(stops_where_the_number_ends),
    TE_TEST(parses_words),
    TE_TEST(parses_integers),
    TE_TEST(reprs_as_python),
    TE_TEST(reprs_are_shortest),
    TE_TEST(full_has_seventeen_digits),
};
TE_TEST_MAIN

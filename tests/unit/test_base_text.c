#include "te_test.h"

#include <math.h>
#include <string.h>
#include "te/base/clock.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/base/units.h"

static void durations(void)
{
    static const struct {
        const char *text;
        double seconds;
    } good[] = {
        {"8 hours", 28800},
        {"30 minutes", 1800},
        {"1h 30m", 5400},
        {"1h30m", 5400},
        {"90", 90},
        {"1.5 hours", 5400},
        {"0.5", 0.5},
        {"500 ms", 0.5},
        {"1 day, 2 hours and 3 minutes", 93780},
        {"30 min", 1800},
        {"2 years", 63072000},
    };
    static const char *const bad[] = {"",      "abc", "-1 s",  "5 parsecs",
                                      "1 h 5", "5 5", "1e3 s", "nan"};
    struct te_err err = TE_ERR_INIT;
    double s;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CU_ASSERT_EQUAL(te_parse_duration(good[i].text, &s, &err), 0);
        CU_ASSERT_DOUBLE_EQUAL(s, good[i].seconds, 1e-9);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        te_err_clear(&err);
        if (te_parse_duration(bad[i], &s, &err) == 0)
            te_note("accepted '%s'", bad[i]);
        CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    }
}

static void sizes_and_numbers(void)
{
    struct te_err err = TE_ERR_INIT;
    int64_t n;
    double d;
    int b;
    CU_ASSERT(te_parse_size("3 GB", &n, &err) == 0 && n == 3221225472);
    CU_ASSERT(te_parse_size("500MB", &n, &err) == 0 && n == 524288000);
    CU_ASSERT(te_parse_size("0.5 KiB ", &n, &err) == 0 && n == 512);
    CU_ASSERT(te_parse_size("1024", &n, &err) == 0 && n == 1024);
    CU_ASSERT(te_parse_size("3 gigs", &n, &err) < 0);
    CU_ASSERT(te_parse_size("-3", &n, &err) < 0);
    CU_ASSERT(te_parse_int("12", 1, 12, &n, &err) == 0 && n == 12);
    CU_ASSERT(te_parse_int("13", 1, 12, &n, &err) < 0);
    CU_ASSERT(te_parse_int("1x", 1, 12, &n, &err) < 0);
    CU_ASSERT(te_parse_int("99999999999999999999", 1, INT64_MAX, &n, &err) < 0);
    CU_ASSERT(te_parse_double("0.25", 0, 1, &d, &err) == 0 && d == 0.25);
    CU_ASSERT(te_parse_double("nan", 0, 1, &d, &err) < 0);
    CU_ASSERT(te_parse_bool("Yes", &b, &err) == 0 && b == 1);
    CU_ASSERT(te_parse_bool("off", &b, &err) == 0 && b == 0);
    CU_ASSERT(te_parse_bool("maybe", &b, &err) < 0);
}

static void globs(void)
{
    CU_ASSERT(te_str_glob("NAB/*", "NAB/art"));
    CU_ASSERT(te_str_glob("*/art_*s?", "NAB/art_less1"));
    CU_ASSERT_FALSE(te_str_glob("NAB/*", "NASA/x"));
    CU_ASSERT_FALSE(te_str_glob("a?", "a"));
    CU_ASSERT(te_str_glob("**", ""));
    char many[2000];
    memset(many, 'a', sizeof many - 1);
    many[sizeof many - 1] = '\0';
    CU_ASSERT_FALSE(te_str_glob("*a*a*a*a*a*b", many)); /* must not take exponential time */
}

static void utf8(void)
{
    size_t bad = 99;
    CU_ASSERT(te_str_utf8("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 10, NULL));
    CU_ASSERT_FALSE(te_str_utf8("ab\xC0\x80", 4, &bad));
    CU_ASSERT_EQUAL(bad, 2);
    CU_ASSERT_FALSE(te_str_utf8("\xED\xA0\x80", 3, NULL)); /* surrogate */
    CU_ASSERT_FALSE(te_str_utf8("\xF4\x90\x80\x80", 4, NULL));
    CU_ASSERT_FALSE(te_str_utf8("\xE2\x82", 2, NULL));
}

static void suggestions(void)
{
    static const char *const words[] = {"repetitions", "results", "metrics", "name"};
    CU_ASSERT_STRING_EQUAL(te_str_suggest("repetition", words, 4), "repetitions");
    CU_ASSERT_STRING_EQUAL(te_str_suggest("metircs", words, 4), "metrics");
    CU_ASSERT_PTR_NULL(te_str_suggest("walltime", words, 4));
    CU_ASSERT_EQUAL(te_str_distance("ab", "ba", 5), 1);
}

static void splitting(void)
{
    struct te_err err = TE_ERR_INIT;
    char **items;
    size_t n;
    CU_ASSERT_EQUAL(te_str_split(" a, F(x=1, y=[2,3]) ,, 'p,q' ", &items, &n, &err), 0);
    CU_ASSERT_EQUAL_FATAL(n, 3);
    CU_ASSERT_STRING_EQUAL(items[0], "a");
    CU_ASSERT_STRING_EQUAL(items[1], "F(x=1, y=[2,3])");
    CU_ASSERT_STRING_EQUAL(items[2], "'p,q'");
    te_free(items);
}

static void names(void)
{
    struct te_err err = TE_ERR_INIT;
    char longest[TE_MAX_NAME + 2];
    memset(longest, 'x', sizeof longest - 1);
    longest[TE_MAX_NAME + 1] = '\0';
    CU_ASSERT_EQUAL(te_str_check_name("run name", "Triple ES (Holt-Winter's)", &err), 0);
    CU_ASSERT_EQUAL(te_str_check_name("run name", "a/b", &err), -1);
    CU_ASSERT_EQUAL(te_str_check_name("run name", "..", &err), -1);
    CU_ASSERT_EQUAL(te_str_check_name("run name", "a\nb", &err), -1);
    CU_ASSERT_EQUAL(te_str_check_name("run name", "", &err), -1);
    CU_ASSERT_EQUAL(te_str_check_name("run name", longest, &err), -1);
    longest[TE_MAX_NAME] = '\0';
    CU_ASSERT_EQUAL(te_str_check_name("run name", longest, &err), 0);
}

static void times(void)
{
    char text[32];
    te_clock_iso8601(1700000000.25, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "2023-11-14T22:13:20.250Z");
    te_clock_iso8601(NAN, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, "");
    CU_ASSERT_DOUBLE_EQUAL(te_clock_parse("2023-11-14T22:13:20.25Z"), 1700000000.25, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(te_clock_parse("2023-11-15T00:13:20+02:00"), 1700000000, 1e-6);
    CU_ASSERT(isnan(te_clock_parse("yesterday")));
    CU_ASSERT(isnan(te_clock_parse("2023-11-14T22:13:20.25")));
}

TE_TESTS = {
    TE_TEST(durations),   TE_TEST(sizes_and_numbers), TE_TEST(globs), TE_TEST(utf8),
    TE_TEST(suggestions), TE_TEST(splitting),         TE_TEST(names), TE_TEST(times),
};
TE_TEST_MAIN

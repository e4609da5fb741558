#include "te_test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "te/text/stamp.h"

static void writes_as_finely_as_needed(void)
{
    static const struct {
        int64_t count;
        enum te_stamp_unit unit, finest;
        const char *text;
    } cases[] = {{0, TE_STAMP_DAY, TE_STAMP_DAY, "1970-01-01"},
                 {1, TE_STAMP_DAY, TE_STAMP_DAY, "1970-01-02"},
                 {1, TE_STAMP_HOUR, TE_STAMP_SECOND, "1970-01-01 01:00:00"},
                 {1, TE_STAMP_MILLI, TE_STAMP_MILLI, "1970-01-01 00:00:00.001"},
                 {61000, TE_STAMP_MILLI, TE_STAMP_MILLI, "1970-01-01 00:01:01.000"},
                 {1500000, TE_STAMP_MICRO, TE_STAMP_MICRO, "1970-01-01 00:00:01.500000"},
                 {7, TE_STAMP_NANO, TE_STAMP_NANO, "1970-01-01 00:00:00.000000007"},
                 {5, TE_STAMP_MILLI, TE_STAMP_NANO, "1970-01-01 00:00:00.005000000"},
                 {253402300799, TE_STAMP_SECOND, TE_STAMP_SECOND, "9999-12-31 23:59:59"}};
    char text[TE_STAMP_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_EQUAL(te_stamp_text(cases[i].count, cases[i].unit, cases[i].finest, text),
                        strlen(cases[i].text));
        CU_ASSERT_STRING_EQUAL(text, cases[i].text);
    }
    CU_ASSERT_EQUAL(te_stamp_text(253402300800, TE_STAMP_SECOND, TE_STAMP_SECOND, text), 0);
    CU_ASSERT_EQUAL(te_stamp_text(INT64_MAX, TE_STAMP_DAY, TE_STAMP_DAY, text), 0);
    CU_ASSERT_EQUAL(te_stamp_text(-1, TE_STAMP_DAY, TE_STAMP_DAY, text), 0);
}

/* Every day of six centuries against the C library. */
static void agrees_with_the_library(void)
{
    size_t wrong = 0;
    for (int64_t day = 0; day < 219146; day++) {
        char text[TE_STAMP_TEXT], expected[TE_STAMP_TEXT];
        time_t seconds = (time_t)(day * 86400);
        struct tm tm;
        te_stamp_text(day, TE_STAMP_DAY, TE_STAMP_DAY, text);
        strftime(expected, sizeof expected, "%Y-%m-%d", gmtime_r(&seconds, &tm));
        wrong += strcmp(text, expected) != 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void knows_the_units(void)
{
    enum te_stamp_unit unit = TE_STAMP_DAY;
    CU_ASSERT(te_stamp_unit_parse("ms", &unit) == 0 && unit == TE_STAMP_MILLI);
    CU_ASSERT(te_stamp_unit_parse("H", &unit) == 0 && unit == TE_STAMP_HOUR);
    CU_ASSERT_EQUAL(te_stamp_unit_parse("weeks", &unit), -1);
}

TE_TESTS = {
    TE_TEST(writes_as_finely_as_needed),
    TE_TEST(agrees_with_the_library),
    TE_TEST(knows_the_units),
};
TE_TEST_MAIN

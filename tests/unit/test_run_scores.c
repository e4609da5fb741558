/* Score files as numpy's genfromtxt reads them. */
#include <math.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/run/scores.h"
#include "te_test.h"

static struct te_err err;

static void numbers_in_all_spellings(void)
{
    static const char text[] = "# a comment\n1.5\r\n\n  2e3 # another\n-inf\nInfinity\nNaN\n1_0\n"
                               "-nan\nNA\nNone\nN/A\nnull\n<NA>\n0.1";
    static const double want[] = {1.5, 2000, -INFINITY, INFINITY, NAN, 10, NAN,
                                  NAN, NAN,  NAN,       NAN,      NAN, 0.1};
    enum { N = sizeof want / sizeof want[0] };
    struct te_score_table t;
    CU_ASSERT_EQUAL_FATAL(te_scores_parse("x", text, strlen(text), &t, &err), 0);
    CU_ASSERT_EQUAL_FATAL(t.rows, N);
    CU_ASSERT_EQUAL(t.columns, 1);
    for (size_t i = 0; i < N; i++)
        CU_ASSERT(t.values[i] == want[i] || (isnan(t.values[i]) && isnan(want[i])));
    te_free(t.values);
}

static void columns_stay_columns(void)
{
    static const char text[] = "1,0.5,10\n2,,20\n";
    struct te_score_table t;
    CU_ASSERT_EQUAL_FATAL(te_scores_parse("x", text, strlen(text), &t, &err), 0);
    CU_ASSERT(t.rows == 2 && t.columns == 3 && t.values[2] == 10 && isnan(t.values[4]));
    te_free(t.values);
}

static void what_is_no_number_is_told(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"score\n1\n", "line 1 of x holds 'score' where a number should be"},
        {"1\n2 3\n", "line 2 of x holds '2 3'"},
        {"0x10\n", "line 1 of x holds '0x10'"},
        {"True\n", "line 1 of x holds 'True'"},
        {"1\n2,3\n", "line 2 of x has 2 columns, the first has 1"},
        {"# nothing\n\n", "holds no number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_score_table t;
        te_err_clear(&err);
        CU_ASSERT_EQUAL(te_scores_parse("x", cases[i].text, strlen(cases[i].text), &t, &err), -1);
        CU_ASSERT_EQUAL(err.code, TE_ERR_FORMAT);
        if (!strstr(err.text, cases[i].message)) {
            te_note("%s", err.text);
            CU_FAIL("message");
        }
    }
}

TE_TESTS = {TE_TEST(numbers_in_all_spellings), TE_TEST(columns_stay_columns),
            TE_TEST(what_is_no_number_is_told)};
TE_TEST_MAIN

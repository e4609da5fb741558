#include "te_test.h"

#include <string.h>
#include "te/base/mem.h"
#include "te/text/csv.h"

static struct te_err err;

static int parse(const char *text, struct te_csv *csv)
{
    te_err_clear(&err);
    return te_csv_parse("t.csv", text, strlen(text), csv, &err);
}

static void reads_what_pandas_reads(void)
{
    struct te_csv csv;
    CU_ASSERT_EQUAL_FATAL(parse("\xEF\xBB\xBF"
                                "a,b,c\r\n\r\n1,\"x,\"\"y\"\"\n z\",\r\n   \n,,3",
                                &csv),
                          0);
    CU_ASSERT_EQUAL(csv.n_rows, 2);
    CU_ASSERT_EQUAL(csv.n_cols, 3);
    CU_ASSERT_EQUAL(te_csv_column(&csv, "a"), 0);
    CU_ASSERT_EQUAL(te_csv_column(&csv, "c"), 2);
    CU_ASSERT_EQUAL(te_csv_column(&csv, "d"), -1);
    CU_ASSERT_STRING_EQUAL(te_csv_cell(&csv, 0, 1), "x,\"y\"\n z");
    CU_ASSERT_STRING_EQUAL(te_csv_cell(&csv, 0, 2), "");
    CU_ASSERT_STRING_EQUAL(te_csv_cell(&csv, 1, 2), "3");
    CU_ASSERT_EQUAL(te_csv_line(&csv, 0), 3);
    CU_ASSERT_EQUAL(te_csv_line(&csv, 1), 6);
    te_csv_release(&csv);
}

static void names_file_and_line_of_faults(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "'t.csv' is empty: a header line is missing"},
        {"\n \n", "'t.csv' is empty: a header line is missing"},
        {"a,b\n1,2\n\n1,2,3\n", "'t.csv' line 4: 3 cells where the header has 2"},
        {"a,b\n1\n", "'t.csv' line 2: 1 cells where the header has 2"},
        {"a,b\n1,\"x\n\n", "'t.csv' line 2: a quoted cell does not end"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_csv csv;
        CU_ASSERT_EQUAL(parse(cases[i].text, &csv), -1);
        CU_ASSERT_STRING_EQUAL(err.text, cases[i].message);
        CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    }
    struct te_csv csv;
    CU_ASSERT_EQUAL(te_csv_parse("t.csv", "a\n1\0\n", 5, &csv, &err), -1);
    CU_ASSERT_STRING_EQUAL(err.text, "'t.csv' line 2: a NUL byte; this is no text file");
}

static void knows_missing_values_and_booleans(void)
{
    CU_ASSERT(te_csv_is_missing("", 0));
    CU_ASSERT(te_csv_is_missing("NaN", 3));
    CU_ASSERT(te_csv_is_missing("#N/A N/A", 8));
    CU_ASSERT(!te_csv_is_missing("None", 4));
    CU_ASSERT(!te_csv_is_missing("NAN", 3));
    bool value = false;
    CU_ASSERT(te_csv_parse_bool("TRUE", &value) && value);
    CU_ASSERT(te_csv_parse_bool("false", &value) && !value);
    CU_ASSERT(!te_csv_parse_bool("yes", &value));
}

static void writes_as_pandas(void)
{
    struct te_buf buf;
    te_buf_init(&buf, 1000);
    const char *cells[] = {"a", "b,c", "d\"e", "f\ng", "h\ri", "", " j "};
    te_csv_add_row(&buf, cells, 7);
    const char *empty[] = {""};
    te_csv_add_row(&buf, empty, 1);
    CU_ASSERT_STRING_EQUAL(buf.data, "a,\"b,c\",\"d\"\"e\",\"f\ng\",h\ri,, j \n\"\"\n");
    te_buf_release(&buf);
}

static void survives_failing_allocations(void)
{
    unsigned long n = 1;
    for (;; n++) {
        struct te_csv csv;
        te_mem_fail_at(n);
        int rc = parse("a,b\n1,2\n3,4\n", &csv);
        te_mem_fail_at(0);
        if (rc == 0) {
            te_csv_release(&csv);
            break;
        }
        CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
    }
    CU_ASSERT(n > 3);
}

TE_TESTS = {
    TE_TEST(reads_what_pandas_reads),           TE_TEST(names_file_and_line_of_faults),
    TE_TEST(knows_missing_values_and_booleans), TE_TEST(writes_as_pandas),
    TE_TEST(survives_failing_allocations),
};
TE_TEST_MAIN

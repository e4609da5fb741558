#include "te_test.h"

#include <stdlib.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/ini.h"

static struct te_ini ini;
static struct te_problems problems;
static struct te_err err;
static char *report;

static int parse_bytes(const char *text, size_t len)
{
    te_ini_release(&ini);
    te_problems_release(&problems);
    free(report);
    report = NULL;
    if (te_problems_init(&problems, "f.ini", &err) < 0)
        abort();
    return te_ini_parse(text, len, &ini, &problems, &err);
}

/* The whole report, "" if there is none. */
static const char *complaints(const char *text)
{
    CU_ASSERT_EQUAL(parse_bytes(text, strlen(text)), 0);
    if (te_problems_take(&problems, &report, &err) == 0)
        return "";
    return report;
}

static void item_is(size_t i, const char *section, const char *key, const char *value, int line)
{
    CU_ASSERT_FATAL(i < ini.n_items);
    CU_ASSERT_STRING_EQUAL(ini.sections[ini.items[i].section].name, section);
    CU_ASSERT_STRING_EQUAL(ini.items[i].key, key);
    CU_ASSERT_STRING_EQUAL(ini.items[i].value, value);
    CU_ASSERT_EQUAL(ini.items[i].line, line);
}

static void reads_sections_and_items(void)
{
    CU_ASSERT_STRING_EQUAL(complaints("\xef\xbb\xbf; head\r\n[run]\r\nname = a ; b # c\r\n"
                                      "  results=x=y\r\n\r\n[empty]\n# note\n[algorithm:A b.c]\n"
                                      "param.a:b = {\"x\": 1 ; 2}\nnothing =\nurl=http://h:80\n"
                                      "last = no newline"),
                           "");
    CU_ASSERT_EQUAL(ini.n_sections, 3);
    CU_ASSERT_STRING_EQUAL(ini.sections[1].name, "empty");
    CU_ASSERT_EQUAL(ini.sections[2].line, 8);
    CU_ASSERT_EQUAL_FATAL(ini.n_items, 6);
    item_is(0, "run", "name", "a ; b # c", 3);
    item_is(1, "run", "results", "x=y", 4);
    item_is(2, "algorithm:A b.c", "param.a:b", "{\"x\": 1 ; 2}", 9);
    item_is(3, "algorithm:A b.c", "nothing", "", 10);
    item_is(4, "algorithm:A b.c", "url", "http://h:80", 11);
    item_is(5, "algorithm:A b.c", "last", "no newline", 12);
}

static void every_fault_has_its_line(void)
{
    static const struct {
        const char *text, *report;
    } cases[] = {
        {"x = 1\n", "f.ini:1: a key stands before the first section: '[run]' or another goes above "
                    "it"},
        {"[run\nname = x\n", "f.ini:1: section '[run' has no ']' at its end"},
        {"[run] ; c\n", "f.ini:1: ' ; c' behind the ']' of a section: a comment is a line of its "
                        "own"},
        {"[]\n", "f.ini:1: a section name is empty or has blanks at its ends: [name] is right"},
        {"[ run ]\n",
         "f.ini:1: a section name is empty or has blanks at its ends: [name] is right"},
        {"[run]\njust text\n", "f.ini:2: 'just text' is neither '[section]' nor 'key = value'"},
        {"[run]\na: b\n", "f.ini:2: 'a: b' is neither '[section]' nor 'key = value'"},
        {"[run]\n = 3\n", "f.ini:2: nothing stands before the '=': 'key = value' is right"},
        {"[run]\na = 1\n[x]\na = 2\n[run]\nb = 3\n[x]\n",
         "f.ini:5: section [run] is there twice, first in line 1: put its keys together\n"
         "f.ini:7: section [x] is there twice, first in line 3: put its keys together"},
        {"[run]\na = 1\n\na = 2\n",
         "f.ini:4: key 'a' is twice in [run], first in line 2: keep one"},
        {"[run]\nm = A,\n  B(x=1)\n",
         "f.ini:3: 'B(x=1)' goes on with the value of the line above: a value stands on one line, "
         "however long"},
        {"[run]\nm = a\rb\n", "f.ini:2: control character 0x0d at byte 6: remove it"},
        {"[run]\nm = a\xff\n", "f.ini:2: byte 6 (0xff) is not valid UTF-8: save the file as UTF-8"},
        {"[aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee]\n",
         "f.ini:1: section name 'aaaaaaaaaabbbbbbbbbbcccccccccc...' has 50 bytes, more than 49: "
         "give a shorter one and the full name with 'name = ...' in the section"},
        {"\xff\xfe[\0", "f.ini:1: the file is UTF-16: save it as UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *got = complaints(cases[i].text);
        CU_ASSERT_STRING_EQUAL(got, cases[i].report);
        if (strcmp(got, cases[i].report) != 0)
            te_note("case %zu got: %s", i, got);
    }
}

static void nul_bytes_are_found(void)
{
    static const char text[] = "[run]\na = 1\0 2\nb = 2\n";
    CU_ASSERT_EQUAL(parse_bytes(text, sizeof text - 1), 0);
    CU_ASSERT_EQUAL(te_problems_take(&problems, &report, &err), -1);
    CU_ASSERT_STRING_EQUAL(report, "f.ini:2: control character 0x00 (NUL) at byte 6: remove it");
    CU_ASSERT_EQUAL_FATAL(ini.n_items, 1);
    item_is(0, "run", "b", "2", 3);
}

static void section_of_49_bytes_is_kept_whole(void)
{
    CU_ASSERT_STRING_EQUAL(
        complaints("[aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeee]\nk = v\n"), "");
    item_is(0, "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeee", "k", "v", 2);
}

static void a_line_may_have_a_mebibyte(void)
{
    static const char head[] = "[run]\nm = ";
    size_t value = TE_MAX_CONFIG_LINE - 4;
    char *text = malloc(sizeof head + value + 32);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memcpy(text, head, sizeof head);
    memset(text + sizeof head - 1, 'x', value);
    memcpy(text + sizeof head - 1 + value, "\nn = 1\n", 8);
    CU_ASSERT_STRING_EQUAL(complaints(text), "");
    CU_ASSERT_EQUAL_FATAL(ini.n_items, 2);
    CU_ASSERT_EQUAL(strlen(ini.items[0].value), value);
    item_is(1, "run", "n", "1", 3);
    memcpy(text + sizeof head - 1 + value, "y\nn = 1\n", 9);
    CU_ASSERT_STRING_EQUAL(complaints(text),
                           "f.ini:2: the line has 1048577 bytes, at most 1048576 are read");
    item_is(0, "run", "n", "1", 3);
    free(text);
}

static void problems_are_sorted_and_counted(void)
{
    CU_ASSERT_EQUAL(parse_bytes("", 0), 0);
    for (int i = 0; i < (int)TE_MAX_PROBLEMS + 7; i++)
        te_problems_add(&problems, 1000 - i, "p%d", i);
    CU_ASSERT_EQUAL(te_problems_take(&problems, &report, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    CU_ASSERT_STRING_EQUAL(err.text, "f.ini:901: p99");
    CU_ASSERT_PTR_NOT_NULL(strstr(report, "\nf.ini:1000: p0\nf.ini: and 7 more"));
}

static void every_allocation_may_fail(void)
{
    static const char text[] = "[a]\nk = v\nk = w\n[b]\nx\ny = 1\n";
    for (unsigned long n = 1; n < 1000; n++) {
        parse_bytes("", 0);
        te_mem_fail_at(n);
        int rc = te_ini_parse(text, sizeof text - 1, &ini, &problems, &err);
        te_mem_fail_at(0);
        if (rc == 0 && !problems.failed) {
            CU_ASSERT(n > 5);
            CU_ASSERT_EQUAL(ini.n_items, 2);
            return;
        }
    }
    CU_FAIL("never ends");
}

static void tidies_up(void)
{
    te_ini_release(&ini);
    te_problems_release(&problems);
    free(report);
}

TE_TESTS = {
    TE_TEST(reads_sections_and_items),   TE_TEST(every_fault_has_its_line),
    TE_TEST(nul_bytes_are_found),        TE_TEST(section_of_49_bytes_is_kept_whole),
    TE_TEST(a_line_may_have_a_mebibyte), TE_TEST(problems_are_sorted_and_counted),
    TE_TEST(every_allocation_may_fail),  TE_TEST(tidies_up),
};
TE_TEST_MAIN

/*
 * Unit test programs: CUnit underneath, TAP on standard output.
 *
 *   static void adds(void) { CU_ASSERT_EQUAL(1 + 1, 2); }
 *   TE_TESTS = {TE_TEST(adds)};
 *   TE_TEST_MAIN
 *
 * A failed assertion is printed with file and line; the exit status says whether all passed.
 * te_skip("reason") ends up as "# SKIP reason"; te_note(...) is a TAP comment.
 */
#ifndef TE_TEST_H
#define TE_TEST_H

#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <stdio.h>
#include <stdarg.h>

struct te_test_entry {
    const char *name;
    void (*run)(void);
};

#define TE_TEST(fn)                                                                                \
    {                                                                                              \
#fn, fn                                                                                    \
    }
#define TE_TESTS static const struct te_test_entry te_tests[]
#define TE_TEST_MAIN                                                                               \
    int main(void)                                                                                 \
    {                                                                                              \
        return te_test_run(te_tests, sizeof te_tests / sizeof te_tests[0]);                        \
    }

int te_test_run(const struct te_test_entry *tests, size_t count);
void te_skip(const char *reason);
void te_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

#include "te_test.h"

#include <signal.h>
#include <stdlib.h>

static unsigned done;
static const char *skipped;

void te_skip(const char *reason)
{
    skipped = reason;
}

void te_note(const char *fmt, ...)
{
    va_list ap;
    printf("# ");
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
}

static void starts(const CU_pTest test, const CU_pSuite suite)
{
    (void)test;
    (void)suite;
    skipped = NULL;
}

static void ends(const CU_pTest test, const CU_pSuite suite, const CU_pFailureRecord failure)
{
    (void)suite;
    done++;
    if (failure)
        printf("not ok %u - %s\n", done, test->pName);
    else if (skipped)
        printf("ok %u - %s # SKIP %s\n", done, test->pName, skipped);
    else
        printf("ok %u - %s\n", done, test->pName);
    for (CU_pFailureRecord f = failure; f; f = f->pNext)
        printf("#   %s:%u: %s\n", f->strFileName ? f->strFileName : "?", f->uiLineNumber,
               f->strCondition ? f->strCondition : "?");
    fflush(stdout);
}

int te_test_run(const struct te_test_entry *tests, size_t count)
{
    signal(SIGPIPE, SIG_IGN); /* as the program does */
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("unit", NULL, NULL);
    if (!suite)
        return EXIT_FAILURE;
    for (size_t i = 0; i < count; i++)
        if (!CU_add_test(suite, tests[i].name, tests[i].run))
            return EXIT_FAILURE;
    CU_set_test_start_handler(starts);
    CU_set_test_complete_handler(ends);
    printf("1..%zu\n", count);
    CU_ErrorCode rc = CU_run_all_tests();
    unsigned failed = CU_get_number_of_tests_failed();
    CU_cleanup_registry();
    return rc == CUE_SUCCESS && failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

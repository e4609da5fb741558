#include "te_test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "te/base/clock.h"
#include "te/base/mem.h"
#include "te/net/child.h"

/* Waits at most five seconds for the end. */
static bool wait_end(struct te_child *child)
{
    for (int i = 0; i < 500 && !te_child_reap(child); i++)
        te_clock_sleep(0.01, 1);
    return child->ended;
}

static void a_megabyte_through_cat(void)
{
    static const char *const argv[] = {"cat", NULL};
    enum { SIZE = 1 << 20 };
    struct te_err err = TE_ERR_INIT;
    struct te_child child;
    te_autofree char *data = te_zalloc(SIZE, 1, &err);
    char block[65536];
    size_t got = 0;
    CU_ASSERT_EQUAL_FATAL(te_child_start(&child, argv, &err), 0);
    CU_ASSERT_EQUAL(te_child_write(&child, data, SIZE, &err), 0);
    for (int i = 0; i < 5000 && got < SIZE; i++) {
        te_child_flush(&child);
        ssize_t n = te_child_read(&child.out, block, sizeof block);
        if (n > 0)
            got += (size_t)n;
        else
            te_clock_sleep(0.001, 1);
    }
    CU_ASSERT_EQUAL(got, SIZE);
    te_child_close_input(&child);
    CU_ASSERT(wait_end(&child) && WIFEXITED(child.status) && WEXITSTATUS(child.status) == 0);
    te_child_release(&child);
}

/* More standard error than a pipe holds must not stop the child, and only its tail is kept. */
static void full_standard_error(void)
{
    static const char *const argv[] = {
        "sh", "-c",
        "i=0; while [ $i -lt 3000 ]; do echo \"line $i of many on standard error\" >&2; "
        "i=$((i+1)); done; echo last words >&2",
        NULL};
    struct te_err err = TE_ERR_INIT;
    struct te_child child;
    CU_ASSERT_EQUAL_FATAL(te_child_start(&child, argv, &err), 0);
    for (int i = 0; i < 1000 && !te_child_reap(&child); i++) {
        te_child_drain_errors(&child);
        te_clock_sleep(0.005, 1);
    }
    te_child_drain_errors(&child);
    CU_ASSERT(child.ended);
    CU_ASSERT(child.errors.len < 40000);
    CU_ASSERT_PTR_NOT_NULL(strstr(child.errors.data, "last words"));
    te_child_release(&child);
}

static void release_kills_the_whole_group(void)
{
    static const char *const argv[] = {"sh", "-c", "sleep 60 & echo $!; wait", NULL};
    struct te_err err = TE_ERR_INIT;
    struct te_child child;
    char line[32] = "";
    CU_ASSERT_EQUAL_FATAL(te_child_start(&child, argv, &err), 0);
    for (int i = 0; i < 500 && te_child_read(&child.out, line, sizeof line - 1) <= 0; i++)
        te_clock_sleep(0.01, 1);
    long grandchild = strtol(line, NULL, 10);
    CU_ASSERT_FATAL(grandchild > 1);
    te_child_release(&child);
    char path[64], state[64] = "";
    bool gone = false;
    snprintf(path, sizeof path, "/proc/%ld/stat", grandchild);
    for (int i = 0; i < 300 && !gone; i++) {
        FILE *f = fopen(path, "r");
        gone = !f || fscanf(f, "%*d %*s %63s", state) != 1 || state[0] == 'Z';
        if (f)
            fclose(f);
        te_clock_sleep(0.01, 1);
    }
    CU_ASSERT_TRUE(gone);
}

static void a_missing_program_is_an_error(void)
{
    static const char *const argv[] = {"no-such-program-anywhere", NULL};
    struct te_err err = TE_ERR_INIT;
    struct te_child child;
    if (getenv("TE_VALGRIND")) {
        te_skip("below valgrind posix_spawn does not tell that exec failed");
        return;
    }
    CU_ASSERT_EQUAL(te_child_start(&child, argv, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "no-such-program-anywhere"));
    te_child_release(&child);
}

TE_TESTS = {
    TE_TEST(a_megabyte_through_cat),
    TE_TEST(full_standard_error),
    TE_TEST(release_kills_the_whole_group),
    TE_TEST(a_missing_program_is_an_error),
};
TE_TEST_MAIN

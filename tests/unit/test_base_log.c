#include "te_test.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/log.h"

/* Standard error as a small pipe that nobody reads, until drain() does. */
static int own_error, read_end;

static void take_error(void)
{
    int fds[2];
    own_error = dup(STDERR_FILENO);
    CU_ASSERT_EQUAL_FATAL(pipe2(fds, O_CLOEXEC), 0);
    CU_ASSERT(fcntl(fds[1], F_SETPIPE_SZ, 4096) > 0);
    CU_ASSERT_EQUAL(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
    close(fds[1]);
    read_end = fds[0];
    CU_ASSERT_EQUAL(fcntl(read_end, F_SETFL, O_NONBLOCK), 0);
}

static void give_error_back(void)
{
    CU_ASSERT_EQUAL(dup2(own_error, STDERR_FILENO), STDERR_FILENO);
    close(own_error);
    close(read_end);
}

static size_t drain(char *out, size_t size)
{
    ssize_t n = read(read_end, out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

static void nobody_reads_the_console(void)
{
    char text[8192];
    double begin = te_clock_mono();
    take_error();
    for (int i = 0; i < 2000; i++)
        te_log(TE_LOG_WARNING, "line %d of more than the pipe holds", i);
    double took = te_clock_mono() - begin;
    size_t n = drain(text, sizeof text);
    bool begun = strstr(text, "warning: line 0 of") != NULL;
    te_log(TE_LOG_WARNING, "somebody reads again");
    drain(text, sizeof text);
    give_error_back();
    CU_ASSERT(took < 2);
    CU_ASSERT(n > 0 && n <= 4096 && begun);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "lines were not shown: nobody read them"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "somebody reads again"));
}

static void levels_choose_what_is_said(void)
{
    char text[4096];
    take_error();
    te_log_set_levels(TE_LOG_ERROR, TE_LOG_ERROR);
    te_log(TE_LOG_WARNING, "not this");
    te_log(TE_LOG_ERROR, "this\nand\x01that");
    te_log_set_levels(TE_LOG_NOTICE, TE_LOG_INFO);
    drain(text, sizeof text);
    give_error_back();
    CU_ASSERT_STRING_EQUAL(text, "error: this\\nand that\n");
    CU_ASSERT_EQUAL(te_log_level_parse("Warning"), TE_LOG_WARNING);
    CU_ASSERT_EQUAL(te_log_level_parse("loud"), -1);
}

TE_TESTS = {
    TE_TEST(nobody_reads_the_console),
    TE_TEST(levels_choose_what_is_said),
};
TE_TEST_MAIN

#include "te_test.h"

#include <errno.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/err.h"
#include "te/base/mem.h"

static void set_and_wrap(void)
{
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL(te_err_set(&err, TE_ERR_FORMAT, "row %d is ragged", 7), -1);
    te_err_wrap(&err, "dataset '%s'", "saw");
    CU_ASSERT_STRING_EQUAL(err.text, "dataset 'saw': row 7 is ragged");
    CU_ASSERT_EQUAL(err.code, TE_ERR_FORMAT);
}

static void sys_keeps_errno(void)
{
    struct te_err err = TE_ERR_INIT;
    errno = ENOENT;
    te_err_sys(&err, TE_ERR_IO, "cannot open 'x'");
    CU_ASSERT_EQUAL(err.sys, ENOENT);
    CU_ASSERT_STRING_EQUAL(err.text, "cannot open 'x': No such file or directory");
}

static void cut_at_whole_characters(void)
{
    struct te_err err = TE_ERR_INIT;
    char text[TE_ERR_TEXT_MAX + 10];
    memset(text, 'a', sizeof text);
    memcpy(text + TE_ERR_TEXT_MAX - 2, "\xC3\xA4", 2);
    text[sizeof text - 1] = '\0';
    te_err_set(&err, TE_ERR_USAGE, "%s", text);
    CU_ASSERT_EQUAL(strlen(err.text), TE_ERR_TEXT_MAX - 2);
}

static void buffer_is_bounded_and_sticky(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_buf buf;
    te_buf_init(&buf, 10);
    te_buf_adds(&buf, "12345");
    te_buf_addf(&buf, "%d", 678901);
    te_buf_adds(&buf, "x");
    CU_ASSERT_EQUAL(te_buf_check(&buf, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_LIMIT);
    CU_ASSERT_STRING_EQUAL(buf.data, "12345");
    te_buf_release(&buf);
}

static void injected_failure_is_reported(void)
{
    struct te_err err = TE_ERR_INIT;
    te_mem_fail_at(1);
    CU_ASSERT_PTR_NULL(te_alloc(8, &err));
    CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
    void *p = te_alloc(8, &err);
    CU_ASSERT_PTR_NOT_NULL(p);
    te_free(p);
}

TE_TESTS = {
    TE_TEST(set_and_wrap),
    TE_TEST(sys_keeps_errno),
    TE_TEST(cut_at_whole_characters),
    TE_TEST(buffer_is_bounded_and_sticky),
    TE_TEST(injected_failure_is_reported),
};
TE_TEST_MAIN

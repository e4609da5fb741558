#include "te_test.h"

#include <string.h>
#include "te/base/max.h"
#include "te/core/agent.h"

static void write_frame(struct te_buf *out, int number, const char *data)
{
    struct te_err err = TE_ERR_INIT;
    json_t *head = json_pack("{s:s, s:i}", "op", "test", "number", number);
    CU_ASSERT_EQUAL(te_aframe_write(out, head, data, strlen(data), &err), 0);
    json_decref(head);
}

/* Frames come out whole and in order, however the stream is cut. */
static void any_cut_of_the_stream(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_buf stream;
    te_buf_init(&stream, TE_MAX_MESSAGE);
    te_buf_adds(&stream, "Welcome to node1!\ntimeeval-mpi agent\n" TE_AGENT_MARKER);
    write_frame(&stream, 1, "");
    write_frame(&stream, 2, "some bytes");
    unsigned whole = 0;
    for (size_t step = 1; step <= stream.len; step++) {
        struct te_aframe_reader reader;
        struct te_aframe frame;
        int expected = 1, got;
        te_aframe_reader_init(&reader, 1);
        for (size_t at = 0; at < stream.len; at += step) {
            size_t n = stream.len - at < step ? stream.len - at : step;
            CU_ASSERT_EQUAL(te_aframe_feed(&reader, stream.data + at, n, &err), 0);
            while ((got = te_aframe_next(&reader, &frame, &err)) > 0) {
                CU_ASSERT_EQUAL(json_integer_value(json_object_get(frame.head, "number")),
                                expected);
                CU_ASSERT_EQUAL(frame.len, expected == 1 ? 0 : 10);
                expected++;
                te_aframe_release(&frame);
            }
            CU_ASSERT_EQUAL(got, 0);
        }
        whole += expected == 3;
        te_aframe_reader_release(&reader);
    }
    CU_ASSERT_EQUAL(whole, stream.len);
    te_buf_release(&stream);
}

static void endless_chatter_is_an_error(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_aframe_reader reader;
    char line[1000];
    int rc = 0;
    memset(line, 'x', sizeof line);
    te_aframe_reader_init(&reader, 1);
    for (int i = 0; rc == 0 && i < 1000; i++)
        rc = te_aframe_feed(&reader, line, sizeof line, &err);
    CU_ASSERT_EQUAL(rc, -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_LIMIT);
    te_aframe_reader_release(&reader);
}

static void garbage_is_an_error(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"\xFF\xFF\xFF\xFF\0\0\0\0", 8},      /* head too long */
        {"\x02\0\0\0\xFF\xFF\xFF\x7F{}", 10}, /* data too long */
        {"\x02\0\0\0\0\0\0\0[]", 10},         /* no object */
        {"\x03\0\0\0\0\0\0\0{x}", 11},        /* no JSON */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct te_err err = TE_ERR_INIT;
        struct te_aframe_reader reader;
        struct te_aframe frame;
        te_aframe_reader_init(&reader, 0);
        CU_ASSERT_EQUAL(te_aframe_feed(&reader, bad[i].bytes, bad[i].len, &err), 0);
        CU_ASSERT_EQUAL(te_aframe_next(&reader, &frame, &err), -1);
        CU_ASSERT_EQUAL(err.code, TE_ERR_FORMAT);
        te_aframe_reader_release(&reader);
    }
}

TE_TESTS = {
    TE_TEST(any_cut_of_the_stream),
    TE_TEST(endless_chatter_is_an_error),
    TE_TEST(garbage_is_an_error),
};
TE_TEST_MAIN

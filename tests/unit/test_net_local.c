/* The transport of a run in one process: order, and naps only where nothing is to be read. */
#include "te_test.h"

#include <string.h>
#include "te/base/clock.h"
#include "te/base/mem.h"
#include "te/net/transport.h"

static void say(struct te_transport *t, int to, const char *text)
{
    struct te_err err = TE_ERR_INIT;
    struct te_buf frame;
    te_buf_init(&frame, 64);
    te_buf_adds(&frame, text);
    CU_ASSERT_EQUAL_FATAL(te_transport_send(t, to, &frame, &err), 0);
    te_buf_release(&frame);
}

static bool hears(struct te_transport *t, double wait, const char *text)
{
    struct te_err err = TE_ERR_INIT;
    struct te_packet packet;
    if (te_transport_receive(t, wait, &packet, &err) != 1)
        return false;
    bool same = packet.len == strlen(text) && memcmp(packet.data, text, packet.len) == 0;
    te_free(packet.data);
    return same;
}

static void frames_come_in_order(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_transport *ends[2];
    CU_ASSERT_EQUAL_FATAL(te_local_open(ends, &err), 0);
    say(ends[0], 1, "one");
    say(ends[0], 1, "two");
    CU_ASSERT_TRUE(hears(ends[1], 0, "one"));
    CU_ASSERT_TRUE(hears(ends[1], 1, "two"));
    say(ends[1], 0, "three");
    CU_ASSERT_TRUE(hears(ends[0], 0, "three"));
    te_transport_close(ends[0]);
    te_transport_close(ends[1]);
}

/* s that one end waits, 100 times, for what does not come */
static double waits(bool other_has_mail)
{
    struct te_err err = TE_ERR_INIT;
    struct te_transport *ends[2];
    struct te_packet none;
    CU_ASSERT_EQUAL_FATAL(te_local_open(ends, &err), 0);
    if (other_has_mail)
        say(ends[1], 0, "result");
    double begin = te_clock_mono();
    for (int i = 0; i < 100; i++)
        CU_ASSERT_EQUAL(te_transport_receive(ends[1], 2e-3, &none, &err), 0);
    double took = te_clock_mono() - begin;
    te_transport_close(ends[0]);
    te_transport_close(ends[1]);
    return took;
}

static void naps_only_when_both_have_nothing_to_read(void)
{
    CU_ASSERT_TRUE(waits(false) >= 0.2);
    CU_ASSERT_TRUE(waits(true) < 0.2);
}

TE_TESTS = {
    TE_TEST(frames_come_in_order),
    TE_TEST(naps_only_when_both_have_nothing_to_read),
};
TE_TEST_MAIN

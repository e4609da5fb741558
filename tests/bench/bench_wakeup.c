/*
 * Wake-up latency of a rank that waits: from rank 0's send to the moment when rank 1, which has
 * waited long enough to sleep as deeply as it ever does, has the message; both on this host, whose
 * monotonic clock they share. Starts itself under mpirun. Aim: p50 at most 6 ms, p99 15 ms.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/base/clock.h"
#include "te/base/mem.h"
#include "te/base/rng.h"
#include "te/net/transport.h"

enum { SAMPLES = 500 };
static const double aim_p50 = 6e-3, aim_p99 = 15e-3;

static int fail(const struct te_err *err)
{
    fprintf(stderr, "bench_wakeup: %s\n", err->text);
    return 1;
}

/* A message is nothing but the time at which it was sent. */
static int send_now(struct te_transport *t, int to, struct te_buf *frame, struct te_err *err)
{
    double now = te_clock_mono();
    te_buf_add(frame, &now, sizeof now);
    return te_transport_send(t, to, frame, err) < 0 || te_transport_flush(t, 1, err) < 0 ? -1 : 0;
}

static int sender(struct te_transport *t, struct te_err *err)
{
    struct te_rng rng;
    struct te_buf frame;
    struct te_packet first;
    te_rng_seed(&rng, 1);
    te_buf_init(&frame, 64);
    /* rank 0 speaks only to who has spoken */
    if (te_transport_receive(t, 60, &first, err) <= 0)
        return fail(err);
    te_free(first.data);
    for (int i = 0; i < SAMPLES; i++) {
        te_clock_sleep(0.03 + 0.02 * te_rng_unit(&rng), 1);
        if (send_now(t, 1, &frame, err) < 0)
            return fail(err);
    }
    te_buf_release(&frame);
    return 0;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int receiver(struct te_transport *t, struct te_err *err)
{
    static double late[SAMPLES];
    struct te_buf frame;
    te_buf_init(&frame, 64);
    if (send_now(t, 0, &frame, err) < 0)
        return fail(err);
    te_buf_release(&frame);
    for (int i = 0; i < SAMPLES;) {
        struct te_packet packet;
        int got = te_transport_receive(t, 0.25, &packet, err);
        if (got < 0)
            return fail(err);
        if (got == 0)
            continue;
        double sent;
        memcpy(&sent, packet.data, sizeof sent);
        late[i++] = te_clock_mono() - sent;
        te_free(packet.data);
    }
    qsort(late, SAMPLES, sizeof *late, ascending);
    double p50 = late[SAMPLES / 2], p99 = late[SAMPLES * 99 / 100];
    printf("wake-up of a waiting rank, %d messages: p50 %.1f ms (at most %.0f), p99 %.1f ms (at "
           "most %.0f), worst %.1f ms\n",
           SAMPLES, p50 * 1e3, aim_p50 * 1e3, p99 * 1e3, aim_p99 * 1e3, late[SAMPLES - 1] * 1e3);
    fflush(stdout);
    return p50 <= aim_p50 && p99 <= aim_p99 ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct te_err err = TE_ERR_INIT;
    struct te_transport *t;
    (void)argc;
    if (!te_mpi_launched()) {
        setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
        setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
        execlp("mpirun", "mpirun", "--oversubscribe", "--bind-to", "none", "-np", "2", argv[0],
               (char *)NULL);
        perror("bench_wakeup: mpirun");
        return 77;
    }
    if (te_mpi_open(&t, &err) < 0)
        return fail(&err);
    int rc = t->self == 0 ? sender(t, &err) : receiver(t, &err);
    te_transport_close(t);
    return te_mpi_finalize(60, 1, &err) < 0 ? fail(&err) : rc;
}

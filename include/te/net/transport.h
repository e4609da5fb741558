/*
 * Transport: whole frames (core/msg.h) between numbered endpoints. 0 is the scheduler, all others
 * are workers. Sending never blocks: a frame is kept until it is gone; small frames for one
 * endpoint travel together. Receiving waits at most as long as it is told to. Nothing is reported
 * of an endpoint that dies: deadlines are the callers'.
 */
#ifndef TE_NET_TRANSPORT_H
#define TE_NET_TRANSPORT_H

#include <stdbool.h>
#include "te/base/buf.h"

struct te_transport;

struct te_packet {
    int from;
    unsigned char *data; /* one or more whole frames, owned by the receiver (te_free) */
    size_t len;
};

struct te_transport_class {
    int (*send)(struct te_transport *t, int to, struct te_buf *frame, struct te_err *err);
    int (*push)(struct te_transport *t, struct te_err *err);
    int (*receive)(struct te_transport *t, double wait, struct te_packet *out, struct te_err *err);
    void (*forget)(struct te_transport *t, int peer);
    int (*flush)(struct te_transport *t, double wait, struct te_err *err);
    void (*close)(struct te_transport *t);
};

struct te_transport {
    const struct te_transport_class *class;
    int self;
    int count; /* endpoints */
};

/*
 * Takes the buffer's content: it is empty afterwards and may be filled again. A frame for an
 * endpoint that was forgotten is dropped. It does not go before te_transport_push, or
 * te_transport_receive that finds nothing: who works on without waiting pushes first.
 * What endpoint 0 says to one that has not spoken yet waits for its first word.
 */
int te_transport_send(struct te_transport *t, int to, struct te_buf *frame,
                      struct te_err *err) TE_MUST_CHECK;
int te_transport_push(struct te_transport *t, struct te_err *err) TE_MUST_CHECK;
/* 1: a packet came, 0: none within `wait` seconds, -1: err. */
int te_transport_receive(struct te_transport *t, double wait, struct te_packet *out,
                         struct te_err *err) TE_MUST_CHECK;
/* Never a word to this one again; what is on its way to it stays where it is. */
void te_transport_forget(struct te_transport *t, int peer);
/* Waits until all is gone that is not for somebody forgotten; 0 also when the time is over. */
int te_transport_flush(struct te_transport *t, double wait, struct te_err *err) TE_MUST_CHECK;
void te_transport_close(struct te_transport *t);

/* Two endpoints in one process, without MPI. */
int te_local_open(struct te_transport *out[2], struct te_err *err) TE_MUST_CHECK;

/* Was this process started by mpirun or srun? No MPI call is made. */
bool te_mpi_launched(void);
/*
 * Starts MPI, with the interfaces of container engines and virtual machines left out, for their
 * addresses are the same on every host (unless the default route uses one or the user chose).
 */
int te_mpi_open(struct te_transport **out, struct te_err *err) TE_MUST_CHECK;
/* Ends MPI in order: only when nobody was lost. After it, or without it when somebody was, the
 * process just leaves. Every rank waits there for all; where one died meanwhile, this process
 * leaves after `patience` s with the exit status. */
int te_mpi_finalize(unsigned patience, int status, struct te_err *err) TE_MUST_CHECK;
/* Library and version, "" before te_mpi_open. */
const char *te_mpi_name(void);

#endif

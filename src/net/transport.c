#include "te/net/transport.h"

#include "te/base/mem.h"

int te_transport_send(struct te_transport *t, int to, struct te_buf *frame, struct te_err *err)
{
    return te_buf_check(frame, err) < 0 ? -1 : t->class->send(t, to, frame, err);
}

int te_transport_push(struct te_transport *t, struct te_err *err)
{
    return t->class->push(t, err);
}

int te_transport_receive(struct te_transport *t, double wait, struct te_packet *out,
                         struct te_err *err)
{
    return t->class->receive(t, wait, out, err);
}

void te_transport_forget(struct te_transport *t, int peer)
{
    t->class->forget(t, peer);
}

int te_transport_flush(struct te_transport *t, double wait, struct te_err *err)
{
    return t->class->flush(t, wait, err);
}

void te_transport_close(struct te_transport *t)
{
    if (t)
        t->class->close(t);
}

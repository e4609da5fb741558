/* The transport of a run in one process: a queue each way. */
#include <string.h>
#include "te/base/clock.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/net/transport.h"

struct item {
    unsigned char *data;
    size_t len;
};

struct queue {
    struct item *items;
    size_t first, count, cap; /* items[first .. first + count) */
};

static const double longest_nap = 5e-3; /* s */

struct pair {
    struct queue to[2];
    int open;
};

struct local {
    struct te_transport base;
    struct pair *pair;
};

static int local_send(struct te_transport *t, int to, struct te_buf *frame, struct te_err *err)
{
    size_t len = frame->len;
    unsigned char *data = (unsigned char *)te_buf_take(frame, err);
    if (!data)
        return -1;
    struct queue *q = &((struct local *)t)->pair->to[to];
    if (q->first > 0 && q->first + q->count == q->cap) {
        memmove(q->items, q->items + q->first, q->count * sizeof *q->items);
        q->first = 0;
    }
    if (te_grow(&q->items, &q->cap, q->first + q->count + 1, sizeof *q->items, TE_MAX_EXPERIMENTS,
                err) < 0) {
        te_free(data);
        return -1;
    }
    q->items[q->first + q->count++] = (struct item){data, len};
    return 0;
}

static int local_push(struct te_transport *t, struct te_err *err)
{
    (void)t;
    (void)err;
    return 0;
}

/* The other endpoint lives in this very process: while it has something to read, waiting would only
 * keep it from its work; after that a nap does no harm. */
static int local_receive(struct te_transport *t, double wait, struct te_packet *out,
                         struct te_err *err)
{
    struct pair *pair = ((struct local *)t)->pair;
    struct queue *q = &pair->to[t->self];
    (void)err;
    if (q->count == 0) {
        if (wait > 0 && pair->to[1 - t->self].count == 0)
            te_clock_sleep(wait < longest_nap ? wait : longest_nap, 0);
        return 0;
    }
    struct item item = q->items[q->first++];
    if (--q->count == 0)
        q->first = 0;
    *out = (struct te_packet){1 - t->self, item.data, item.len};
    return 1;
}

static void local_forget(struct te_transport *t, int peer)
{
    (void)t;
    (void)peer;
}

static int local_flush(struct te_transport *t, double wait, struct te_err *err)
{
    (void)t;
    (void)wait;
    (void)err;
    return 0;
}

static void local_close(struct te_transport *t)
{
    struct pair *pair = ((struct local *)t)->pair;
    te_free(t);
    if (--pair->open > 0)
        return;
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < pair->to[i].count; k++)
            te_free(pair->to[i].items[pair->to[i].first + k].data);
        te_free(pair->to[i].items);
    }
    te_free(pair);
}

static const struct te_transport_class local_class = {local_send,   local_push,  local_receive,
                                                      local_forget, local_flush, local_close};

int te_local_open(struct te_transport *out[2], struct te_err *err)
{
    struct pair *pair = te_zalloc(1, sizeof *pair, err);
    struct local *ends[2] = {te_zalloc(1, sizeof **ends, err), te_zalloc(1, sizeof **ends, err)};
    if (!pair || !ends[0] || !ends[1]) {
        te_free(pair);
        te_free(ends[0]);
        te_free(ends[1]);
        return -1;
    }
    pair->open = 2;
    for (int i = 0; i < 2; i++) {
        *ends[i] = (struct local){{&local_class, i, 2}, pair};
        out[i] = &ends[i]->base;
    }
    return 0;
}

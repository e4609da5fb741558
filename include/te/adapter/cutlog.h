/*
 * A log with a maximum: keeps the head and the tail of what is written to it and counts what fell
 * out between. An algorithm may print for hours without filling memory or disk.
 */
#ifndef TE_ADAPTER_CUTLOG_H
#define TE_ADAPTER_CUTLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/buf.h"

struct te_cutlog {
    struct te_buf head; /* the first half of max */
    char *ring;         /* the last half of max, allocated when the head is full */
    size_t ring_size;
    size_t ring_at;  /* where the next byte goes */
    size_t ring_len; /* bytes in the ring */
    uint64_t cut;    /* bytes that were dropped */
    bool failed;     /* memory ran out: further text is dropped and counted */
};

/* max: bytes kept at most, at least 64. */
void te_cutlog_init(struct te_cutlog *log, size_t max);
void te_cutlog_release(struct te_cutlog *log);
void te_cutlog_add(struct te_cutlog *log, const char *data, size_t len);
void te_cutlog_addf(struct te_cutlog *log, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Everything kept, a line that says how much was left out between the halves, never cut inside a
 * UTF-8 character; bytes that are no UTF-8 become U+FFFD, NUL bytes too. The caller frees it. */
char *te_cutlog_take(struct te_cutlog *log, uint64_t *cut, struct te_err *err) TE_MUST_CHECK;

#endif

/*
 * Growing byte buffer with a maximum.
 *
 * Failure is sticky: after a failed append all further ones do nothing and te_buf_check reports
 * the first cause. So a writer appends freely and checks once. The content is always followed by
 * a NUL byte that does not count.
 */
#ifndef TE_BASE_BUF_H
#define TE_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

struct te_buf {
    char *data; /* NULL while empty */
    size_t len;
    size_t cap;
    size_t max;
    int failed; /* enum te_code */
};

/* max: the most bytes it may hold (see base/max.h). */
void te_buf_init(struct te_buf *buf, size_t max);
void te_buf_release(struct te_buf *buf);
/* Length 0, memory and failure state reset. */
void te_buf_clear(struct te_buf *buf);

void te_buf_add(struct te_buf *buf, const void *data, size_t len);
void te_buf_adds(struct te_buf *buf, const char *s);
void te_buf_addc(struct te_buf *buf, char c);
void te_buf_addf(struct te_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for len more bytes at data + len, NULL on failure; the caller then raises len itself. */
char *te_buf_room(struct te_buf *buf, size_t len);

/* 0 if every append so far worked; else -1 with the cause. */
int te_buf_check(const struct te_buf *buf, struct te_err *err) TE_MUST_CHECK;
/* The content as a string that the caller frees ("" if empty); the buffer becomes empty. NULL with
 * the cause if it failed. */
char *te_buf_take(struct te_buf *buf, struct te_err *err) TE_MUST_CHECK;

#endif

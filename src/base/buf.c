#include "te/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "te/base/mem.h"

void te_buf_init(struct te_buf *buf, size_t max)
{
    *buf = (struct te_buf){.max = max};
}

void te_buf_release(struct te_buf *buf)
{
    te_free(buf->data);
    *buf = (struct te_buf){.max = buf->max};
}

void te_buf_clear(struct te_buf *buf)
{
    buf->len = 0;
    buf->failed = TE_OK;
    if (buf->data)
        buf->data[0] = '\0';
}

char *te_buf_room(struct te_buf *buf, size_t len)
{
    if (buf->failed)
        return NULL;
    if (len < buf->cap - buf->len) /* most appends are small, and an error's text is large */
        return buf->data + buf->len;
    if (len > buf->max - buf->len) {
        buf->failed = TE_ERR_LIMIT;
        return NULL;
    }
    struct te_err err = TE_ERR_INIT;
    if (te_grow(&buf->data, &buf->cap, buf->len + len + 1, 1, buf->max + 1, &err) < 0) {
        buf->failed = err.code;
        return NULL;
    }
    return buf->data + buf->len;
}

void te_buf_add(struct te_buf *buf, const void *data, size_t len)
{
    char *room = te_buf_room(buf, len);
    if (!room)
        return;
    if (len)
        memcpy(room, data, len);
    room[len] = '\0';
    buf->len += len;
}

void te_buf_adds(struct te_buf *buf, const char *s)
{
    te_buf_add(buf, s, strlen(s));
}

void te_buf_addc(struct te_buf *buf, char c)
{
    te_buf_add(buf, &c, 1);
}

void te_buf_addf(struct te_buf *buf, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *room = n < 0 ? NULL : te_buf_room(buf, (size_t)n);
    if (!room) {
        if (!buf->failed)
            buf->failed = TE_ERR_INTERNAL;
        return;
    }
    va_start(ap, fmt);
    vsnprintf(room, (size_t)n + 1, fmt, ap);
    va_end(ap);
    buf->len += (size_t)n;
}

int te_buf_check(const struct te_buf *buf, struct te_err *err)
{
    switch (buf->failed) {
    case TE_OK:
        return 0;
    case TE_ERR_LIMIT:
        return te_err_set(err, TE_ERR_LIMIT, "more than %zu bytes", buf->max);
    default:
        return te_err_set(err, (enum te_code)buf->failed, "cannot grow a buffer of %zu bytes",
                          buf->len);
    }
}

char *te_buf_take(struct te_buf *buf, struct te_err *err)
{
    if (te_buf_check(buf, err) < 0)
        return NULL;
    if (!buf->data)
        return te_strdup("", err);
    char *data = buf->data;
    te_buf_init(buf, buf->max);
    return data;
}

#include "te/adapter/cutlog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/base/str.h"

void te_cutlog_init(struct te_cutlog *log, size_t max)
{
    *log = (struct te_cutlog){0};
    if (max < 64)
        max = 64;
    te_buf_init(&log->head, max / 2);
    log->ring_size = max - max / 2;
}

void te_cutlog_release(struct te_cutlog *log)
{
    te_buf_release(&log->head);
    te_free(log->ring);
    log->ring = NULL;
    log->ring_len = 0;
}

static void add_to_ring(struct te_cutlog *log, const char *data, size_t len)
{
    struct te_err err = TE_ERR_INIT;
    if (!log->ring && !log->failed) {
        log->ring = te_alloc(log->ring_size, &err);
        log->failed = !log->ring;
    }
    if (log->failed) {
        log->cut += len;
        return;
    }
    if (len > log->ring_size) {
        log->cut += len - log->ring_size;
        data += len - log->ring_size;
        len = log->ring_size;
    }
    size_t first = log->ring_size - log->ring_at;
    if (first > len)
        first = len;
    memcpy(log->ring + log->ring_at, data, first);
    memcpy(log->ring, data + first, len - first);
    log->ring_at = (log->ring_at + len) % log->ring_size;
    size_t over = log->ring_len + len > log->ring_size ? log->ring_len + len - log->ring_size : 0;
    log->cut += over;
    log->ring_len += len - over;
}

void te_cutlog_add(struct te_cutlog *log, const char *data, size_t len)
{
    size_t room = log->head.max - log->head.len;
    size_t first = len < room ? len : room;
    if (first && !log->failed) {
        te_buf_add(&log->head, data, first);
        log->failed = log->head.failed != TE_OK;
    }
    if (first < len)
        add_to_ring(log, data + first, len - first);
}

void te_cutlog_addf(struct te_cutlog *log, const char *fmt, ...)
{
    char text[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (n > 0)
        te_cutlog_add(log, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* Appends text with everything that is not UTF-8, and NUL, replaced. */
static void add_clean(struct te_buf *out, const char *text, size_t len)
{
    while (len) {
        size_t bad = len;
        if (te_str_utf8(text, len, &bad))
            bad = len;
        const char *nul = memchr(text, '\0', bad);
        size_t good = nul ? (size_t)(nul - text) : bad;
        te_buf_add(out, text, good);
        if (good < len) {
            te_buf_adds(out, "\xEF\xBF\xBD");
            good++;
        }
        text += good;
        len -= good;
    }
}

static void add_ring(struct te_buf *out, const struct te_cutlog *log)
{
    struct te_buf flat;
    te_buf_init(&flat, log->ring_size);
    size_t start = (log->ring_at + log->ring_size - log->ring_len) % log->ring_size;
    size_t first = log->ring_size - start;
    if (first > log->ring_len)
        first = log->ring_len;
    te_buf_add(&flat, log->ring + start, first);
    te_buf_add(&flat, log->ring, log->ring_len - first);
    if (!flat.failed) {
        /* a tail that was cut starts at a whole character */
        size_t skip = 0;
        while (log->cut && skip < 4 && skip < flat.len && (flat.data[skip] & 0xC0) == 0x80)
            skip++;
        add_clean(out, flat.data + skip, flat.len - skip);
    }
    te_buf_release(&flat);
}

char *te_cutlog_take(struct te_cutlog *log, uint64_t *cut, struct te_err *err)
{
    struct te_buf out;
    te_buf_init(&out, 3 * (log->head.len + log->ring_len) + 256);
    if (log->head.len)
        add_clean(&out, log->head.data, log->head.len);
    if (log->cut)
        te_buf_addf(&out, "\n[... %llu bytes left out ...]\n", (unsigned long long)log->cut);
    if (log->ring_len)
        add_ring(&out, log);
    char *text = te_buf_take(&out, err);
    if (!text) {
        te_buf_release(&out);
        return NULL;
    }
    *cut = log->cut;
    te_cutlog_release(log);
    return text;
}

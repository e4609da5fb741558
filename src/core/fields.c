#include "fields.h"

#include <stdbool.h>
#include <string.h>
#include "te/base/mem.h"

enum { NO_TEXT = -1 };

struct reader reader_of(const void *data, size_t len, struct te_err *err)
{
    return (struct reader){.at = data, .left = len, .err = err};
}

int reader_fail(struct reader *r, const char *what)
{
    if (!r->failed) {
        r->failed = 1;
        te_err_set(r->err, TE_ERR_FORMAT, "damaged message: %s", what);
    }
    return -1;
}

const unsigned char *reader_bytes(struct reader *r, size_t len)
{
    if (r->failed || len > r->left) {
        reader_fail(r, "it ends too early");
        return NULL;
    }
    const unsigned char *bytes = r->at;
    r->at += len;
    r->left -= len;
    return bytes;
}

static uint64_t little_endian(struct reader *r, size_t bytes)
{
    const unsigned char *b = reader_bytes(r, bytes);
    uint64_t v = 0;
    for (size_t i = 0; b && i < bytes; i++)
        v |= (uint64_t)b[i] << (8 * i);
    return v;
}

uint8_t reader_u8(struct reader *r)
{
    return (uint8_t)little_endian(r, 1);
}

uint32_t reader_u32(struct reader *r)
{
    return (uint32_t)little_endian(r, 4);
}

uint64_t reader_u64(struct reader *r)
{
    return little_endian(r, 8);
}

void reader_text(struct reader *r, size_t max, char **out)
{
    uint32_t len = reader_u32(r);
    if (r->failed || len == (uint32_t)NO_TEXT)
        return;
    if (len > max) {
        reader_fail(r, "a text is too long");
        return;
    }
    const unsigned char *bytes = reader_bytes(r, len);
    if (!bytes)
        return;
    if (len && memchr(bytes, '\0', len)) {
        reader_fail(r, "a NUL byte in a text");
        return;
    }
    char *text = te_alloc((size_t)len + 1, r->err);
    if (!text) {
        r->failed = 1;
        return;
    }
    memcpy(text, bytes, len);
    text[len] = '\0';
    *out = text;
}

int reader_end(struct reader *r)
{
    if (!r->failed && r->left)
        reader_fail(r, "bytes left over");
    return r->failed ? -1 : 0;
}

void store_le(unsigned char *at, uint64_t v, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (unsigned char)(v >> (8 * i));
}

static void put_le(struct te_buf *buf, uint64_t v, size_t bytes)
{
    unsigned char raw[8];
    store_le(raw, v, bytes);
    te_buf_add(buf, raw, bytes);
}

void put_u8(struct te_buf *buf, uint8_t v)
{
    put_le(buf, v, 1);
}

void put_u32(struct te_buf *buf, uint32_t v)
{
    put_le(buf, v, 4);
}

void put_u64(struct te_buf *buf, uint64_t v)
{
    put_le(buf, v, 8);
}

void put_text(struct te_buf *buf, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    if (len >= (uint32_t)NO_TEXT) {
        buf->failed = buf->failed ? buf->failed : TE_ERR_LIMIT;
        return;
    }
    put_u32(buf, text ? (uint32_t)len : (uint32_t)NO_TEXT);
    te_buf_add(buf, text ? text : "", len);
}

void fields_put(const struct field *f, const void *object, struct te_buf *buf)
{
    for (; f->kind != FIELD_END; f++) {
        const char *at = (const char *)object + f->offset;
        uint32_t u32 = 0;
        uint64_t u64 = 0;
        const char *text = NULL;
        bool flag = false;
        switch (f->kind) {
        case FIELD_BOOL:
            memcpy(&flag, at, sizeof flag);
            put_u8(buf, flag);
            break;
        case FIELD_ENUM:
            memcpy(&u32, at, sizeof u32);
            put_u8(buf, (uint8_t)u32);
            break;
        case FIELD_32:
            memcpy(&u32, at, sizeof u32);
            put_u32(buf, u32);
            break;
        case FIELD_64:
            memcpy(&u64, at, sizeof u64);
            put_u64(buf, u64);
            break;
        case FIELD_TEXT:
            memcpy(&text, at, sizeof text);
            put_text(buf, text);
            break;
        case FIELD_FIXED:
            put_text(buf, at);
            break;
        case FIELD_END:
            break;
        }
    }
}

static void get_enum(struct reader *r, size_t count, char *at)
{
    uint32_t v = reader_u8(r);
    if (v >= count)
        reader_fail(r, "an unknown word");
    else if (!r->failed)
        memcpy(at, &v, sizeof v);
}

static void get_fixed(struct reader *r, size_t room, char *at)
{
    uint32_t len = reader_u32(r);
    if (len >= room) {
        reader_fail(r, "a text is too long");
        return;
    }
    const unsigned char *bytes = reader_bytes(r, len);
    if (!bytes)
        return;
    if (len)
        memcpy(at, bytes, len);
    at[len] = '\0';
}

void fields_get(const struct field *f, struct reader *r, void *object)
{
    for (; f->kind != FIELD_END && !r->failed; f++) {
        char *at = (char *)object + f->offset;
        uint32_t u32;
        uint64_t u64;
        bool flag;
        char *text = NULL;
        switch (f->kind) {
        case FIELD_BOOL:
            flag = reader_u8(r) != 0;
            memcpy(at, &flag, sizeof flag);
            break;
        case FIELD_ENUM:
            get_enum(r, f->arg, at);
            break;
        case FIELD_32:
            u32 = reader_u32(r);
            memcpy(at, &u32, sizeof u32);
            break;
        case FIELD_64:
            u64 = reader_u64(r);
            memcpy(at, &u64, sizeof u64);
            break;
        case FIELD_TEXT:
            reader_text(r, f->arg, &text);
            memcpy(at, &text, sizeof text);
            break;
        case FIELD_FIXED:
            get_fixed(r, f->arg, at);
            break;
        case FIELD_END:
            break;
        }
    }
}

void fields_release(const struct field *f, void *object)
{
    for (; f->kind != FIELD_END; f++) {
        if (f->kind != FIELD_TEXT)
            continue;
        char *at = (char *)object + f->offset;
        char *text;
        memcpy(&text, at, sizeof text);
        te_free(text);
        text = NULL;
        memcpy(at, &text, sizeof text);
    }
}

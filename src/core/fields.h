/* Field tables: one list of a structure's members serves its encoder, decoder and release. */
#ifndef TE_SRC_CORE_FIELDS_H
#define TE_SRC_CORE_FIELDS_H

#include "te/base/buf.h"

enum field_kind {
    FIELD_END,
    FIELD_BOOL, /* bool, one byte */
    FIELD_ENUM, /* four bytes in memory, one on the wire; arg: count */
    FIELD_32,   /* int32_t, uint32_t */
    FIELD_64,   /* int64_t, uint64_t, double by its bits */
    FIELD_TEXT, /* char *, owned; arg: longest */
    FIELD_FIXED /* char[arg], NUL-terminated */
};

struct field {
    enum field_kind kind;
    size_t offset;
    size_t arg;
};

#define FIELD(type, member, kind, arg)                                                             \
    {                                                                                              \
        kind, offsetof(struct type, member), arg                                                   \
    }

/* Bytes that are being decoded; after the first failure nothing more is read. */
struct reader {
    const unsigned char *at;
    size_t left;
    struct te_err *err;
    int failed;
};

struct reader reader_of(const void *data, size_t len, struct te_err *err);
int reader_fail(struct reader *r, const char *what);
uint32_t reader_u32(struct reader *r);
uint64_t reader_u64(struct reader *r);
uint8_t reader_u8(struct reader *r);
/* len bytes, NULL when they are not there. */
const unsigned char *reader_bytes(struct reader *r, size_t len);
/* A text that may be NULL; *out is owned by the caller. */
void reader_text(struct reader *r, size_t max, char **out);
/* 0 when everything was read and nothing is left over. */
int reader_end(struct reader *r);

/* The lowest bytes of v, least significant first. */
void store_le(unsigned char *at, uint64_t v, size_t bytes);
void put_u8(struct te_buf *buf, uint8_t v);
void put_u32(struct te_buf *buf, uint32_t v);
void put_u64(struct te_buf *buf, uint64_t v);
void put_text(struct te_buf *buf, const char *text);

void fields_put(const struct field *table, const void *object, struct te_buf *buf);
/* object: zeroed before; on failure what was read so far is in it (fields_release). */
void fields_get(const struct field *table, struct reader *r, void *object);
/* Frees the texts. */
void fields_release(const struct field *table, void *object);

#endif

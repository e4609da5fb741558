/* One-dimensional data sets: appended piece by piece, read back by ranges; private to store. */
#ifndef TE_STORE_H5_STREAM_H
#define TE_STORE_H5_STREAM_H

#include "h5_util.h"
#include "te/base/hash.h"

struct te_h5_stream {
    hid_t set;
    hid_t memory_type; /* owned */
    char path[64];
    size_t size;  /* bytes of an element in memory */
    size_t chunk; /* elements */
    unsigned char *block;
    size_t fill;    /* elements in block */
    uint64_t total; /* elements appended */
    struct te_sha256 *sha;
};

/*
 * Chunked, shuffled, deflated (level 1), with Fletcher checksums; elements are collected until a
 * chunk is full, so that each is compressed once. Takes memory_type over, on failure too.
 */
int te_h5_stream_create(hid_t file, const char *path, hid_t file_type, hid_t memory_type,
                        size_t chunk, struct te_h5_stream *out, struct te_err *err) TE_MUST_CHECK;
int te_h5_stream_append(struct te_h5_stream *stream, const void *data, size_t count,
                        struct te_err *err) TE_MUST_CHECK;
/* Writes the rest and the attribute sha256 over all elements as they lie in memory. */
int te_h5_stream_finish(struct te_h5_stream *stream, struct te_err *err) TE_MUST_CHECK;
void te_h5_stream_init(struct te_h5_stream *stream); /* closed */
void te_h5_stream_close(struct te_h5_stream *stream);

/* A data set for reading. */
struct te_h5_view {
    hid_t set;
    hid_t memory_type; /* owned */
    char path[64];
    size_t size;
    uint64_t count;
};
void te_h5_view_init(struct te_h5_view *view); /* closed */
/* memory_type: taken over; -1: as the file has it, in this machine's byte order. */
int te_h5_view_open(hid_t file, const char *path, hid_t memory_type, struct te_h5_view *out,
                    struct te_err *err) TE_MUST_CHECK;
int te_h5_view_read(const struct te_h5_view *view, uint64_t first, uint64_t count, void *out,
                    struct te_err *err) TE_MUST_CHECK;
void te_h5_view_close(struct te_h5_view *view);
/* SHA-256 over all elements, as the stream wrote it. */
int te_h5_view_hash(const struct te_h5_view *view, char hex[2 * TE_HASH_SHA256_BYTES + 1],
                    struct te_err *err) TE_MUST_CHECK;

#endif

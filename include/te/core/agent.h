/*
 * Agent protocol: what the launcher and its agent on a host say to each other over one SSH
 * connection. A frame is a JSON object and a block of bytes behind it:
 *
 *     u32 length of the JSON text, u32 length of the data (little endian), text, data
 *
 * A login shell may print before the agent does, so the agent's stream begins with a marker line
 * and everything before it is passed over. Pure: bytes in, frames out.
 */
#ifndef TE_CORE_AGENT_H
#define TE_CORE_AGENT_H

#include <jansson.h>
#include "te/base/buf.h"

#define TE_AGENT_MARKER "\ntimeeval-mpi agent 1 ready\n"

enum { TE_AGENT_CHUNK = 1 << 20 }; /* most data bytes in one frame */

struct te_aframe {
    json_t *head; /* object */
    unsigned char *data;
    size_t len;
};

struct te_aframe_reader {
    struct te_buf in;
    size_t used;   /* bytes of `in` already handed out */
    int in_frames; /* marker seen */
};

void te_aframe_release(struct te_aframe *frame);

/* expect_marker: what comes first is a shell's chatter. */
void te_aframe_reader_init(struct te_aframe_reader *reader, int expect_marker);
void te_aframe_reader_release(struct te_aframe_reader *reader);
/* More bytes of the stream. TE_ERR_LIMIT when the chatter or a frame is too long. */
int te_aframe_feed(struct te_aframe_reader *reader, const void *bytes, size_t len,
                   struct te_err *err) TE_MUST_CHECK;
/* 1 and a frame (released by the caller), 0 if none is whole yet, -1 when the stream is garbage. */
int te_aframe_next(struct te_aframe_reader *reader, struct te_aframe *out,
                   struct te_err *err) TE_MUST_CHECK;
/* Appends a frame to a stream. head is borrowed. */
int te_aframe_write(struct te_buf *out, const json_t *head, const void *data, size_t len,
                    struct te_err *err) TE_MUST_CHECK;

#endif

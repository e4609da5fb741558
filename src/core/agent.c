#include "te/core/agent.h"

#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"

enum { HEAD_BYTES = 8, CHATTER_MAX = 256 * 1024, JSON_MAX = 8 * 1024 * 1024 };

void te_aframe_release(struct te_aframe *frame)
{
    json_decref(frame->head);
    te_free(frame->data);
    *frame = (struct te_aframe){0};
}

void te_aframe_reader_init(struct te_aframe_reader *reader, int expect_marker)
{
    *reader = (struct te_aframe_reader){.in_frames = !expect_marker};
    te_buf_init(&reader->in, TE_MAX_MESSAGE);
}

void te_aframe_reader_release(struct te_aframe_reader *reader)
{
    te_buf_release(&reader->in);
}

static void drop_used(struct te_aframe_reader *reader)
{
    size_t left = reader->in.len - reader->used;
    if (reader->used == 0)
        return;
    memmove(reader->in.data, reader->in.data + reader->used, left + 1);
    reader->in.len = left;
    reader->used = 0;
}

/* Passes over a shell's chatter up to the marker. */
static int find_marker(struct te_aframe_reader *reader, struct te_err *err)
{
    const size_t len = sizeof TE_AGENT_MARKER - 1;
    if (reader->in.len < len)
        return 0;
    char *at = memmem(reader->in.data, reader->in.len, TE_AGENT_MARKER, len);
    if (at) {
        reader->used = (size_t)(at - reader->in.data) + len;
        reader->in_frames = 1;
    } else if (reader->in.len > CHATTER_MAX) {
        return te_err_set(err, TE_ERR_LIMIT, "more than %d bytes came before the agent's greeting",
                          CHATTER_MAX);
    }
    drop_used(reader);
    return 0;
}

int te_aframe_feed(struct te_aframe_reader *reader, const void *bytes, size_t len,
                   struct te_err *err)
{
    drop_used(reader);
    te_buf_add(&reader->in, bytes, len);
    if (te_buf_check(&reader->in, err) < 0)
        return -1;
    return reader->in_frames ? 0 : find_marker(reader, err);
}

static uint32_t read_u32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static int decode(const char *body, size_t json_len, size_t data_len, struct te_aframe *out,
                  struct te_err *err)
{
    json_error_t why;
    struct te_aframe frame = {.len = data_len};
    frame.head = json_loadb(body, json_len, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(frame.head)) {
        te_aframe_release(&frame);
        return te_err_set(err, TE_ERR_FORMAT, "agent sent no JSON object");
    }
    frame.data = te_alloc(data_len + 1, err);
    if (!frame.data) {
        te_aframe_release(&frame);
        return -1;
    }
    memcpy(frame.data, body + json_len, data_len);
    frame.data[data_len] = '\0';
    *out = frame;
    return 1;
}

int te_aframe_next(struct te_aframe_reader *reader, struct te_aframe *out, struct te_err *err)
{
    size_t left = reader->in.len - reader->used;
    if (!reader->in_frames || left < HEAD_BYTES)
        return 0;
    const char *p = reader->in.data + reader->used;
    size_t json_len = read_u32(p), data_len = read_u32(p + 4);
    if (json_len > JSON_MAX || data_len > TE_AGENT_CHUNK)
        return te_err_set(err, TE_ERR_FORMAT, "agent sent a frame of %zu + %zu bytes", json_len,
                          data_len);
    if (left < HEAD_BYTES + json_len + data_len)
        return 0;
    reader->used += HEAD_BYTES + json_len + data_len;
    return decode(p + HEAD_BYTES, json_len, data_len, out, err);
}

static void add_u32(struct te_buf *out, size_t value)
{
    const unsigned char bytes[4] = {(unsigned char)value, (unsigned char)(value >> 8),
                                    (unsigned char)(value >> 16), (unsigned char)(value >> 24)};
    te_buf_add(out, bytes, sizeof bytes);
}

int te_aframe_write(struct te_buf *out, const json_t *head, const void *data, size_t len,
                    struct te_err *err)
{
    size_t json_len = json_dumpb(head, NULL, 0, JSON_COMPACT);
    if (json_len == 0 || json_len > JSON_MAX || len > TE_AGENT_CHUNK)
        return te_err_set(err, TE_ERR_INTERNAL, "frame of %zu + %zu bytes cannot be sent", json_len,
                          len);
    add_u32(out, json_len);
    add_u32(out, len);
    char *room = te_buf_room(out, json_len);
    if (room) {
        json_dumpb(head, room, json_len, JSON_COMPACT);
        out->len += json_len;
    }
    te_buf_add(out, data, len);
    return te_buf_check(out, err);
}

/* Frames: length, version, type, epoch and checksum around a message or a record. */
#include "fields.h"
#include "te/base/hash.h"
#include "te/base/max.h"
#include "te/core/msg.h"

size_t te_frame_begin(struct te_buf *buf)
{
    static const char head[TE_FRAME_HEAD];
    size_t begin = buf->len;
    te_buf_add(buf, head, sizeof head);
    return begin;
}

static uint32_t frame_crc(const unsigned char *frame, size_t payload)
{
    uint32_t crc = te_crc32c(0, frame, 16);
    return te_crc32c(crc, frame + TE_FRAME_HEAD, payload);
}

int te_frame_end(struct te_buf *buf, size_t begin, unsigned type, uint64_t epoch,
                 struct te_err *err)
{
    if (te_buf_check(buf, err) < 0)
        return -1;
    size_t len = buf->len - begin - TE_FRAME_HEAD;
    if (len > TE_MAX_MESSAGE)
        return te_err_set(err, TE_ERR_LIMIT, "message of %zu bytes", len);
    unsigned char *head = (unsigned char *)buf->data + begin;
    store_le(head, len, 4);
    store_le(head + 4, TE_FORMAT_VERSION, 2);
    store_le(head + 6, type, 2);
    store_le(head + 8, epoch, 8);
    store_le(head + 16, frame_crc(head, len), 4);
    return 0;
}

int te_frame_decode(const void *bytes, size_t len, struct te_frame *out, size_t *used,
                    struct te_err *err)
{
    struct reader r = reader_of(bytes, len, err);
    if (len < TE_FRAME_HEAD)
        return te_err_set(err, TE_ERR_LIMIT, "only %zu bytes of a frame's head", len);
    uint32_t payload = reader_u32(&r);
    uint32_t words = reader_u32(&r);
    uint64_t epoch = reader_u64(&r);
    uint32_t crc = reader_u32(&r);
    if (payload > TE_MAX_MESSAGE)
        return te_err_set(err, TE_ERR_CORRUPT, "frame of %u bytes", payload);
    if (payload > r.left)
        return te_err_set(err, TE_ERR_LIMIT, "only %zu of %u bytes of a frame", r.left, payload);
    if (crc != frame_crc(bytes, payload))
        return te_err_set(err, TE_ERR_CORRUPT, "checksum of a frame of %u bytes", payload);
    if ((words & 0xFFFF) != TE_FORMAT_VERSION)
        return te_err_set(err, TE_ERR_FORMAT, "frame of version %u, this program has %d",
                          words & 0xFFFF, TE_FORMAT_VERSION);
    *out = (struct te_frame){
        .type = (uint16_t)(words >> 16), .epoch = epoch, .data = r.at, .len = payload};
    *used = TE_FRAME_HEAD + (size_t)payload;
    return 0;
}

const char *te_msg_name(unsigned type)
{
    static const char *const names[] = {"HELLO",   "CONFIG", "MIRROR", "MIRRORED", "ASSIGN",
                                        "STARTED", "SCORES", "RESULT", "CANCEL",   "HEARTBEAT",
                                        "BYE",     "FILE",   "PIECE",  "TAKEN"};
    return type >= TE_MSG_HELLO && type < TE_MSG_END_ ? names[type - TE_MSG_HELLO] : "unknown";
}

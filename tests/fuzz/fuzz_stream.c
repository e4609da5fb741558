/* What an engine streams, cut anywhere: frames of a log, lines of figures and of a pull. The same
 * bytes in two cuts come to the same; the first byte chooses where the second cut lies. */
#include <stdlib.h>
#include <string.h>
#include "te/base/max.h"
#include "te/core/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct out {
    struct te_buf text;
    struct te_engine_pulling pull;
};

static void take(void *arg, const char *data, size_t len)
{
    struct out *out = arg;
    te_buf_add(&out->text, data, len);
    te_engine_pulling_line(&out->pull, data, len);
}

/* Feeds in pieces of `piece` bytes (exact copies: a reader beyond the end is seen); 0: frames ended
 * well. */
static int feed(bool frames, const char *data, size_t len, size_t piece, struct out *out)
{
    struct te_engine_frames state = {0};
    struct te_buf line;
    struct te_err err = TE_ERR_INIT;
    int rc = 0;
    te_buf_init(&line, 300);
    for (size_t at = 0; at < len && rc == 0; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        char *copy = malloc(n);
        if (!copy)
            abort();
        memcpy(copy, data + at, n);
        if (frames)
            rc = te_engine_frames_feed(&state, copy, n, take, out, &err);
        else
            te_engine_lines_feed(&line, copy, n, take, out);
        free(copy);
    }
    te_buf_release(&line);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct out a, b;
    if (size < 3)
        return 0;
    bool frames = data[0] % 2;
    size_t piece = 1 + data[1];
    const char *text = (const char *)data + 2;
    te_buf_init(&a.text, TE_MIB);
    te_buf_init(&b.text, TE_MIB);
    memset(&a.pull, 0, sizeof a.pull);
    memset(&b.pull, 0, sizeof b.pull);
    int first = feed(frames, text, size - 2, size - 2, &a);
    int second = feed(frames, text, size - 2, piece, &b);
    if (first != second || a.text.len != b.text.len ||
        (a.text.len && memcmp(a.text.data, b.text.data, a.text.len) != 0))
        abort();
    if (!frames) {
        int64_t total;
        int64_t now = te_engine_pulling_bytes(&a.pull, &total);
        if (now < 0 || now > total || memcmp(&a.pull, &b.pull, sizeof a.pull) != 0)
            abort();
    }
    te_buf_release(&a.text);
    te_buf_release(&b.text);
    return 0;
}

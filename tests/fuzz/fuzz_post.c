/* Post-processing specs; an input may have parameters behind a NUL byte. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/model/post.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    struct te_post *post = NULL;
    struct te_post_call call;
    te_autofree char *text = te_alloc(size + 1, &err);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    size_t spec = strlen(text);
    if (te_post_parse(text, &post, &err))
        return 0;
    if (te_post_eval(post, spec < size ? text + spec + 1 : "{\"window_size\": 7, \"w\": [1, 2]}",
                     1000, &call, &err) == 0 &&
        te_post_kind(post) == TE_POST_REVERSE_WINDOWING && call.window < 1)
        abort();
    te_post_free(post);
    return 0;
}

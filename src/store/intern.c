#include "intern.h"

#include <string.h>
#include "te/base/hash.h"
#include "te/base/mem.h"

void te_intern_init(struct te_intern *intern)
{
    *intern = (struct te_intern){.keys = NULL};
}

void te_intern_release(struct te_intern *intern)
{
    te_free(intern->keys);
    te_free(intern->numbers);
    te_intern_init(intern);
}

static size_t slot_of(const uint64_t *keys, size_t cap, uint64_t key)
{
    size_t i = (size_t)key & (cap - 1);
    while (keys[i] != 0 && keys[i] != key)
        i = (i + 1) & (cap - 1);
    return i;
}

static int rehash(struct te_intern *in, struct te_err *err)
{
    size_t cap = in->cap ? 2 * in->cap : 64;
    te_autofree uint64_t *keys = te_zalloc(cap, sizeof *keys, err);
    te_autofree uint32_t *numbers = keys ? te_zalloc(cap, sizeof *numbers, err) : NULL;
    if (!numbers)
        return -1;
    for (size_t i = 0; i < in->cap; i++)
        if (in->keys[i] != 0) {
            size_t to = slot_of(keys, cap, in->keys[i]);
            keys[to] = in->keys[i];
            numbers[to] = in->numbers[i];
        }
    te_free(in->keys);
    te_free(in->numbers);
    in->keys = te_steal(keys);
    in->numbers = te_steal(numbers);
    in->cap = cap;
    return 0;
}

static int key_of(const char *a, const char *b, uint64_t *key, struct te_err *err)
{
    unsigned char digest[TE_HASH_SHA256_BYTES];
    te_autofree char *text = te_asprintf(err, "%s\x1f%s", a, b);
    if (!text || te_sha256(text, strlen(text), digest, err) < 0)
        return -1;
    memcpy(key, digest, sizeof *key);
    *key += *key == 0;
    return 0;
}

int te_intern_number(struct te_intern *intern, const char *a, const char *b, uint32_t *number,
                     struct te_err *err)
{
    uint64_t key;
    if (key_of(a, b, &key, err) < 0)
        return -1;
    if (intern->count * 4 >= intern->cap * 3 && rehash(intern, err) < 0)
        return -1;
    size_t at = slot_of(intern->keys, intern->cap, key);
    int is_new = intern->keys[at] == 0;
    if (is_new) {
        intern->keys[at] = key;
        intern->numbers[at] = (uint32_t)intern->count++;
    }
    *number = intern->numbers[at];
    return is_new;
}

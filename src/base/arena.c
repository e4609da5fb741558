#include "te/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include "te/base/mem.h"

enum { BLOCK_BYTES = 64 * 1024 };

struct te_arena_block {
    struct te_arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

void te_arena_init(struct te_arena *arena)
{
    *arena = (struct te_arena){0};
}

void te_arena_release(struct te_arena *arena)
{
    for (struct te_arena_block *b = arena->blocks; b;) {
        struct te_arena_block *next = b->next;
        te_free(b);
        b = next;
    }
    te_arena_init(arena);
}

static struct te_arena_block *add_block(struct te_arena *arena, size_t size, struct te_err *err)
{
    size_t want = size > BLOCK_BYTES / 4 ? size : BLOCK_BYTES;
    struct te_arena_block *b = te_alloc(sizeof *b + want, err);
    if (!b)
        return NULL;
    b->used = 0;
    b->size = want;
    /* A large block goes behind the current one, which still has room. */
    if (want == size && arena->blocks) {
        b->next = arena->blocks->next;
        arena->blocks->next = b;
    } else {
        b->next = arena->blocks;
        arena->blocks = b;
    }
    return b;
}

void *te_arena_alloc(struct te_arena *arena, size_t size, struct te_err *err)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        te_err_set(err, TE_ERR_NOMEM, "out of memory (%zu bytes)", size);
        return NULL;
    }
    size_t bytes = (size + align - 1) / align * align;
    struct te_arena_block *b = arena->blocks;
    if (!b || b->size - b->used < bytes) {
        b = add_block(arena, bytes, err);
        if (!b)
            return NULL;
    }
    void *p = b->data + b->used;
    b->used += bytes;
    arena->used += bytes;
    return p;
}

/* Arena: many small allocations freed at once. */
#ifndef TE_BASE_ARENA_H
#define TE_BASE_ARENA_H

#include <stddef.h>
#include "te/base/err.h"

struct te_arena_block;
struct te_arena {
    struct te_arena_block *blocks;
    size_t used; /* bytes handed out */
};

void te_arena_init(struct te_arena *arena);
void te_arena_release(struct te_arena *arena);
/* Aligned for any type, not zeroed; NULL with TE_ERR_NOMEM. */
void *te_arena_alloc(struct te_arena *arena, size_t size, struct te_err *err) TE_MUST_CHECK;

#endif

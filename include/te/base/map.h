/* Hash map from text to a 64-bit value; keys are copied. */
#ifndef TE_BASE_MAP_H
#define TE_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

struct te_map_slot;
struct te_map {
    struct te_map_slot *slots;
    size_t count;
    size_t cap; /* power of two or 0 */
};

void te_map_init(struct te_map *map);
void te_map_release(struct te_map *map);
/* Sets key to value; *old (may be NULL) gets the value before. Returns 1 if the key was there, 0 if
 * new, -1 on error. */
int te_map_put(struct te_map *map, const char *key, uint64_t value, uint64_t *old,
               struct te_err *err) TE_MUST_CHECK;
bool te_map_get(const struct te_map *map, const char *key, uint64_t *value);

#endif

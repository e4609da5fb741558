#include "te/base/map.h"

#include <string.h>
#include "te/base/hash.h"
#include "te/base/mem.h"

struct te_map_slot {
    char *key; /* NULL: free */
    uint64_t hash;
    uint64_t value;
};

void te_map_init(struct te_map *map)
{
    *map = (struct te_map){0};
}

void te_map_release(struct te_map *map)
{
    for (size_t i = 0; i < map->cap; i++)
        te_free(map->slots[i].key);
    te_free(map->slots);
    te_map_init(map);
}

/* The key's slot, or the free one where it belongs; open addressing, at most 3/4 full. */
static struct te_map_slot *find(struct te_map_slot *slots, size_t cap, uint64_t hash,
                                const char *key)
{
    for (size_t i = (size_t)hash & (cap - 1);; i = (i + 1) & (cap - 1)) {
        struct te_map_slot *s = &slots[i];
        if (!s->key || (s->hash == hash && strcmp(s->key, key) == 0))
            return s;
    }
}

static int rehash(struct te_map *map, size_t cap, struct te_err *err)
{
    struct te_map_slot *slots = te_zalloc(cap, sizeof *slots, err);
    if (!slots)
        return -1;
    for (size_t i = 0; i < map->cap; i++)
        if (map->slots[i].key)
            *find(slots, cap, map->slots[i].hash, map->slots[i].key) = map->slots[i];
    te_free(map->slots);
    map->slots = slots;
    map->cap = cap;
    return 0;
}

int te_map_put(struct te_map *map, const char *key, uint64_t value, uint64_t *old,
               struct te_err *err)
{
    uint64_t hash = te_hash64(key, strlen(key));
    if (map->count + 1 > map->cap / 4 * 3 && rehash(map, map->cap ? map->cap * 2 : 16, err) < 0)
        return -1;
    struct te_map_slot *s = find(map->slots, map->cap, hash, key);
    if (s->key) {
        if (old)
            *old = s->value;
        s->value = value;
        return 1;
    }
    char *copy = te_strdup(key, err);
    if (!copy)
        return -1;
    *s = (struct te_map_slot){.key = copy, .hash = hash, .value = value};
    map->count++;
    return 0;
}

bool te_map_get(const struct te_map *map, const char *key, uint64_t *value)
{
    if (map->cap == 0)
        return false;
    const struct te_map_slot *s = find(map->slots, map->cap, te_hash64(key, strlen(key)), key);
    if (!s->key)
        return false;
    *value = s->value;
    return true;
}

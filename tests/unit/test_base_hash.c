#include "te_test.h"

#include <stdlib.h>
#include <string.h>
#include "te/base/arena.h"
#include "te/base/hash.h"
#include "te/base/map.h"
#include "te/base/rng.h"

static void crc32c_known_values(void)
{
    unsigned char block[32];
    CU_ASSERT_EQUAL(te_crc32c(0, "123456789", 9), 0xE3069283U);
    memset(block, 0, sizeof block); /* RFC 3720, B.4 */
    CU_ASSERT_EQUAL(te_crc32c(0, block, sizeof block), 0x8A9136AAU);
    memset(block, 0xFF, sizeof block);
    CU_ASSERT_EQUAL(te_crc32c(0, block, sizeof block), 0x62A8AB43U);
}

static void crc32c_in_pieces(void)
{
    const char *text = "the journal is the truth, the file a view of it";
    size_t len = strlen(text);
    uint32_t whole = te_crc32c(0, text, len);
    for (size_t cut = 0; cut <= len; cut++)
        CU_ASSERT_EQUAL(te_crc32c(te_crc32c(0, text, cut), text + cut, len - cut), whole);
}

static void digests(void)
{
    struct te_err err = TE_ERR_INIT;
    unsigned char out[32];
    char hex[65];
    CU_ASSERT_EQUAL(te_md5("[]", 2, out, &err), 0);
    te_hex(out, 16, hex);
    CU_ASSERT_STRING_EQUAL(hex, "d751713988987e9331980363e24189ce");
    CU_ASSERT_EQUAL(te_sha256("abc", 3, out, &err), 0);
    te_hex(out, 32, hex);
    CU_ASSERT_STRING_EQUAL(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void map_keeps_every_key(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_map map;
    char key[32];
    uint64_t v, old;
    te_map_init(&map);
    CU_ASSERT_FALSE(te_map_get(&map, "nothing", &v));
    for (uint64_t i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "key %d", (int)i);
        CU_ASSERT_EQUAL(te_map_put(&map, key, i, NULL, &err), 0);
    }
    CU_ASSERT_EQUAL(te_map_put(&map, "key 7", 70, &old, &err), 1);
    CU_ASSERT_EQUAL(old, 7);
    unsigned found = 0;
    for (uint64_t i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "key %d", (int)i);
        found += te_map_get(&map, key, &v) && v == (i == 7 ? 70 : i);
    }
    CU_ASSERT_EQUAL(found, 5000);
    CU_ASSERT_EQUAL(map.count, 5000);
    te_map_release(&map);
}

static void arena_blocks_do_not_overlap(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_arena arena;
    unsigned char *p[400];
    te_arena_init(&arena);
    for (int i = 0; i < 400; i++) {
        size_t n = (size_t)(i * 97 % 40000 + 1);
        p[i] = te_arena_alloc(&arena, n, &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(p[i]);
        CU_ASSERT_EQUAL((uintptr_t)p[i] % 16, 0);
        memset(p[i], i & 0xFF, n);
    }
    for (int i = 0; i < 400; i++) {
        size_t n = (size_t)(i * 97 % 40000 + 1);
        CU_ASSERT(p[i][0] == (i & 0xFF) && p[i][n - 1] == (i & 0xFF));
    }
    te_arena_release(&arena);
}

static void random_numbers_are_the_same_everywhere(void)
{
    struct te_rng rng;
    te_rng_seed(&rng, 0);
    /* xoshiro256** from the splitmix64 state of seed 0, computed by the published reference. */
    CU_ASSERT_EQUAL(te_rng_u64(&rng), 11091344671253066420U);
    double sum = 0, squares = 0;
    for (int i = 0; i < 100000; i++) {
        double x = te_rng_normal(&rng);
        sum += x;
        squares += x * x;
        CU_ASSERT(te_rng_below(&rng, 7) < 7);
    }
    CU_ASSERT_DOUBLE_EQUAL(sum / 1e5, 0, 0.02);
    CU_ASSERT_DOUBLE_EQUAL(squares / 1e5, 1, 0.02);
}

TE_TESTS = {
    TE_TEST(crc32c_known_values),
    TE_TEST(crc32c_in_pieces),
    TE_TEST(digests),
    TE_TEST(map_keeps_every_key),
    TE_TEST(arena_blocks_do_not_overlap),
    TE_TEST(random_numbers_are_the_same_everywhere),
};
TE_TEST_MAIN

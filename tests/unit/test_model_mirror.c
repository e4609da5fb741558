#include "te_test.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/mirror.h"

#define SHA_ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct te_err err;
static char *folder, *file, *cache_folder;

static void set_up(void)
{
    te_err_clear(&err);
    folder = te_fs_mkdtemp("/tmp", "te-mirror-", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    file = te_fs_join(folder, "a.csv", &err);
    cache_folder = te_fs_join(folder, "cache/x", &err);
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(file, "abc", 3, &err), 0);
}

static void tear_down(void)
{
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
    te_free(te_steal(folder));
    te_free(te_steal(file));
    te_free(te_steal(cache_folder));
}

static void hashes_and_remembers(void)
{
    set_up();
    struct te_mirror_cache cache;
    char sha256[TE_MIRROR_HEX];
    int64_t bytes = 0;
    CU_ASSERT_EQUAL_FATAL(te_mirror_cache_open(&cache, cache_folder, &err), 0);
    CU_ASSERT_EQUAL(te_mirror_hash(&cache, file, sha256, &bytes, &err), 0);
    CU_ASSERT_STRING_EQUAL(sha256, SHA_ABC);
    CU_ASSERT_EQUAL(bytes, 3);
    CU_ASSERT_EQUAL(te_mirror_cache_save(&cache, &err), 0);
    te_mirror_cache_release(&cache);
    CU_ASSERT_EQUAL_FATAL(te_mirror_cache_open(&cache, cache_folder, &err), 0);
    CU_ASSERT_EQUAL(cache.count, 1);
    CU_ASSERT_EQUAL(te_mirror_hash(&cache, file, sha256, &bytes, &err), 0);
    CU_ASSERT_STRING_EQUAL(sha256, SHA_ABC);
    CU_ASSERT(!cache.dirty); /* it was not read */
    CU_ASSERT_EQUAL(te_fs_write_atomic(file, "", 0, &err), 0);
    CU_ASSERT_EQUAL(te_mirror_hash(&cache, file, sha256, &bytes, &err), 0);
    CU_ASSERT_STRING_EQUAL(sha256, SHA_EMPTY);
    CU_ASSERT(cache.dirty);
    te_mirror_cache_release(&cache);
    tear_down();
}

static void takes_a_broken_cache_as_empty(void)
{
    static const char *const texts[] = {"", "x",
                                        "timeeval-mpi sha256 cache 1\n1 2 3\n\n4 5 6 7 8 zz\n",
                                        "timeeval-mpi sha256 cache 2\n1 1 1 1 1 " SHA_ABC "\n"};
    set_up();
    te_autofree char *path = te_fs_join(folder, "sha256-cache", &err);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct te_mirror_cache cache;
        CU_ASSERT_EQUAL(te_fs_write_atomic(path, texts[i], strlen(texts[i]), &err), 0);
        CU_ASSERT_EQUAL_FATAL(te_mirror_cache_open(&cache, folder, &err), 0);
        CU_ASSERT_EQUAL(cache.count, 0);
        te_mirror_cache_release(&cache);
    }
    tear_down();
}

static void gives_a_reason_per_file(void)
{
    set_up();
    te_autofree char *fifo = te_fs_join(folder, "fifo", &err);
    te_autofree char *none = te_fs_join(folder, "none", &err);
    te_autofree char *below = te_fs_join(file, "x", &err);
    CU_ASSERT_EQUAL(mkfifo(fifo, 0600), 0);
    struct te_mirror_file files[] = {{.path = file, .bytes = 3, .sha256 = SHA_ABC},
                                     {.path = file, .bytes = -1},
                                     {.path = file, .bytes = 4, .sha256 = SHA_ABC},
                                     {.path = file, .bytes = 3, .sha256 = SHA_EMPTY},
                                     {.path = none, .bytes = 3, .sha256 = SHA_ABC},
                                     {.path = fifo, .bytes = -1},
                                     {.path = below, .bytes = 3}};
    static const enum te_mirror_verdict expected[] = {
        TE_MIRROR_OK,      TE_MIRROR_OK,         TE_MIRROR_SIZE,   TE_MIRROR_CONTENT,
        TE_MIRROR_MISSING, TE_MIRROR_UNREADABLE, TE_MIRROR_MISSING};
    struct te_mirror_cache cache;
    CU_ASSERT_EQUAL_FATAL(te_mirror_cache_open(&cache, NULL, &err), 0);
    CU_ASSERT_EQUAL(te_mirror_check(&cache, files, 7, &err), 5);
    for (size_t i = 0; i < 7; i++)
        CU_ASSERT_EQUAL(files[i].verdict, expected[i]);
    CU_ASSERT_STRING_EQUAL(files[2].why, "3 bytes, expected 4");
    CU_ASSERT_STRING_EQUAL(files[4].why, "not there");
    CU_ASSERT_STRING_EQUAL(files[0].why, "");
    te_mirror_cache_release(&cache);
    tear_down();
}

/* 1,354 unchanged datasets of two files each are checked again within a second. */
static void checks_an_unchanged_collection_quickly(void)
{
    enum { FILES = 2 * 1354 };
    set_up();
    static struct te_mirror_file files[FILES];
    static char names[FILES][128];
    for (size_t i = 0; i < FILES; i++) {
        snprintf(names[i], sizeof names[i], "%s/%zu.csv", folder, i);
        FILE *out = fopen(names[i], "w");
        CU_ASSERT_PTR_NOT_NULL_FATAL(out);
        fputs("abc", out);
        CU_ASSERT_EQUAL(fclose(out), 0);
        files[i] = (struct te_mirror_file){.path = names[i], .bytes = 3, .sha256 = SHA_ABC};
    }
    struct te_mirror_cache cache;
    CU_ASSERT_EQUAL_FATAL(te_mirror_cache_open(&cache, cache_folder, &err), 0);
    CU_ASSERT_EQUAL(te_mirror_check(&cache, files, FILES, &err), 0);
    CU_ASSERT_EQUAL(te_mirror_cache_save(&cache, &err), 0);
    te_mirror_cache_release(&cache);
    double start = te_clock_mono();
    CU_ASSERT_EQUAL_FATAL(te_mirror_cache_open(&cache, cache_folder, &err), 0);
    CU_ASSERT_EQUAL(te_mirror_check(&cache, files, FILES, &err), 0);
    double seconds = te_clock_mono() - start;
    CU_ASSERT(!cache.dirty);
    te_note("%d unchanged files checked in %.3f s", FILES, seconds);
    CU_ASSERT(seconds < 1);
    te_mirror_cache_release(&cache);
    tear_down();
}

TE_TESTS = {
    TE_TEST(hashes_and_remembers),
    TE_TEST(takes_a_broken_cache_as_empty),
    TE_TEST(gives_a_reason_per_file),
    TE_TEST(checks_an_unchanged_collection_quickly),
};
TE_TEST_MAIN

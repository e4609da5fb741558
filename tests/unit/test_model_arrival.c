#include "te_test.h"

#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/arrival.h"

#define SHA_ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct te_err err;
static char *folder, *file;

static void set_up(void)
{
    te_err_clear(&err);
    folder = te_fs_mkdtemp("/tmp", "te-arrival-", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    file = te_fs_join(folder, "new/folder/a.csv", &err);
}

static void tear_down(void)
{
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
    te_free(te_steal(folder));
    te_free(te_steal(file));
}

static void is(const char *path, const char *expected)
{
    te_autofree char *text = NULL;
    size_t len;
    CU_ASSERT_EQUAL_FATAL(te_fs_read(path, 1000, &text, &len, &err), 0);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void is_there_only_when_whole(void)
{
    struct te_arrival a;
    set_up();
    CU_ASSERT_EQUAL_FATAL(te_arrival_open(&a, file, 3, 0644, &err), 0);
    CU_ASSERT_EQUAL(te_arrival_write(&a, 0, "a", 1, &err), 0);
    CU_ASSERT(!te_fs_exists(file));
    CU_ASSERT_EQUAL(te_arrival_write(&a, 2, "c", 1, &err), -1); /* a gap */
    CU_ASSERT_EQUAL(te_arrival_write(&a, 1, "bc", 2, &err), 0);
    CU_ASSERT(!te_fs_exists(file));
    CU_ASSERT_EQUAL(te_arrival_finish(&a, SHA_ABC, &err), 0);
    is(file, "abc");
    te_arrival_drop(&a); /* nothing left to drop */
    is(file, "abc");
    tear_down();
}

static void keeps_the_old_one_when_it_fails(void)
{
    struct te_arrival a;
    set_up();
    CU_ASSERT_EQUAL_FATAL(te_arrival_open(&a, file, 0, 0644, &err), 0);
    CU_ASSERT_EQUAL(te_arrival_finish(&a, SHA_EMPTY, &err), 0);
    CU_ASSERT_EQUAL_FATAL(te_arrival_open(&a, file, 3, 0644, &err), 0);
    CU_ASSERT_EQUAL(te_arrival_write(&a, 0, "abd", 3, &err), 0);
    CU_ASSERT_EQUAL(te_arrival_finish(&a, SHA_ABC, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_CORRUPT);
    CU_ASSERT_EQUAL_FATAL(te_arrival_open(&a, file, 4, 0644, &err), 0);
    CU_ASSERT_EQUAL(te_arrival_write(&a, 0, "abcde", 5, &err), -1);
    CU_ASSERT_EQUAL(te_arrival_write(&a, 0, "abc", 3, &err), 0);
    CU_ASSERT_EQUAL(te_arrival_finish(&a, SHA_ABC, &err), -1); /* one is missing */
    is(file, "");
    te_autofree char *below = te_fs_dirname(file, &err);
    CU_ASSERT_EQUAL(te_arrivals_sweep(below), 0); /* nothing is left */
    tear_down();
}

/* Another process' part, as a sweep sees it: locked or not. */
static void sweeps_what_nobody_writes(void)
{
    struct te_arrival a;
    set_up();
    CU_ASSERT_EQUAL_FATAL(te_arrival_open(&a, file, 3, 0644, &err), 0);
    te_autofree char *below = te_fs_dirname(file, &err);
    te_autofree char *left = te_fs_join(below, ".00ff.timeeval-part", &err);
    te_autofree char *other = te_fs_join(below, "b.timeeval-part", &err);
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(left, "x", 1, &err), 0);
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(other, "x", 1, &err), 0);
    CU_ASSERT_EQUAL(te_arrivals_sweep(below), 1);
    CU_ASSERT(!te_fs_exists(left));
    CU_ASSERT(te_fs_exists(other)); /* not a name of ours */
    CU_ASSERT_EQUAL(te_arrival_write(&a, 0, "abc", 3, &err), 0);
    CU_ASSERT_EQUAL(te_arrival_finish(&a, SHA_ABC, &err), 0);
    is(file, "abc");
    CU_ASSERT_EQUAL(te_arrivals_sweep("/nowhere"), 0);
    tear_down();
}

static void check(const char *path, const struct te_strings *roots, int expected)
{
    te_err_clear(&err);
    int rc = te_arrival_check(path, roots, &err);
    CU_ASSERT_EQUAL(rc, expected);
    if (rc != expected)
        te_note("%s: %s", path, err.text);
}

static void stays_below_the_roots(void)
{
    struct te_strings roots = {0};
    set_up();
    te_autofree char *root = te_fs_join(folder, "data", &err);
    te_autofree char *twin = te_fs_join(folder, "data2", &err);
    te_autofree char *in = te_fs_join(root, "x/in", &err);
    te_autofree char *out = te_fs_join(root, "out", &err);
    te_autofree char *good = te_fs_join(root, "x/in/a.csv", &err);
    te_autofree char *fresh = te_fs_join(root, "a/b/c.csv", &err);
    te_autofree char *up = te_fs_join(root, "x/../../y.csv", &err);
    te_autofree char *dot = te_fs_join(root, "./y.csv", &err);
    te_autofree char *led = te_fs_join(root, "out/y.csv", &err);
    te_autofree char *deep = te_fs_join(root, "out/n/y.csv", &err);
    te_autofree char *beside = te_fs_join(twin, "y.csv", &err);
    te_autofree char *absent = te_fs_join(folder, "absent/y.csv", &err);
    te_autofree char *absent_root = te_fs_join(folder, "absent", &err);
    CU_ASSERT_EQUAL_FATAL(te_fs_mkdirs(in, &err), 0);
    CU_ASSERT_EQUAL_FATAL(te_fs_mkdirs(twin, &err), 0);
    CU_ASSERT_EQUAL_FATAL(symlink(twin, out), 0);
    CU_ASSERT_EQUAL_FATAL(te_strings_add(&roots, root, &err), 0);
    CU_ASSERT_EQUAL_FATAL(te_strings_add(&roots, absent_root, &err), 0);
    check(good, &roots, 0);
    check(fresh, &roots, 0);
    check(absent, &roots, 0);
    check(up, &roots, -1);
    check(dot, &roots, -1);
    check(led, &roots, -1);
    check(deep, &roots, -1);
    check(beside, &roots, -1);
    check(root, &roots, -1);
    check("data/x", &roots, -1);
    check("", &roots, -1);
    check("/etc/passwd", &roots, -1);
    te_strings_release(&roots);
    check(good, &roots, -1);
    tear_down();
}

TE_TESTS = {TE_TEST(is_there_only_when_whole), TE_TEST(keeps_the_old_one_when_it_fails),
            TE_TEST(sweeps_what_nobody_writes), TE_TEST(stays_below_the_roots)};
TE_TEST_MAIN

#include "te_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/mem.h"

static char *scratch(void)
{
    struct te_err err = TE_ERR_INIT;
    char *dir = te_fs_mkdtemp("build", "test-fs-", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
    return dir;
}

static void atomic_write_and_read_back(void)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *dir = scratch();
    te_autofree char *path = te_fs_join(dir, "a/b/c.txt", &err);
    te_autofree char *folder = te_fs_dirname(path, &err);
    te_autofree char *data = NULL;
    size_t len;
    CU_ASSERT_EQUAL(te_fs_mkdirs(folder, &err), 0);
    CU_ASSERT_EQUAL(te_fs_write_atomic(path, "one", 3, &err), 0);
    CU_ASSERT_EQUAL(te_fs_write_atomic(path, "three", 5, &err), 0);
    CU_ASSERT_EQUAL(te_fs_read(path, 100, &data, &len, &err), 0);
    CU_ASSERT(len == 5 && strcmp(data, "three") == 0);
    te_autofree char *more = NULL;
    CU_ASSERT_EQUAL(te_fs_read(path, 4, &more, &len, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_LIMIT);
    te_autofree char *first = te_fs_new_folder(folder, "run", false, &err);
    CU_ASSERT_PTR_NULL(te_fs_new_folder(folder, "run", false, &err));
    CU_ASSERT_EQUAL(err.code, TE_ERR_EXIST);
    te_autofree char *second = te_fs_new_folder(folder, "run", true, &err);
    te_autofree char *third = te_fs_new_folder(folder, "run", true, &err);
    CU_ASSERT(first && te_fs_is_folder(first) && second && third);
    CU_ASSERT_STRING_EQUAL(te_fs_basename(second), "run_2");
    CU_ASSERT_STRING_EQUAL(te_fs_basename(third), "run_3");
    CU_ASSERT_EQUAL(te_fs_remove_tree(dir, &err), 0);
    CU_ASSERT_FALSE(te_fs_exists(dir));
    CU_ASSERT_EQUAL(te_fs_remove_tree(dir, &err), 0);
}

static void odd_files_are_refused(void)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *dir = scratch();
    te_autofree char *fifo = te_fs_join(dir, "fifo", &err);
    te_autofree char *link = te_fs_join(dir, "link", &err);
    te_autofree char *data = NULL;
    struct stat st;
    size_t len;
    CU_ASSERT_EQUAL(mkfifo(fifo, 0600), 0);
    CU_ASSERT_EQUAL(symlink("/etc/passwd", link), 0);
    CU_ASSERT_EQUAL(te_fs_read(fifo, 100, &data, &len, &err), -1); /* and does not hang */
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "FIFO"));
    CU_ASSERT_EQUAL(te_fs_read(dir, 100, &data, &len, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "folder"));
    CU_ASSERT_EQUAL(te_fs_open_regular(link, &st, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "symbolic link"));
    CU_ASSERT_EQUAL(te_fs_remove_tree(dir, &err), 0);
}

static void removal_does_not_follow_links(void)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *keep = scratch();
    te_autofree char *dir = scratch();
    te_autofree char *precious = te_fs_join(keep, "precious", &err);
    te_autofree char *link = te_fs_join(dir, "link", &err);
    te_autofree char *target = te_fs_real(keep, &err);
    CU_ASSERT_EQUAL(te_fs_write_atomic(precious, "x", 1, &err), 0);
    CU_ASSERT_EQUAL(symlink(target, link), 0);
    CU_ASSERT_EQUAL(te_fs_remove_tree(dir, &err), 0);
    CU_ASSERT_TRUE(te_fs_exists(precious));
    CU_ASSERT_EQUAL(te_fs_remove_tree(keep, &err), 0);
}

static void file_checksum(void)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *dir = scratch();
    te_autofree char *path = te_fs_join(dir, "abc", &err);
    unsigned char sum[TE_HASH_SHA256_BYTES];
    char hex[65];
    int64_t size;
    CU_ASSERT_EQUAL(te_fs_write_atomic(path, "abc", 3, &err), 0);
    te_cleanup(te_fd_cleanup) int fd = open(path, O_RDONLY);
    CU_ASSERT_EQUAL(te_sha256_fd(fd, sum, &size, NULL, NULL, &err), 0);
    te_hex(sum, sizeof sum, hex);
    CU_ASSERT_EQUAL(size, 3);
    CU_ASSERT_STRING_EQUAL(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CU_ASSERT_EQUAL(te_fs_remove_tree(dir, &err), 0);
}

TE_TESTS = {
    TE_TEST(atomic_write_and_read_back),
    TE_TEST(odd_files_are_refused),
    TE_TEST(removal_does_not_follow_links),
    TE_TEST(file_checksum),
};
TE_TEST_MAIN

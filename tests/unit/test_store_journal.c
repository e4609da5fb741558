#include "te_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/base/rng.h"
#include "te/store/journal.h"

static char folder[64];
static char path[96];

static void fresh(void)
{
    snprintf(folder, sizeof folder, "/tmp/te-store-journal-XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/journal.log", folder);
}

static void gone(void)
{
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
}

static long file_size(void)
{
    struct stat st;
    return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

struct seen {
    size_t count;
    size_t bytes;
    unsigned char first[64]; /* first byte of each payload */
    uint64_t offsets[64];
    enum te_record types[64];
};

static int note(void *arg, const struct te_journal_entry *entry, struct te_err *err)
{
    struct seen *seen = arg;
    (void)err;
    if (seen->count < 64) {
        seen->first[seen->count] = entry->data && entry->len ? entry->data[0] : 0;
        seen->offsets[seen->count] = entry->offset;
        seen->types[seen->count] = entry->type;
    }
    seen->count++;
    seen->bytes += entry->len;
    return 0;
}

static struct te_journal *open_or_die(uint64_t epoch)
{
    struct te_err err = TE_ERR_INIT;
    struct te_journal *j = NULL;
    int rc = te_journal_open(folder, 1, epoch, &j, &err);
    if (rc < 0)
        te_note("%s", err.text);
    CU_ASSERT_EQUAL_FATAL(rc, 0);
    return j;
}

/* Records of 1, 101, 201, ... bytes, filled with 'a' + k. */
static void write_some(struct te_journal *j, int n)
{
    struct te_err err = TE_ERR_INIT;
    unsigned char data[4096];
    for (int k = 0; k < n; k++) {
        memset(data, 'a' + k, sizeof data);
        enum te_record type = k % 2 ? TE_RECORD_SCORES : TE_RECORD_RESULT;
        CU_ASSERT_EQUAL(te_journal_append(j, type, data, (size_t)(1 + 100 * k), NULL, &err), 0);
    }
}

static void written_is_read(void)
{
    struct te_err err = TE_ERR_INIT;
    struct seen seen = {0};
    uint64_t torn = 9, offset = 0;
    fresh();
    struct te_journal *j = open_or_die(0);
    CU_ASSERT_EQUAL(te_journal_epoch(j), 1);
    write_some(j, 5);
    CU_ASSERT_EQUAL(te_journal_append(j, TE_RECORD_END, NULL, 0, &offset, &err), 0);
    CU_ASSERT_EQUAL(te_journal_sync(j, &err), 0);
    CU_ASSERT_EQUAL(te_journal_size(j), (uint64_t)file_size());
    te_journal_close(j);
    CU_ASSERT_EQUAL(te_journal_scan(folder, note, &seen, &torn, &err), 0);
    CU_ASSERT_EQUAL(seen.count, 6);
    CU_ASSERT_EQUAL(seen.bytes, 1 + 101 + 201 + 301 + 401);
    CU_ASSERT_EQUAL(seen.first[4], 'e');
    CU_ASSERT_EQUAL(seen.offsets[5], offset);
    CU_ASSERT_EQUAL(torn, 0);

    struct te_journal_entry entry;
    unsigned char *data = NULL;
    CU_ASSERT_EQUAL(te_journal_read(folder, seen.offsets[3], &entry, &data, &err), 0);
    CU_ASSERT_EQUAL(entry.len, 301);
    CU_ASSERT_EQUAL(entry.type, TE_RECORD_SCORES);
    CU_ASSERT_EQUAL(data[300], 'd');
    te_free(data);
    data = NULL;
    CU_ASSERT_EQUAL(te_journal_read(folder, seen.offsets[3] + 1, &entry, &data, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_CORRUPT);
    gone();
}

static void skipped_types_are_not_read(void)
{
    struct te_err err = TE_ERR_INIT;
    struct seen seen = {0};
    struct te_journal_state state;
    fresh();
    struct te_journal *j = open_or_die(0);
    write_some(j, 4);
    te_journal_close(j);
    CU_ASSERT_EQUAL(te_journal_scan_skip(folder, 1u << TE_RECORD_SCORES, note, &seen, &state, &err),
                    0);
    CU_ASSERT_EQUAL(seen.count, 4);
    CU_ASSERT_EQUAL(seen.first[1], 0);
    CU_ASSERT_EQUAL(seen.first[2], 'c');
    CU_ASSERT_EQUAL(state.records, 4);
    CU_ASSERT_EQUAL(state.epoch, 1);
    gone();
}

/* Cut at every single byte: what is whole stays, the rest goes, and writing goes on. */
static void every_torn_tail_is_cut(void)
{
    struct te_err err = TE_ERR_INIT;
    struct seen whole = {0};
    fresh();
    struct te_journal *j = open_or_die(0);
    write_some(j, 4);
    te_journal_close(j);
    CU_ASSERT_EQUAL(te_journal_scan(folder, note, &whole, NULL, &err), 0);
    char *bytes = NULL;
    size_t len = 0;
    CU_ASSERT_EQUAL_FATAL(te_fs_read(path, 1 << 20, &bytes, &len, &err), 0);
    for (size_t cut = 0; cut < len; cut++) {
        CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(path, bytes, cut, &err), 0);
        size_t expect = 0;
        for (size_t k = 1; k <= whole.count; k++)
            expect += (k < whole.count ? whole.offsets[k] : len) <= cut;
        struct seen before = {0}, after = {0};
        uint64_t torn = 0;
        CU_ASSERT_EQUAL_FATAL(te_journal_scan(folder, note, &before, &torn, &err), 0);
        CU_ASSERT_EQUAL(before.count, expect);
        CU_ASSERT(torn > 0 || cut == 0 || cut == 24 ||
                  (expect > 0 && cut == whole.offsets[expect]));
        j = open_or_die(0);
        CU_ASSERT_EQUAL(te_journal_append(j, TE_RECORD_END, "zz", 2, NULL, &err), 0);
        te_journal_close(j);
        CU_ASSERT_EQUAL_FATAL(te_journal_scan(folder, note, &after, &torn, &err), 0);
        CU_ASSERT_EQUAL(after.count, expect + 1);
        CU_ASSERT_EQUAL(after.first[expect], 'z');
        CU_ASSERT_EQUAL(torn, 0);
    }
    te_free(bytes);
    gone();
}

/* Any byte changed anywhere: at most the record it lies in is lost, never a wrong one is given. */
static void every_flipped_byte_is_noticed(void)
{
    struct te_err err = TE_ERR_INIT;
    fresh();
    struct te_journal *j = open_or_die(0);
    write_some(j, 4);
    te_journal_close(j);
    char *bytes = NULL;
    size_t len = 0;
    CU_ASSERT_EQUAL_FATAL(te_fs_read(path, 1 << 20, &bytes, &len, &err), 0);
    for (size_t at = 24; at < len; at++) {
        bytes[at] = (char)(bytes[at] ^ 0x10);
        CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(path, bytes, len, &err), 0);
        struct seen seen = {0};
        struct te_journal_state state;
        CU_ASSERT_EQUAL_FATAL(te_journal_scan_skip(folder, 0, note, &seen, &state, &err), 0);
        CU_ASSERT_EQUAL(seen.count, 3);
        CU_ASSERT(state.damaged + state.torn > 0);
        bytes[at] = (char)(bytes[at] ^ 0x10);
    }
    te_free(bytes);
    gone();
}

/* A payload that quotes a journal is not taken for records, even when its own head is damaged. */
static void quoted_records_are_none(void)
{
    struct te_err err = TE_ERR_INIT;
    fresh();
    struct te_journal *j = open_or_die(0);
    write_some(j, 3);
    te_journal_close(j);
    char *bytes = NULL;
    size_t len = 0;
    CU_ASSERT_EQUAL_FATAL(te_fs_read(path, 1 << 20, &bytes, &len, &err), 0);
    CU_ASSERT_EQUAL(unlink(path), 0);
    j = open_or_die(0);
    CU_ASSERT_EQUAL(te_journal_append(j, TE_RECORD_RESULT, bytes, len, NULL, &err), 0);
    CU_ASSERT_EQUAL(te_journal_append(j, TE_RECORD_END, "q", 1, NULL, &err), 0);
    te_journal_close(j);
    int fd = open(path, O_WRONLY);
    CU_ASSERT_EQUAL(pwrite(fd, "X", 1, 30), 1);
    close(fd);
    struct seen seen = {0};
    CU_ASSERT_EQUAL(te_journal_scan(folder, note, &seen, NULL, &err), 0);
    CU_ASSERT_EQUAL(seen.count, 1);
    CU_ASSERT_EQUAL(seen.types[0], TE_RECORD_END);
    te_free(bytes);
    gone();
}

static void foreign_files_are_refused(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_journal *j = NULL;
    fresh();
    CU_ASSERT_EQUAL(te_journal_open(folder, 0, 0, &j, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_NOENT);
    CU_ASSERT_EQUAL(te_journal_scan(folder, note, NULL, NULL, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_NOENT);
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(path, "something else\n", 15, &err), 0);
    CU_ASSERT_EQUAL(te_journal_open(folder, 1, 0, &j, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_FORMAT);
    CU_ASSERT_EQUAL(file_size(), 15);
    gone();
}

static void epochs_rise_and_guard(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_journal *late = NULL;
    fresh();
    struct te_journal *old = open_or_die(0);
    CU_ASSERT_EQUAL(te_journal_append(old, TE_RECORD_EPOCH, "1", 1, NULL, &err), 0);
    struct te_journal *young = open_or_die(0);
    CU_ASSERT_EQUAL(te_journal_epoch(young), 2);
    CU_ASSERT_EQUAL(te_journal_check_epoch(old, &err), 0);
    CU_ASSERT_EQUAL(te_journal_append(young, TE_RECORD_EPOCH, "2", 1, NULL, &err), 0);
    CU_ASSERT_EQUAL(te_journal_check_epoch(old, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_BUSY);
    CU_ASSERT_EQUAL(te_journal_append(old, TE_RECORD_RESULT, "x", 1, NULL, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_BUSY);
    CU_ASSERT_EQUAL(te_journal_append(young, TE_RECORD_RESULT, "y", 1, NULL, &err), 0);
    CU_ASSERT_EQUAL(te_journal_open(folder, 0, 2, &late, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_BUSY);
    te_journal_close(old);
    te_journal_close(young);
    gone();
}

/* What was added is in the file after one write, all of it, or none when the disk is full. */
static void added_is_written_together(void)
{
    struct te_err err = TE_ERR_INIT;
    struct rlimit old, low;
    unsigned char data[300] = {'a'};
    fresh();
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    struct te_journal *j = open_or_die(0);
    long empty = file_size();
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(te_journal_add(j, TE_RECORD_RESULT, data, sizeof data, &err), 0);
    CU_ASSERT_EQUAL(file_size(), empty);
    low = old;
    low.rlim_cur = 1000;
    setrlimit(RLIMIT_FSIZE, &low);
    CU_ASSERT_EQUAL(te_journal_write(j, &err), -1);
    CU_ASSERT_EQUAL(err.sys, EFBIG);
    CU_ASSERT_EQUAL(file_size(), empty);
    setrlimit(RLIMIT_FSIZE, &old);
    CU_ASSERT_EQUAL(te_journal_append(j, TE_RECORD_END, "e", 1, NULL, &err), 0);
    struct seen seen = {0};
    CU_ASSERT_EQUAL(te_journal_scan(folder, note, &seen, NULL, &err), 0);
    CU_ASSERT_EQUAL(seen.count, 5);
    CU_ASSERT_EQUAL(te_journal_size(j), (uint64_t)file_size());
    signal(SIGXFSZ, SIG_DFL);
    te_journal_close(j);
}

/* The file may grow to every size in turn: a record is there whole or not at all, and when there is
 * room again writing goes on. */
static void full_disk_loses_nothing(void)
{
    struct te_err err = TE_ERR_INIT;
    struct rlimit old, low;
    fresh();
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    size_t failures = 0;
    for (rlim_t limit = 24; limit < 1300; limit += 7) {
        unlink(path);
        struct te_journal *j = open_or_die(0);
        low = old;
        low.rlim_cur = limit;
        setrlimit(RLIMIT_FSIZE, &low);
        size_t written = 0;
        unsigned char data[300] = {'d'};
        int rc = 0;
        while (rc == 0 && written < 5) {
            rc = te_journal_append(j, TE_RECORD_RESULT, data, sizeof data, NULL, &err);
            written += rc == 0;
        }
        setrlimit(RLIMIT_FSIZE, &old);
        if (rc < 0) {
            failures++;
            CU_ASSERT_EQUAL(err.code, TE_ERR_IO);
            CU_ASSERT_EQUAL(err.sys, EFBIG);
        }
        struct seen seen = {0};
        uint64_t torn = 1;
        CU_ASSERT_EQUAL(te_journal_scan(folder, note, &seen, &torn, &err), 0);
        CU_ASSERT_EQUAL(seen.count, written);
        CU_ASSERT_EQUAL(torn, 0);
        CU_ASSERT_EQUAL(te_journal_append(j, TE_RECORD_END, "e", 1, NULL, &err), 0);
        te_journal_close(j);
    }
    signal(SIGXFSZ, SIG_DFL);
    CU_ASSERT(failures > 100);
    te_note("%zu full disks", failures);
    gone();
}

static void failing_allocations_are_reported(void)
{
    fresh();
    struct te_journal *first = open_or_die(0);
    write_some(first, 3);
    te_journal_close(first);
    unsigned long n = 1;
    for (;; n++) {
        struct te_err err = TE_ERR_INIT;
        struct te_journal *j = NULL;
        struct seen seen = {0};
        te_mem_fail_at(n);
        int rc = te_journal_open(folder, 0, 0, &j, &err);
        if (rc == 0)
            rc = te_journal_scan(folder, note, &seen, NULL, &err);
        te_mem_fail_at(0);
        te_journal_close(j);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
        CU_ASSERT_FATAL(n < 100);
    }
    CU_ASSERT(n > 5);
    gone();
}

static void random_damage_never_invents(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_rng rng;
    te_rng_seed(&rng, 11);
    fresh();
    struct te_journal *j = open_or_die(0);
    write_some(j, 8);
    te_journal_close(j);
    char *bytes = NULL, *copy = NULL;
    size_t len = 0;
    CU_ASSERT_EQUAL_FATAL(te_fs_read(path, 1 << 20, &bytes, &len, &err), 0);
    copy = te_alloc(len, &err);
    for (int round = 0; round < 300; round++) {
        memcpy(copy, bytes, len);
        for (uint64_t k = 1 + te_rng_below(&rng, 5); k > 0; k--)
            copy[24 + te_rng_below(&rng, len - 24)] = (char)te_rng_below(&rng, 256);
        size_t keep = te_rng_below(&rng, 4) ? len : 24 + te_rng_below(&rng, len - 24);
        CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(path, copy, keep, &err), 0);
        struct seen seen = {0};
        CU_ASSERT_EQUAL(te_journal_scan(folder, note, &seen, NULL, &err), 0);
        CU_ASSERT(seen.count <= 8);
        for (size_t k = 0; k < seen.count; k++)
            CU_ASSERT(seen.first[k] >= 'a' && seen.first[k] <= 'h');
    }
    te_free(bytes);
    te_free(copy);
    gone();
}

TE_TESTS = {
    TE_TEST(written_is_read),
    TE_TEST(skipped_types_are_not_read),
    TE_TEST(every_torn_tail_is_cut),
    TE_TEST(every_flipped_byte_is_noticed),
    TE_TEST(quoted_records_are_none),
    TE_TEST(foreign_files_are_refused),
    TE_TEST(epochs_rise_and_guard),
    TE_TEST(added_is_written_together),
    TE_TEST(full_disk_loses_nothing),
    TE_TEST(failing_allocations_are_reported),
    TE_TEST(random_damage_never_invents),
};
TE_TEST_MAIN

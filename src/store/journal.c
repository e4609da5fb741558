/* Writing a journal. */
#include "te/store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journal_format.h"
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"

struct te_journal {
    char *folder;
    char *path;
    int fd;
    uint32_t salt;
    uint64_t epoch;
    uint64_t size;       /* what we know to be ours in the file */
    struct te_buf added; /* whole records that are not there yet */
    uint64_t cut;
    int sync_failed;
};

enum { ADDED_MOST = 1 << 18 }; /* bytes that wait at most */

uint64_t te_journal_size(const struct te_journal *journal)
{
    return journal->size;
}

uint64_t te_journal_epoch(const struct te_journal *journal)
{
    return journal->epoch;
}

uint64_t te_journal_cut(const struct te_journal *journal)
{
    return journal->cut;
}

void te_journal_close(struct te_journal *journal)
{
    if (!journal)
        return;
    te_fd_cleanup(&journal->fd);
    te_buf_release(&journal->added);
    te_free(journal->path);
    te_free(journal->folder);
    te_free(journal);
}

/* A new file's head, durable together with the file's name. */
static int write_file_head(struct te_journal *j, struct te_err *err)
{
    unsigned char head[TE_JOURNAL_FILE_HEAD];
    unsigned char *salt = head + TE_JOURNAL_MAGIC_BYTES;
    memcpy(head, te_journal_magic, TE_JOURNAL_MAGIC_BYTES);
    if (getrandom(salt, 8, 0) != 8)
        return te_err_sys(err, TE_ERR_IO, "cannot get random bytes");
    if (ftruncate(j->fd, 0) < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot empty '%s'", j->path);
    if (te_fs_write_all(j->fd, head, sizeof head, err) < 0)
        return te_err_wrap(err, "cannot start '%s'", j->path);
    if (fdatasync(j->fd) < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot sync '%s'", j->path);
    j->salt = te_journal_salt(salt);
    j->size = sizeof head;
    return te_fs_sync_folder(j->folder, err);
}

/* Takes over what an earlier writer left. */
static int adopt(struct te_journal *j, uint64_t epoch, struct te_err *err)
{
    struct te_journal_reader *r = NULL;
    struct te_journal_state state;
    if (te_journal_reader_open(j->folder, &r, err) < 0)
        return -1;
    int rc = te_journal_reader_scan(r, 1u << TE_RECORD_SCORES, NULL, NULL, &state, err);
    bool has_head = te_journal_reader_has_head(r);
    j->salt = te_journal_reader_salt(r);
    te_journal_reader_close(r);
    if (rc < 0)
        return -1;
    if (epoch != 0 && epoch <= state.epoch)
        return te_err_set(err, TE_ERR_BUSY, "'%s' has records of epoch %llu, ours is %llu", j->path,
                          (unsigned long long)state.epoch, (unsigned long long)epoch);
    j->epoch = epoch ? epoch : state.epoch + 1;
    j->cut = state.torn;
    if (!has_head)
        return write_file_head(j, err);
    j->size = state.end;
    if (state.torn > 0 && ftruncate(j->fd, (off_t)state.end) < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot cut the torn tail of '%s'", j->path);
    return 0;
}

int te_journal_open(const char *folder, int create, uint64_t epoch, struct te_journal **out,
                    struct te_err *err)
{
    struct te_journal *j = te_zalloc(1, sizeof *j, err);
    if (!j)
        return -1;
    j->fd = -1;
    te_buf_init(&j->added, ADDED_MOST + TE_JOURNAL_HEAD + TE_MAX_MESSAGE);
    j->folder = te_strdup(folder, err);
    j->path = j->folder ? te_journal_path(folder, err) : NULL;
    if (!j->path)
        goto fail;
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0);
    j->fd = open(j->path, flags, 0666);
    if (j->fd < 0) {
        te_err_sys(err, errno == ENOENT ? TE_ERR_NOENT : TE_ERR_IO, "cannot open '%s'", j->path);
        goto fail;
    }
    if (adopt(j, epoch, err) < 0)
        goto fail;
    *out = j;
    return 0;
fail:
    te_journal_close(j);
    return -1;
}

int te_journal_check_epoch(struct te_journal *journal, struct te_err *err)
{
    struct stat st;
    if (fstat(journal->fd, &st) < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot look at '%s'", journal->path);
    if ((uint64_t)st.st_size == journal->size)
        return 0;
    return te_err_set(err, TE_ERR_BUSY,
                      "'%s' is being written by another rank 0 (%lld bytes, ours end at %llu)",
                      journal->path, (long long)st.st_size, (unsigned long long)journal->size);
}

/* What was written of the records is taken back; if even that fails the next reader passes over
 * it. */
static int take_back(struct te_journal *j, struct te_err *err)
{
    struct te_err cause = *err;
    if (ftruncate(j->fd, (off_t)j->size) < 0) {
        struct stat st;
        if (fstat(j->fd, &st) == 0)
            j->size = (uint64_t)st.st_size;
    }
    *err = cause;
    return -1;
}

int te_journal_write(struct te_journal *journal, struct te_err *err)
{
    if (journal->added.len == 0)
        return 0;
    if (journal->sync_failed)
        return te_err_set(err, TE_ERR_IO, "'%s' could not be synced earlier", journal->path);
    if (te_journal_check_epoch(journal, err) < 0)
        return -1;
    if (te_fs_write_all(journal->fd, journal->added.data, journal->added.len, err) < 0) {
        te_err_wrap(err, "cannot append to '%s'", journal->path);
        return take_back(journal, err);
    }
    journal->size += journal->added.len;
    te_buf_clear(&journal->added);
    return 0;
}

int te_journal_add(struct te_journal *journal, enum te_record type, const void *data, size_t len,
                   struct te_err *err)
{
    unsigned char head[TE_JOURNAL_HEAD];
    if (len > TE_MAX_MESSAGE)
        return te_err_set(err, TE_ERR_LIMIT, "a journal record of %zu bytes, at most %zu", len,
                          TE_MAX_MESSAGE);
    te_journal_put_head(head, type, journal->epoch, data, len, journal->salt);
    te_buf_add(&journal->added, head, sizeof head);
    te_buf_add(&journal->added, data, len);
    if (te_buf_check(&journal->added, err) < 0)
        return -1;
    return journal->added.len > ADDED_MOST ? te_journal_write(journal, err) : 0;
}

int te_journal_append(struct te_journal *journal, enum te_record type, const void *data, size_t len,
                      uint64_t *offset, struct te_err *err)
{
    size_t before = journal->added.len;
    if (te_journal_add(journal, type, data, len, err) == 0 && te_journal_write(journal, err) == 0) {
        if (offset)
            *offset = journal->size - TE_JOURNAL_HEAD - len;
        return 0;
    }
    journal->added.len = before; /* this record is told as failed: it must not appear later */
    return -1;
}

int te_journal_sync(struct te_journal *journal, struct te_err *err)
{
    if (te_journal_write(journal, err) < 0)
        return -1;
    if (!journal->sync_failed && fdatasync(journal->fd) < 0)
        journal->sync_failed = errno;
    if (journal->sync_failed) {
        errno = journal->sync_failed;
        return te_err_sys(err, TE_ERR_IO, "cannot sync '%s'", journal->path);
    }
    return 0;
}

/* Reading a journal: whole records in order, or one by its offset. */
#include "te/store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "journal_format.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"

enum { AHEAD_SCAN = 256 * 1024, AHEAD_RANDOM = 8 * 1024 };

struct te_journal_reader {
    char *path;
    int fd;
    uint64_t size;
    uint32_t salt;
    bool has_head;
    size_t ahead;         /* bytes to read at least */
    unsigned char *piece; /* of the file: [start, start + fill) */
    size_t cap, fill;
    uint64_t start;
};

bool te_journal_reader_has_head(const struct te_journal_reader *reader)
{
    return reader->has_head;
}

uint32_t te_journal_reader_salt(const struct te_journal_reader *reader)
{
    return reader->salt;
}

void te_journal_reader_close(struct te_journal_reader *reader)
{
    if (!reader)
        return;
    te_fd_cleanup(&reader->fd);
    te_free(reader->piece);
    te_free(reader->path);
    te_free(reader);
}

/* [offset, offset + len) of the file, len within it; NULL with err. A file that shrinks meanwhile
 * is an error. */
static const unsigned char *view(struct te_journal_reader *r, uint64_t offset, size_t len,
                                 struct te_err *err)
{
    if (offset >= r->start && offset + len <= r->start + r->fill)
        return r->piece + (offset - r->start);
    size_t want = len > r->ahead ? len : r->ahead;
    if (want > r->size - offset)
        want = (size_t)(r->size - offset);
    if (want > r->cap) {
        unsigned char *piece = te_resize(r->piece, want, 1, err);
        if (!piece)
            return NULL;
        r->piece = piece;
        r->cap = want;
    }
    r->start = offset;
    r->fill = 0;
    while (r->fill < want) {
        ssize_t n = pread(r->fd, r->piece + r->fill, want - r->fill, (off_t)(offset + r->fill));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            te_err_sys(err, TE_ERR_IO, "cannot read '%s'", r->path);
            return NULL;
        }
        if (n == 0)
            break;
        r->fill += (size_t)n;
    }
    if (r->fill >= len)
        return r->piece;
    te_err_set(err, TE_ERR_IO, "'%s' became shorter while it was read", r->path);
    return NULL;
}

static int read_file_head(struct te_journal_reader *r, struct te_err *err)
{
    size_t have = r->size < TE_JOURNAL_FILE_HEAD ? (size_t)r->size : TE_JOURNAL_FILE_HEAD;
    if (have == 0)
        return 0;
    const unsigned char *head = view(r, 0, have, err);
    if (!head)
        return -1;
    size_t magic = have < TE_JOURNAL_MAGIC_BYTES ? have : TE_JOURNAL_MAGIC_BYTES;
    if (memcmp(head, te_journal_magic, magic) != 0)
        return te_err_set(err, TE_ERR_FORMAT, "'%s' is not a journal of timeeval-mpi", r->path);
    r->has_head = have == TE_JOURNAL_FILE_HEAD;
    if (r->has_head)
        r->salt = te_journal_salt(head + TE_JOURNAL_MAGIC_BYTES);
    return 0;
}

int te_journal_reader_open(const char *folder, struct te_journal_reader **out, struct te_err *err)
{
    struct te_journal_reader *r = te_zalloc(1, sizeof *r, err);
    if (!r)
        return -1;
    r->fd = -1;
    r->ahead = AHEAD_RANDOM;
    struct stat st;
    r->path = te_journal_path(folder, err);
    if (r->path)
        r->fd = te_fs_open_regular(r->path, &st, err);
    if (r->fd < 0) {
        if (err->sys == ENOENT)
            err->code = TE_ERR_NOENT;
        te_journal_reader_close(r);
        return -1;
    }
    r->size = (uint64_t)st.st_size;
    if (read_file_head(r, err) < 0) {
        te_journal_reader_close(r);
        return -1;
    }
    *out = r;
    return 0;
}

/* 1: a whole record (payload only if wanted); 0: none there; -1: err. */
static int look(struct te_journal_reader *r, uint64_t offset, unsigned skip,
                struct te_journal_entry *entry, struct te_err *err)
{
    uint32_t crc;
    if (!r->has_head || offset < TE_JOURNAL_FILE_HEAD || offset >= r->size ||
        r->size - offset < TE_JOURNAL_HEAD)
        return 0;
    const unsigned char *head = view(r, offset, TE_JOURNAL_HEAD, err);
    if (!head)
        return -1;
    if (!te_journal_get_head(head, r->salt, entry, &crc) ||
        entry->len > r->size - offset - TE_JOURNAL_HEAD)
        return 0;
    entry->offset = offset;
    if (skip & 1u << entry->type)
        return 1;
    const unsigned char *all = view(r, offset, TE_JOURNAL_HEAD + entry->len, err);
    if (!all)
        return -1;
    entry->data = all + TE_JOURNAL_HEAD;
    return te_journal_payload_fits(entry->data, entry->len, r->salt, crc);
}

/* First whole record at or behind offset: 1, 0 (none) or -1. */
static int find_next(struct te_journal_reader *r, uint64_t offset, struct te_journal_entry *entry,
                     struct te_err *err)
{
    while (offset < r->size && r->size - offset >= TE_JOURNAL_HEAD) {
        size_t len = r->size - offset < AHEAD_SCAN ? (size_t)(r->size - offset) : AHEAD_SCAN;
        const unsigned char *p = view(r, offset, len, err);
        if (!p)
            return -1;
        const unsigned char *hit = memmem(p, len, "TEJ1", 4);
        if (!hit) {
            offset += len - 3;
            continue;
        }
        offset += (uint64_t)(hit - p);
        int rc = look(r, offset, 0, entry, err);
        if (rc != 0)
            return rc;
        offset++;
    }
    return 0;
}

int te_journal_reader_scan(struct te_journal_reader *r, unsigned skip, te_journal_fn *fn, void *arg,
                           struct te_journal_state *state, struct te_err *err)
{
    struct te_journal_state s = {.size = r->size, .end = 0};
    uint64_t offset = TE_JOURNAL_FILE_HEAD;
    r->ahead = AHEAD_SCAN;
    if (r->has_head)
        s.end = TE_JOURNAL_FILE_HEAD;
    while (r->has_head && offset < r->size) {
        struct te_journal_entry entry = {0};
        int rc = look(r, offset, skip, &entry, err);
        if (rc == 0 && (rc = find_next(r, offset + 1, &entry, err)) == 1) {
            s.damaged += entry.offset - offset;
            if (skip & 1u << entry.type)
                entry.data = NULL;
        }
        if (rc < 0)
            return -1;
        if (rc == 0)
            break;
        s.records++;
        if (entry.epoch > s.epoch)
            s.epoch = entry.epoch;
        offset = s.end = te_journal_next(&entry);
        if (fn && fn(arg, &entry, err) < 0)
            return -1;
    }
    s.torn = s.size - s.end;
    if (state)
        *state = s;
    return 0;
}

int te_journal_scan_skip(const char *folder, unsigned skip, te_journal_fn *fn, void *arg,
                         struct te_journal_state *state, struct te_err *err)
{
    struct te_journal_reader *r = NULL;
    if (te_journal_reader_open(folder, &r, err) < 0)
        return -1;
    int rc = te_journal_reader_scan(r, skip, fn, arg, state, err);
    te_journal_reader_close(r);
    return rc;
}

int te_journal_scan(const char *folder, te_journal_fn *fn, void *arg, uint64_t *torn,
                    struct te_err *err)
{
    struct te_journal_state state;
    if (te_journal_scan_skip(folder, 0, fn, arg, &state, err) < 0)
        return -1;
    if (torn)
        *torn = state.torn;
    return 0;
}

int te_journal_reader_get(struct te_journal_reader *reader, uint64_t offset,
                          struct te_journal_entry *entry, struct te_err *err)
{
    int rc = look(reader, offset, 0, entry, err);
    if (rc == 0)
        return te_err_set(err, TE_ERR_CORRUPT, "'%s' has no whole record at byte %llu",
                          reader->path, (unsigned long long)offset);
    return rc < 0 ? -1 : 0;
}

int te_journal_reader_head(struct te_journal_reader *reader, uint64_t offset,
                           struct te_journal_entry *entry, struct te_err *err)
{
    if (offset >= reader->size)
        return te_err_set(err, TE_ERR_NOENT, "end of '%s'", reader->path);
    int rc = look(reader, offset, ~0u, entry, err);
    if (rc == 0)
        return te_err_set(err, TE_ERR_CORRUPT, "'%s' has no record at byte %llu", reader->path,
                          (unsigned long long)offset);
    return rc < 0 ? -1 : 0;
}

int te_journal_read(const char *folder, uint64_t offset, struct te_journal_entry *entry,
                    unsigned char **data, struct te_err *err)
{
    struct te_journal_reader *r = NULL;
    if (te_journal_reader_open(folder, &r, err) < 0)
        return -1;
    struct te_journal_entry found;
    int rc = te_journal_reader_get(r, offset, &found, err);
    unsigned char *copy = rc == 0 ? te_alloc(found.len, err) : NULL;
    if (copy) {
        memcpy(copy, found.data, found.len);
        found.data = copy;
        *entry = found;
        *data = copy;
    }
    te_journal_reader_close(r);
    return copy ? 0 : -1;
}

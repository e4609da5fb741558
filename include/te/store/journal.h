/*
 * The journal: the durable truth of a run, one append-only file <run folder>/journal.log.
 *
 * A file head (magic and a salt of its own), then records, each with mark, length, version, type,
 * epoch of its writer and a CRC32C over head and payload that starts from the salt: bytes that only
 * look like a record (a log that quotes another journal) are none. Payloads are encodings of
 * core/msg; the journal does not look inside.
 *
 * A run is wholly described by its journal: `finish` builds results.h5 from it on any machine. The
 * session writes (payloads: core/msg.h, te_rec_*)
 *   HEADER   once, first: what does not belong to one experiment
 *   EPOCH    each time a rank 0 takes over
 *   ASSIGN   before a task travels
 *   SCORES   the pieces of one attempt's scores in order, all of them BEFORE its RESULT and with
 *            the same epoch
 *   RESULT   task and result; of several for one number the last one counts
 *   NOTE     host facts, losses, notices, combinations left out, retries
 *   END      orderly end: exit code
 */
#ifndef TE_STORE_JOURNAL_H
#define TE_STORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

#define TE_JOURNAL_NAME "journal.log"

enum te_record {
    TE_RECORD_HEADER = 1, /* run facts: plan digest, facts, config text and files, command line */
    TE_RECORD_EPOCH,      /* a rank 0 took over */
    TE_RECORD_ASSIGN,     /* number, attempt, host, rank (not synced) */
    TE_RECORD_SCORES,     /* number, attempt, offset, float64 values */
    TE_RECORD_RESULT,     /* task and result */
    TE_RECORD_NOTE,       /* host facts, hosts lost, notices */
    TE_RECORD_END,        /* orderly end: exit code */
    TE_RECORD_COUNT
};

struct te_journal;

/* Opens <folder>/journal.log for appending, creating it if create and it is not there;
 * cuts a torn tail. epoch: of this writer; 0: one above all that were seen. TE_ERR_NOENT: none. */
int te_journal_open(const char *folder, int create, uint64_t epoch, struct te_journal **out,
                    struct te_err *err) TE_MUST_CHECK;
/* The record joins those that wait for te_journal_write; writes by itself when they are many. */
int te_journal_add(struct te_journal *journal, enum te_record type, const void *data, size_t len,
                   struct te_err *err) TE_MUST_CHECK;
/* What waits is in the file afterwards (it outlives this process, not yet a power cut): one
 * write(2). TE_ERR_IO with sys ENOSPC when the disk is full; the file is then as before, the
 * records wait on and a later write may work. TE_ERR_BUSY when somebody else wrote to the file. */
int te_journal_write(struct te_journal *journal, struct te_err *err) TE_MUST_CHECK;
/* Both for one record; offset (may be NULL): where it lies. A record that fails is forgotten. */
int te_journal_append(struct te_journal *journal, enum te_record type, const void *data, size_t len,
                      uint64_t *offset, struct te_err *err) TE_MUST_CHECK;
/* Everything added or appended is durable afterwards. After one failure it fails for good: what the
 * kernel has dropped does not come back by asking again. */
int te_journal_sync(struct te_journal *journal, struct te_err *err) TE_MUST_CHECK;
/* Bytes in the file. */
uint64_t te_journal_size(const struct te_journal *journal);
uint64_t te_journal_epoch(const struct te_journal *journal);
/* Bytes of a torn tail that open cut off. */
uint64_t te_journal_cut(const struct te_journal *journal);
/* TE_ERR_BUSY if anything was written meanwhile by another rank 0. */
int te_journal_check_epoch(struct te_journal *journal, struct te_err *err) TE_MUST_CHECK;
void te_journal_close(struct te_journal *journal);

struct te_journal_entry {
    enum te_record type;
    uint64_t epoch;
    uint64_t offset;
    const unsigned char *data; /* valid during the call; NULL in a scan that skips this type */
    size_t len;
};

/* What a scan met beside whole records. */
struct te_journal_state {
    uint64_t size;    /* of the file */
    uint64_t end;     /* behind the last whole record */
    uint64_t torn;    /* bytes behind it */
    uint64_t damaged; /* bytes between whole records that are none: passed over */
    uint64_t records;
    uint64_t epoch; /* the highest */
};

typedef int te_journal_fn(void *arg, const struct te_journal_entry *entry, struct te_err *err);

/* Calls fn for every whole record in order; fn returns 0 to go on, -1 to stop with err. A torn tail
 * ends the scan; *torn (may be NULL) tells how many bytes. */
int te_journal_scan(const char *folder, te_journal_fn *fn, void *arg, uint64_t *torn,
                    struct te_err *err) TE_MUST_CHECK;
/*
 * The same with more to choose: types whose bit (1u << type) is in `skip` are given without payload
 * and unread (fast over scores; their checksum is then looked at when they are read); state may be
 * NULL.
 */
int te_journal_scan_skip(const char *folder, unsigned skip, te_journal_fn *fn, void *arg,
                         struct te_journal_state *state, struct te_err *err) TE_MUST_CHECK;

/* Random access for many reads. */
struct te_journal_reader;
int te_journal_reader_open(const char *folder, struct te_journal_reader **out,
                           struct te_err *err) TE_MUST_CHECK;
/* The record at an offset; entry->data is valid until the next call. TE_ERR_CORRUPT if there is no
 * whole record. */
int te_journal_reader_get(struct te_journal_reader *reader, uint64_t offset,
                          struct te_journal_entry *entry, struct te_err *err) TE_MUST_CHECK;
/* Head alone: type, epoch, len; data NULL. TE_ERR_NOENT at the end of the file. */
int te_journal_reader_head(struct te_journal_reader *reader, uint64_t offset,
                           struct te_journal_entry *entry, struct te_err *err) TE_MUST_CHECK;
/* Offset behind a record. */
uint64_t te_journal_next(const struct te_journal_entry *entry);
void te_journal_reader_close(struct te_journal_reader *reader);

/* Reads one record at an offset; *data is freed by the caller. */
int te_journal_read(const char *folder, uint64_t offset, struct te_journal_entry *entry,
                    unsigned char **data, struct te_err *err) TE_MUST_CHECK;

#endif

/*
 * The journal: the durable truth of a run. Append-only records, each with length, version, type,
 * epoch of its writer and CRC32C; a torn tail is cut off when it is opened again.
 *
 * Payloads are encodings of core/msg; the journal does not look inside.
 */
#ifndef TE_STORE_JOURNAL_H
#define TE_STORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

enum te_record {
    TE_RECORD_HEADER = 1, /* run facts: plan digest, facts, config text and files, command line */
    TE_RECORD_EPOCH,      /* a rank 0 took over */
    TE_RECORD_ASSIGN,     /* number, attempt, host, rank (not synced) */
    TE_RECORD_SCORES,     /* number, attempt, offset, float64 values */
    TE_RECORD_RESULT,     /* te_result */
    TE_RECORD_NOTE,       /* host facts, hosts lost, notices */
    TE_RECORD_END         /* orderly end: exit code */
};

struct te_journal;

/* Opens <folder>/journal.log for appending, creating it if create; cuts a torn tail. epoch: of this
 * writer, above all that were seen. */
int te_journal_open(const char *folder, int create, uint64_t epoch, struct te_journal **out,
                    struct te_err *err) TE_MUST_CHECK;
/* One write(2) per record. offset (may be NULL): where it lies. TE_ERR_IO with sys ENOSPC when the
 * disk is full; the record is then cut off again. */
int te_journal_append(struct te_journal *journal, enum te_record type, const void *data, size_t len,
                      uint64_t *offset, struct te_err *err) TE_MUST_CHECK;
/* Everything appended is durable afterwards. */
int te_journal_sync(struct te_journal *journal, struct te_err *err) TE_MUST_CHECK;
uint64_t te_journal_size(const struct te_journal *journal);
/* TE_ERR_BUSY if a newer epoch than ours was written meanwhile by another rank 0. */
int te_journal_check_epoch(struct te_journal *journal, struct te_err *err) TE_MUST_CHECK;
void te_journal_close(struct te_journal *journal);

struct te_journal_entry {
    enum te_record type;
    uint64_t epoch;
    uint64_t offset;
    const unsigned char *data; /* valid during the call */
    size_t len;
};
/* Calls fn for every whole record in order; fn returns 0 to go on, -1 to stop with err. A torn tail
 * ends the scan; *torn (may be NULL) tells how many bytes. */
int te_journal_scan(const char *folder,
                    int (*fn)(void *arg, const struct te_journal_entry *entry, struct te_err *err),
                    void *arg, uint64_t *torn, struct te_err *err) TE_MUST_CHECK;
/* Reads one record at an offset; *data is freed by the caller. */
int te_journal_read(const char *folder, uint64_t offset, struct te_journal_entry *entry,
                    unsigned char **data, struct te_err *err) TE_MUST_CHECK;

#endif

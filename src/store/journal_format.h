/* Bytes of a journal on disk; private to store. */
#ifndef TE_STORE_JOURNAL_FORMAT_H
#define TE_STORE_JOURNAL_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include "te/store/journal.h"

enum {
    TE_JOURNAL_MAGIC_BYTES = 16,
    TE_JOURNAL_FILE_HEAD = 24, /* magic, salt */
    TE_JOURNAL_HEAD = 28 /* of a record: mark, length, version, type, 0, epoch, two checksums */
};

extern const char te_journal_magic[TE_JOURNAL_MAGIC_BYTES + 1];

/* Checksum that records of a file start from. */
uint32_t te_journal_salt(const unsigned char salt[8]);
/* Head of a record with this payload. */
void te_journal_put_head(unsigned char out[TE_JOURNAL_HEAD], enum te_record type, uint64_t epoch,
                         const void *data, size_t len, uint32_t salt);
/* Reads a head; false: it is none. *crc: of the payload. */
bool te_journal_get_head(const unsigned char in[TE_JOURNAL_HEAD], uint32_t salt,
                         struct te_journal_entry *entry, uint32_t *crc);
bool te_journal_payload_fits(const unsigned char *data, size_t len, uint32_t salt, uint32_t crc);

char *te_journal_path(const char *folder, struct te_err *err) TE_MUST_CHECK;
/* Goes through an open reader's file; see te_journal_scan_skip. */
int te_journal_reader_scan(struct te_journal_reader *reader, unsigned skip, te_journal_fn *fn,
                           void *arg, struct te_journal_state *state,
                           struct te_err *err) TE_MUST_CHECK;
/* False: the file's head is torn or it is empty: nothing was ever recorded. */
bool te_journal_reader_has_head(const struct te_journal_reader *reader);
uint32_t te_journal_reader_salt(const struct te_journal_reader *reader);

#endif

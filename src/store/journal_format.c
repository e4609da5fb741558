#include "journal_format.h"

#include <string.h>
#include "te/base/hash.h"
#include "te/base/max.h"
#include "te/base/mem.h"

const char te_journal_magic[] = "timeeval-journal";

enum { MARK = 0x314A4554, VERSION = 1 }; /* "TEJ1" */

static void put32(unsigned char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> (8 * i));
}

static void put64(unsigned char *p, uint64_t v)
{
    put32(p, (uint32_t)v);
    put32(p + 4, (uint32_t)(v >> 32));
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const unsigned char *p)
{
    return (uint64_t)get32(p) | (uint64_t)get32(p + 4) << 32;
}

uint32_t te_journal_salt(const unsigned char salt[8])
{
    return te_crc32c(0, salt, 8);
}

void te_journal_put_head(unsigned char out[TE_JOURNAL_HEAD], enum te_record type, uint64_t epoch,
                         const void *data, size_t len, uint32_t salt)
{
    put32(out, MARK);
    put32(out + 4, (uint32_t)len);
    out[8] = VERSION;
    out[9] = (unsigned char)type;
    out[10] = out[11] = 0;
    put64(out + 12, epoch);
    put32(out + 20, te_crc32c(salt, data, len));
    put32(out + 24, te_crc32c(salt, out, 24));
}

bool te_journal_get_head(const unsigned char in[TE_JOURNAL_HEAD], uint32_t salt,
                         struct te_journal_entry *entry, uint32_t *crc)
{
    if (get32(in) != MARK || get32(in + 24) != te_crc32c(salt, in, 24))
        return false;
    uint32_t len = get32(in + 4);
    if (in[8] != VERSION || in[9] == 0 || in[9] >= TE_RECORD_COUNT || len > TE_MAX_MESSAGE)
        return false;
    entry->type = (enum te_record)in[9];
    entry->len = len;
    entry->epoch = get64(in + 12);
    entry->data = NULL;
    *crc = get32(in + 20);
    return true;
}

bool te_journal_payload_fits(const unsigned char *data, size_t len, uint32_t salt, uint32_t crc)
{
    return te_crc32c(salt, data, len) == crc;
}

char *te_journal_path(const char *folder, struct te_err *err)
{
    return te_asprintf(err, "%s/%s", folder, TE_JOURNAL_NAME);
}

uint64_t te_journal_next(const struct te_journal_entry *entry)
{
    return entry->offset + TE_JOURNAL_HEAD + entry->len;
}

/* A journal of arbitrary bytes: reading ends in order, and opening for writing leaves one that
 * scans clean. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "te/base/mem.h"
#include "te/store/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned char sink;
static char folder[64], file[80];

static void leave(void)
{
    unlink(file);
    rmdir(folder);
}

static void prepare(void)
{
    struct stat st;
    const char *base = stat("/dev/shm", &st) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/te-fuzz-journal.XXXXXX", base);
    if (!mkdtemp(folder))
        abort();
    snprintf(file, sizeof file, "%s/" TE_JOURNAL_NAME, folder);
    atexit(leave);
}

static int count(void *arg, const struct te_journal_entry *entry, struct te_err *err)
{
    (void)err;
    unsigned char sum = 0;
    for (size_t i = 0; entry->data && i < entry->len; i++)
        sum = (unsigned char)(sum + entry->data[i]);
    sink = sum;
    ++*(uint64_t *)arg;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    struct te_journal *journal = NULL;
    uint64_t before = 0, after = 0, torn = 0;
    if (!folder[0])
        prepare();
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
    int rc = te_journal_scan(folder, count, &before, &torn, &err);
    te_err_clear(&err);
    if (te_journal_open(folder, 1, 0, &journal, &err) < 0)
        return 0;
    if (te_journal_append(journal, TE_RECORD_NOTE, "x", 1, NULL, &err) < 0)
        abort();
    te_journal_close(journal);
    if (te_journal_scan(folder, count, &after, &torn, &err) < 0 || torn != 0)
        abort();
    if (rc == 0 && after != before + 1)
        abort();
    return 0;
}

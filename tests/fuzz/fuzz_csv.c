/* CSV: tables and series of arbitrary bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "te/base/mem.h"
#include "te/model/series.h"
#include "te/text/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A table that was read is the same after writing and reading again. */
static void table(const char *text, size_t len)
{
    struct te_err err = TE_ERR_INIT;
    struct te_csv csv, again;
    struct te_buf buf;
    if (te_csv_parse("f", text, len, &csv, &err) < 0) {
        if (!err.text[0])
            abort();
        return;
    }
    te_buf_init(&buf, 1 << 28);
    for (size_t r = 0; r <= csv.n_rows; r++)
        te_csv_add_row(&buf, (const char *const *)(csv.cells + r * csv.n_cols), csv.n_cols);
    for (size_t i = 0; i < buf.len; i++)
        if (buf.data[i] == '\r')
            goto done; /* is not quoted by the writer, as pandas does not, and so not read back */
    if (buf.data[0] == '\xEF')
        goto done; /* what was quoted becomes a byte order mark */
    if (te_csv_parse("g", buf.data, buf.len, &again, &err) == 0) {
        for (size_t i = 0; again.n_cols == csv.n_cols && again.n_rows == csv.n_rows &&
                           i < (csv.n_rows + 1) * csv.n_cols;
             i++)
            if (strcmp(csv.cells[i], again.cells[i]) != 0)
                abort();
        te_csv_release(&again);
    }
done:
    te_buf_release(&buf);
    te_csv_release(&csv);
}

static void series(const char *path)
{
    static const unsigned wants[] = {
        TE_SERIES_VALUES | TE_SERIES_LABELS | TE_SERIES_INDEX | TE_SERIES_STAMPS,
        TE_SERIES_LAST | TE_SERIES_ANY_LABELS | TE_SERIES_VALUES | TE_SERIES_ALL};
    struct te_err err = TE_ERR_INIT;
    struct te_series s[2];
    int rc[2];
    for (int i = 0; i < 2; i++)
        rc[i] = te_series_load(path, wants[i], &s[i], &err);
    uint8_t *labels = NULL;
    size_t rows;
    int labels_rc = te_series_labels(path, &labels, &rows, &err);
    if (rc[0] == 0) {
        /* what loads whole has labels, the same ones */
        if (labels_rc < 0 || rows != s[0].rows)
            abort();
        for (size_t r = 0; r < rows; r++)
            if (labels[r] != s[0].labels[r] || s[0].stamp_at[r] > (size_t)1 << 40)
                abort();
    }
    te_free(labels);
    for (int i = 0; i < 2; i++)
        if (rc[i] == 0)
            te_series_release(&s[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    table((const char *)data, size);
    int fd = memfd_create("fuzz", 0);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    series(path);
    close(fd);
    return 0;
}

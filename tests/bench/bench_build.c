/* results.h5 from a journal: rows and MB a second, beside copying the same scores with memcpy. */
#include <stdio.h>
#include <stdlib.h>
#include "../unit/synthetic.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/store/h5_write.h"

static void one(unsigned n, size_t points)
{
    struct te_err err = TE_ERR_INIT;
    struct te_journal *j = NULL;
    struct te_buf buf;
    struct te_h5_built built;
    struct te_h5_options options = {.scores = true};
    char folder[] = "/tmp/te-bench-build-XXXXXX";
    te_buf_init(&buf, TE_MAX_MESSAGE);
    if (!mkdtemp(folder) || te_journal_open(folder, 1, 0, &j, &err) < 0)
        return;
    double t0 = te_clock_mono();
    synthetic_header(j, n, &buf);
    for (unsigned k = 0; k < n; k++)
        synthetic_experiment(j, k, 1, points, NULL, &buf);
    double t1 = te_clock_mono();
    double bytes = (double)te_journal_size(j);
    te_journal_close(j);
    te_buf_release(&buf);
    if (te_h5_build(folder, &options, &built, &err) < 0)
        printf("failed: %s\n", err.text);
    double t2 = te_clock_mono();
    printf(
        "%u experiments of %zu scores: journal made in %.2f s, results.h5 in %.2f s = %.0f rows/s,"
        " %.0f MB of journal/s, %.0f MB file; ratio build/journal %.2f\n",
        n, points, t1 - t0, t2 - t1, n / (t2 - t1), bytes / 1e6 / (t2 - t1),
        (double)built.bytes / 1e6, (t2 - t1) / (t1 - t0));
    if (te_fs_remove_tree(folder, &err) < 0)
        printf("%s\n", err.text);
}

int main(int argc, char **argv)
{
    unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 50000;
    one(n, 10);
    one(n / 100, 10000);
    return 0;
}

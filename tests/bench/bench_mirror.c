/*
 * The mirror check of one node: 1,354 datasets (as many as TimeEval's collection has) with a test
 * and a training series each, read for the first time, and again when nothing has changed.
 *
 *   bench_mirror [DATASETS] [BYTES]     default 1354 datasets of 50,000 bytes a file
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/mirror.h"

static const double aim = 1.0; /* s when nothing changed */

static int fail(const struct te_err *err)
{
    fprintf(stderr, "bench_mirror: %s\n", err->text);
    return 1;
}

static int write_files(const char *folder, size_t count, size_t bytes, char **paths,
                       struct te_err *err)
{
    te_autofree char *data = te_alloc(bytes, err);
    if (!data)
        return -1;
    memset(data, '7', bytes);
    for (size_t i = 0; i < count; i++) {
        snprintf(data, bytes, "%zu", i);
        paths[i] =
            te_asprintf(err, "%s/data/set%zu/%s.csv", folder, i / 2, i % 2 ? "train" : "test");
        te_autofree char *below = paths[i] ? te_fs_dirname(paths[i], err) : NULL;
        FILE *file = below && te_fs_mkdirs(below, err) == 0 ? fopen(paths[i], "w") : NULL;
        if (!file || fwrite(data, 1, bytes, file) != bytes || fclose(file) != 0)
            return te_err_sys(err, TE_ERR_IO, "cannot write '%s'", paths[i] ? paths[i] : "");
    }
    return 0;
}

/* As a node does it: cache read, every file looked at, cache written. Checksums are filled in the
 * first time. */
static int check(const char *cache_folder, struct te_mirror_file *files,
                 char (*sums)[TE_MIRROR_HEX], size_t count, double *seconds, struct te_err *err)
{
    struct te_mirror_cache cache;
    double start = te_clock_mono();
    if (te_mirror_cache_open(&cache, cache_folder, err) < 0)
        return -1;
    int64_t bad = 0;
    for (size_t i = 0; bad >= 0 && i < count; i++)
        if (sums[i][0])
            bad = te_mirror_check(&cache, &files[i], 1, err) == 0 ? 0 : -1;
        else
            bad = te_mirror_hash(&cache, files[i].path, sums[i], &files[i].bytes, err);
    int rc = bad < 0 ? -1 : te_mirror_cache_save(&cache, err);
    te_mirror_cache_release(&cache);
    *seconds = te_clock_mono() - start;
    return rc;
}

static int measure(const char *folder, size_t count, size_t bytes, struct te_err *err)
{
    te_autofree char **paths = te_zalloc(count, sizeof *paths, err);
    te_autofree struct te_mirror_file *files = te_zalloc(count, sizeof *files, err);
    te_autofree char(*sums)[TE_MIRROR_HEX] = te_zalloc(count, sizeof *sums, err);
    te_autofree char *cache = te_fs_join(folder, "cache", err);
    double first = 0, again = 0;
    if (!paths || !files || !sums || !cache)
        return -1;
    int rc = write_files(folder, count, bytes, paths, err);
    for (size_t i = 0; i < count; i++)
        files[i] = (struct te_mirror_file){.path = paths[i], .sha256 = sums[i]};
    if (rc == 0)
        rc = check(cache, files, sums, count, &first, err);
    if (rc == 0)
        rc = check(cache, files, sums, count, &again, err);
    for (size_t i = 0; i < count; i++)
        te_free(paths[i]);
    if (rc < 0)
        return -1;
    printf("re-check of %zu datasets (%zu files, %.0f MB) when nothing changed %.3f s, aim %.1f; "
           "reading them all %.3f s (%.0f times)\n",
           count / 2, count, (double)(count * bytes) / 1e6, again, aim, first, first / again);
    return again > aim;
}

int main(int argc, char **argv)
{
    struct te_err err = TE_ERR_INIT;
    size_t count = 2 * (argc > 1 ? strtoul(argv[1], NULL, 10) : 1354);
    size_t bytes = argc > 2 ? strtoul(argv[2], NULL, 10) : 50000;
    te_autofree char *folder = te_fs_mkdtemp("/tmp", "bench-mirror-", &err);
    if (!folder)
        return fail(&err);
    int rc = measure(folder, count, bytes, &err);
    struct te_err ignored = TE_ERR_INIT;
    if (te_fs_remove_tree(folder, &ignored) < 0)
        fprintf(stderr, "bench_mirror: %s\n", ignored.text);
    return rc < 0 ? fail(&err) : rc;
}

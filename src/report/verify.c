#include "te/report/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/map.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/mirror.h"
#include "te/model/series.h"

struct job {
    bool full;
    struct te_mirror_cache cache;
    struct te_map sums; /* absolute path -> place of the checksum in texts */
    struct te_strings texts;
    struct te_strings *problems;
    size_t compared;
};

__attribute__((format(printf, 3, 4))) static int problem(struct job *job, struct te_err *err,
                                                         const char *fmt, ...)
{
    char text[TE_ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return te_strings_add(job->problems, text, err);
}

/* "<64 hex digits>  <path>" */
static int add_sum(struct job *job, const char *root, const char *line, size_t len,
                   struct te_err *err)
{
    enum { HEX = TE_MIRROR_HEX - 1 };
    if (len < HEX + 3 || line[HEX] != ' ' || strspn(line, "0123456789abcdef") != HEX)
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s/SHA256SUMS': '%.*s' should be a checksum, two "
                          "blanks and a path",
                          root, (int)(len > 100 ? 100 : len), line);
    te_autofree char *name = te_strndup(line + HEX + 2, len - HEX - 2, err);
    te_autofree char *path = name ? te_fs_join(root, name, err) : NULL;
    te_autofree char *hex = path ? te_strndup(line, HEX, err) : NULL;
    if (!hex || te_strings_add(&job->texts, hex, err) < 0)
        return -1;
    return te_map_put(&job->sums, path, job->texts.count - 1, NULL, err) < 0 ? -1 : 0;
}

static int read_sums(struct job *job, const char *root, struct te_err *err)
{
    te_autofree char *real = te_fs_real(root, err);
    te_autofree char *path = real ? te_fs_join(real, "SHA256SUMS", err) : NULL;
    te_autofree char *data = NULL;
    size_t len;
    if (!path)
        return -1;
    if (!te_fs_exists(path))
        return 0;
    if (te_fs_read(path, TE_MAX_INDEX_FILE, &data, &len, err) < 0)
        return -1;
    for (const char *line = data; *line;) {
        size_t n = strcspn(line, "\n");
        if (n && add_sum(job, real, line, n, err) < 0)
            return -1;
        line += n + (line[n] == '\n');
    }
    return 0;
}

static int check_sum(struct job *job, const char *path, struct te_err *err)
{
    uint64_t at;
    if (!te_map_get(&job->sums, path, &at))
        return 0;
    struct te_mirror_file file = {.path = path, .bytes = -1, .sha256 = job->texts.items[at]};
    int64_t bad = te_mirror_check(&job->cache, &file, 1, err);
    job->compared++;
    if (bad < 0)
        return -1;
    return bad ? problem(job, err, "'%s': %s", path, file.why) : 0;
}

/* Figures that the index leaves open are not compared. */
static int check_figure(struct job *job, const char *path, const char *what, int64_t index,
                        int64_t file, struct te_err *err)
{
    if (index == TE_DATASET_UNKNOWN || index == file)
        return 0;
    return problem(job, err, "'%s': %lld %s, %lld by the index", path, (long long)file, what,
                   (long long)index);
}

static int check_content(struct job *job, const struct te_dataset *d, bool is_train,
                         struct te_err *err)
{
    const char *path = is_train ? d->train_path : d->test_path;
    struct te_series series te_cleanup(te_series_release) = {0};
    struct te_label_stats stats;
    struct te_err why = TE_ERR_INIT;
    unsigned want =
        TE_SERIES_VALUES |
        (d->custom && is_train ? TE_SERIES_LAST | TE_SERIES_ANY_LABELS : TE_SERIES_LABELS);
    if (te_series_load(path, want, &series, &why) < 0)
        return problem(job, err, "%s", why.text);
    if (is_train)
        return check_figure(job, path, "channels", d->dimensions, (int64_t)series.dims, err);
    if (te_label_stats(series.labels, series.rows, &stats, err) < 0 ||
        check_figure(job, path, "rows", d->length, (int64_t)series.rows, err) < 0 ||
        check_figure(job, path, "channels", d->dimensions, (int64_t)series.dims, err) < 0)
        return -1;
    return check_figure(job, path, "anomalies", d->num_anomalies, stats.num_anomalies, err);
}

static int check_file(struct job *job, const struct te_dataset *d, bool is_train,
                      struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    const char *path = is_train ? d->train_path : d->test_path;
    if (!path)
        return 0;
    if (!job->full && te_series_check_header(path, &why) < 0)
        return problem(job, err, "%s", why.text);
    if (check_sum(job, path, err) < 0)
        return -1;
    return job->full ? check_content(job, d, is_train, err) : 0;
}

static void release(struct job *job)
{
    te_mirror_cache_release(&job->cache);
    te_map_release(&job->sums);
    te_strings_release(&job->texts);
}

int te_datasets_verify(const struct te_datasets *datasets, const struct te_strings *roots,
                       const uint32_t *indices, size_t count, bool full, const char *cache,
                       struct te_strings *problems, size_t *sums, struct te_err *err)
{
    struct job job te_cleanup(release) = {.full = full, .problems = problems};
    struct te_err ignored = TE_ERR_INIT;
    te_map_init(&job.sums);
    if (te_mirror_cache_open(&job.cache, cache, err) < 0)
        return -1;
    job.cache.reread = full;
    for (size_t i = 0; i < roots->count; i++)
        if (read_sums(&job, roots->items[i], err) < 0)
            return -1;
    for (size_t i = 0; i < count; i++) {
        const struct te_dataset *d = &datasets->items[indices ? indices[i] : i];
        if (check_file(&job, d, false, err) < 0 || check_file(&job, d, true, err) < 0)
            return -1;
    }
    *sums = job.compared;
    if (te_mirror_cache_save(&job.cache, &ignored) < 0)
        te_err_clear(&ignored); /* a cache that cannot be written costs time, nothing else */
    return 0;
}

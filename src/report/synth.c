#include "te/report/synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/index.h"
#include "te/model/mirror.h"
#include "te/report/metadata.h"
#include "te/text/num.h"
#include "te/text/stamp.h"

static const int64_t first_minute = 28401120; /* 2024-01-01 00:00, in minutes since 1970 */

static void add_stamp(struct te_buf *buf, size_t row, bool datetime)
{
    char text[TE_STAMP_TEXT];
    if (datetime)
        te_buf_add(
            buf, text,
            te_stamp_text(first_minute + (int64_t)row, TE_STAMP_MINUTE, TE_STAMP_SECOND, text));
    else
        te_buf_addf(buf, "%zu", row);
}

static void add_header(struct te_buf *buf, size_t channels)
{
    te_buf_adds(buf, "timestamp");
    for (size_t c = 0; c < channels; c++)
        te_buf_addf(buf, channels == 1 ? ",value" : ",value-%zu", c);
    te_buf_adds(buf, ",is_anomaly\n");
}

static int write_series(const char *path, const struct te_gen_spec *spec, bool datetime,
                        struct te_err *err)
{
    te_autofree double *values = te_zalloc(spec->length * spec->n_channels, sizeof *values, err);
    te_autofree uint8_t *labels = values ? te_zalloc(spec->length, 1, err) : NULL;
    if (!labels || te_generate(spec, values, labels, err) < 0)
        return -1;
    struct te_buf buf;
    te_buf_init(&buf, TE_GIB);
    add_header(&buf, spec->n_channels);
    for (size_t i = 0; i < spec->length; i++) {
        add_stamp(&buf, i, datetime);
        for (size_t c = 0; c < spec->n_channels; c++) {
            char number[TE_NUM_TEXT];
            te_buf_addc(&buf, ',');
            te_buf_add(&buf, number, te_num_repr(values[i * spec->n_channels + c], number));
        }
        te_buf_adds(&buf, labels[i] ? ",1\n" : ",0\n");
    }
    int rc = te_buf_check(&buf, err);
    if (rc == 0)
        rc = te_fs_write_atomic(path, buf.data, buf.len, err);
    te_buf_release(&buf);
    return rc;
}

/* Paths of a dataset's files, relative to the root. */
struct paths {
    char *folder, *test, *train, *metadata;
};

static void release_paths(struct paths *p)
{
    te_free(p->folder);
    te_free(p->test);
    te_free(p->train);
    te_free(p->metadata);
}

static const char *input_type(const struct te_synth *s)
{
    return te_dimension_word(s->test.n_channels == 1 ? TE_UNIVARIATE : TE_MULTIVARIATE);
}

static int make_paths(const struct te_synth *s, struct paths *p, struct te_err *err)
{
    p->folder = te_asprintf(err, "%s/%s", input_type(s), s->collection);
    p->test = te_asprintf(err, "%s/%s/%s.test.csv", input_type(s), s->collection, s->name);
    p->metadata = te_asprintf(err, "%s/%s/%s.metadata.json", input_type(s), s->collection, s->name);
    if (s->training != TE_UNSUPERVISED)
        p->train = te_asprintf(err, "%s/%s/%s.train.csv", input_type(s), s->collection, s->name);
    bool complete = p->folder && p->test && p->metadata;
    return complete && (p->train || s->training == TE_UNSUPERVISED) ? 0 : -1;
}

static int write_files(const char *root, const struct te_synth *s, const struct paths *p,
                       struct te_err *err)
{
    te_autofree char *folder = te_fs_join(root, p->folder, err);
    te_autofree char *test = folder ? te_fs_join(root, p->test, err) : NULL;
    if (!test || te_fs_mkdirs(folder, err) < 0 ||
        write_series(test, &s->test, s->datetime_index, err) < 0)
        return -1;
    if (!p->train)
        return 0;
    te_autofree char *train = te_fs_join(root, p->train, err);
    struct te_gen_spec spec = s->test;
    spec.seed = s->test.seed ^ 0x7261696E; /* another series of the same kind */
    spec.length = s->train_length ? s->train_length : spec.length;
    if (s->training == TE_SEMI_SUPERVISED)
        spec.n_anomalies = 0;
    return train ? write_series(train, &spec, s->datetime_index, err) : -1;
}

static int save_metadata(const char *root, const struct te_synth *s, const struct paths *p,
                         struct te_metadata items[2], struct te_err *err)
{
    te_autofree char *test = te_fs_join(root, p->test, err);
    te_autofree char *file = test ? te_fs_join(root, p->metadata, err) : NULL;
    if (!file ||
        te_metadata_analyze(test, s->collection, s->name, false, false, &items[0], err) < 0)
        return -1;
    if (p->train) {
        te_autofree char *train = te_fs_join(root, p->train, err);
        if (!train ||
            te_metadata_analyze(train, s->collection, s->name, true, false, &items[1], err) < 0)
            return -1;
    }
    return te_metadata_save(file, items, p->train ? 2 : 1, true, err);
}

static char *text(const char *string)
{
    char *out;
    memcpy(&out, &string, sizeof out);
    return out;
}

static int add_row(const char *root, const struct te_synth *s, const struct paths *p,
                   const struct te_metadata *m, struct te_err *err)
{
    struct te_dataset row = {
        .collection = text(s->collection),
        .name = text(s->name),
        .train_path = p->train,
        .test_path = p->test,
        .type = text("synthetic"),
        .input_type = text(input_type(s)),
        .train_type = text(te_training_word(s->training)),
        .has_datetime_index = true,
        .datetime_index = s->datetime_index,
        .has_train_is_normal = true,
        .train_is_normal = s->training == TE_SEMI_SUPERVISED,
        .split_at = (double)__builtin_nan(""),
        .period_size = (double)(int64_t)s->test.channels[0].period,
        .period_is_int = true,
    };
    te_metadata_describe(m, &row);
    return te_index_add(root, &row, err);
}

static int check_new(const char *root, const struct te_synth *s, const struct paths *p,
                     bool replace, struct te_err *err)
{
    if (te_str_check_name("collection name", s->collection, err) < 0 ||
        te_str_check_name("dataset name", s->name, err) < 0)
        return -1;
    if (!replace && te_index_check_new(root, s->collection, s->name, err) < 0)
        return -1;
    te_autofree char *test = te_fs_join(root, p->test, err);
    if (!test)
        return -1;
    if (!replace && te_fs_exists(test))
        return te_err_set(err, TE_ERR_USAGE, "'%s' is there already; --force replaces it", test);
    return 0;
}

int te_synth_write(const char *root, const struct te_synth *synth, bool replace, struct te_err *err)
{
    struct paths p te_cleanup(release_paths) = {0};
    struct te_metadata items[2] = {{0}, {0}};
    if (make_paths(synth, &p, err) < 0 || check_new(root, synth, &p, replace, err) < 0 ||
        write_files(root, synth, &p, err) < 0)
        return te_err_wrap(err, "dataset '%s/%s'", synth->collection, synth->name);
    int rc = save_metadata(root, synth, &p, items, err);
    if (rc == 0)
        rc = add_row(root, synth, &p, &items[0], err);
    te_metadata_release(&items[0]);
    te_metadata_release(&items[1]);
    return rc;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_sum(struct te_mirror_cache *cache, const char *root, const char *path,
                   struct te_buf *buf, struct te_err *err)
{
    char sha256[TE_MIRROR_HEX];
    int64_t bytes;
    if (te_mirror_hash(cache, path, sha256, &bytes, err) < 0)
        return -1;
    te_buf_addf(buf, "%s  %s\n", sha256, path + strlen(root) + 1);
    return 0;
}

/* Every file of every dataset once, in order of the names. */
static int list_files(const struct te_datasets *all, struct te_strings *files, struct te_err *err)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct te_dataset *d = &all->items[i];
        if (te_strings_add(files, d->test_path, err) < 0 ||
            (d->train_path && te_strings_add(files, d->train_path, err) < 0))
            return -1;
    }
    if (files->count)
        qsort(files->items, files->count, sizeof *files->items, compare);
    return 0;
}

static int write_sums(const char *root, const struct te_strings *files, struct te_err *err)
{
    struct te_mirror_cache cache te_cleanup(te_mirror_cache_release);
    struct te_buf buf te_cleanup(te_buf_release);
    te_autofree char *path = te_fs_join(root, "SHA256SUMS", err);
    te_buf_init(&buf, TE_MAX_INDEX_FILE);
    if (te_mirror_cache_open(&cache, NULL, err) < 0 || !path)
        return -1;
    for (size_t i = 0; i < files->count; i++)
        if ((i == 0 || strcmp(files->items[i], files->items[i - 1]) != 0) &&
            add_sum(&cache, root, files->items[i], &buf, err) < 0)
            return -1;
    return te_buf_check(&buf, err) < 0
               ? -1
               : te_fs_write_atomic(path, buf.data ? buf.data : "", buf.len, err);
}

int te_synth_checksums(const char *root, struct te_err *err)
{
    te_autofree char *real = te_fs_real(root, err);
    struct te_datasets all te_cleanup(te_datasets_release) = {0};
    struct te_strings files te_cleanup(te_strings_release) = {0};
    if (!real)
        return -1;
    struct te_strings roots = {&real, 1, 1};
    if (te_datasets_open(&roots, NULL, &all, NULL, err) < 0 || list_files(&all, &files, err) < 0)
        return -1;
    return write_sums(real, &files, err);
}

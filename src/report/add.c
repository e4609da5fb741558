#include "te/report/add.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/index.h"
#include "te/report/metadata.h"
#include "te/report/sums.h"

enum { BLOCK = 64 * 1024 };

/* A dataset on its way in. */
struct entry {
    struct te_metadata items[2]; /* test, training */
    size_t count;
    bool integers; /* time stamps of the test series are whole numbers */
    char *folder;  /* below the root */
    char *paths[2];
};

static void release(struct entry *e)
{
    for (size_t i = 0; i < e->count; i++)
        te_metadata_release(&e->items[i]);
    te_free(e->folder);
    te_free(e->paths[0]);
    te_free(e->paths[1]);
}

static int analyze(const struct te_add *job, struct entry *e, struct te_err *err)
{
    const char *files[2] = {job->test, job->train};
    struct te_series series te_cleanup(te_series_release) = {0};
    if (te_series_load(job->test, TE_SERIES_LABELS | TE_SERIES_INDEX, &series, err) < 0)
        return -1;
    e->integers = series.index != NULL;
    for (; e->count < 2 && files[e->count]; e->count++)
        if (te_metadata_analyze(files[e->count], job->collection, job->name, e->count == 1, false,
                                &e->items[e->count], err) < 0)
            return -1;
    if (e->count == 2 && e->items[0].dimensions != e->items[1].dimensions)
        return te_err_set(err, TE_ERR_USAGE, "'%s' has %lld channels, '%s' has %lld", job->train,
                          (long long)e->items[1].dimensions, job->test,
                          (long long)e->items[0].dimensions);
    return 0;
}

static enum te_dimension dimension_of(const struct entry *e)
{
    return e->items[0].dimensions == 1 ? TE_UNIVARIATE : TE_MULTIVARIATE;
}

static int make_paths(const struct te_add *job, struct entry *e, struct te_err *err)
{
    static const char *const endings[] = {"test", "train"};
    e->folder = te_asprintf(err, "%s/%s", te_dimension_word(dimension_of(e)), job->collection);
    for (size_t i = 0; e->folder && i < e->count && i < 2; i++) {
        e->paths[i] = te_asprintf(err, "%s/%s.%s.csv", e->folder, job->name, endings[i]);
        if (!e->paths[i])
            return -1;
    }
    return e->folder ? 0 : -1;
}

static int copy_all(int in, int out, struct te_err *err)
{
    te_autofree char *block = te_alloc(BLOCK, err);
    if (!block)
        return -1;
    for (;;) {
        ssize_t n = read(in, block, BLOCK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return te_err_sys(err, TE_ERR_IO, "read");
        if (n == 0)
            return 0;
        if (te_fs_write_all(out, block, (size_t)n, err) < 0)
            return -1;
    }
}

static int copy_to(const char *from, const char *to, struct te_err *err)
{
    int in te_cleanup(te_fd_cleanup) = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return te_err_sys(err, TE_ERR_USAGE, "cannot open '%s'", from);
    int out te_cleanup(te_fd_cleanup) = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot create '%s'", to);
    if (copy_all(in, out, err) < 0)
        return te_err_wrap(err, "cannot copy '%s'", from);
    return 0;
}

static int link_to(const char *from, const char *to, struct te_err *err)
{
    te_autofree char *real = te_fs_real(from, err);
    if (!real)
        return -1;
    if (unlink(to) != 0 && errno != ENOENT)
        return te_err_sys(err, TE_ERR_IO, "cannot remove '%s'", to);
    if (link(real, to) == 0)
        return 0;
    if (errno == EXDEV)
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' is on another file system than '%s', so it cannot be linked; leave "
                          "out --link",
                          from, to);
    return te_err_sys(err, TE_ERR_IO, "cannot link '%s'", from);
}

/* Through a name beside it, so that an older file of that name is replaced at once or stays. */
static int bring_in(const char *root, const char *path, const struct te_add *job, const char *from,
                    struct te_err *err)
{
    te_autofree char *to = te_fs_join(root, path, err);
    te_autofree char *tmp = to ? te_asprintf(err, "%s.tmp-add", to) : NULL;
    if (!tmp)
        return -1;
    if (!job->replace && te_fs_exists(to)) {
        /* an add that was cut before the index row may be repeated */
        bool same = false;
        if (te_sums_same(from, to, &same, err) < 0)
            return -1;
        return same ? 0
                    : te_err_set(err, TE_ERR_USAGE,
                                 "'%s' is there already and differs from '%s'; --force replaces it",
                                 to, from);
    }
    if ((job->link ? link_to(from, tmp, err) : copy_to(from, tmp, err)) == 0 &&
        te_fs_commit(tmp, to, err) == 0)
        return 0;
    unlink(tmp);
    return -1;
}

static int bring_files(const char *root, const struct te_add *job, const struct entry *e,
                       struct te_err *err)
{
    te_autofree char *folder = te_fs_join(root, e->folder, err);
    te_autofree char *file =
        folder ? te_asprintf(err, "%s/%s.metadata.json", folder, job->name) : NULL;
    if (!file || te_fs_mkdirs(folder, err) < 0 ||
        bring_in(root, e->paths[0], job, job->test, err) < 0 ||
        (e->count == 2 && bring_in(root, e->paths[1], job, job->train, err) < 0))
        return -1;
    if (te_metadata_save(file, e->items, e->count, job->replace, err) < 0)
        return -1;
    return te_sums_update(root, (const char *const *)e->paths, e->count, err);
}

static char *text(const char *string)
{
    char *out;
    memcpy(&out, &string, sizeof out);
    return out;
}

static enum te_training training_of(const struct entry *e)
{
    if (e->count < 2)
        return TE_UNSUPERVISED;
    return e->items[1].labels.num_anomalies ? TE_SUPERVISED : TE_SEMI_SUPERVISED;
}

static int add_row(const char *root, const struct te_add *job, const struct entry *e,
                   struct te_err *err)
{
    const struct te_metadata *m = &e->items[0];
    enum te_training training = training_of(e);
    struct te_dataset row = {
        .collection = text(job->collection),
        .name = text(job->name),
        .test_path = e->paths[0],
        .train_path = e->paths[1],
        .type = text(job->type),
        .input_type = text(te_dimension_word(dimension_of(e))),
        .train_type = text(te_training_word(training)),
        .has_datetime_index = true,
        .datetime_index = !e->integers,
        .has_train_is_normal = true,
        .train_is_normal = training == TE_SEMI_SUPERVISED,
        .split_at = (double)NAN,
        .period_size = job->period,
        .period_is_int = job->period == floor(job->period),
    };
    te_metadata_describe(m, &row);
    return te_index_add(root, &row, err);
}

int te_dataset_add(const char *root, const struct te_add *job, struct te_err *err)
{
    struct entry e te_cleanup(release) = {.count = 0};
    if (te_str_check_name("collection name", job->collection, err) < 0 ||
        te_str_check_name("dataset name", job->name, err) < 0)
        return -1;
    if (!job->replace && te_index_check_new(root, job->collection, job->name, err) < 0)
        return -1;
    if (analyze(job, &e, err) < 0 || make_paths(job, &e, err) < 0 || te_fs_mkdirs(root, err) < 0 ||
        bring_files(root, job, &e, err) < 0)
        return -1;
    return add_row(root, job, &e, err);
}

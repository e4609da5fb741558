/*
 * A rescored file is a copy of the old one in which /experiments was written anew with more
 * columns; the rest is not touched. Rows go through in batches, which threads judge.
 */
#include "te/store/h5_rescore.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "h5_frame.h"
#include "h5_record.h"
#include "h5_table.h"
#include "seal.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/config.h"
#include "te/report/judge.h"

static const char TABLE[] = "/experiments";
static const char NEW_TABLE[] = "/experiments_rescored";

enum { BATCH_ROWS = 1024, COPY_BLOCK = 1 << 20 };
static const uint64_t BATCH_POINTS = (uint64_t)16 << 20;

/* Columns of a row that say where its scores are. */
struct places {
    size_t scores_offset, scores_length, dataset_row;
};

struct rescore {
    hid_t file;
    struct te_metric_spec **specs; /* those that are added; borrowed */
    char **names;                  /* their columns; owned */
    size_t n_specs;

    struct te_h5_col *old_cols;
    char **old_names; /* HDF5's memory */
    size_t n_old;
    struct te_h5_layout old;
    struct te_h5_view rows;
    struct places places;

    struct te_h5_col *new_cols;
    size_t insert; /* old columns before the new ones */
    struct te_h5_layout new;
    struct te_h5_stream out;

    struct te_h5_view scores, labels;
    struct te_h5_dataset *datasets;
    size_t n_datasets;
    size_t unlabelled; /* rows with scores and without labels */
    uint32_t *periods; /* per dataset, 0: not looked for yet; NULL: nobody asks */
    struct te_strings *notices;
    struct te_rescore_report report;
};

static void release(struct rescore *r)
{
    te_h5_view_close(&r->rows);
    te_h5_view_close(&r->scores);
    te_h5_view_close(&r->labels);
    te_h5_stream_close(&r->out);
    te_h5_table_free(te_h5_dataset_cols, te_h5_n_dataset, r->datasets, r->n_datasets,
                     sizeof *r->datasets);
    te_h5_close_file(&r->file);
    te_h5_layout_release(&r->old);
    te_h5_layout_release(&r->new);
    for (size_t i = 0; r->old_names && i < r->n_old; i++) {
        H5free_memory(r->old_names[i]);
    }
    for (size_t k = 0; r->names && k < r->n_specs; k++) {
        te_free(r->names[k]);
    }
    te_free(r->periods);
    te_free(r->old_names);
    te_free(r->old_cols);
    te_free(r->new_cols);
    te_free(r->names);
    te_free(r->specs);
}

/* Takes the sentence over. */
static int notice(struct rescore *r, char *sentence, struct te_err *err)
{
    te_autofree char *owned = sentence;
    if (!owned) {
        return -1;
    }
    return r->notices ? te_strings_add(r->notices, owned, err) : 0;
}

/* ---- the columns that are there --------------------------------------------------------- */

static int describe_member(hid_t type, unsigned i, struct rescore *r, struct te_err *err)
{
    te_cleanup(te_h5_close_type) hid_t member = H5Tget_member_type(type, i);
    r->old_names[i] = H5Tget_member_name(type, i);
    if (member < 0 || !r->old_names[i]) {
        return te_h5_fail(err, "cannot read the columns of", TABLE);
    }
    H5T_class_t class = H5Tget_class(member);
    size_t size = H5Tget_size(member);
    enum te_h5_kind kind = class == H5T_STRING  ? TE_H5_TEXT
                           : class == H5T_FLOAT ? TE_H5_REAL
                                                : TE_H5_I64;
    if ((class != H5T_STRING && class != H5T_FLOAT && class != H5T_INTEGER) ||
        (class != H5T_STRING && size != 8)) {
        return te_err_set(err, TE_ERR_FORMAT, "column '%s' of '%s' is none of ours",
                          r->old_names[i], TABLE);
    }
    r->old_cols[i] = (struct te_h5_col){r->old_names[i], kind, 0, (uint32_t)size, NULL, 0, false};
    return 0;
}

static int describe_table(struct rescore *r, struct te_err *err)
{
    te_cleanup(te_h5_close_set) hid_t set = H5Dopen2(r->file, TABLE, H5P_DEFAULT);
    te_cleanup(te_h5_close_type) hid_t type = set < 0 ? -1 : H5Dget_type(set);
    if (type < 0 || H5Tget_class(type) != H5T_COMPOUND) {
        return te_h5_fail(err, "there is no table", TABLE);
    }
    int count = H5Tget_nmembers(type);
    if (count < 1) {
        return te_h5_fail(err, "there are no columns in", TABLE);
    }
    r->n_old = (size_t)count;
    r->old_names = te_zalloc(r->n_old, sizeof *r->old_names, err);
    r->old_cols = r->old_names ? te_zalloc(r->n_old, sizeof *r->old_cols, err) : NULL;
    if (!r->old_cols) {
        return -1;
    }
    for (unsigned i = 0; i < (unsigned)count; i++) {
        if (describe_member(type, i, r, err) < 0) {
            return -1;
        }
    }
    return te_h5_table_open(r->file, TABLE, r->old_cols, r->n_old, &r->old, &r->rows, err);
}

/* Index of a column, n_old if there is none. */
static size_t find_column(const struct rescore *r, const char *name)
{
    size_t i = 0;
    while (i < r->n_old && strcmp(r->old_names[i], name) != 0) {
        i++;
    }
    return i;
}

static int find_places(struct rescore *r, struct te_err *err)
{
    const struct {
        const char *name;
        size_t *at;
    } wanted[] = {{"scores_offset", &r->places.scores_offset},
                  {"scores_length", &r->places.scores_length},
                  {"dataset_row", &r->places.dataset_row}};
    for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++) {
        size_t i = find_column(r, wanted[k].name);
        if (i == r->n_old || r->old_cols[i].kind != TE_H5_I64) {
            return te_err_set(err, TE_ERR_FORMAT, "'%s' has no column '%s'", TABLE, wanted[k].name);
        }
        *wanted[k].at = r->old.at[i];
    }
    /* New columns stand behind the metrics that are there, before ours. */
    r->insert = find_column(r, te_h5_tail_cols[0].name);
    return 0;
}

/* ---- the columns that come -------------------------------------------------------------- */

static bool is_chosen(const struct rescore *r, const char *name)
{
    for (size_t k = 0; k < r->n_specs; k++) {
        if (strcmp(r->names[k], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_taken(const struct rescore *r, const char *name)
{
    return find_column(r, name) < r->n_old || is_chosen(r, name);
}

static int choose(struct rescore *r, struct te_metric_spec *spec, struct te_err *err)
{
    const char *name = te_metric_name(spec);
    const char *canonical = te_metric_canonical(spec);
    bool renamed = is_taken(r, name);
    if (te_metric_needs_integer_scores(spec) &&
        notice(r,
               te_asprintf(err, "metric '%s' judges predictions: its column stays empty",
                           te_metric_text(spec)),
               err) < 0) {
        return -1;
    }
    if (renamed && is_taken(r, canonical)) {
        return notice(r, te_asprintf(err, "metric '%s' is there already", te_metric_text(spec)),
                      err);
    }
    if (renamed && notice(r,
                          te_asprintf(err, "column '%s' is taken: metric '%s' becomes '%s'", name,
                                      te_metric_text(spec), canonical),
                          err) < 0) {
        return -1;
    }
    r->names[r->n_specs] = te_strdup(renamed ? canonical : name, err);
    if (!r->names[r->n_specs]) {
        return -1;
    }
    r->specs[r->n_specs++] = spec;
    return 0;
}

static int choose_all(struct rescore *r, const struct te_metric_list *metrics, struct te_err *err)
{
    r->specs = te_zalloc(metrics->count + 1, sizeof *r->specs, err);
    r->names = r->specs ? te_zalloc(metrics->count + 1, sizeof *r->names, err) : NULL;
    if (!r->names) {
        return -1;
    }
    for (size_t k = 0; k < metrics->count; k++) {
        if (choose(r, metrics->specs[k], err) < 0) {
            return -1;
        }
    }
    size_t known = te_h5_n_head + te_h5_n_tail;
    size_t there = r->n_old > known ? r->n_old - known : 0;
    if (there + r->n_specs > TE_MAX_METRICS) {
        return te_err_set(err, TE_ERR_LIMIT,
                          "%zu metric columns with the new ones, at most %d are "
                          "possible",
                          there + r->n_specs, TE_MAX_METRICS);
    }
    return 0;
}

static int make_new_table(struct rescore *r, struct te_err *err)
{
    size_t n = r->n_old + r->n_specs;
    te_autofree uint32_t *widths = te_zalloc(n, sizeof *widths, err);
    r->new_cols = widths ? te_zalloc(n, sizeof *r->new_cols, err) : NULL;
    if (!r->new_cols) {
        return -1;
    }
    for (size_t i = 0; i < r->n_old; i++) {
        size_t at = i < r->insert ? i : i + r->n_specs;
        r->new_cols[at] = r->old_cols[i];
        widths[at] = r->old_cols[i].kind == TE_H5_TEXT ? r->old.width[i] : 0;
    }
    for (size_t k = 0; k < r->n_specs; k++) {
        r->new_cols[r->insert + k] =
            (struct te_h5_col){r->names[k], TE_H5_REAL, 0, 0, NULL, 0, false};
    }
    if (te_h5_layout_make(r->new_cols, n, widths, &r->new, err) < 0) {
        return -1;
    }
    return te_h5_table_create(r->file, NEW_TABLE, &r->new, &r->out, err);
}

/* ---- rows ------------------------------------------------------------------------------- */

static int64_t cell(const unsigned char *row, size_t at)
{
    int64_t value;
    memcpy(&value, row + at, sizeof value);
    return value;
}

/* Rows that are judged together. */
struct batch {
    size_t count;
    unsigned char *rows; /* as they are */
    struct te_judge_job jobs[BATCH_ROWS];
    double *values;
};

static void batch_clear(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        te_free((void *)(uintptr_t)b->jobs[i].labels);
        te_free((void *)(uintptr_t)b->jobs[i].raw);
    }
    b->count = 0;
}

static int load_arrays(struct rescore *r, int64_t offset, int64_t length,
                       const struct te_h5_dataset *d, struct te_judge_job *job, struct te_err *err)
{
    size_t n = (size_t)length;
    te_autofree double *raw = te_alloc(n * sizeof *raw, err);
    te_autofree uint8_t *labels = raw ? te_alloc(n, err) : NULL;
    if (!labels || te_h5_view_read(&r->scores, (uint64_t)offset, n, raw, err) < 0 ||
        te_h5_view_read(&r->labels, (uint64_t)d->labels_offset, n, labels, err) < 0) {
        return -1;
    }
    job->raw = te_steal(raw);
    job->labels = te_steal(labels);
    job->n = n;
    r->report.judged++;
    return 0;
}

/* Looked for once per dataset; where its file is gone, the metric falls back. */
static int find_period(struct rescore *r, size_t dataset, uint32_t *period, struct te_err *err)
{
    static const uint32_t UNKNOWN = UINT32_MAX;
    struct te_err why = TE_ERR_INIT;
    const char *path = r->datasets[dataset].task.test_path;
    if (!r->periods) {
        return 0;
    }
    if (r->periods[dataset] == 0) {
        if (!path || te_judge_period(path, &r->periods[dataset], &why) < 0) {
            r->periods[dataset] = UNKNOWN;
            if (notice(r,
                       te_asprintf(err, "window=auto is the fallback for dataset '%s': %s",
                                   r->datasets[dataset].task.dataset,
                                   path ? why.text : "its file is not known"),
                       err) < 0) {
                return -1;
            }
        }
    }
    *period = r->periods[dataset] == UNKNOWN ? 0 : r->periods[dataset];
    return 0;
}

/* A job without points where there is nothing to judge. */
static int load_job(struct rescore *r, uint64_t number, const unsigned char *row,
                    struct te_judge_job *job, struct te_err *err)
{
    int64_t offset = cell(row, r->places.scores_offset);
    int64_t length = cell(row, r->places.scores_length);
    int64_t dataset = cell(row, r->places.dataset_row);
    job->labels = NULL;
    job->raw = NULL;
    job->period = 0;
    job->n = 0;
    if (offset < 0 || length <= 0) {
        return 0;
    }
    bool known = dataset >= 0 && (size_t)dataset < r->n_datasets;
    const struct te_h5_dataset *d = known ? &r->datasets[dataset] : NULL;
    if (!d || d->labels_offset < 0) {
        r->unlabelled++;
        return 0;
    }
    if (d->labels_length != length) {
        return notice(r,
                      te_asprintf(err, "row %llu: %lld scores, but %lld labels",
                                  (unsigned long long)number, (long long)length,
                                  (long long)d->labels_length),
                      err);
    }
    if (find_period(r, (size_t)dataset, &job->period, err) < 0) {
        return -1;
    }
    return load_arrays(r, offset, length, d, job, err);
}

static int fill_batch(struct rescore *r, struct batch *b, uint64_t first, struct te_err *err)
{
    uint64_t points = 0;
    while (b->count < BATCH_ROWS && first + b->count < r->rows.count && points < BATCH_POINTS) {
        unsigned char *row = b->rows + b->count * r->old.row;
        struct te_judge_job *job = &b->jobs[b->count];
        if (te_h5_view_read(&r->rows, first + b->count, 1, row, err) < 0 ||
            load_job(r, first + b->count, row, job, err) < 0) {
            return -1;
        }
        job->values = b->values + b->count * r->n_specs;
        points += job->n;
        b->count++;
    }
    return 0;
}

static int write_batch(struct rescore *r, const struct batch *b, unsigned char *row,
                       struct te_err *err)
{
    size_t before = r->insert < r->n_old ? r->old.at[r->insert] : r->old.row;
    size_t added = r->n_specs * sizeof(double);
    for (size_t i = 0; i < b->count; i++) {
        const unsigned char *old = b->rows + i * r->old.row;
        memcpy(row, old, before);
        memcpy(row + before, b->jobs[i].values, added);
        memcpy(row + before + added, old + before, r->old.row - before);
        if (te_h5_stream_append(&r->out, row, 1, err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int judge_batches(struct rescore *r, struct batch *b, unsigned char *row, unsigned threads,
                         struct te_err *err)
{
    for (uint64_t first = 0; first < r->rows.count;) {
        int rc = fill_batch(r, b, first, err);
        if (rc == 0) {
            rc = te_judge_all(r->specs, r->n_specs, b->jobs, b->count, threads, err);
        }
        if (rc == 0) {
            rc = write_batch(r, b, row, err);
        }
        first += b->count;
        batch_clear(b);
        if (rc < 0) {
            return -1;
        }
    }
    return 0;
}

static int judge_rows(struct rescore *r, unsigned threads, struct te_err *err)
{
    te_autofree struct batch *b = te_zalloc(1, sizeof *b, err);
    te_autofree unsigned char *rows = b ? te_zalloc(BATCH_ROWS, r->old.row, err) : NULL;
    te_autofree double *values =
        rows ? te_zalloc(BATCH_ROWS * r->n_specs, sizeof *values, err) : NULL;
    te_autofree unsigned char *row = values ? te_alloc(r->new.row, err) : NULL;
    if (!row) {
        return -1;
    }
    b->rows = rows;
    b->values = values;
    if (judge_batches(r, b, row, threads, err) < 0) {
        return -1;
    }
    if (r->unlabelled == 0) {
        return 0;
    }
    return notice(r,
                  te_asprintf(err,
                              "%zu experiments have scores, but the file has no labels of their "
                              "datasets (import takes them from --root or --custom)",
                              r->unlabelled),
                  err);
}

/* ---- the file --------------------------------------------------------------------------- */

static int open_arrays(struct rescore *r, const char *path, struct te_err *err)
{
    void *datasets = NULL;
    if (!te_h5_has(r->file, "/scores") || !te_h5_has(r->file, "/scores/raw")) {
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' has no scores: it was made while its run went on", path);
    }
    if (te_h5_view_open(r->file, "/scores/raw", H5Tcopy(H5T_NATIVE_DOUBLE), &r->scores, err) < 0 ||
        te_h5_view_open(r->file, "/datasets/labels", H5Tcopy(H5T_NATIVE_UINT8), &r->labels, err) <
            0 ||
        te_h5_table_get(r->file, "/datasets/table", te_h5_dataset_cols, te_h5_n_dataset, &datasets,
                        &r->n_datasets, sizeof *r->datasets, err) < 0) {
        return -1;
    }
    r->datasets = datasets;
    return 0;
}

/* The new table takes the old one's places. */
static int replace_table(struct rescore *r, struct te_err *err)
{
    te_h5_view_close(&r->rows);
    if (H5Ldelete(r->file, TABLE, H5P_DEFAULT) < 0 ||
        (te_h5_has(r->file, "/frame") && H5Ldelete(r->file, "/frame", H5P_DEFAULT) < 0) ||
        H5Lmove(r->file, NEW_TABLE, r->file, TABLE, H5P_DEFAULT, H5P_DEFAULT) < 0) {
        return te_h5_fail(err, "cannot replace", TABLE);
    }
    if (te_h5_frame_add(r->file, r->out.set, &r->new, r->out.total, &r->report.framed, err) < 0) {
        return -1;
    }
    return te_h5_stream_finish(&r->out, err);
}

/* Works on the copy; -1 also leaves it to be thrown away. */
static int change_copy(struct rescore *r, const char *path, const char *copy,
                       const struct te_metric_list *metrics, unsigned threads, struct te_err *err)
{
    if (te_h5_begin(err) < 0) {
        return -1;
    }
    r->file = H5Fopen(copy, H5F_ACC_RDWR, H5P_DEFAULT);
    if (r->file < 0) {
        return te_h5_fail(err, "cannot open the copy of", path);
    }
    if (describe_table(r, err) < 0 || find_places(r, err) < 0 || open_arrays(r, path, err) < 0 ||
        choose_all(r, metrics, err) < 0) {
        return te_err_wrap(err, "'%s'", path);
    }
    r->report.rows = (size_t)r->rows.count;
    r->report.columns = r->n_specs;
    if (r->n_specs == 0) {
        return 0;
    }
    if (te_judge_wants_period(r->specs, r->n_specs)) {
        r->periods = te_zalloc(r->n_datasets, sizeof *r->periods, err);
        if (!r->periods) {
            return -1;
        }
    }
    if (make_new_table(r, err) < 0 || judge_rows(r, threads, err) < 0 ||
        replace_table(r, err) < 0) {
        return te_err_wrap(err, "'%s'", path);
    }
    return 0;
}

static int copy_bytes(int from, const char *path, const char *copy, uint64_t bytes,
                      struct te_err *err)
{
    te_autofree unsigned char *block = te_alloc(COPY_BLOCK, err);
    te_cleanup(te_fd_cleanup) int to =
        block ? open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : -1;
    if (to < 0) {
        return block ? te_err_sys(err, TE_ERR_IO, "cannot create '%s'", copy) : -1;
    }
    for (uint64_t at = 0; at < bytes;) {
        size_t want = bytes - at < COPY_BLOCK ? (size_t)(bytes - at) : COPY_BLOCK;
        ssize_t n = pread(from, block, want, (off_t)at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return te_err_sys(err, TE_ERR_IO, "cannot read '%s'", path);
        }
        if (te_fs_write_all(to, block, (size_t)n, err) < 0) {
            return te_err_wrap(err, "'%s'", copy);
        }
        at += (uint64_t)n;
    }
    return 0;
}

/* Holds the file against a second rescore; the lock goes with the descriptor. */
static int lock_file(const char *path, struct te_err *err)
{
    struct stat st;
    int fd = te_fs_open_regular(path, &st, err);
    if (fd < 0) {
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int rc = errno == EWOULDBLOCK
                     ? te_err_set(err, TE_ERR_BUSY, "'%s' is being rescored already", path)
                     : te_err_sys(err, TE_ERR_IO, "cannot lock '%s'", path);
        te_fd_cleanup(&fd);
        return rc;
    }
    return fd;
}

static int rescore_copy(const char *path, const char *copy, const struct te_metric_list *metrics,
                        unsigned threads, struct te_strings *notices, struct te_rescore_report *out,
                        struct te_err *err)
{
    struct rescore r = {.file = -1, .notices = notices};
    te_h5_view_init(&r.rows);
    te_h5_view_init(&r.scores);
    te_h5_view_init(&r.labels);
    te_h5_stream_init(&r.out);
    int rc = change_copy(&r, path, copy, metrics, threads, err);
    *out = r.report;
    te_h5_view_close(&r.rows);
    te_h5_view_close(&r.scores);
    te_h5_view_close(&r.labels);
    te_h5_stream_close(&r.out);
    hid_t file = r.file;
    r.file = -1;
    if (file >= 0 && H5Fclose(file) < 0 && rc == 0) {
        rc = te_h5_fail(err, "cannot close", copy);
    }
    release(&r);
    return rc;
}

int te_h5_rescore(const char *path, const struct te_metric_list *metrics, unsigned threads,
                  struct te_strings *notices, struct te_rescore_report *out, struct te_err *err)
{
    struct te_rescore_report report = {0};
    uint64_t bytes = 0;
    te_autofree char *copy = te_asprintf(err, "%s.rescore", path);
    te_cleanup(te_fd_cleanup) int fd = copy ? lock_file(path, err) : -1;
    if (fd < 0 || te_seal_check(path, &bytes, err) < 0) {
        return -1;
    }
    int rc = copy_bytes(fd, path, copy, bytes, err);
    if (rc == 0) {
        rc = rescore_copy(path, copy, metrics, threads, notices, &report, err);
    }
    if (rc == 0 && report.columns > 0) {
        rc = te_seal_put(copy, err) < 0 ? -1 : te_fs_commit(copy, path, err);
    }
    if (rc < 0 || report.columns == 0) {
        unlink(copy);
    }
    if (rc == 0) {
        *out = report;
    }
    return rc;
}

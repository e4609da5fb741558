/* The result file, row by row. */
#include "te/store/h5_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "h5_frame.h"
#include "h5_record.h"
#include "h5_table.h"
#include "intern.h"
#include "seal.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/map.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/version.h"
#include "te/core/batch.h"
#include "te/report/table.h"

enum { SCORES_CHUNK = 64 * 1024, BYTES_CHUNK = 256 * 1024 };

struct te_h5_writer {
    char *path, *tmp;
    hid_t file;
    bool committed;
    const struct te_h5_facts *facts;
    const struct te_h5_options *options;
    struct te_h5_col *cols; /* head, metrics, tail */
    char **renamed;         /* metric columns whose name was taken */
    size_t n_cols, n_metrics;
    struct te_h5_layout layout, params_layout;
    unsigned char *row, *params_row;
    struct te_h5_stream rows, scores, logs, params, json;
    struct te_intern known_params;
    struct te_map known; /* "d..." datasets, "a..." algorithms */
    struct te_h5_dataset *datasets;
    size_t n_datasets, datasets_cap;
    struct te_h5_algorithm *algorithms;
    size_t n_algorithms, algorithms_cap;
    struct te_h5_stream labels;
    uint64_t scores_from; /* of the row that comes next */
};

/* ---- widths ----------------------------------------------------------------------------- */

static const struct te_h5_col *fixed_col(size_t i)
{
    return i < te_h5_n_head ? &te_h5_head_cols[i] : &te_h5_tail_cols[i - te_h5_n_head];
}

void te_h5_widths_add(struct te_h5_widths *widths, const struct te_task *task,
                      const struct te_result *result)
{
    struct te_h5_record record;
    te_h5_record_fill(&record, task, result);
    for (size_t i = 0; i < te_h5_n_head + te_h5_n_tail; i++) {
        uint32_t w = te_h5_col_width(fixed_col(i), &record);
        widths->text[i] = w > widths->text[i] ? w : widths->text[i];
    }
    widths->rows++;
}

/* ---- columns ---------------------------------------------------------------------------- */

static bool is_taken(const struct te_h5_writer *w, size_t n_metrics, const char *name)
{
    for (size_t i = 0; i < te_h5_n_head + te_h5_n_tail; i++)
        if (strcmp(fixed_col(i)->name, name) == 0)
            return true;
    for (size_t i = 0; i < n_metrics; i++)
        if (strcmp(w->cols[te_h5_n_head + i].name, name) == 0)
            return true;
    return false;
}

static int add_metric(struct te_h5_writer *w, size_t i, const char *name, struct te_err *err)
{
    const char *column = name;
    for (int n = 1; is_taken(w, i, column); n++) {
        te_free(w->renamed[i]);
        w->renamed[i] = te_asprintf(err, "%s (metric%.0d)", name, n > 1 ? n : 0);
        if (!w->renamed[i])
            return -1;
        column = w->renamed[i];
    }
    w->cols[te_h5_n_head + i] = (struct te_h5_col){column, TE_H5_METRIC, i, 0, NULL, 0, false};
    return 0;
}

static int make_columns(struct te_h5_writer *w, const struct te_h5_widths *widths,
                        struct te_err *err)
{
    const struct te_rec_header *header = w->facts->header;
    if (header->n_metrics > TE_MAX_METRICS)
        return te_err_set(err, TE_ERR_LIMIT, "%u metric columns, at most %d are possible",
                          header->n_metrics, TE_MAX_METRICS);
    w->n_metrics = header->n_metrics;
    w->n_cols = te_h5_n_head + w->n_metrics + te_h5_n_tail;
    w->cols = te_zalloc(w->n_cols, sizeof *w->cols, err);
    w->renamed = w->cols ? te_zalloc(w->n_metrics, sizeof *w->renamed, err) : NULL;
    te_autofree uint32_t *text = w->renamed ? te_zalloc(w->n_cols, sizeof *text, err) : NULL;
    if (!text)
        return -1;
    size_t tail = te_h5_n_head + w->n_metrics;
    memcpy(w->cols, te_h5_head_cols, te_h5_n_head * sizeof *w->cols);
    memcpy(w->cols + tail, te_h5_tail_cols, te_h5_n_tail * sizeof *w->cols);
    memcpy(text, widths->text, te_h5_n_head * sizeof *text);
    memcpy(text + tail, widths->text + te_h5_n_head, te_h5_n_tail * sizeof *text);
    for (size_t i = 0; i < w->n_metrics; i++)
        if (add_metric(w, i, header->metrics[i], err) < 0)
            return -1;
    return te_h5_layout_make(w->cols, w->n_cols, text, &w->layout, err);
}

/* ---- opening ---------------------------------------------------------------------------- */

/* Which batch job it was, in parts that need no parsing; of a run in parts the last one. */
static int job_attributes(struct te_h5_writer *w, struct te_err *err)
{
    struct te_batch batch = {0};
    (void)te_batch_parse_text(w->facts->job, &batch);
    if (te_h5_set_text(w->file, "job_id", batch.id, err) < 0 ||
        te_h5_set_text(w->file, "job_nodes", batch.nodes, err) < 0)
        return -1;
    return te_h5_set_int(w->file, "job_restarts", batch.restarts, err);
}

static int root_attributes(struct te_h5_writer *w, struct te_err *err)
{
    const struct te_h5_facts *f = w->facts;
    const struct te_rec_header *h = f->header;
    char start[32] = "", end[32] = "";
    te_clock_iso8601(h->created, start, sizeof start);
    te_clock_iso8601(f->ended, end, sizeof end);
    const char *texts[][2] = {{"format", "timeeval-mpi results"},
                              {"program_version", TE_VERSION},
                              {"run_name", h->run_name},
                              {"start", start},
                              {"end", end},
                              {"plan_digest", h->plan_digest},
                              {"plan_facts", h->plan_facts},
                              {"command_line", h->command_line},
                              {"mpi", f->mpi},
                              {"job", f->job}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (te_h5_set_text(w->file, texts[i][0], texts[i][1], err) < 0)
            return -1;
    if (te_h5_set_int(w->file, "format_version", TE_H5_VERSION, err) < 0 ||
        te_h5_set_int(w->file, "complete", f->complete, err) < 0 ||
        te_h5_set_int(w->file, "exit_code", f->exit_code, err) < 0 || job_attributes(w, err) < 0)
        return -1;
    return te_h5_set_int(w->file, "planned", (int64_t)h->n_experiments, err);
}

/* Name of a data set for a file: its last part, with a number in front where that is taken. */
static int put_config_file(hid_t group, const struct te_rec_file *file, uint32_t i,
                           struct te_err *err)
{
    const char *name = te_fs_basename(file->name ? file->name : "");
    te_autofree char *unique = te_asprintf(err, "%u-%s", i, name);
    if (!unique)
        return -1;
    bool plain = name[0] && strcmp(name, ".") != 0 && !te_h5_has(group, name);
    return te_h5_put_text_set(group, plain ? name : unique, file->text ? file->text : "",
                              file->name ? file->name : "", err);
}

static int put_config(struct te_h5_writer *w, struct te_err *err)
{
    te_cleanup(te_h5_close_group) hid_t group = te_h5_group(w->file, "/config", err);
    if (group < 0)
        return -1;
    for (uint32_t i = 0; i < w->facts->header->n_files; i++)
        if (put_config_file(group, &w->facts->header->files[i], i, err) < 0)
            return -1;
    return 0;
}

static int open_bytes(struct te_h5_writer *w, const char *group, const char *path,
                      struct te_h5_stream *out, struct te_err *err)
{
    te_cleanup(te_h5_close_group) hid_t made = te_h5_group(w->file, group, err);
    if (made < 0)
        return -1;
    return te_h5_stream_create(w->file, path, H5T_STD_U8LE, H5Tcopy(H5T_NATIVE_UINT8), BYTES_CHUNK,
                               out, err);
}

static int open_params(struct te_h5_writer *w, const struct te_h5_widths *widths,
                       struct te_err *err)
{
    uint32_t text[8] = {0};
    for (size_t i = 0; i < te_h5_n_head; i++)
        if (strcmp(te_h5_head_cols[i].name, "hyper_params_id") == 0)
            text[0] = widths->text[i];
    if (te_h5_layout_make(te_h5_params_cols, te_h5_n_params, text, &w->params_layout, err) < 0)
        return -1;
    w->params_row = te_alloc(w->params_layout.row, err);
    if (!w->params_row || open_bytes(w, "/parameters", "/parameters/json", &w->json, err) < 0)
        return -1;
    return te_h5_table_create(w->file, "/parameters/table", &w->params_layout, &w->params, err);
}

static int open_all(struct te_h5_writer *w, const struct te_h5_widths *widths, struct te_err *err)
{
    if (te_h5_begin(err) < 0 || make_columns(w, widths, err) < 0)
        return -1;
    w->row = te_alloc(w->layout.row, err);
    if (!w->row)
        return -1;
    w->file = H5Fcreate(w->tmp, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (w->file < 0)
        return te_h5_fail(err, "cannot create", w->tmp);
    if (root_attributes(w, err) < 0 || put_config(w, err) < 0 ||
        te_h5_table_create(w->file, "/experiments", &w->layout, &w->rows, err) < 0 ||
        open_params(w, widths, err) < 0 || open_bytes(w, "/logs", "/logs/raw", &w->logs, err) < 0 ||
        open_bytes(w, "/datasets", "/datasets/labels", &w->labels, err) < 0)
        return -1;
    if (!w->options->scores)
        return 0;
    te_cleanup(te_h5_close_group) hid_t group = te_h5_group(w->file, "/scores", err);
    if (group < 0)
        return -1;
    return te_h5_stream_create(w->file, "/scores/raw", H5T_IEEE_F64LE, H5Tcopy(H5T_NATIVE_DOUBLE),
                               SCORES_CHUNK, &w->scores, err);
}

int te_h5_writer_open(const char *path, const struct te_h5_facts *facts,
                      const struct te_h5_widths *widths, const struct te_h5_options *options,
                      struct te_h5_writer **out, struct te_err *err)
{
    struct te_h5_writer *w = te_zalloc(1, sizeof *w, err);
    if (!w)
        return -1;
    struct te_h5_stream *streams[] = {&w->rows,   &w->scores, &w->logs,
                                      &w->params, &w->json,   &w->labels};
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++)
        te_h5_stream_init(streams[i]);
    te_intern_init(&w->known_params);
    te_map_init(&w->known);
    w->file = -1;
    w->facts = facts;
    w->options = options;
    w->path = te_strdup(path, err);
    w->tmp = w->path ? te_asprintf(err, "%s.tmp", path) : NULL;
    if (!w->tmp || open_all(w, widths, err) < 0) {
        te_h5_writer_close(w);
        return -1;
    }
    *out = w;
    return 0;
}

void te_h5_writer_close(struct te_h5_writer *writer)
{
    struct te_h5_writer *w = writer;
    if (!w)
        return;
    struct te_h5_stream *streams[] = {&w->rows,   &w->scores, &w->logs,
                                      &w->params, &w->json,   &w->labels};
    for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++)
        te_h5_stream_close(streams[i]);
    te_h5_close_file(&w->file);
    if (w->tmp && !w->committed)
        unlink(w->tmp);
    te_h5_layout_release(&w->layout);
    te_h5_layout_release(&w->params_layout);
    te_free(w->row);
    te_free(w->params_row);
    te_free(w->cols);
    for (size_t i = 0; w->renamed && i < w->n_metrics; i++)
        te_free(w->renamed[i]);
    te_free(w->renamed);
    te_intern_release(&w->known_params);
    te_map_release(&w->known);
    for (size_t i = 0; i < w->n_datasets; i++)
        te_task_release(&w->datasets[i].task);
    for (size_t i = 0; i < w->n_algorithms; i++) {
        te_task_release(&w->algorithms[i].task);
        te_free(w->algorithms[i].image_digest);
    }
    te_free(w->datasets);
    te_free(w->algorithms);
    te_free(w->path);
    te_free(w->tmp);
    te_free(w);
}

/* ---- rows ------------------------------------------------------------------------------- */

int te_h5_writer_scores(struct te_h5_writer *writer, const double *values, size_t count,
                        struct te_err *err)
{
    if (!writer->options->scores)
        return 0;
    return te_h5_stream_append(&writer->scores, values, count, err);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* Number of a thing by its key; 1: it is new and its room is taken. */
static int number_of(struct te_h5_writer *w, const char *key, size_t next, uint64_t *number,
                     struct te_err *err)
{
    if (te_map_get(&w->known, key, number))
        return 0;
    *number = next;
    return te_map_put(&w->known, key, next, NULL, err) < 0 ? -1 : 1;
}

static int dataset_row(struct te_h5_writer *w, const struct te_task *task, int64_t *row,
                       struct te_err *err)
{
    uint64_t number;
    te_autofree char *key =
        te_asprintf(err, "d%s\x1f%s\x1f%s\x1f%s", or_empty(task->collection),
                    or_empty(task->dataset), task->test_sha256, task->train_sha256);
    if (!key || te_grow(&w->datasets, &w->datasets_cap, w->n_datasets + 1, sizeof *w->datasets,
                        TE_MAX_DATASETS, err) < 0)
        return -1;
    int rc = number_of(w, key, w->n_datasets, &number, err);
    if (rc < 0)
        return -1;
    *row = (int64_t)number;
    if (rc == 0)
        return 0;
    struct te_h5_dataset *d = &w->datasets[w->n_datasets];
    *d = (struct te_h5_dataset){.labels_offset = -1, .labels_length = 0};
    if (te_task_copy(task, &d->task, err) < 0)
        return -1;
    w->n_datasets++;
    return 0;
}

static int algorithm_row(struct te_h5_writer *w, const struct te_task *task, const char *digest,
                         int64_t *row, struct te_err *err)
{
    uint64_t number;
    const struct te_limits *l = &task->limits;
    te_autofree char *key = te_asprintf(
        err, "a%s\x1f%d%d%d%d%d\x1f%s\x1f%s\x1f%s\x1f%s\x1f%lld %a %a %a",
        or_empty(task->algorithm), (int)task->algorithm_training, (int)task->algorithm_dimension,
        (int)task->adapter, (int)task->multivariate, task->data_as_file, or_empty(task->program),
        or_empty(task->symbol), or_empty(task->postprocess), or_empty(digest), (long long)l->memory,
        l->cpus, l->train_timeout, l->execute_timeout);
    if (!key || te_grow(&w->algorithms, &w->algorithms_cap, w->n_algorithms + 1,
                        sizeof *w->algorithms, TE_MAX_EXPERIMENTS, err) < 0)
        return -1;
    int rc = number_of(w, key, w->n_algorithms, &number, err);
    if (rc < 0)
        return -1;
    *row = (int64_t)number;
    if (rc == 0)
        return 0;
    struct te_h5_algorithm *a = &w->algorithms[w->n_algorithms];
    *a = (struct te_h5_algorithm){.image_digest = te_strdup(or_empty(digest), err)};
    if (!a->image_digest || te_task_copy(task, &a->task, err) < 0) {
        te_free(a->image_digest);
        return -1;
    }
    w->n_algorithms++;
    return 0;
}

static int params_row(struct te_h5_writer *w, const struct te_task *task, const char *json,
                      int64_t *row, struct te_err *err)
{
    uint32_t number;
    const char *id = or_empty(task->hyper_params_id);
    int rc = te_intern_number(&w->known_params, id, json, &number, err);
    if (rc < 0)
        return -1;
    *row = number;
    if (rc == 0)
        return 0;
    struct te_h5_params entry = {.offset = (int64_t)w->json.total, .length = (int64_t)strlen(json)};
    te_autofree char *copy = te_strdup(id, err);
    if (!copy)
        return -1;
    entry.id = copy;
    te_h5_layout_encode(&w->params_layout, &entry, w->params_row);
    if (te_h5_stream_append(&w->json, json, strlen(json), err) < 0)
        return -1;
    return te_h5_stream_append(&w->params, w->params_row, 1, err);
}

/* A text for /logs/raw. */
static int put_log(struct te_h5_writer *w, const char *text, int64_t *offset, int64_t *length,
                   struct te_err *err)
{
    size_t len = text ? strlen(text) : 0;
    if (len == 0)
        return 0;
    *offset = (int64_t)w->logs.total;
    *length = (int64_t)len;
    return te_h5_stream_append(&w->logs, text, len, err);
}

int te_h5_writer_row(struct te_h5_writer *writer, const struct te_task *task,
                     const struct te_result *result, struct te_err *err)
{
    struct te_h5_writer *w = writer;
    struct te_h5_record record;
    te_h5_record_fill(&record, task, result);
    record.index = (int64_t)w->rows.total;
    uint64_t scores = w->options->scores ? w->scores.total - w->scores_from : 0;
    if (scores > 0)
        record.scores_offset = (int64_t)w->scores_from;
    record.scores_length = (int64_t)(w->options->scores ? scores : result->n_scores);
    w->scores_from = w->options->scores ? w->scores.total : 0;
    if (dataset_row(w, task, &record.dataset_row, err) < 0 ||
        algorithm_row(w, task, result->image_digest, &record.algorithm_row, err) < 0 ||
        params_row(w, task, record.params, &record.params_row, err) < 0 ||
        put_log(w, result->log, &record.log_offset, &record.log_length, err) < 0)
        return -1;
    if (result->error_message && strlen(result->error_message) > TE_H5_ERROR_WIDTH &&
        put_log(w, result->error_message, &record.error_offset, &record.error_length, err) < 0)
        return -1;
    te_h5_layout_encode(&w->layout, &record, w->row);
    return te_h5_stream_append(&w->rows, w->row, 1, err);
}

int te_h5_writer_labels(struct te_h5_writer *writer, const struct te_task *task,
                        const uint8_t *labels, size_t count, struct te_err *err)
{
    int64_t row;
    if (dataset_row(writer, task, &row, err) < 0)
        return -1;
    struct te_h5_dataset *d = &writer->datasets[row];
    if (d->labels_offset >= 0)
        return 0;
    d->labels_offset = (int64_t)writer->labels.total;
    d->labels_length = (int64_t)count;
    return te_h5_stream_append(&writer->labels, labels, count, err);
}

/* ---- the end ---------------------------------------------------------------------------- */

static void notice(struct te_h5_writer *w, const char *text)
{
    struct te_err ignored = TE_ERR_INIT;
    if (w->options->notices && te_strings_add(w->options->notices, text, &ignored) < 0)
        return; /* a notice that finds no memory is not worth the file */
}

/* Labels of every dataset that has none yet, from outside. */
static int fetch_labels(struct te_h5_writer *w, struct te_err *err)
{
    for (size_t i = 0; w->options->labels && i < w->n_datasets; i++) {
        struct te_h5_dataset *d = &w->datasets[i];
        struct te_err why = TE_ERR_INIT;
        te_autofree uint8_t *labels = NULL;
        size_t count = 0;
        if (d->labels_offset >= 0)
            continue;
        if (w->options->labels(w->options->labels_arg, &d->task, &labels, &count, &why) < 0) {
            te_err_wrap(&why, "labels of dataset '%s/%s' are left out",
                        or_empty(d->task.collection), or_empty(d->task.dataset));
            notice(w, why.text);
            continue;
        }
        if (te_h5_writer_labels(w, &d->task, labels, count, err) < 0)
            return -1;
    }
    return 0;
}

/* Notes of some kinds as a table. */
static int put_notes(struct te_h5_writer *w, const char *path, const struct te_h5_col *cols,
                     size_t n, unsigned kinds, struct te_err *err)
{
    const struct te_h5_facts *f = w->facts;
    size_t count = 0;
    te_autofree struct te_rec_note *some = te_zalloc(f->n_notes, sizeof *some, err);
    if (!some)
        return -1;
    for (size_t i = 0; i < f->n_notes; i++)
        if (kinds & 1u << f->notes[i].kind)
            some[count++] = f->notes[i];
    return te_h5_table_put(w->file, path, cols, n, some, count, sizeof *some, err);
}

static int put_tables(struct te_h5_writer *w, struct te_err *err)
{
    if (te_h5_table_put(w->file, "/datasets/table", te_h5_dataset_cols, te_h5_n_dataset,
                        w->datasets, w->n_datasets, sizeof *w->datasets, err) < 0 ||
        te_h5_table_put(w->file, "/algorithms", te_h5_algorithm_cols, te_h5_n_algorithm,
                        w->algorithms, w->n_algorithms, sizeof *w->algorithms, err) < 0 ||
        put_notes(w, "/hosts", te_h5_host_cols, te_h5_n_host, 1u << TE_NOTE_HOST, err) < 0 ||
        put_notes(w, "/skipped", te_h5_skipped_cols, te_h5_n_skipped, 1u << TE_NOTE_SKIPPED, err) <
            0)
        return -1;
    return put_notes(w, "/notices", te_h5_notice_cols, te_h5_n_notice,
                     1u << TE_NOTE_LOST | 1u << TE_NOTE_NOTICE, err);
}

static int finish_streams(struct te_h5_writer *w, struct te_err *err)
{
    bool framed;
    if (te_h5_frame_add(w->file, w->rows.set, &w->layout, w->rows.total, &framed, err) < 0)
        return -1;
    if (!framed)
        notice(w, "too many columns for PyTables: pandas.read_hdf will not find 'frame', "
                  "h5py reads the table as ever");
    struct te_h5_stream *streams[] = {&w->rows, &w->logs,   &w->params,
                                      &w->json, &w->labels, &w->scores};
    size_t n = sizeof streams / sizeof streams[0] - (w->options->scores ? 0 : 1);
    for (size_t i = 0; i < n; i++)
        if (te_h5_stream_finish(streams[i], err) < 0)
            return -1;
    for (size_t i = 0; i < n; i++)
        te_h5_stream_close(streams[i]);
    return 0;
}

int te_h5_writer_commit(struct te_h5_writer *writer, struct te_err *err)
{
    struct te_h5_writer *w = writer;
    if (fetch_labels(w, err) < 0 || put_tables(w, err) < 0 || finish_streams(w, err) < 0)
        return -1;
    hid_t file = w->file;
    w->file = -1;
    if (H5Fclose(file) < 0)
        return te_h5_fail(err, "cannot close", w->tmp);
    if (te_seal_put(w->tmp, err) < 0 || te_fs_commit(w->tmp, w->path, err) < 0)
        return -1;
    w->committed = true;
    return 0;
}

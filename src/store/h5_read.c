#include "te/store/h5_read.h"

#include <math.h>
#include <string.h>
#include "h5_record.h"
#include "h5_table.h"
#include "te/base/clock.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"

struct te_h5_file {
    hid_t file;
    struct te_h5_facts facts;
    struct te_rec_header header;
    char *mpi, *job;
    struct te_rec_note *notes;
    size_t n_notes;
    struct te_h5_col *cols;
    size_t n_cols;
    struct te_h5_layout layout;
    struct te_h5_view rows, scores, labels, logs, json;
    struct te_h5_dataset *datasets;
    struct te_h5_algorithm *algorithms;
    struct te_h5_params *params;
    size_t n_datasets, n_algorithms, n_params;
    unsigned char *block; /* rows [first, first + fill) */
    uint64_t first, fill;
    bool has_scores;
};

enum { BLOCK_ROWS = 256 };

static struct te_h5_view *const *views_of(struct te_h5_file *f, struct te_h5_view *out[5])
{
    out[0] = &f->rows;
    out[1] = &f->scores;
    out[2] = &f->labels;
    out[3] = &f->logs;
    out[4] = &f->json;
    return out;
}

void te_h5_close(struct te_h5_file *file)
{
    struct te_h5_view *views[5];
    if (!file)
        return;
    views_of(file, views);
    for (int i = 0; i < 5; i++)
        te_h5_view_close(views[i]);
    te_h5_table_free(te_h5_dataset_cols, te_h5_n_dataset, file->datasets, file->n_datasets,
                     sizeof *file->datasets);
    te_h5_table_free(te_h5_algorithm_cols, te_h5_n_algorithm, file->algorithms, file->n_algorithms,
                     sizeof *file->algorithms);
    te_h5_table_free(te_h5_params_cols, te_h5_n_params, file->params, file->n_params,
                     sizeof *file->params);
    for (size_t i = 0; i < file->n_notes; i++)
        te_rec_note_release(&file->notes[i]);
    te_free(file->notes);
    te_rec_header_release(&file->header);
    te_h5_layout_release(&file->layout);
    te_free(file->cols);
    te_free(file->block);
    te_free(file->mpi);
    te_free(file->job);
    te_h5_close_file(&file->file);
    te_free(file);
}

/* ---- what stands beside the rows -------------------------------------------------------- */

static int read_attributes(struct te_h5_file *f, struct te_err *err)
{
    struct te_rec_header *h = &f->header;
    int64_t version, complete, exit_code, planned;
    te_autofree char *format = te_h5_get_text(f->file, "format", err);
    if (!format || strcmp(format, "timeeval-mpi results") != 0)
        return te_err_set(err, TE_ERR_FORMAT, "it is no result file of timeeval-mpi");
    if (te_h5_get_int(f->file, "format_version", 0, &version, err) < 0 ||
        te_h5_get_int(f->file, "complete", 0, &complete, err) < 0 ||
        te_h5_get_int(f->file, "exit_code", -1, &exit_code, err) < 0 ||
        te_h5_get_int(f->file, "planned", 0, &planned, err) < 0)
        return -1;
    if (version < 1 || version > TE_H5_VERSION)
        return te_err_set(err, TE_ERR_FORMAT, "its format is %lld, this program reads up to %d",
                          (long long)version, TE_H5_VERSION);
    te_autofree char *start = te_h5_get_text(f->file, "start", err);
    te_autofree char *end = te_h5_get_text(f->file, "end", err);
    h->program = te_h5_get_text(f->file, "program_version", err);
    h->run_name = te_h5_get_text(f->file, "run_name", err);
    h->command_line = te_h5_get_text(f->file, "command_line", err);
    h->plan_digest = te_h5_get_text(f->file, "plan_digest", err);
    h->plan_facts = te_h5_get_text(f->file, "plan_facts", err);
    if (err->code) /* none of them is missing but for want of memory */
        return -1;
    h->created = start ? te_clock_parse(start) : NAN;
    h->n_experiments = (uint64_t)planned;
    f->mpi = te_h5_get_text(f->file, "mpi", err);
    f->job = te_h5_get_text(f->file, "job", err);
    if (err->code)
        return -1;
    f->facts.header = h;
    f->facts.mpi = f->mpi;
    f->facts.job = f->job;
    f->facts.ended = end ? te_clock_parse(end) : NAN;
    f->facts.complete = complete != 0;
    f->facts.exit_code = (int)exit_code;
    return 0;
}

struct names {
    char **items;
    size_t count, cap;
    struct te_err *err;
    bool failed;
};

static herr_t add_name(hid_t group, const char *name, const H5L_info_t *info, void *arg)
{
    struct names *n = arg;
    (void)group;
    (void)info;
    n->failed =
        te_grow(&n->items, &n->cap, n->count + 1, sizeof *n->items, TE_MAX_DATASETS, n->err) < 0 ||
        !(n->items[n->count] = te_strdup(name, n->err));
    if (!n->failed)
        n->count++;
    return n->failed ? -1 : 0;
}

static int read_config_file(struct te_h5_file *f, hid_t group, const char *name, struct te_err *err)
{
    struct te_rec_file *file = &f->header.files[f->header.n_files++];
    file->text = te_h5_get_text_set(group, name, err);
    if (!file->text)
        return -1;
    te_cleanup(te_h5_close_set) hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
    file->name = set < 0 ? NULL : te_h5_get_text(set, "path", err);
    return 0;
}

static int read_config(struct te_h5_file *f, struct te_err *err)
{
    struct names n = {.err = err};
    if (!te_h5_has(f->file, "/config"))
        return 0;
    te_cleanup(te_h5_close_group) hid_t group = te_h5_group(f->file, "/config", err);
    int rc = group < 0 ? -1 : 0;
    if (rc == 0 && H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, add_name, &n) < 0)
        rc = n.failed ? -1 : te_h5_fail(err, "cannot list", "/config");
    if (rc == 0) {
        f->header.files = te_zalloc(n.count, sizeof *f->header.files, err);
        rc = f->header.files ? 0 : -1;
    }
    for (size_t i = 0; i < n.count; i++) {
        if (rc == 0)
            rc = read_config_file(f, group, n.items[i], err);
        te_free(n.items[i]);
    }
    te_free(n.items);
    return rc;
}

static int read_notes_of(struct te_h5_file *f, const char *path, const struct te_h5_col *cols,
                         size_t n, int kind, struct te_err *err)
{
    struct te_rec_note *some = NULL;
    void *objects = NULL;
    size_t count = 0;
    if (te_h5_table_get(f->file, path, cols, n, &objects, &count, sizeof *some, err) < 0)
        return -1;
    some = objects;
    struct te_rec_note *all = te_resize(f->notes, f->n_notes + count, sizeof *f->notes, err);
    if (!all) {
        te_h5_table_free(cols, n, some, count, sizeof *some);
        return -1;
    }
    f->notes = all;
    for (size_t i = 0; i < count; i++) {
        if (kind >= 0)
            some[i].kind = (enum te_note_kind)kind;
        f->notes[f->n_notes++] = some[i];
    }
    te_free(some);
    return 0;
}

static int read_notes(struct te_h5_file *f, struct te_err *err)
{
    if (read_notes_of(f, "/hosts", te_h5_host_cols, te_h5_n_host, TE_NOTE_HOST, err) < 0 ||
        read_notes_of(f, "/skipped", te_h5_skipped_cols, te_h5_n_skipped, TE_NOTE_SKIPPED, err) <
            0 ||
        read_notes_of(f, "/notices", te_h5_notice_cols, te_h5_n_notice, -1, err) < 0)
        return -1;
    f->facts.notes = f->notes;
    f->facts.n_notes = f->n_notes;
    return 0;
}

/* ---- columns ---------------------------------------------------------------------------- */

static bool is_ours(const char *name)
{
    for (size_t i = 0; i < te_h5_n_head; i++)
        if (strcmp(te_h5_head_cols[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < te_h5_n_tail; i++)
        if (strcmp(te_h5_tail_cols[i].name, name) == 0)
            return true;
    return false;
}

/* Metric columns: those of type float64 that are none of ours. */
static int find_metrics(struct te_h5_file *f, struct te_err *err)
{
    te_cleanup(te_h5_close_set) hid_t set = H5Dopen2(f->file, "/experiments", H5P_DEFAULT);
    te_cleanup(te_h5_close_type) hid_t type = set < 0 ? -1 : H5Dget_type(set);
    if (type < 0 || H5Tget_class(type) != H5T_COMPOUND)
        return te_err_set(err, TE_ERR_FORMAT, "it has no table '/experiments'");
    int members = H5Tget_nmembers(type);
    f->header.metrics = te_zalloc((size_t)members, sizeof *f->header.metrics, err);
    if (!f->header.metrics)
        return -1;
    for (int i = 0; i < members; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        if (!name)
            return te_h5_fail(err, "cannot read columns of", "/experiments");
        bool metric = !is_ours(name) && H5Tget_member_class(type, (unsigned)i) == H5T_FLOAT;
        char *copy = metric ? te_strdup(name, err) : NULL;
        H5free_memory(name);
        if (metric && !copy)
            return -1;
        if (metric)
            f->header.metrics[f->header.n_metrics++] = copy;
    }
    return 0;
}

static int open_columns(struct te_h5_file *f, struct te_err *err)
{
    if (find_metrics(f, err) < 0)
        return -1;
    size_t m = f->header.n_metrics;
    f->n_cols = te_h5_n_head + m + te_h5_n_tail;
    f->cols = te_zalloc(f->n_cols, sizeof *f->cols, err);
    if (!f->cols)
        return -1;
    memcpy(f->cols, te_h5_head_cols, te_h5_n_head * sizeof *f->cols);
    memcpy(f->cols + te_h5_n_head + m, te_h5_tail_cols, te_h5_n_tail * sizeof *f->cols);
    for (size_t i = 0; i < m; i++)
        f->cols[te_h5_n_head + i] =
            (struct te_h5_col){f->header.metrics[i], TE_H5_METRIC, i, 0, NULL, 0, false};
    if (te_h5_table_open(f->file, "/experiments", f->cols, f->n_cols, &f->layout, &f->rows, err) <
        0)
        return -1;
    if (f->rows.count > TE_MAX_EXPERIMENTS)
        return te_err_set(err, TE_ERR_LIMIT, "it has %llu rows", (unsigned long long)f->rows.count);
    f->block = te_alloc(f->layout.row * BLOCK_ROWS, err);
    return f->block ? 0 : -1;
}

static int get_table(struct te_h5_file *f, const char *path, const struct te_h5_col *cols, size_t n,
                     void *out, size_t *count, size_t size, struct te_err *err)
{
    void *objects = NULL;
    if (te_h5_table_get(f->file, path, cols, n, &objects, count, size, err) < 0)
        return -1;
    memcpy(out, &objects, sizeof objects);
    return 0;
}

static int open_rest(struct te_h5_file *f, struct te_err *err)
{
    if (get_table(f, "/datasets/table", te_h5_dataset_cols, te_h5_n_dataset, &f->datasets,
                  &f->n_datasets, sizeof *f->datasets, err) < 0 ||
        get_table(f, "/algorithms", te_h5_algorithm_cols, te_h5_n_algorithm, &f->algorithms,
                  &f->n_algorithms, sizeof *f->algorithms, err) < 0 ||
        get_table(f, "/parameters/table", te_h5_params_cols, te_h5_n_params, &f->params,
                  &f->n_params, sizeof *f->params, err) < 0)
        return -1;
    f->has_scores = te_h5_has(f->file, "/scores") && te_h5_has(f->file, "/scores/raw");
    if (f->has_scores &&
        te_h5_view_open(f->file, "/scores/raw", H5Tcopy(H5T_NATIVE_DOUBLE), &f->scores, err) < 0)
        return -1;
    hid_t byte = H5T_NATIVE_UINT8;
    if (te_h5_view_open(f->file, "/datasets/labels", H5Tcopy(byte), &f->labels, err) < 0 ||
        te_h5_view_open(f->file, "/logs/raw", H5Tcopy(byte), &f->logs, err) < 0)
        return -1;
    return te_h5_view_open(f->file, "/parameters/json", H5Tcopy(byte), &f->json, err);
}

int te_h5_open(const char *path, struct te_h5_file **out, struct te_err *err)
{
    struct te_h5_view *views[5];
    te_err_clear(err); /* below it tells what is missing from what failed */
    struct te_h5_file *f = te_zalloc(1, sizeof *f, err);
    if (!f)
        return -1;
    f->file = -1;
    views_of(f, views);
    for (int i = 0; i < 5; i++)
        te_h5_view_init(views[i]);
    struct stat st;
    te_cleanup(te_fd_cleanup) int fd = te_fs_open_regular(path, &st, err);
    if (fd < 0 || te_h5_begin(err) < 0) {
        te_h5_close(f);
        return -1;
    }
    f->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (f->file < 0) {
        te_h5_fail(err, "cannot open", path);
        err->code = TE_ERR_FORMAT;
        te_h5_close(f);
        return -1;
    }
    if (read_attributes(f, err) < 0 || read_config(f, err) < 0 || read_notes(f, err) < 0 ||
        open_columns(f, err) < 0 || open_rest(f, err) < 0) {
        te_h5_close(f);
        return te_err_wrap(err, "'%s'", path);
    }
    *out = f;
    return 0;
}

size_t te_h5_rows(const struct te_h5_file *file)
{
    return (size_t)file->rows.count;
}

bool te_h5_has_scores(const struct te_h5_file *file)
{
    return file->has_scores;
}

const struct te_h5_facts *te_h5_read_facts(const struct te_h5_file *file)
{
    return &file->facts;
}

/* ---- rows ------------------------------------------------------------------------------- */

static char *read_text(const struct te_h5_view *view, int64_t offset, int64_t length,
                       struct te_err *err)
{
    if (offset < 0 || length < 0 || (uint64_t)length > TE_MAX_MESSAGE) {
        te_err_set(err, TE_ERR_FORMAT, "a text at %lld of %lld bytes in '%s'", (long long)offset,
                   (long long)length, view->path);
        return NULL;
    }
    char *text = te_zalloc((size_t)length + 1, 1, err);
    if (text && te_h5_view_read(view, (uint64_t)offset, (uint64_t)length, text, err) < 0) {
        te_free(text);
        return NULL;
    }
    return text;
}

/* Row i as it stands in the table. */
static int raw_row(struct te_h5_file *f, size_t i, struct te_h5_record *record, struct te_err *err)
{
    *record = (struct te_h5_record){.scores_offset = -1,
                                    .params_row = -1,
                                    .algorithm_row = -1,
                                    .dataset_row = -1,
                                    .log_offset = -1,
                                    .error_offset = -1};
    te_result_init(&record->result);
    if (i >= f->rows.count)
        return te_err_set(err, TE_ERR_USAGE, "there is no row %zu", i);
    if (i < f->first || i >= f->first + f->fill) {
        uint64_t first = i - i % BLOCK_ROWS;
        uint64_t n = f->rows.count - first < BLOCK_ROWS ? f->rows.count - first : BLOCK_ROWS;
        f->fill = 0;
        if (te_h5_view_read(&f->rows, first, n, f->block, err) < 0)
            return -1;
        f->first = first;
        f->fill = n;
    }
    record->result.metrics = te_zalloc(f->header.n_metrics, sizeof *record->result.metrics, err);
    if (!record->result.metrics)
        return -1;
    record->result.n_metrics = f->header.n_metrics;
    return te_h5_layout_decode(&f->layout, f->block + (i - f->first) * f->layout.row, record, err);
}

static void move_text(char **to, char **from)
{
    te_free(*to);
    *to = te_steal(*from);
}

/* Members of a task that stand in other tables, copied into the row's. */
static int fill_task(const struct te_h5_file *f, struct te_h5_record *r, struct te_err *err)
{
    struct te_task copy = {0};
    struct te_task *t = &r->task;
    if (r->dataset_row >= 0 && (uint64_t)r->dataset_row < f->n_datasets) {
        if (te_task_copy(&f->datasets[r->dataset_row].task, &copy, err) < 0)
            return -1;
        move_text(&t->test_path, &copy.test_path);
        move_text(&t->train_path, &copy.train_path);
        memcpy(t->train_sha256, copy.train_sha256, sizeof t->train_sha256);
        t->dataset_length = copy.dataset_length;
        t->dataset_dims = copy.dataset_dims;
        te_task_release(&copy);
    }
    if (r->algorithm_row >= 0 && (uint64_t)r->algorithm_row < f->n_algorithms) {
        if (te_task_copy(&f->algorithms[r->algorithm_row].task, &copy, err) < 0)
            return -1;
        move_text(&t->program, &copy.program);
        move_text(&t->symbol, &copy.symbol);
        move_text(&t->postprocess, &copy.postprocess);
        t->adapter = copy.adapter;
        t->multivariate = copy.multivariate;
        t->data_as_file = copy.data_as_file;
        t->limits = copy.limits;
        te_task_release(&copy);
    }
    char **optional[] = {&t->test_path, &t->train_path, &t->program, &t->symbol, &t->postprocess};
    for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++)
        if (*optional[i] && !(*optional[i])[0]) { /* "" stands for none in the file */
            te_free(*optional[i]);
            *optional[i] = NULL;
        }
    return 0;
}

static int fill_texts(struct te_h5_file *f, struct te_h5_record *r, struct te_err *err)
{
    if (r->params_row >= 0 && (uint64_t)r->params_row < f->n_params) {
        const struct te_h5_params *p = &f->params[r->params_row];
        r->task.params_json = read_text(&f->json, p->offset, p->length, err);
        if (!r->task.params_json)
            return -1;
    }
    if (r->log_offset >= 0) {
        r->result.log = read_text(&f->logs, r->log_offset, r->log_length, err);
        if (!r->result.log)
            return -1;
    }
    if (r->error_offset >= 0) {
        char *whole = read_text(&f->logs, r->error_offset, r->error_length, err);
        if (!whole)
            return -1;
        move_text(&r->result.error_message, &whole);
    }
    return 0;
}

int te_h5_read_row(struct te_h5_file *file, size_t i, struct te_task *task,
                   struct te_result *result, struct te_err *err)
{
    struct te_h5_record record;
    if (raw_row(file, i, &record, err) < 0 || fill_task(file, &record, err) < 0 ||
        fill_texts(file, &record, err) < 0) {
        te_task_release(&record.task);
        te_result_release(&record.result);
        return te_err_wrap(err, "row %zu", i);
    }
    record.result.number = record.task.number;
    record.result.id = record.task.id;
    record.task.attempt = record.result.attempt;
    record.result.n_scores = record.scores_length > 0 ? (uint64_t)record.scores_length : 0;
    *task = record.task;
    *result = record.result;
    return 0;
}

/* Where row i's scores and labels lie. */
static int find_row(struct te_h5_file *f, size_t i, struct te_h5_record *out, struct te_err *err)
{
    int rc = raw_row(f, i, out, err);
    te_task_release(&out->task);
    te_result_release(&out->result);
    return rc;
}

int te_h5_read_scores(struct te_h5_file *file, size_t i, double **scores, size_t *count,
                      struct te_err *err)
{
    struct te_h5_record r;
    *scores = NULL;
    *count = 0;
    if (find_row(file, i, &r, err) < 0)
        return -1;
    if (!file->has_scores || r.scores_offset < 0 || r.scores_length <= 0)
        return 0;
    if ((uint64_t)r.scores_length > file->scores.count)
        return te_err_set(err, TE_ERR_FORMAT, "scores of row %zu are not all there", i);
    te_autofree double *values = te_alloc((size_t)r.scores_length * sizeof *values, err);
    if (!values || te_h5_view_read(&file->scores, (uint64_t)r.scores_offset,
                                   (uint64_t)r.scores_length, values, err) < 0)
        return -1;
    *scores = te_steal(values);
    *count = (size_t)r.scores_length;
    return 0;
}

int te_h5_read_labels(struct te_h5_file *file, size_t i, uint8_t **labels, size_t *count,
                      struct te_err *err)
{
    struct te_h5_record r;
    *labels = NULL;
    *count = 0;
    if (find_row(file, i, &r, err) < 0)
        return -1;
    if (r.dataset_row < 0 || (uint64_t)r.dataset_row >= file->n_datasets)
        return 0;
    const struct te_h5_dataset *d = &file->datasets[r.dataset_row];
    if (d->labels_offset < 0 || d->labels_length <= 0)
        return 0;
    if ((uint64_t)d->labels_length > file->labels.count)
        return te_err_set(err, TE_ERR_FORMAT, "labels of row %zu are not all there", i);
    te_autofree uint8_t *values = te_alloc((size_t)d->labels_length, err);
    if (!values || te_h5_view_read(&file->labels, (uint64_t)d->labels_offset,
                                   (uint64_t)d->labels_length, values, err) < 0)
        return -1;
    *labels = te_steal(values);
    *count = (size_t)d->labels_length;
    return 0;
}

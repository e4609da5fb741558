#include "import_folders.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/map.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/report/table.h"
#include "te/text/csv.h"

enum level { ALGORITHM, ID, COLLECTION, DATASET, REPETITION, LEVELS };

/* An experiment's folder and what its files say. */
struct leaf {
    char *names[LEVELS];
    struct te_csv metrics; /* one row; n_cols 0: none, or not whole */
    char *log;             /* NULL: none */
    char *params;
};

struct walk {
    const char *root;
    const struct te_datasets *datasets;
    struct leaf *leaves;
    size_t n_leaves, cap;
    struct te_map known;       /* columns of metrics.csv that are in names */
    struct te_strings columns; /* metrics, as they come */
    const char *names[LEVELS]; /* where the walk is */
    size_t untouched;
};

static void release(struct walk *w)
{
    for (size_t i = 0; i < w->n_leaves; i++) {
        for (int k = 0; k < LEVELS; k++)
            te_free(w->leaves[i].names[k]);
        te_csv_release(&w->leaves[i].metrics);
        te_free(w->leaves[i].log);
        te_free(w->leaves[i].params);
    }
    te_free(w->leaves);
    te_map_release(&w->known);
    te_strings_release(&w->columns);
}

/* ---- an experiment's files ---- */

/* NULL where there is none that can be read. */
static char *read_text(const char *folder, const char *name)
{
    struct te_err lost = TE_ERR_INIT;
    char *data = NULL;
    size_t len = 0;
    te_autofree char *path = te_fs_join(folder, name, &lost);
    if (!path || te_fs_read(path, TE_GIB, &data, &len, &lost) < 0)
        return NULL;
    for (size_t i = 0; i < len; i++)
        data[i] = data[i] ? data[i] : '?';
    return data;
}

static bool is_time(const char *name)
{
    for (int c = TE_COL_TRAIN_PREPROCESS; c <= TE_COL_EXECUTE_POSTPROCESS; c++)
        if (strcmp(name, te_table_column_name((enum te_table_column)c)) == 0)
            return true;
    return strcmp(name, "train_postprocess_time") == 0;
}

static int read_metrics(struct walk *w, const char *folder, struct leaf *leaf, struct te_err *err)
{
    struct te_err torn = TE_ERR_INIT;
    te_autofree char *text = read_text(folder, "metrics.csv");
    size_t len = text ? strlen(text) : 0;
    if (!len || text[len - 1] != '\n')
        return 0;
    if (te_csv_parse("metrics.csv", text, len, &leaf->metrics, &torn) < 0)
        return torn.code == TE_ERR_NOMEM ? te_err_set(err, TE_ERR_NOMEM, "%s", torn.text) : 0;
    if (leaf->metrics.n_rows != 1) {
        te_csv_release(&leaf->metrics);
        return 0;
    }
    for (size_t c = 0; c < leaf->metrics.n_cols; c++) {
        const char *name = te_csv_header(&leaf->metrics, c);
        uint64_t at;
        if (is_time(name) || te_map_get(&w->known, name, &at))
            continue;
        if (te_map_put(&w->known, name, w->columns.count, NULL, err) < 0 ||
            te_strings_add(&w->columns, name, err) < 0)
            return -1;
    }
    return 0;
}

static int add_leaf(struct walk *w, const char *folder, struct te_err *err)
{
    if (te_grow(&w->leaves, &w->cap, w->n_leaves + 1, sizeof *w->leaves, TE_MAX_EXPERIMENTS, err) <
        0)
        return -1;
    struct leaf *leaf = &w->leaves[w->n_leaves];
    *leaf = (struct leaf){.log = read_text(folder, "execution.log"),
                          .params = read_text(folder, "hyper_params.json")};
    if (!leaf->log && !leaf->params) {
        w->untouched++; /* TimeEval makes all folders before it begins */
        return 0;
    }
    w->n_leaves++;
    for (int k = 0; k < LEVELS; k++) {
        leaf->names[k] = te_strdup(w->names[k], err);
        if (!leaf->names[k])
            return -1;
    }
    return read_metrics(w, folder, leaf, err);
}

/* ---- the walk ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Folders in a folder, sorted. */
static int list(const char *folder, struct te_strings *out, struct te_err *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return te_err_sys(err, TE_ERR_IO, "cannot read folder '%s'", folder);
    int rc = 0;
    for (struct dirent *e; rc == 0 && (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        te_autofree char *path = te_fs_join(folder, e->d_name, err);
        if (!path || (te_fs_is_folder(path) && te_strings_add(out, e->d_name, err) < 0))
            rc = -1;
    }
    closedir(dir);
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, by_name);
    return rc;
}

/* "1", "2", ... */
static bool is_repetition(const char *name)
{
    size_t len = strlen(name);
    return len < 10 && name[0] != '0' && strspn(name, "0123456789") == len;
}

static int descend(struct walk *w, const char *folder, int level, struct te_err *err)
{
    struct te_strings names = {NULL, 0, 0};
    int rc = list(folder, &names, err);
    for (size_t i = 0; rc == 0 && i < names.count; i++) {
        const char *name = names.items[i];
        te_autofree char *path = te_fs_join(folder, name, err);
        w->names[level] = name;
        if (!path)
            rc = -1;
        else if (level < REPETITION)
            rc = descend(w, path, level + 1, err);
        else if (is_repetition(name))
            rc = add_leaf(w, path, err);
    }
    te_strings_release(&names);
    return rc;
}

/* ---- the table ---- */

static const char *training_in(const char *log)
{
    static const char *const places[] = {"Performing training for ", "Performing execution for "};
    for (size_t i = 0; log && i < sizeof places / sizeof places[0]; i++) {
        const char *p = strstr(log, places[i]);
        for (int t = 0; p && t < TE_TRAINING_COUNT; t++) {
            const char *name = te_training_name((enum te_training)t);
            const char *at = p + strlen(places[i]);
            if (te_str_starts(at, name) && at[strlen(name)] == ' ')
                return name;
        }
    }
    return "";
}

/* A timeout that was not disregarded, as TimeEval's own summary script finds it. */
static bool timed_out(const char *log)
{
    for (const char *p = log; p && (p = strstr(p, "Container timeout after")); p++) {
        size_t len = strcspn(p, "\n");
        if (!memmem(p, len, "disregard", strlen("disregard")))
            return true;
    }
    return false;
}

static const char *status_of(const struct leaf *leaf, const char **message)
{
    *message = "";
    if (leaf->metrics.n_cols)
        return "Status.OK";
    if (leaf->log && strstr(leaf->log, "Docker algorithm ran out of memory")) {
        *message = "DockerMemoryError('by its execution.log')";
        return "Status.OOM";
    }
    if (timed_out(leaf->log)) {
        *message = "DockerTimeoutError('by its execution.log')";
        return "Status.TIMEOUT";
    }
    *message = "RuntimeError('the experiment left no metrics')";
    return "Status.ERROR";
}

static const char *metric_of(const struct leaf *leaf, const char *name)
{
    int col = te_csv_column(&leaf->metrics, name);
    return leaf->metrics.n_cols && col >= 0 ? te_csv_cell(&leaf->metrics, 0, (size_t)col) : "";
}

static void add_row(const struct walk *w, const struct leaf *leaf, const char **cells,
                    struct te_buf *out)
{
    const struct te_dataset *d =
        w->datasets ? te_datasets_find(w->datasets, leaf->names[COLLECTION], leaf->names[DATASET])
                    : NULL;
    cells[TE_COL_ALGORITHM] = leaf->names[ALGORITHM];
    cells[TE_COL_COLLECTION] = leaf->names[COLLECTION];
    cells[TE_COL_DATASET] = leaf->names[DATASET];
    cells[TE_COL_ALGO_TRAINING] = training_in(leaf->log);
    cells[TE_COL_ALGO_DIMENSION] =
        d && d->dimension == TE_MULTIVARIATE ? te_dimension_name(d->dimension) : "";
    cells[TE_COL_DATASET_TRAINING] = d ? te_training_name(d->training) : "";
    cells[TE_COL_DATASET_DIMENSION] = d ? te_dimension_name(d->dimension) : "";
    for (int c = TE_COL_TRAIN_PREPROCESS; c <= TE_COL_EXECUTE_POSTPROCESS; c++)
        cells[c] = metric_of(leaf, te_table_column_name((enum te_table_column)c));
    cells[TE_COL_STATUS] = status_of(leaf, &cells[TE_COL_ERROR_MESSAGE]);
    cells[TE_COL_REPETITION] = leaf->names[REPETITION];
    cells[TE_COL_HYPER_PARAMS] = leaf->params ? leaf->params : "";
    cells[TE_COL_HYPER_PARAMS_ID] = leaf->names[ID];
    for (size_t i = 0; i < w->columns.count; i++)
        cells[TE_COL_COUNT + i] = metric_of(leaf, w->columns.items[i]);
    te_csv_add_row(out, cells, TE_COL_COUNT + w->columns.count);
}

int te_import_folders(const char *folder, const struct te_datasets *datasets, struct te_buf *out,
                      size_t *untouched, struct te_err *err)
{
    struct walk w te_cleanup(release) = {.root = folder, .datasets = datasets};
    te_map_init(&w.known);
    if (descend(&w, folder, ALGORITHM, err) < 0)
        return -1;
    if (w.n_leaves == 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' has neither results.csv nor folders of experiments "
                          "(<algorithm>/<id>/<collection>/<dataset>/<repetition>)",
                          folder);
    te_autofree const char **cells = te_zalloc(TE_COL_COUNT + w.columns.count, sizeof *cells, err);
    if (!cells)
        return -1;
    te_table_add_header(out, w.columns.items, w.columns.count);
    for (size_t i = 0; i < w.n_leaves; i++)
        add_row(&w, &w.leaves[i], cells, out);
    *untouched = w.untouched;
    return te_buf_check(out, err);
}

#include "te/store/export.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/report/aggregate.h"
#include "te/report/table.h"
#include "te/report/tree.h"

static void close_file(struct te_h5_file **file)
{
    te_h5_close(*file);
}

static int deliver(const char *path, struct te_buf *buf, struct te_err *err)
{
    if (te_buf_check(buf, err) < 0)
        return -1;
    if (strcmp(path, "-") == 0)
        return te_fs_write_all(STDOUT_FILENO, buf->data, buf->len, err);
    return te_fs_write_atomic(path, buf->data, buf->len, err);
}

typedef int row_fn(void *arg, size_t i, const struct te_task *task, const struct te_result *result,
                   struct te_err *err);

static int each_row(struct te_h5_file *file, row_fn *fn, void *arg, struct te_err *err)
{
    for (size_t i = 0; i < te_h5_rows(file); i++) {
        struct te_task task;
        struct te_result result;
        if (te_h5_read_row(file, i, &task, &result, err) < 0)
            return -1;
        int rc = fn(arg, i, &task, &result, err);
        te_task_release(&task);
        te_result_release(&result);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int add_csv(void *arg, size_t i, const struct te_task *task, const struct te_result *result,
                   struct te_err *err)
{
    struct te_buf *buf = arg;
    (void)i;
    te_table_add_row(buf, task, result, result->n_metrics);
    return te_buf_check(buf, err);
}

static int write_csv(struct te_h5_file *file, const char *path, struct te_err *err)
{
    const struct te_rec_header *h = te_h5_read_facts(file)->header;
    struct te_buf buf;
    te_buf_init(&buf, 64 * TE_GIB);
    te_table_add_header(&buf, h->metrics, h->n_metrics);
    int rc = each_row(file, add_csv, &buf, err);
    if (rc == 0)
        rc = deliver(path, &buf, err);
    te_buf_release(&buf);
    return rc;
}

int te_export_csv(const char *in, const char *path, struct te_err *err)
{
    te_cleanup(close_file) struct te_h5_file *file = NULL;
    return te_h5_open(in, &file, err) < 0 ? -1 : write_csv(file, path, err);
}

static int add_group(void *arg, size_t i, const struct te_task *task,
                     const struct te_result *result, struct te_err *err)
{
    (void)i;
    return te_aggregate_add(arg, task, result, err);
}

int te_export_aggregate(const char *in, const char *path, bool full, size_t *left_out,
                        struct te_err *err)
{
    te_cleanup(close_file) struct te_h5_file *file = NULL;
    struct te_aggregate *a = NULL;
    struct te_buf buf;
    if (te_h5_open(in, &file, err) < 0)
        return -1;
    const struct te_rec_header *h = te_h5_read_facts(file)->header;
    if (te_aggregate_new(full, h->metrics, h->n_metrics, &a, err) < 0)
        return -1;
    te_buf_init(&buf, 64 * TE_GIB);
    int rc = each_row(file, add_group, a, err);
    if (rc == 0)
        rc = te_aggregate_write(a, &buf, err);
    if (rc == 0)
        rc = deliver(path, &buf, err);
    *left_out = te_aggregate_left_out(a);
    te_buf_release(&buf);
    te_aggregate_free(a);
    return rc;
}

struct tree {
    struct te_h5_file *file;
    const char *folder;
    size_t without;
};

static int add_folder(void *arg, size_t i, const struct te_task *task,
                      const struct te_result *result, struct te_err *err)
{
    struct tree *tree = arg;
    const struct te_rec_header *h = te_h5_read_facts(tree->file)->header;
    te_autofree double *scores = NULL;
    size_t count = 0;
    if (te_h5_read_scores(tree->file, i, &scores, &count, err) < 0)
        return -1;
    tree->without += result->status == TE_STATUS_OK && !scores;
    return te_tree_write(tree->folder, task, result, h->metrics, h->n_metrics, scores, count, err);
}

int te_export_tree(const char *in, const char *folder, size_t *without, struct te_err *err)
{
    te_cleanup(close_file) struct te_h5_file *file = NULL;
    if (te_h5_open(in, &file, err) < 0 || te_fs_mkdirs(folder, err) < 0)
        return -1;
    struct tree tree = {.file = file, .folder = folder};
    te_autofree char *csv = te_fs_join(folder, TE_H5_CSV, err);
    if (!csv || each_row(file, add_folder, &tree, err) < 0)
        return -1;
    *without = tree.without;
    return write_csv(file, csv, err);
}

/* A result file against its seal, its objects' checksums and itself. */
#include <string.h>
#include "h5_record.h"
#include "h5_stream.h"
#include "seal.h"
#include "te/base/mem.h"
#include "te/store/h5_read.h"

struct check {
    size_t objects;
    struct te_err *err;
    bool failed;
};

static int check_set(hid_t file, const char *name, struct te_err *err)
{
    char hex[2 * TE_HASH_SHA256_BYTES + 1];
    struct te_h5_view view;
    te_h5_view_init(&view);
    if (te_h5_view_open(file, name, -1, &view, err) < 0)
        return -1;
    te_autofree char *want = te_h5_get_text(view.set, "sha256", err);
    int rc = want ? te_h5_view_hash(&view, hex, err)
                  : te_err_set(err, TE_ERR_CORRUPT, "'/%s' has no checksum", name);
    te_h5_view_close(&view);
    if (rc == 0 && strcmp(want, hex) != 0)
        rc = te_err_set(err, TE_ERR_CORRUPT, "'/%s' does not fit its checksum", name);
    return rc;
}

static herr_t visit(hid_t file, const char *name, const H5O_info_t *info, void *arg)
{
    struct check *check = arg;
    if (info->type != H5O_TYPE_DATASET)
        return 0;
    check->failed = check_set(file, name, check->err) < 0;
    check->objects++;
    return check->failed ? -1 : 0;
}

static int check_objects(const char *path, size_t *objects, struct te_err *err)
{
    struct check check = {.err = err};
    if (te_h5_begin(err) < 0)
        return -1;
    te_cleanup(te_h5_close_file) hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0)
        return te_h5_fail(err, "cannot open", path);
    if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, visit, &check, H5O_INFO_BASIC) < 0)
        return check.failed ? -1 : te_h5_fail(err, "cannot go through", path);
    *objects = check.objects;
    return 0;
}

/* Every row can be read with all that it refers to; no experiment is there twice. */
static int check_rows(struct te_h5_file *file, struct te_h5_verified *out, struct te_err *err)
{
    size_t n = te_h5_rows(file);
    for (size_t i = 0; i < n; i++) {
        struct te_task task;
        struct te_result result;
        if (te_h5_read_row(file, i, &task, &result, err) < 0)
            return -1;
        out->by_status[result.status]++;
        out->log_bytes += result.log ? strlen(result.log) : 0;
        bool stored = te_h5_has_scores(file) && result.n_scores > 0;
        te_task_release(&task);
        te_result_release(&result);
        if (stored) {
            double *scores = NULL;
            size_t count = 0;
            if (te_h5_read_scores(file, i, &scores, &count, err) < 0)
                return -1;
            te_free(scores);
            out->scores += count;
        }
    }
    out->rows = n;
    out->complete = te_h5_read_facts(file)->complete;
    (void)te_batch_parse_text(te_h5_read_facts(file)->job, &out->job);
    return 0;
}

int te_h5_verify(const char *path, struct te_h5_verified *out, struct te_err *err)
{
    struct te_h5_verified v = {0};
    struct te_h5_file *file = NULL;
    if (te_seal_check(path, &v.bytes, err) < 0)
        return -1;
    int rc = check_objects(path, &v.objects, err);
    if (rc == 0)
        rc = te_h5_open(path, &file, err);
    if (rc == 0)
        rc = check_rows(file, &v, err);
    te_h5_close(file);
    if (rc < 0) {
        err->code = TE_ERR_CORRUPT;
        return te_err_wrap(err, "'%s'", path);
    }
    *out = v;
    return 0;
}

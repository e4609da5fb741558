#include "truth.h"

#include <stdbool.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/model/series.h"

void te_truth_release(struct te_truth *truth)
{
    te_free(truth->path);
    te_free(truth->labels);
    *truth = (struct te_truth){0};
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int te_truth_load(struct te_truth *truth, const char *path, struct te_err *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return te_err_sys(err, TE_ERR_NOENT, "cannot open '%s'", path);
    if (truth->path && strcmp(truth->path, path) == 0 && same_file(&truth->st, &st))
        return 0;
    te_truth_release(truth);
    truth->path = te_strdup(path, err);
    if (!truth->path || te_series_labels(path, &truth->labels, &truth->n, err) < 0) {
        te_truth_release(truth);
        return -1;
    }
    truth->st = st;
    return 0;
}

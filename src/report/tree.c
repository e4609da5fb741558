#include "te/report/tree.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/metric/scale.h"
#include "te/report/table.h"
#include "te/text/csv.h"
#include "te/text/num.h"

#define MAX_SCORES_TEXT (64 * TE_GIB)

char *te_tree_path(const struct te_task *task, struct te_err *err)
{
    const char *parts[][2] = {{"algorithm name", task->algorithm},
                              {"parameter id", task->hyper_params_id},
                              {"collection name", task->collection},
                              {"dataset name", task->dataset}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (te_str_check_name(parts[i][0], parts[i][1] ? parts[i][1] : "", err) < 0)
            return NULL;
    return te_asprintf(err, "%s/%s/%s/%s/%u", task->algorithm, task->hyper_params_id,
                       task->collection, task->dataset, task->repetition);
}

/* Score file: a number a line, joined by LF, none behind the last; integers: written as such. */
static void tree_add_scores(struct te_buf *buf, const double *scores, size_t count, bool integers)
{
    char text[TE_NUM_TEXT];
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            te_buf_addc(buf, '\n');
        if (integers && fabs(scores[i]) < 9e15 && scores[i] == trunc(scores[i]))
            te_buf_addf(buf, "%" PRId64, (int64_t)scores[i]);
        else
            te_buf_add(buf, text, te_num_repr(scores[i], text));
    }
}

/* metrics.csv of a finished experiment. */
static void tree_add_metrics(struct te_buf *buf, const struct te_task *task,
                             const struct te_result *result, char *const *metrics, size_t n_metrics)
{
    bool trained = task->algorithm_training != TE_UNSUPERVISED;
    if (trained)
        te_buf_adds(buf, "train_main_time,train_preprocess_time,train_postprocess_time,");
    te_buf_adds(buf, "execute_main_time,execute_preprocess_time,execute_postprocess_time");
    for (size_t i = 0; i < n_metrics && i < result->n_metrics; i++)
        if (result->metrics[i].has_value) {
            te_buf_addc(buf, ',');
            te_csv_add_cell(buf, metrics[i]);
        }
    te_buf_addc(buf, '\n');
    if (trained) {
        te_table_add_number(buf, result->phase[TE_TRAIN].main_time);
        te_buf_addc(buf, ',');
        te_table_add_number(buf, result->train_preprocess_time);
        te_buf_adds(buf, ",,"); /* training has no post-processing */
    }
    te_table_add_number(buf, result->phase[TE_EXECUTE].main_time);
    te_buf_addc(buf, ',');
    te_table_add_number(buf, result->execute_preprocess_time);
    te_buf_addc(buf, ',');
    te_table_add_number(buf, result->execute_postprocess_time);
    for (size_t i = 0; i < n_metrics && i < result->n_metrics; i++)
        if (result->metrics[i].has_value) {
            te_buf_addc(buf, ',');
            te_table_add_number(buf, result->metrics[i].value);
        }
    te_buf_addc(buf, '\n');
}

static int put(const char *folder, const char *name, const char *data, size_t len,
               struct te_err *err)
{
    /* Not synced one by one: a tree of 100,000 folders is made again in less time than that. */
    te_autofree char *path = te_fs_join(folder, name, err);
    te_cleanup(te_fd_cleanup) int fd =
        path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666) : -1;
    if (path && fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot create '%s'", path);
    return path ? te_fs_write_all(fd, data ? data : "", len, err) : -1;
}

static int put_buf(const char *folder, const char *name, struct te_buf *buf, struct te_err *err)
{
    int rc = te_buf_check(buf, err);
    if (rc == 0)
        rc = put(folder, name, buf->data, buf->len, err);
    te_buf_clear(buf);
    return rc;
}

static int put_scores(const char *folder, const struct te_task *task,
                      const struct te_result *result, const double *scores, size_t count,
                      struct te_buf *buf, struct te_err *err)
{
    tree_add_scores(buf, scores, count, result->integer_scores);
    if (put_buf(folder, "raw_anomaly_scores.ts", buf, err) < 0)
        return -1;
    /* Without post-processing the image's file had these values. */
    if (task->adapter == TE_ADAPTER_DOCKER && task->program &&
        !(task->postprocess && task->postprocess[0])) {
        tree_add_scores(buf, scores, count, result->integer_scores);
        te_buf_addc(buf, '\n');
        if (put_buf(folder, "docker-algorithm-scores.csv", buf, err) < 0)
            return -1;
    }
    te_autofree double *scaled = te_alloc((count + 1) * sizeof *scaled, err);
    if (!scaled)
        return -1;
    te_scale_apply(scores, count, result->score_min, result->score_max, scaled);
    tree_add_scores(buf, scaled, count, false);
    return put_buf(folder, "anomaly_scores.ts", buf, err);
}

static int put_all(const char *folder, const struct te_task *task, const struct te_result *result,
                   char *const *metrics, size_t n_metrics, const double *scores, size_t count,
                   struct te_buf *buf, struct te_err *err)
{
    const char *params = te_table_params(task, result);
    if (te_fs_mkdirs(folder, err) < 0 ||
        put(folder, "hyper_params.json", params, strlen(params), err) < 0)
        return -1;
    if (result->log && put(folder, "execution.log", result->log, strlen(result->log), err) < 0)
        return -1;
    if (result->status == TE_STATUS_OK || result->reason == TE_REASON_METRICS) {
        tree_add_metrics(buf, task, result, metrics, n_metrics);
        if (put_buf(folder, "metrics.csv", buf, err) < 0)
            return -1;
    }
    return scores ? put_scores(folder, task, result, scores, count, buf, err) : 0;
}

int te_tree_write(const char *results, const struct te_task *task, const struct te_result *result,
                  char *const *metrics, size_t n_metrics, const double *scores, size_t count,
                  struct te_err *err)
{
    struct te_buf buf;
    te_autofree char *path = te_tree_path(task, err);
    te_autofree char *folder = path ? te_fs_join(results, path, err) : NULL;
    if (!folder)
        return -1;
    te_buf_init(&buf, MAX_SCORES_TEXT);
    int rc = put_all(folder, task, result, metrics, n_metrics, scores, count, &buf, err);
    te_buf_release(&buf);
    return rc < 0 ? te_err_wrap(err, "'%s'", folder) : 0;
}

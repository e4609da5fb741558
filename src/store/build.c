/* results.h5 and results.csv from a run's journal. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/series.h"
#include "te/report/table.h"
#include "te/store/h5_write.h"
#include "te/store/recover.h"

int te_h5_labels_from_file(void *arg, const struct te_task *task, uint8_t **labels, size_t *count,
                           struct te_err *err)
{
    (void)arg;
    if (!task->test_path)
        return te_err_set(err, TE_ERR_NOENT, "its file is not known");
    return te_series_labels(task->test_path, labels, count, err);
}

/* results.csv on its way. */
struct csv {
    char *path, *tmp;
    int fd;
    bool committed;
    struct te_buf buf;
};

enum { CSV_FLUSH = 256 * 1024 };

static int csv_flush(struct csv *csv, struct te_err *err)
{
    if (te_buf_check(&csv->buf, err) < 0 ||
        te_fs_write_all(csv->fd, csv->buf.data, csv->buf.len, err) < 0)
        return te_err_wrap(err, "'%s'", csv->tmp);
    te_buf_clear(&csv->buf);
    return 0;
}

static int csv_open(struct csv *csv, const char *folder, const struct te_rec_header *header,
                    struct te_err *err)
{
    te_buf_init(&csv->buf, TE_MAX_MESSAGE);
    csv->path = te_asprintf(err, "%s/%s", folder, TE_H5_CSV);
    csv->tmp = csv->path ? te_asprintf(err, "%s.tmp", csv->path) : NULL;
    if (!csv->tmp)
        return -1;
    csv->fd = open(csv->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (csv->fd < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot create '%s'", csv->tmp);
    te_table_add_header(&csv->buf, header->metrics, header->n_metrics);
    return 0;
}

static int csv_commit(struct csv *csv, struct te_err *err)
{
    if (csv_flush(csv, err) < 0 || te_fs_commit(csv->tmp, csv->path, err) < 0)
        return -1;
    csv->committed = true;
    return 0;
}

static void csv_close(struct csv *csv)
{
    te_fd_cleanup(&csv->fd);
    if (csv->tmp && !csv->committed)
        unlink(csv->tmp);
    te_buf_release(&csv->buf);
    te_free(csv->path);
    te_free(csv->tmp);
}

struct build {
    const struct te_h5_options *options;
    struct te_run_state state;
    struct te_h5_widths widths;
    struct te_journal_reader *reader;
    struct te_h5_writer *writer;
    struct csv csv;
    uint64_t scores;
};

static int heed_stop(const struct build *b, struct te_err *err)
{
    const atomic_bool *stop = b->options->stop;
    return stop && atomic_load(stop) ? te_err_set(err, TE_ERR_CANCELED, "stopped") : 0;
}

static int measure(void *arg, const struct te_rec_result *rec, struct te_err *err)
{
    struct build *b = arg;
    te_h5_widths_add(&b->widths, &rec->task, &rec->result);
    return heed_stop(b, err);
}

static int pass_scores(void *arg, const double *values, size_t count, struct te_err *err)
{
    struct build *b = arg;
    b->scores += count;
    return te_h5_writer_scores(b->writer, values, count, err);
}

/* Scores that the journal lost to damage leave the row without them, with a notice. */
static int copy_scores(struct build *b, const struct te_run_item *item,
                       const struct te_result *result, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    struct te_err ignored = TE_ERR_INIT;
    if (!b->options->scores || result->n_scores == 0)
        return 0;
    if (item->scores != 0) {
        if (te_run_read_scores(b->reader, item, pass_scores, b, &why) == 0)
            return 0;
        if (why.code != TE_ERR_CORRUPT && why.code != TE_ERR_FORMAT) {
            *err = why;
            return -1;
        }
    } else {
        te_err_set(&why, TE_ERR_CORRUPT, "they are not in the journal");
    }
    te_err_wrap(&why, "scores of experiment %u are left out", result->number);
    if (b->options->notices && te_strings_add(b->options->notices, why.text, &ignored) < 0)
        *err = ignored;
    return 0;
}

static int build_row(struct build *b, const struct te_run_item *item, struct te_err *err)
{
    struct te_rec_result rec;
    if (te_run_read_result(b->reader, item, &rec, err) < 0)
        return -1;
    int rc = copy_scores(b, item, &rec.result, err);
    if (rc == 0)
        rc = te_h5_writer_row(b->writer, &rec.task, &rec.result, err);
    if (rc == 0)
        te_table_add_row(&b->csv.buf, &rec.task, &rec.result, b->state.header.n_metrics);
    if (rc == 0 && b->csv.buf.len > CSV_FLUSH)
        rc = csv_flush(&b->csv, err);
    te_rec_result_release(&rec);
    return rc;
}

static int build_all(struct build *b, const char *folder, struct te_err *err)
{
    const struct te_run_state *s = &b->state;
    unsigned skip = b->options->scores ? 0 : 1U << TE_RECORD_SCORES;
    if (te_run_state_load(folder, skip, measure, b, &b->state, err) < 0)
        return -1;
    b->widths.rows = s->n_results;
    struct te_h5_facts facts = {
        .header = &s->header,
        .mpi = s->epoch.mpi,
        .job = s->epoch.job,
        .ended = s->has_end ? s->end.time : s->last_time,
        .complete = b->options->complete || s->n_results == s->count,
        .exit_code = s->has_end ? s->end.code : -1,
        .notes = s->notes,
        .n_notes = s->n_notes,
    };
    te_autofree char *path = te_asprintf(err, "%s/%s", folder, TE_H5_NAME);
    if (!path || te_journal_reader_open(folder, &b->reader, err) < 0 ||
        csv_open(&b->csv, folder, &s->header, err) < 0 ||
        te_h5_writer_open(path, &facts, &b->widths, b->options, &b->writer, err) < 0)
        return -1;
    for (size_t i = 0; i < s->count; i++)
        if ((s->items[i].flags & TE_ITEM_RESULT) &&
            (heed_stop(b, err) < 0 || build_row(b, &s->items[i], err) < 0))
            return te_err_wrap(err, "experiment %zu", i);
    if (te_h5_writer_commit(b->writer, err) < 0)
        return -1;
    return csv_commit(&b->csv, err);
}

static void tell(const struct build *b, const char *folder, struct te_h5_built *out)
{
    struct stat st;
    char path[TE_MAX_PATH];
    snprintf(path, sizeof path, "%s/%s", folder, TE_H5_NAME);
    *out = (struct te_h5_built){
        .rows = b->state.n_results,
        .planned = b->state.count,
        .scores = b->scores,
        .bytes = stat(path, &st) == 0 ? (uint64_t)st.st_size : 0,
        .complete = b->state.n_results == b->state.count,
        .journal = b->state.journal.end,
    };
    memcpy(out->by_status, b->state.by_status, sizeof out->by_status);
}

int te_h5_build(const char *run_folder, const struct te_h5_options *options,
                struct te_h5_built *built, struct te_err *err)
{
    struct build b = {.options = options, .csv.fd = -1};
    te_run_state_init(&b.state);
    int rc = build_all(&b, run_folder, err);
    te_h5_writer_close(b.writer);
    csv_close(&b.csv);
    te_journal_reader_close(b.reader);
    if (rc == 0 && built)
        tell(&b, run_folder, built);
    te_run_state_release(&b.state);
    return rc < 0 ? te_err_wrap(err, "results of '%s'", run_folder) : 0;
}

#include "te/store/merge.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "te/base/map.h"
#include "te/base/max.h"
#include "te/base/mem.h"

/* A row that will be in the new file. */
struct chosen {
    uint32_t file;
    uint32_t row;
    double finished;
    enum te_status status;
};

struct merge {
    struct te_h5_file **files;
    const char *const *in;
    size_t n_files;
    enum te_merge_prefer prefer;
    const struct te_h5_extra *extra;
    struct te_rec_header header; /* metrics: united, owned; other texts borrowed */
    struct te_rec_note *notes;   /* borrowed members */
    size_t n_notes;
    struct te_rec_file *config; /* likewise */
    struct chosen *rows;
    size_t n_rows, cap;
    struct te_map ids;
    struct te_h5_writer *writer;
};

static const struct te_h5_facts *facts_of(const struct merge *m, size_t i)
{
    return te_h5_read_facts(m->files[i]);
}

static size_t find_metric(const struct te_rec_header *h, const char *name)
{
    for (size_t i = 0; i < h->n_metrics; i++)
        if (strcmp(h->metrics[i], name) == 0)
            return i;
    return SIZE_MAX;
}

static int add_metrics(struct merge *m, char *const *names, size_t n, struct te_err *err)
{
    struct te_rec_header *h = &m->header;
    for (size_t i = 0; i < n; i++) {
        if (find_metric(h, names[i]) != SIZE_MAX)
            continue;
        char **all = te_resize(h->metrics, h->n_metrics + 1u, sizeof *all, err);
        if (!all)
            return -1;
        h->metrics = all;
        all[h->n_metrics] = te_strdup(names[i], err);
        if (!all[h->n_metrics])
            return -1;
        h->n_metrics++;
    }
    return 0;
}

/* What stands beside the rows: of the first file, with the others' files and notes behind. */
static int unite_facts(struct merge *m, struct te_err *err)
{
    size_t n_notes = 0, n_files = 0;
    for (size_t i = 0; i < m->n_files; i++) {
        n_notes += facts_of(m, i)->n_notes;
        n_files += facts_of(m, i)->header->n_files;
    }
    m->notes = te_zalloc(n_notes, sizeof *m->notes, err);
    m->config = te_zalloc(n_files, sizeof *m->config, err);
    if (!m->notes || !m->config)
        return -1;
    m->header = *facts_of(m, 0)->header;
    m->header.metrics = NULL;
    m->header.n_metrics = m->header.n_files = 0;
    m->header.files = m->config;
    for (size_t i = 0; i < m->n_files; i++) {
        const struct te_h5_facts *f = facts_of(m, i);
        for (size_t k = 0; k < f->n_notes; k++)
            m->notes[m->n_notes++] = f->notes[k];
        for (size_t k = 0; k < f->header->n_files; k++)
            m->config[m->header.n_files++] = f->header->files[k];
        if (add_metrics(m, f->header->metrics, f->header->n_metrics, err) < 0)
            return -1;
    }
    return m->extra ? add_metrics(m, m->extra->names, m->extra->count, err) : 0;
}

static int rank_of(enum te_status status)
{
    return status == TE_STATUS_OK ? 2 : status == TE_STATUS_TIMEOUT;
}

static bool is_better(const struct merge *m, const struct chosen *new, const struct chosen *old)
{
    if (m->prefer == TE_MERGE_OK)
        return rank_of(new->status) > rank_of(old->status);
    return isnan(old->finished) || new->finished >= old->finished;
}

static int choose(struct merge *m, const struct chosen *new, const struct te_task *task,
                  struct te_err *err)
{
    char key[20];
    uint64_t at;
    snprintf(key, sizeof key, "%016" PRIx64, task->id);
    if (te_map_get(&m->ids, key, &at)) {
        struct chosen *old = &m->rows[at];
        if (m->prefer == TE_MERGE_NONE)
            return te_err_set(err, TE_ERR_USAGE,
                              "experiment %s (%s on %s/%s) is in '%s' and in '%s': merge them with "
                              "--prefer newest or --prefer ok",
                              key, task->algorithm, task->collection, task->dataset,
                              m->in[old->file], m->in[new->file]);
        if (is_better(m, new, old))
            *old = *new;
        return 0;
    }
    if (te_grow(&m->rows, &m->cap, m->n_rows + 1, sizeof *m->rows, TE_MAX_EXPERIMENTS, err) < 0 ||
        te_map_put(&m->ids, key, m->n_rows, NULL, err) < 0)
        return -1;
    m->rows[m->n_rows++] = *new;
    return 0;
}

static int choose_all(struct merge *m, struct te_h5_widths *widths, struct te_err *err)
{
    for (size_t f = 0; f < m->n_files; f++)
        for (size_t i = 0; i < te_h5_rows(m->files[f]); i++) {
            struct te_task task;
            struct te_result result;
            if (te_h5_read_row(m->files[f], i, &task, &result, err) < 0)
                return te_err_wrap(err, "'%s'", m->in[f]);
            te_h5_widths_add(widths, &task, &result);
            struct chosen new = {(uint32_t)f, (uint32_t)i, result.finished, result.status};
            int rc = choose(m, &new, &task, err);
            te_task_release(&task);
            te_result_release(&result);
            if (rc < 0)
                return -1;
        }
    return 0;
}

/* The row's metrics in the order of the new file's columns. */
static int order_metrics(const struct merge *m, const struct te_rec_header *from,
                         struct te_result *result, struct te_err *err)
{
    struct te_metric_value *all = te_zalloc(m->header.n_metrics, sizeof *all, err);
    if (!all)
        return -1;
    for (size_t i = 0; i < result->n_metrics; i++)
        all[find_metric(&m->header, from->metrics[i])] = result->metrics[i];
    te_free(result->metrics);
    result->metrics = all;
    result->n_metrics = m->header.n_metrics;
    return 0;
}

static int compute_extra(const struct merge *m, const struct te_task *task,
                         struct te_result *result, const double *scores, size_t n_scores,
                         const uint8_t *labels, size_t n_labels, struct te_err *err)
{
    if (!m->extra)
        return 0;
    te_autofree struct te_metric_value *values = te_zalloc(m->extra->count, sizeof *values, err);
    if (!values || m->extra->fn(m->extra->arg, task, result, scores, n_scores, labels, n_labels,
                                values, err) < 0)
        return -1;
    for (size_t i = 0; i < m->extra->count; i++)
        result->metrics[find_metric(&m->header, m->extra->names[i])] = values[i];
    return 0;
}

static int write_row(struct merge *m, const struct chosen *c, size_t number, struct te_task *task,
                     struct te_result *result, struct te_err *err)
{
    struct te_h5_file *file = m->files[c->file];
    te_autofree double *scores = NULL;
    te_autofree uint8_t *labels = NULL;
    size_t n_scores = 0, n_labels = 0;
    if (order_metrics(m, facts_of(m, c->file)->header, result, err) < 0 ||
        te_h5_read_scores(file, c->row, &scores, &n_scores, err) < 0 ||
        te_h5_read_labels(file, c->row, &labels, &n_labels, err) < 0 ||
        compute_extra(m, task, result, scores, n_scores, labels, n_labels, err) < 0)
        return -1;
    if (m->n_files > 1) /* numbers of several plans mean nothing together */
        result->number = (uint32_t)number;
    if ((n_scores && te_h5_writer_scores(m->writer, scores, n_scores, err) < 0) ||
        te_h5_writer_row(m->writer, task, result, err) < 0)
        return -1;
    return n_labels ? te_h5_writer_labels(m->writer, task, labels, n_labels, err) : 0;
}

static int write_rows(struct merge *m, struct te_err *err)
{
    for (size_t i = 0; i < m->n_rows; i++) {
        struct te_task task;
        struct te_result result;
        const struct chosen *c = &m->rows[i];
        if (te_h5_read_row(m->files[c->file], c->row, &task, &result, err) < 0)
            return -1;
        int rc = write_row(m, c, i, &task, &result, err);
        te_task_release(&task);
        te_result_release(&result);
        if (rc < 0)
            return te_err_wrap(err, "row %u of '%s'", c->row, m->in[c->file]);
    }
    return te_h5_writer_commit(m->writer, err);
}

static int merge_all(struct merge *m, const char *out, struct te_err *err)
{
    struct te_h5_widths widths = {.rows = 0};
    struct te_h5_options options = {.scores = false};
    for (size_t i = 0; i < m->n_files; i++)
        if (te_h5_open(m->in[i], &m->files[i], err) < 0)
            return -1;
    if (unite_facts(m, err) < 0 || choose_all(m, &widths, err) < 0)
        return -1;
    struct te_h5_facts facts = *facts_of(m, 0);
    facts.header = &m->header;
    facts.notes = m->notes;
    facts.n_notes = m->n_notes;
    for (size_t i = 0; i < m->n_files; i++) {
        const struct te_h5_facts *f = facts_of(m, i);
        options.scores = options.scores || te_h5_has_scores(m->files[i]);
        facts.complete = facts.complete && f->complete;
        facts.ended = fmax(facts.ended, f->ended);
        m->header.created = fmin(m->header.created, f->header->created);
    }
    widths.rows = m->n_rows;
    if (m->n_files > 1)
        m->header.n_experiments = m->n_rows;
    if (te_h5_writer_open(out, &facts, &widths, &options, &m->writer, err) < 0)
        return -1;
    return write_rows(m, err);
}

int te_h5_merge(const char *out, const char *const *in, size_t n_in, enum te_merge_prefer prefer,
                const struct te_h5_extra *extra, size_t *rows, struct te_err *err)
{
    struct merge m = {.in = in, .n_files = n_in, .prefer = prefer, .extra = extra};
    te_map_init(&m.ids);
    m.files = te_zalloc(n_in, sizeof *m.files, err);
    int rc = m.files ? merge_all(&m, out, err) : -1;
    te_h5_writer_close(m.writer);
    for (size_t i = 0; m.files && i < n_in; i++)
        te_h5_close(m.files[i]);
    te_free(m.files);
    for (size_t i = 0; i < m.header.n_metrics; i++)
        te_free(m.header.metrics[i]);
    te_free(m.header.metrics);
    te_free(m.notes);
    te_free(m.config);
    te_free(m.rows);
    te_map_release(&m.ids);
    if (rc == 0 && rows)
        *rows = m.n_rows;
    return rc;
}

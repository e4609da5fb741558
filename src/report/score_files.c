#include "te/report/score_files.h"

#include <math.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/metric/metric.h"
#include "te/metric/scale.h"
#include "te/text/json.h"
#include "te/text/num.h"

/* What was asked for, one by one, in order; each text once. */
struct wish {
    struct te_metric_spec **specs;
    size_t count;
    size_t cap;
};

static void wish_release(struct wish *w)
{
    for (size_t k = 0; k < w->count; k++) {
        te_metric_free(w->specs[k]);
    }
    te_free(w->specs);
}

static bool wish_has(const struct wish *w, const char *text)
{
    for (size_t k = 0; k < w->count; k++) {
        if (strcmp(te_metric_text(w->specs[k]), text) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes the spec over, also when it fails. */
static int wish_keep(struct wish *w, struct te_metric_spec *spec, struct te_err *err)
{
    if (wish_has(w, te_metric_text(spec))) {
        te_metric_free(spec);
        return 0;
    }
    if (te_grow(&w->specs, &w->cap, w->count + 1, sizeof *w->specs, TE_MAX_METRICS, err) < 0) {
        te_metric_free(spec);
        return -1;
    }
    w->specs[w->count++] = spec;
    return 0;
}

static int wish_add(struct wish *w, const char *text, struct te_err *err)
{
    struct te_metric_spec *spec = NULL;
    te_autofree char *baseline = NULL;
    if (te_metric_parse(text, &spec, err) < 0) {
        return -1;
    }
    if (te_metric_baseline(spec, &baseline, err) < 0) {
        te_metric_free(spec);
        return -1;
    }
    if (wish_keep(w, spec, err) < 0) {
        return -1;
    }
    return baseline ? wish_add(w, baseline, err) : 0;
}

static int wish_add_all(struct wish *w, struct te_err *err)
{
    struct te_metric_list all;
    if (te_metric_all(&all, err) < 0) {
        return -1;
    }
    int rc = 0;
    for (size_t k = 0; k < all.count && rc == 0; k++) {
        struct te_metric_spec *spec = all.specs[k];
        all.specs[k] = NULL;
        rc = wish_keep(w, spec, err);
    }
    te_metric_list_release(&all);
    return rc;
}

static int wish_add_list(struct wish *w, const char *list, struct te_err *err)
{
    te_autofree char **items = NULL;
    size_t count = 0;
    if (te_str_split(list, &items, &count, err) < 0) {
        return -1;
    }
    if (count == 0) {
        return te_err_set(err, TE_ERR_USAGE, "the metric is empty: name one, or 'all'");
    }
    for (size_t k = 0; k < count; k++) {
        int rc = strcmp(items[k], "all") == 0 ? wish_add_all(w, err) : wish_add(w, items[k], err);
        if (rc < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- the table ---- */

void te_score_table_release(struct te_score_table *table)
{
    for (size_t k = 0; k < table->count; k++) {
        te_free(table->lines[k].spec);
        te_free(table->lines[k].column);
        te_free(table->lines[k].reason);
    }
    te_free(table->lines);
    *table = (struct te_score_table){0};
}

static int fill_line(struct te_score_line *line, const struct te_metric_spec *spec,
                     struct te_metric_input *input, struct te_err *err)
{
    struct te_err why = TE_ERR_INIT;
    line->value = NAN;
    line->has_value = te_metric_compute(spec, input, &line->value, &why) == 0;
    if (!line->has_value && why.code == TE_ERR_NOMEM) {
        *err = why;
        return -1;
    }
    line->spec = te_strdup(te_metric_text(spec), err);
    line->column = line->spec ? te_strdup(te_metric_name(spec), err) : NULL;
    line->reason = line->column ? te_strdup(why.text, err) : NULL;
    return line->reason ? 0 : -1;
}

static int fill_table(const struct wish *w, struct te_metric_input *input,
                      struct te_score_table *table, struct te_err *err)
{
    table->lines = te_zalloc(w->count, sizeof *table->lines, err);
    if (!table->lines) {
        return -1;
    }
    table->count = w->count;
    for (size_t k = 0; k < w->count; k++) {
        if (fill_line(&table->lines[k], w->specs[k], input, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* ---- the files ---- */

struct files {
    struct te_number_file labels;
    struct te_number_file scores;
    struct te_number_file series;
};

static void files_release(struct files *f)
{
    te_number_file_release(&f->labels);
    te_number_file_release(&f->scores);
    te_number_file_release(&f->series);
}

/* Labels that are float while the scores are whole numbers may be the scores: metric/ decides. */
static int check_labels(const struct te_score_request *q, const struct files *f, struct te_err *err)
{
    bool mixed_up = f->labels.type == TE_METRIC_FLOAT && f->scores.type == TE_METRIC_INT;
    for (size_t i = 0; i < f->labels.n && !mixed_up; i++) {
        double v = f->labels.values[i];
        if (v != 0.0 && v != 1.0) {
            return te_err_set(err, TE_ERR_USAGE, "'%s', line %zu: label %.17g must be 0 or 1",
                              q->labels, i + 1, v);
        }
    }
    if (f->labels.n != f->scores.n) {
        return te_err_set(err, TE_ERR_USAGE,
                          "'%s' has %zu labels, but '%s' has %zu scores: both need the same number",
                          q->labels, f->labels.n, q->scores, f->scores.n);
    }
    return 0;
}

static int read_files(const struct te_score_request *q, struct files *f, struct te_err *err)
{
    if (te_number_file_read(q->labels, &f->labels, err) < 0 ||
        te_number_file_read(q->scores, &f->scores, err) < 0 ||
        (q->series && te_number_file_read(q->series, &f->series, err) < 0) ||
        check_labels(q, f, err) < 0) {
        return -1;
    }
    if (q->scale) {
        double lo, hi;
        (void)te_scale_find(f->scores.values, f->scores.n, &lo, &hi);
        te_scale_apply(f->scores.values, f->scores.n, lo, hi, f->scores.values);
        f->scores.type = TE_METRIC_FLOAT;
    }
    return 0;
}

static int judge(const struct te_score_request *q, const struct files *f, const struct wish *w,
                 struct te_score_table *table, struct te_err *err)
{
    struct te_metric_arrays arrays = {f->labels.values, f->labels.n, f->labels.type,
                                      f->scores.values, f->scores.n, f->scores.type};
    struct te_metric_input input;
    if (te_metric_input_init_arrays(&input, &arrays, err) < 0) {
        return te_err_wrap(err, "'%s'", q->labels);
    }
    if (q->series) {
        input.period = te_metric_period(f->series.values, f->series.n);
        if (input.swapped) {
            input.swapped->period = input.period;
        }
    }
    table->swapped = input.swapped != NULL;
    int rc = fill_table(w, &input, table, err);
    te_metric_input_release(&input);
    return rc;
}

int te_score_files(const struct te_score_request *request, struct te_score_table *out,
                   struct te_err *err)
{
    struct wish w = {0};
    struct files f = {0};
    struct te_score_table table = {0};
    int rc = 0;
    for (size_t k = 0; k < request->n_metrics && rc == 0; k++) {
        rc = wish_add_list(&w, request->metrics[k], err);
    }
    if (rc == 0 && w.count == 0) {
        rc = te_err_set(err, TE_ERR_USAGE, "name at least one metric, or 'all'");
    }
    rc = rc == 0 ? read_files(request, &f, err) : rc;
    rc = rc == 0 ? judge(request, &f, &w, &table, err) : rc;
    files_release(&f);
    wish_release(&w);
    if (rc < 0) {
        te_score_table_release(&table);
        return -1;
    }
    *out = table;
    return 0;
}

/* ---- output ---- */

static bool is_number(const struct te_score_line *line)
{
    return line->has_value && isfinite(line->value);
}

static void add_string(struct te_buf *out, const char *text)
{
    te_json_string(out, text, strlen(text));
}

static const char *reason_of(const struct te_score_line *line)
{
    return line->reason[0] ? line->reason : "undefined for these data";
}

void te_score_table_json(const struct te_score_table *table, struct te_buf *out)
{
    char text[TE_NUM_TEXT];
    const char *before = "{\n  ";
    size_t nulls = 0;
    for (size_t k = 0; k < table->count; k++) {
        const struct te_score_line *line = &table->lines[k];
        te_buf_adds(out, before);
        before = ",\n  ";
        add_string(out, line->spec);
        te_buf_adds(out, ": ");
        if (is_number(line)) {
            te_num_full(line->value, text);
            te_buf_adds(out, text);
        } else {
            te_buf_adds(out, "null");
            nulls++;
        }
    }
    const char *inner = ",\n  \"reason\": {\n    ";
    for (size_t k = 0; k < table->count; k++) {
        if (!is_number(&table->lines[k])) {
            te_buf_adds(out, inner);
            inner = ",\n    ";
            add_string(out, table->lines[k].spec);
            te_buf_adds(out, ": ");
            add_string(out, reason_of(&table->lines[k]));
        }
    }
    te_buf_adds(out, nulls > 0 ? "\n  }\n}\n" : "\n}\n");
}

void te_score_table_text(const struct te_score_table *table, struct te_buf *out)
{
    char text[TE_NUM_TEXT];
    for (size_t k = 0; k < table->count; k++) {
        const struct te_score_line *line = &table->lines[k];
        if (is_number(line)) {
            te_num_repr(line->value, text);
            te_buf_addf(out, "%-24s %s\n", text, line->spec);
        } else {
            te_buf_addf(out, "%-24s %s: %s\n", "-", line->spec, reason_of(line));
        }
    }
}

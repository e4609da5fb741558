/* Lists of specs with distinct column names. */
#include <string.h>
#include "spec.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

void te_metric_list_release(struct te_metric_list *list)
{
    for (size_t k = 0; k < list->count; k++) {
        te_metric_free(list->specs[k]); /* NULL where one was taken over */
    }
    for (size_t k = 0; k < list->n_notices; k++) {
        te_free(list->notices[k]);
    }
    te_free(list->specs);
    te_free(list->notices);
    memset(list, 0, sizeof *list);
}

/* A list while it grows. */
struct builder {
    struct te_metric_list list;
    size_t cap;
    size_t notices_cap;
};

/* Takes the sentence over (NULL: it could not be made). */
static int add_notice(struct builder *b, char *sentence, struct te_err *err)
{
    te_autofree char *owned = sentence;
    if (!owned || te_grow(&b->list.notices, &b->notices_cap, b->list.n_notices + 1, sizeof(char *),
                          (size_t)4 * TE_MAX_METRICS, err) < 0) {
        return -1;
    }
    b->list.notices[b->list.n_notices++] = te_steal(owned);
    return 0;
}

static const struct te_metric_spec *find_name(const struct builder *b, const char *name)
{
    for (size_t k = 0; k < b->list.count; k++) {
        if (strcmp(b->list.specs[k]->name, name) == 0) {
            return b->list.specs[k];
        }
    }
    return NULL;
}

static bool is_listed(const struct builder *b, const struct te_metric_spec *spec)
{
    for (size_t k = 0; k < b->list.count; k++) {
        if (strcmp(b->list.specs[k]->canonical, spec->canonical) == 0) {
            return true;
        }
    }
    return false;
}

static int settle_name(struct builder *b, struct te_metric_spec *spec, struct te_err *err)
{
    const struct te_metric_spec *holder = find_name(b, spec->name);
    if (!holder) {
        return 0;
    }
    if (spec->given_name || find_name(b, spec->canonical)) {
        return te_err_set(err, TE_ERR_USAGE,
                          "metric '%s' would be the second column '%s' beside '%s': give it "
                          "another name=\"...\"",
                          spec->text, spec->name, holder->text);
    }
    te_autofree char *name = te_strdup(spec->canonical, err);
    if (!name) {
        return -1;
    }
    char *sentence = te_asprintf(err,
                                 "column '%s' belongs to metric '%s' already, so that of '%s' is "
                                 "named '%s'",
                                 spec->name, holder->text, spec->text, spec->canonical);
    if (add_notice(b, sentence, err) < 0) {
        return -1;
    }
    te_free(spec->name);
    spec->name = te_steal(name);
    return 0;
}

static void free_spec(struct te_metric_spec **spec)
{
    te_metric_free(*spec);
}

static int add_text(struct builder *b, const char *text, struct te_err *err)
{
    te_cleanup(free_spec) struct te_metric_spec *spec = NULL;
    if (te_metric_parse(text, &spec, err) < 0) {
        return -1;
    }
    if (is_listed(b, spec)) {
        return add_notice(
            b, te_asprintf(err, "metric '%s' is listed twice and kept once", spec->text), err);
    }
    if (settle_name(b, spec, err) < 0) {
        return -1;
    }
    if (b->list.count >= TE_MAX_METRICS) {
        return te_err_set(err, TE_ERR_LIMIT, "more than %d metrics", TE_MAX_METRICS);
    }
    if (te_grow(&b->list.specs, &b->cap, b->list.count + 1, sizeof(struct te_metric_spec *),
                TE_MAX_METRICS, err) < 0) {
        return -1;
    }
    b->list.specs[b->list.count++] = te_steal(spec);
    return 0;
}

static int add_all(struct builder *b, struct te_err *err)
{
    for (size_t k = 0; metric_default(k); k++) {
        if (add_text(b, metric_default(k), err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int add_baseline(struct builder *b, const struct te_metric_spec *spec, struct te_err *err)
{
    te_autofree char *text = NULL;
    te_cleanup(free_spec) struct te_metric_spec *baseline = NULL;
    if (te_metric_baseline(spec, &text, err) < 0 ||
        (text && te_metric_parse(text, &baseline, err) < 0)) {
        return -1;
    }
    if (!text || is_listed(b, baseline)) {
        return 0;
    }
    char *sentence = te_asprintf(
        err, "random scores do well on metric '%s', too: their value stands beside it", spec->text);
    return add_notice(b, sentence, err) < 0 ? -1 : add_text(b, text, err);
}

static int add_baselines(struct builder *b, struct te_err *err)
{
    size_t count = b->list.count;
    for (size_t k = 0; k < count; k++) {
        if (add_baseline(b, b->list.specs[k], err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The same for texts that are separate already ("all" among them stands for te_metric_all). */
static int metric_parse_texts(const char *const *texts, size_t count, struct te_metric_list *out,
                              struct te_err *err)
{
    struct builder b = {0};
    int rc = 0;
    for (size_t k = 0; k < count && rc == 0; k++) {
        rc = strcmp(texts[k], "all") == 0 ? add_all(&b, err) : add_text(&b, texts[k], err);
    }
    if (rc == 0) {
        rc = add_baselines(&b, err);
    }
    if (rc < 0) {
        te_metric_list_release(&b.list);
        return -1;
    }
    *out = b.list;
    return 0;
}

int te_metric_parse_list(const char *comma_list, struct te_metric_list *out, struct te_err *err)
{
    te_autofree char **items = NULL;
    size_t count = 0;
    if (te_str_split(comma_list, &items, &count, err) < 0) {
        return -1;
    }
    return metric_parse_texts((const char *const *)items, count, out, err);
}

int te_metric_all(struct te_metric_list *out, struct te_err *err)
{
    static const char *const all[] = {"all"};
    return metric_parse_texts(all, 1, out, err);
}

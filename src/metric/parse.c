/* Specs from text: a small recursive-descent reader of Python calls with literal arguments. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "reader.h"
#include "spec.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/text/num.h"

enum { MAX_SPEC_TEXT = 4096 };

/* ---- options ---- */

static void write_allowed(const struct metric_option *o, struct te_buf *out)
{
    const char *sep = "";
    if (o->allowed & OPTION_NUMBER) {
        const char *what = o->allowed & OPTION_FLOAT ? "a number" : "a whole number";
        te_buf_adds(out, what);
        te_buf_addf(out, o->allowed & OPTION_ABOVE ? " above %g" : " from %g", o->min);
        if (o->max < 1e15) {
            te_buf_addf(out, " to %g", o->max);
        }
        sep = " or ";
    }
    if (o->allowed & OPTION_BOOL) {
        te_buf_adds(out, "True or False");
        sep = " or ";
    }
    if (o->allowed & OPTION_NONE) {
        te_buf_addf(out, "%sNone", sep);
        sep = " or ";
    }
    for (size_t k = 0; o->choices && o->choices[k]; k++) {
        te_buf_addf(out, "%s'%s'", sep, o->choices[k]);
        sep = ", ";
    }
}

static int refuse_value(struct metric_reader *r, const struct metric_option *o, size_t start)
{
    char shown[40];
    size_t len = strcspn(r->text + start, ",()[]");
    len = len < sizeof shown - 1 ? len : sizeof shown - 1;
    memcpy(shown, r->text + start, len);
    shown[len] = '\0';
    struct te_buf buf;
    te_buf_init(&buf, 4 * TE_KIB);
    write_allowed(o, &buf);
    int rc = FAIL(r, start, "%s=%s is not allowed: it must be %s", o->name, shown,
                  buf.data ? buf.data : "something else");
    te_buf_release(&buf);
    return rc;
}

static bool in_bounds(const struct metric_option *o, double d)
{
    return (o->allowed & OPTION_ABOVE ? d > o->min : d >= o->min) && d <= o->max;
}

static int take_value(struct metric_reader *r, const struct metric_option *o,
                      const struct metric_literal *lit, struct metric_value *out)
{
    bool ok = false;
    *out = lit->value;
    if (lit->kind == LIT_TEXT) {
        for (size_t k = 0; o->choices && o->choices[k]; k++) {
            if (strcmp(o->choices[k], lit->text) == 0) {
                *out = (struct metric_value)METRIC_CHOICE((int64_t)k);
                ok = true;
            }
        }
    } else if (lit->kind == LIT_VALUE) {
        static const unsigned bit[] = {[VALUE_NONE] = OPTION_NONE,
                                       [VALUE_INT] = OPTION_INT,
                                       [VALUE_FLOAT] = OPTION_FLOAT,
                                       [VALUE_BOOL] = OPTION_BOOL};
        bool number = out->kind == VALUE_INT || out->kind == VALUE_FLOAT;
        ok = (o->allowed & bit[out->kind]) && (!number || in_bounds(o, out->d));
    }
    return ok ? 0 : refuse_value(r, o, lit->start);
}

static int expect_close(struct metric_reader *r, size_t open)
{
    if (metric_accept(r, ')')) {
        return 0;
    }
    if (r->text[r->at] == '\0') {
        return FAIL(r, open, "the bracket is never closed");
    }
    return FAIL(r, r->at, "unexpected '%c' where ',' or ')' belongs", r->text[r->at]);
}

/* A keyword and its '=', if the next argument has one; else word is "". */
static int read_keyword(struct metric_reader *r, char word[MAX_WORD])
{
    metric_skip_blanks(r);
    size_t start = r->at;
    word[0] = '\0';
    if (!metric_is_word_start(r->text[r->at])) {
        return 0;
    }
    if (metric_read_word(r, word) < 0) {
        return -1;
    }
    if (!metric_accept(r, '=')) {
        word[0] = '\0';
        r->at = start;
    }
    return 0;
}

/* ---- strategies ---- */

static int find_strategy(struct metric_reader *r, const struct metric_literal *lit,
                         enum metric_strategy *out)
{
    const char *names[STRATEGY_COUNT];
    size_t count = 0;
    for (int s = STRATEGY_NONE; s < STRATEGY_BEST; s++) {
        const char *name = metric_strategy_row((enum metric_strategy)s)->class_name;
        names[count++] = name;
        if (strcmp(name, lit->text) == 0) {
            *out = (enum metric_strategy)s;
            return 0;
        }
    }
    if (strcmp(lit->text, "PyThreshThresholding") == 0) {
        return FAIL(r, lit->start,
                    "PyThreshThresholding needs a Python object, which this program cannot run");
    }
    const char *near = te_str_suggest(lit->text, names, count);
    return FAIL(r, lit->start, "'%s' is no thresholding strategy%s%s%s", lit->text,
                near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int read_strategy_args(struct metric_reader *r, const struct metric_strategy_row *row,
                              struct metric_threshold *out)
{
    size_t open = r->at;
    char word[MAX_WORD];
    struct metric_literal lit;
    if (!metric_accept(r, '(') || metric_accept(r, ')')) {
        return 0;
    }
    size_t start = r->at;
    if (read_keyword(r, word) < 0) {
        return -1;
    }
    if (!row->option.name) {
        return FAIL(r, start, "%s takes no options", row->class_name);
    }
    if (word[0] && strcmp(word, row->option.name) != 0) {
        return FAIL(r, start, "%s has no option '%s', only '%s'", row->class_name, word,
                    row->option.name);
    }
    if (metric_read_literal(r, &lit) < 0 || take_value(r, &row->option, &lit, &out->arg) < 0) {
        return -1;
    }
    (void)metric_accept(r, ',');
    return expect_close(r, open);
}

/* lit is a word or the name of a call. */
static int read_strategy(struct metric_reader *r, const struct metric_literal *lit,
                         bool best_allowed, struct metric_threshold *out)
{
    if (lit->kind == LIT_VALUE) {
        return FAIL(r, lit->start, "a thresholding strategy belongs here, such as %s",
                    "PercentileThresholding(percentile=90)");
    }
    if (best_allowed && lit->kind == LIT_TEXT && strcmp(lit->text, "best") == 0) {
        out->strategy = STRATEGY_BEST;
        return 0;
    }
    if (lit->quoted) {
        return FAIL(r, lit->start, "a thresholding strategy is written without quotes");
    }
    if (find_strategy(r, lit, &out->strategy) < 0) {
        return -1;
    }
    const struct metric_strategy_row *row = metric_strategy_row(out->strategy);
    out->arg = row->option.def;
    return read_strategy_args(r, row, out);
}

int metric_parse_threshold(const char *text, struct metric_threshold *out, struct te_err *err)
{
    struct metric_reader r = {text, 0, err};
    struct metric_literal lit;
    struct metric_threshold t = {0};
    if (metric_read_literal(&r, &lit) < 0 || read_strategy(&r, &lit, false, &t) < 0) {
        return -1;
    }
    metric_skip_blanks(&r);
    if (text[r.at]) {
        return FAIL(&r, r.at, "unexpected '%c' after the end", text[r.at]);
    }
    *out = t;
    return 0;
}

/* ---- specs ---- */

static int take_name(struct metric_reader *r, struct te_metric_spec *spec,
                     const struct metric_literal *lit)
{
    if (lit->kind == LIT_VALUE && lit->value.kind == VALUE_NONE) {
        return 0;
    }
    if (lit->kind != LIT_TEXT || lit->text[0] == '\0') {
        return FAIL(r, lit->start, "name must be a text, such as name=\"my metric\"");
    }
    size_t bad = 0;
    if (!te_str_utf8(lit->text, strlen(lit->text), &bad)) {
        return FAIL(r, lit->start, "name is not valid UTF-8 at its byte %zu", bad + 1);
    }
    for (const char *c = lit->text; *c; c++) {
        if (iscntrl((unsigned char)*c)) {
            return FAIL(r, lit->start, "name must not hold control characters");
        }
    }
    te_free(spec->given_name);
    spec->given_name = te_strdup(lit->text, r->err);
    return spec->given_name ? 0 : -1;
}

/* Index of an option by name, or -1. */
static int find_option(const struct metric_def *def, const char *word)
{
    for (size_t k = 0; k < def->n_options; k++) {
        const struct metric_option *o = &def->options[k];
        bool alias = (o->allowed & OPTION_STRATEGY) &&
                     (strcmp(word, "strategy") == 0 || strcmp(word, "thresholding") == 0);
        if (strcmp(o->name, word) == 0 || alias) {
            return (int)k;
        }
    }
    return -1;
}

static int unknown_option(struct metric_reader *r, const struct metric_def *def, const char *word,
                          size_t start)
{
    const char *names[METRIC_MAX_OPTIONS + 1];
    size_t count = 0;
    struct te_buf buf;
    te_buf_init(&buf, 4 * TE_KIB);
    for (size_t k = 0; k < def->n_options; k++) {
        names[count++] = def->options[k].name;
        te_buf_addf(&buf, "%s, ", def->options[k].name);
    }
    if (find_option(def, "name") < 0) {
        names[count++] = "name";
        te_buf_adds(&buf, "name");
    }
    const char *near = te_str_suggest(word, names, count);
    int rc = FAIL(r, start, "%s has no option '%s'%s%s%s (options: %s)", def->class_name, word,
                  near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "",
                  buf.data ? buf.data : "name");
    te_buf_release(&buf);
    return rc;
}

struct seen {
    bool given[METRIC_MAX_OPTIONS];
    bool name;
    bool keyword; /* a keyword argument was there: positional ones may not follow */
    size_t next;  /* next positional option */
};

static int choose_option(struct metric_reader *r, const struct metric_def *def, const char *word,
                         size_t start, struct seen *seen, int *option)
{
    if (word[0] == '\0') {
        if (seen->keyword) {
            return FAIL(r, start, "an argument without a name cannot follow one with a name");
        }
        if (seen->next >= def->n_options) {
            return FAIL(r, start, "%s takes at most %zu arguments without a name", def->class_name,
                        def->n_options);
        }
        *option = (int)seen->next++;
    } else {
        seen->keyword = true;
        *option = find_option(def, word);
        if (*option < 0 && strcmp(word, "name") != 0) {
            return unknown_option(r, def, word, start);
        }
    }
    bool *given = *option < 0 ? &seen->name : &seen->given[*option];
    if (*given) {
        return FAIL(r, start, "option '%s' is given twice",
                    *option < 0 ? "name" : def->options[*option].name);
    }
    *given = true;
    return 0;
}

static int read_argument(struct metric_reader *r, struct te_metric_spec *spec, struct seen *seen)
{
    const struct metric_def *def = spec->def;
    char word[MAX_WORD];
    struct metric_literal lit;
    int k = 0;
    metric_skip_blanks(r);
    size_t start = r->at;
    if (read_keyword(r, word) < 0 || choose_option(r, def, word, start, seen, &k) < 0 ||
        metric_read_literal(r, &lit) < 0) {
        return -1;
    }
    const struct metric_option *o = k < 0 ? NULL : &def->options[k];
    if (o && (o->allowed & OPTION_STRATEGY)) {
        return read_strategy(r, &lit, def->flags & METRIC_BEST, &spec->threshold);
    }
    if (lit.kind == LIT_CALL) {
        return FAIL(r, lit.start, "'%s' cannot be called here", lit.text);
    }
    if (!o || (o->allowed & OPTION_NAME)) {
        return take_name(r, spec, &lit);
    }
    return take_value(r, o, &lit, &spec->args[k]);
}

static int read_arguments(struct metric_reader *r, struct te_metric_spec *spec)
{
    struct seen seen = {0};
    size_t open = r->at;
    if (!metric_accept(r, '(')) {
        return 0;
    }
    while (!metric_accept(r, ')')) {
        if (r->text[r->at] == '\0') {
            return FAIL(r, open, "the bracket is never closed");
        }
        if (read_argument(r, spec, &seen) < 0) {
            return -1;
        }
        if (!metric_accept(r, ',')) {
            return expect_close(r, open);
        }
    }
    return 0;
}

static int read_flag(struct metric_reader *r, struct te_metric_flags *flags)
{
    char word[MAX_WORD];
    struct metric_literal lit;
    size_t start = r->at;
    if (read_keyword(r, word) < 0 || metric_read_literal(r, &lit) < 0) {
        return -1;
    }
    struct {
        const char *name;
        bool *value;
    } all[] = {{"nan_is_0", &flags->nan_is_0},
               {"inf_is_1", &flags->inf_is_1},
               {"neginf_is_0", &flags->neginf_is_0}};
    for (size_t k = 0; k < METRIC_COUNT(all); k++) {
        if (strcmp(word, all[k].name) == 0 && lit.kind == LIT_VALUE &&
            lit.value.kind == VALUE_BOOL) {
            *all[k].value = lit.value.i != 0;
            return 0;
        }
    }
    return FAIL(r, start, "%s belongs here, with True or False",
                "nan_is_0, inf_is_1 or neginf_is_0");
}

static int read_flags(struct metric_reader *r, struct te_metric_flags *flags)
{
    size_t open = r->at;
    if (!metric_accept(r, '[')) {
        return 0;
    }
    do {
        if (read_flag(r, flags) < 0) {
            return -1;
        }
    } while (metric_accept(r, ','));
    return metric_accept(r, ']') ? 0 : FAIL(r, open, "the bracket is never closed");
}

static void set_defaults(struct te_metric_spec *spec)
{
    bool best = spec->def->flags & METRIC_BEST;
    bool none = !(spec->def->flags & METRIC_NO_DEFAULT);
    spec->threshold.strategy = best ? STRATEGY_BEST : none ? STRATEGY_NONE : STRATEGY_MISSING;
    spec->flags = TE_METRIC_FLAGS_DEFAULT;
    for (size_t k = 0; k < spec->def->n_options; k++) {
        spec->args[k] = spec->def->options[k].def;
    }
}

static int unknown_metric(struct metric_reader *r, const char *word, size_t start)
{
    const char *near = metric_suggest(word);
    return FAIL(r, start, "there is no metric '%s'%s%s%s", word, near ? ": did you mean '" : "",
                near ? near : "", near ? "'?" : "");
}

static int read_spec(struct metric_reader *r, struct te_metric_spec *spec, bool constants)
{
    char word[MAX_WORD] = "";
    metric_skip_blanks(r);
    size_t start = r->at;
    if (!metric_is_word_start(r->text[r->at])) {
        return FAIL(r, start,
                    r->text[start] ? "a metric's name must begin with a letter"
                                   : "the name of a metric is missing");
    }
    if (metric_read_word(r, word) < 0) {
        return -1;
    }
    const char *name = te_str_starts(word, "DefaultMetrics.") ? word + 15 : word;
    const char *text = constants ? metric_constant(name) : NULL;
    if (text) {
        struct metric_reader inner = {text, 0, r->err};
        if (read_spec(&inner, spec, false) < 0) {
            return -1;
        }
    } else {
        spec->def = metric_find(name);
        if (!spec->def) {
            return unknown_metric(r, name, start);
        }
        set_defaults(spec);
    }
    return read_arguments(r, spec) < 0 ? -1 : read_flags(r, &spec->flags);
}

static int check_spec(struct metric_reader *r, struct te_metric_spec *spec)
{
    metric_skip_blanks(r);
    if (r->text[r->at]) {
        return FAIL(r, r->at, "unexpected '%c' after the end", r->text[r->at]);
    }
    if (spec->threshold.strategy == STRATEGY_MISSING) {
        return FAIL(r, 0, "%s needs a thresholding strategy, such as %s", spec->def->class_name,
                    "PercentileThresholding(percentile=90)");
    }
    if (spec->def->check && spec->def->check(spec, r->err) < 0) {
        return te_err_wrap(r->err, "metric '%.200s'", r->text);
    }
    return 0;
}

static void free_cleanup(struct te_metric_spec **spec)
{
    te_metric_free(*spec);
}

int te_metric_parse(const char *text, struct te_metric_spec **out, struct te_err *err)
{
    if (strlen(text) > MAX_SPEC_TEXT) {
        return te_err_set(err, TE_ERR_LIMIT, "a metric of more than %d characters: '%.40s...'",
                          MAX_SPEC_TEXT, text);
    }
    te_autofree char *copy = te_strdup(text, err);
    te_cleanup(free_cleanup) struct te_metric_spec *spec =
        copy ? te_zalloc(1, sizeof *spec, err) : NULL;
    if (!spec) {
        return -1;
    }
    const char *typed = te_str_trim(copy);
    struct metric_reader r = {typed, 0, err};
    if (read_spec(&r, spec, true) < 0 || check_spec(&r, spec) < 0 ||
        metric_spec_texts(spec, typed, err) < 0) {
        return -1;
    }
    *out = te_steal(spec);
    return 0;
}

void te_metric_free(struct te_metric_spec *spec)
{
    if (!spec) {
        return;
    }
    te_free(spec->given_name);
    te_free(spec->name);
    te_free(spec->canonical);
    te_free(spec->text);
    te_free(spec);
}

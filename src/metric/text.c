/* A spec's names: the peer's column name and the canonical text. */
#include <string.h>
#include "spec.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/num.h"

void metric_write_value(const struct metric_value *v, const struct metric_option *o,
                        struct te_buf *out)
{
    char text[TE_NUM_TEXT];
    switch (v->kind) {
    case VALUE_NONE:
        te_buf_adds(out, "None");
        break;
    case VALUE_INT:
        te_buf_addf(out, "%lld", (long long)v->i);
        break;
    case VALUE_FLOAT:
        te_num_repr(v->d, text);
        te_buf_adds(out, text);
        break;
    case VALUE_BOOL:
        te_buf_adds(out, v->i ? "True" : "False");
        break;
    case VALUE_CHOICE:
        te_buf_addf(out, "'%s'", o->choices[v->i]);
        break;
    }
}

void metric_write_threshold(const struct metric_threshold *t, struct te_buf *out)
{
    const struct metric_strategy_row *row = metric_strategy_row(t->strategy);
    te_buf_adds(out, row->class_name);
    if (t->strategy == STRATEGY_BEST) {
        return;
    }
    te_buf_addc(out, '(');
    if (row->option.name) {
        te_buf_addf(out, "%s=", row->option.name);
        metric_write_value(&t->arg, &row->option, out);
    }
    te_buf_addc(out, ')');
}

static bool is_default(const struct metric_value *v, const struct metric_value *def)
{
    bool number = v->kind == VALUE_INT || v->kind == VALUE_FLOAT;
    bool def_number = def->kind == VALUE_INT || def->kind == VALUE_FLOAT;
    if (number && def_number) {
        return v->d == def->d;
    }
    return v->kind == def->kind && v->i == def->i;
}

static void write_option(const struct te_metric_spec *spec, size_t k, bool *first,
                         struct te_buf *out)
{
    const struct metric_option *o = &spec->def->options[k];
    bool strategy = o->allowed & OPTION_STRATEGY;
    if (strategy
            ? spec->threshold.strategy == STRATEGY_BEST
            : (o->allowed & (OPTION_NAME | OPTION_SILENT)) || is_default(&spec->args[k], &o->def)) {
        return;
    }
    te_buf_adds(out, *first ? "" : ", ");
    *first = false;
    if (strategy) {
        metric_write_threshold(&spec->threshold, out);
        return;
    }
    te_buf_addf(out, "%s=", o->name);
    metric_write_value(&spec->args[k], o, out);
}

static void write_flag(const char *name, bool value, bool *first, struct te_buf *out)
{
    if (!value) {
        te_buf_addf(out, "%s%s=False", *first ? "[" : ",", name);
        *first = false;
    }
}

static void write_canonical(const struct te_metric_spec *spec, const char *plain_name,
                            struct te_buf *out)
{
    bool first = true;
    te_buf_addf(out, "%s(", spec->def->class_name);
    for (size_t k = 0; k < spec->def->n_options; k++) {
        write_option(spec, k, &first, out);
    }
    if (spec->given_name && strcmp(spec->given_name, plain_name) != 0) {
        te_buf_addf(out, "%sname='%s'", first ? "" : ", ", spec->given_name);
    }
    te_buf_addc(out, ')');
    first = true;
    write_flag("nan_is_0", spec->flags.nan_is_0, &first, out);
    write_flag("inf_is_1", spec->flags.inf_is_1, &first, out);
    write_flag("neginf_is_0", spec->flags.neginf_is_0, &first, out);
    te_buf_adds(out, first ? "" : "]");
}

static bool all_default(const struct te_metric_spec *spec)
{
    for (size_t k = 0; k < spec->def->n_options; k++) {
        const struct metric_option *o = &spec->def->options[k];
        if (o->allowed & OPTION_STRATEGY ? spec->threshold.strategy != STRATEGY_BEST
                                         : !is_default(&spec->args[k], &o->def)) {
            return false;
        }
    }
    return true;
}

/* The name without name="...". TimeEval's names leave options out; ours do not. */
static void write_plain_name(const struct te_metric_spec *spec, struct te_buf *out)
{
    if (spec->def->name) {
        spec->def->name(spec, out);
    } else if ((spec->def->flags & METRIC_PEER) || all_default(spec)) {
        te_buf_adds(out, spec->def->column);
    } else {
        struct te_metric_spec nameless = *spec;
        nameless.given_name = NULL;
        write_canonical(&nameless, "", out);
    }
}

int metric_spec_texts(struct te_metric_spec *spec, const char *typed, struct te_err *err)
{
    struct te_buf buf;
    te_buf_init(&buf, 64 * TE_KIB);
    write_plain_name(spec, &buf);
    te_autofree char *plain = te_buf_take(&buf, err);
    if (plain) {
        write_canonical(spec, plain, &buf);
        spec->canonical = te_buf_take(&buf, err);
    }
    te_buf_release(&buf);
    if (!spec->canonical) {
        return -1;
    }
    spec->name = te_strdup(spec->given_name ? spec->given_name : plain, err);
    spec->text = spec->name ? te_strdup(typed, err) : NULL;
    return spec->text ? 0 : -1;
}

int te_metric_baseline(const struct te_metric_spec *spec, char **text, struct te_err *err)
{
    size_t k = spec->def->baseline;
    *text = NULL;
    if (k == 0 || spec->args[k].kind != VALUE_NONE) {
        return 0;
    }
    struct te_metric_spec random = *spec;
    random.given_name = NULL;
    random.args[k] = (struct metric_value)METRIC_INT(0);
    struct te_buf buf;
    te_buf_init(&buf, 64 * TE_KIB);
    write_canonical(&random, "", &buf);
    *text = te_buf_take(&buf, err);
    te_buf_release(&buf);
    return *text ? 0 : -1;
}

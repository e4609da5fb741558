/* The ten heuristics: one function each. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "heuristic_parts.h"
#include "te/base/max.h"
#include "te/base/mem.h"

struct call {
    const struct te_heuristic *h;
    const char *name; /* of the target parameter */
    const struct te_value *params;
    const struct te_heuristic_env *env;
};

static int warn(const struct call *call, struct te_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int warn(const struct call *call, struct te_err *err, const char *fmt, ...)
{
    char text[TE_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return call->env->warnings ? te_strings_add(call->env->warnings, text, err) : 0;
}

/* int(a * b) */
static int scaled_int(const struct te_value *a, const struct te_value *b, struct te_value *out,
                      struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value product = TE_VALUE_INIT;
    if (te_value_calc(TE_OP_MUL, a, b, &product, err))
        return -1;
    return te_value_to_int(&product, out, err);
}

static int labels_of(const struct call *call, struct te_label_facts *facts, struct te_err *err)
{
    if (!call->env->labels)
        return te_err_set(err, TE_ERR_USAGE, "the labels of the dataset are not at hand");
    return call->env->labels(call->env->context, call->env->dataset, facts, err);
}

static int relative_size(const struct call *call, struct te_value *out, struct te_err *err)
{
    struct te_value length = te_value_int(call->env->dataset->length);
    return scaled_int(&length, &call->h->args[0], out, err);
}

/* false: no such aggregation. */
static bool anomaly_length_of(const struct te_dataset *dataset, const struct te_value *agg,
                              int64_t *out)
{
    if (te_value_is_str(agg, "min"))
        *out = dataset->min_anomaly_length;
    else if (te_value_is_str(agg, "median"))
        *out = dataset->median_anomaly_length;
    else if (te_value_is_str(agg, "max"))
        *out = dataset->max_anomaly_length;
    else
        return false;
    return true;
}

static int anomaly_length(const struct call *call, struct te_value *out, struct te_err *err)
{
    int64_t length = 0;
    (void)err;
    anomaly_length_of(call->env->dataset, &call->h->args[0], &length);
    *out = te_value_int(length);
    return 0;
}

static int clean_start(const struct call *call, struct te_value *out, struct te_err *err)
{
    struct te_label_facts facts;
    struct te_value less = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value most = TE_VALUE_INIT;
    if (relative_size(call, &most, err) || labels_of(call, &facts, err))
        return -1;
    struct te_value first = te_value_int((int64_t)facts.first_max);
    if (te_value_calc(TE_OP_LT, &first, &most, &less, err))
        return -1;
    *out = less.b ? first : te_value_move(&most);
    return 0;
}

static int contamination(const struct call *call, struct te_value *out, struct te_err *err)
{
    struct te_label_facts facts;
    if (labels_of(call, &facts, err))
        return -1;
    *out = te_value_float(facts.count ? facts.sum / (double)facts.count : (double)NAN);
    return 0;
}

static int dataset_id(const struct call *call, struct te_value *out, struct te_err *err)
{
    const struct te_dataset *dataset = call->env->dataset;
    const char *parts[] = {dataset->collection, dataset->name};
    te_cleanup(te_value_release) struct te_value id = te_value_empty(TE_VALUE_TUPLE);
    for (int i = 0; i < 2; i++) {
        te_cleanup(te_value_release) struct te_value part = TE_VALUE_INIT;
        if (te_value_str(parts[i], strlen(parts[i]), &part, err) || te_value_push(&id, &part, err))
            return -1;
    }
    *out = te_value_move(&id);
    return 0;
}

/* factor times the schema's default, in the type of the default; a default of 0 is replaced. */
static int scaled_default(const struct call *call, const struct te_value *factor,
                          struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value product = TE_VALUE_INIT;
    struct te_value zero = te_value_int(0);
    const struct te_schema_param *param =
        call->env->schema ? te_schema_find(call->env->schema, call->name) : NULL;
    if (!param || !param->has_default)
        return te_err_set(err, TE_ERR_USAGE,
                          "Could not find the default value for parameter %.200s", call->name);
    const struct te_value *base = &param->default_value;
    if (te_value_equal(base, &zero))
        base = &call->h->args[1];
    if (te_value_calc(TE_OP_MUL, factor, base, &product, err))
        return -1;
    return te_value_to_type_of(base, &product, out, err);
}

static int default_factor(const struct call *call, struct te_value *out, struct te_err *err)
{
    return scaled_default(call, &call->h->args[0], out, err);
}

static int default_exponential(const struct call *call, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value factor = TE_VALUE_INIT;
    struct te_value ten = te_value_int(10);
    if (te_value_calc(TE_OP_POW, &ten, &call->h->args[0], &factor, err))
        return -1;
    return scaled_default(call, &factor, out, err);
}

/* Sizes from the period; without one the anomalies' length if asked for, else fb as it is. */
static int period_size(const struct call *call, const struct te_value *factor,
                       const struct te_value *agg, const struct te_value *fb, struct te_value *out,
                       struct te_err *err)
{
    const struct te_dataset *d = call->env->dataset;
    struct te_value period = te_value_float(d->period_size);
    int64_t length = 0;
    if (!isnan(d->period_size)) {
        if (d->period_is_int && fabs(d->period_size) < 9e15)
            period = te_value_int((int64_t)d->period_size);
        return scaled_int(&period, factor, out, err);
    }
    if (anomaly_length_of(d, agg, &length)) {
        period = te_value_int(length);
        if (warn(call, err,
                 "%s: No period_size specified for dataset ('%s', '%s'). Using "
                 "AnomalyLengthHeuristic(%s) as fallback.",
                 call->env->algorithm, d->collection, d->name, agg->text))
            return -1;
        return scaled_int(&period, factor, out, err);
    }
    te_cleanup(te_buf_release) struct te_buf text;
    te_buf_init(&text, TE_MAX_PARAM_TEXT);
    te_value_repr(fb, &text);
    if (warn(call, err,
             "%s: No period_size specified for dataset ('%s', '%s'). Using fixed value '%.100s' "
             "as parameter value.",
             call->env->algorithm, d->collection, d->name, text.data ? text.data : ""))
        return -1;
    return te_value_copy(fb, out, err);
}

static int embed_dim_range(const struct call *call, struct te_value *out, struct te_err *err)
{
    const struct te_value *args = call->h->args;
    const struct te_value *factors = &args[2];
    te_cleanup(te_value_release) struct te_value own = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value window = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value list = te_value_empty(TE_VALUE_LIST);
    struct te_value none = TE_VALUE_INIT;
    static const char usual[] = "[0.5, 1.0, 1.5]";
    if (!te_value_truth(factors)) {
        if (te_value_parse_literal(usual, sizeof usual - 1, &own, err))
            return -1;
        factors = &own;
    }
    if (factors->kind != TE_VALUE_LIST && factors->kind != TE_VALUE_TUPLE)
        return te_err_set(err, TE_ERR_USAGE, "'%s' object is not iterable", te_value_type(factors));
    if (period_size(call, &args[0], &none, &args[1], &window, err))
        return -1;
    for (size_t i = 0; i < factors->count; i++) {
        te_cleanup(te_value_release) struct te_value item = TE_VALUE_INIT;
        if (scaled_int(&factors->items[i], &window, &item, err) || te_value_push(&list, &item, err))
            return -1;
    }
    *out = te_value_move(&list);
    return 0;
}

static int dependence(const struct call *call, struct te_value *out, struct te_err *err)
{
    const struct te_value *args = call->h->args;
    const struct te_value *source = te_value_get(call->params, args[0].text);
    te_cleanup(te_value_release) struct te_value product = TE_VALUE_INIT;
    *out = (struct te_value)TE_VALUE_INIT;
    if (!source)
        return warn(call, err,
                    "%s: the parameter '%s' is left out, because '%s' that it depends on is not "
                    "set",
                    call->env->algorithm, call->name, args[0].text);
    if (call->h->fn)
        return te_expr_apply(call->h->fn, source, out, err);
    if (args[2].kind == TE_VALUE_NONE)
        return te_value_copy(source, out, err);
    if (te_value_calc(TE_OP_MUL, &args[2], source, &product, err))
        return -1;
    return te_value_to_type_of(source, &product, out, err);
}

static int period(const struct call *call, struct te_value *out, struct te_err *err)
{
    const struct te_value *args = call->h->args;
    return period_size(call, &args[0], &args[1], &args[2], out, err);
}

int te_heuristic_compute(const struct te_heuristic *heuristic, const char *name,
                         const struct te_value *params, const struct te_heuristic_env *env,
                         struct te_value *out, struct te_err *err)
{
    static int (*const compute[TE_HEUR_COUNT])(const struct call *, struct te_value *,
                                               struct te_err *) = {
        [TE_HEUR_RELATIVE_DATASET_SIZE] = relative_size,
        [TE_HEUR_ANOMALY_LENGTH] = anomaly_length,
        [TE_HEUR_CLEAN_START] = clean_start,
        [TE_HEUR_CONTAMINATION] = contamination,
        [TE_HEUR_DATASET_ID] = dataset_id,
        [TE_HEUR_DEFAULT_FACTOR] = default_factor,
        [TE_HEUR_DEFAULT_EXPONENTIAL] = default_exponential,
        [TE_HEUR_EMBED_DIM_RANGE] = embed_dim_range,
        [TE_HEUR_DEPENDENCE] = dependence,
        [TE_HEUR_PERIOD_SIZE] = period,
    };
    struct call call = {heuristic, name, params, env};
    return compute[heuristic->kind](&call, out, err);
}

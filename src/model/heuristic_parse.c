#include <string.h>
#include "heuristic_parts.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

/* Names, arguments in order, defaults as literals (NULL: must be given). */
static const struct {
    const char *name;
    const char *args[TE_HEUR_ARGS];
    const char *defaults[TE_HEUR_ARGS];
    const char *doc;
} classes[TE_HEUR_COUNT] = {
    [TE_HEUR_RELATIVE_DATASET_SIZE] = {"RelativeDatasetSizeHeuristic",
                                       {"factor"},
                                       {"0.1"},
                                       "the length of the dataset times factor"},
    [TE_HEUR_ANOMALY_LENGTH] = {"AnomalyLengthHeuristic",
                                {"agg_type"},
                                {"'median'"},
                                "the min, median or max length of its anomalies, by the index"},
    [TE_HEUR_CLEAN_START] = {"CleanStartSequenceSizeHeuristic",
                             {"max_factor"},
                             {"0.1"},
                             "rows before the first anomaly, at most the length times max_factor"},
    [TE_HEUR_CONTAMINATION] = {"ContaminationHeuristic",
                               {NULL},
                               {NULL},
                               "share of anomalous rows of the test file"},
    [TE_HEUR_DATASET_ID] = {"DatasetIdHeuristic", {NULL}, {NULL}, "collection and name"},
    [TE_HEUR_DEFAULT_FACTOR] =
        {"DefaultFactorHeuristic",
         {"factor", "zero_fb"},
         {"1.0", "1.0"},
         "the default of the parameter times factor; zero_fb takes the place of a default of 0"},
    [TE_HEUR_DEFAULT_EXPONENTIAL] = {"DefaultExponentialFactorHeuristic",
                                     {"exponent", "zero_fb"},
                                     {"0", "1.0"},
                                     "the default of the parameter times 10 to the exponent"},
    [TE_HEUR_EMBED_DIM_RANGE] = {"EmbedDimRangeHeuristic",
                                 {"base_factor", "base_fb_value", "dim_factors"},
                                 {"1.0", "50", "[0.5, 1.0, 1.5]"},
                                 "a list: the period times base_factor times each of dim_factors"},
    [TE_HEUR_DEPENDENCE] =
        {"ParameterDependenceHeuristic",
         {"source_parameter", "fn", "factor"},
         {NULL, "None", "None"},
         "another parameter of the setting, times factor or through fn (lambda x: x // 2)"},
    [TE_HEUR_PERIOD_SIZE] = {"PeriodSizeHeuristic",
                             {"factor", "fb_anomaly_length_agg_type", "fb_value"},
                             {"1.0", "None", "1"},
                             "the period of the dataset times factor; without a period an anomaly "
                             "length, else fb_value"},
};

int te_heuristic_describe(size_t k, struct te_heuristic_info *out, struct te_err *err)
{
    struct te_buf text;
    *out = (struct te_heuristic_info){NULL, NULL, NULL};
    if (k >= TE_HEUR_COUNT)
        return 0;
    te_buf_init(&text, TE_MAX_PARAM_TEXT);
    for (int i = 0; i < TE_HEUR_ARGS && classes[k].args[i]; i++)
        te_buf_addf(&text, "%s%s%s%s", i ? ", " : "", classes[k].args[i],
                    classes[k].defaults[i] ? "=" : "",
                    classes[k].defaults[i] ? classes[k].defaults[i] : "");
    char *args = te_buf_take(&text, err);
    te_buf_release(&text);
    if (!args)
        return -1;
    *out = (struct te_heuristic_info){classes[k].name, args, classes[k].doc};
    return 0;
}

void te_heuristic_release(struct te_heuristic *heuristic)
{
    for (int i = 0; i < TE_HEUR_ARGS; i++)
        te_value_release(&heuristic->args[i]);
    te_expr_free(heuristic->call);
    te_free(heuristic->signature);
    *heuristic = (struct te_heuristic){0};
}

static int find_class(const char *name, size_t n)
{
    for (int k = 0; k < TE_HEUR_COUNT; k++)
        if (strlen(classes[k].name) == n && memcmp(classes[k].name, name, n) == 0)
            return k;
    return -1;
}

/* One of the ten names, a bracket, anything on one line, a bracket. */
static int check_form(const char *text, struct te_err *err)
{
    size_t n = strlen(text);
    size_t name = strcspn(text, "(");
    const char *known[TE_HEUR_COUNT];
    char word[100];
    if (find_class(text, name) >= 0 && n >= name + 2 && text[n - 1] == ')' && !strchr(text, '\n'))
        return 0;
    for (int k = 0; k < TE_HEUR_COUNT; k++)
        known[k] = classes[k].name;
    size_t cut = name < sizeof word ? name : sizeof word - 1;
    memcpy(word, text, cut);
    word[cut] = '\0';
    const char *near =
        find_class(text, name) < 0 ? te_str_suggest(word, known, TE_HEUR_COUNT) : NULL;
    return te_err_set(err, TE_ERR_USAGE,
                      "Heuristic '%.300s' is invalid! Only constructor calls to classes derived "
                      "from TimeEvalParameterHeuristic are allowed.%s%s%s",
                      text, near ? " Did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* Something that starts and ends like a call and is none: f() + f(). */
static int no_call(const struct te_expr *expr, struct te_err *err)
{
    static const char *const ops[] = {"+", "-", "*", "/", "//", "%", "** or pow()"};
    if (expr->kind == TE_EXPR_CALC && expr->op <= TE_OP_POW &&
        expr->kids[0]->kind == TE_EXPR_CALL && expr->kids[1]->kind == TE_EXPR_CALL)
        return te_err_set(err, TE_ERR_USAGE,
                          "unsupported operand type(s) for %s: '%.100s' and '%.100s'",
                          ops[expr->op], expr->kids[0]->name, expr->kids[1]->name);
    return te_err_set(err, TE_ERR_USAGE, "a heuristic is a single call");
}

/* Index of the argument that kid i of the call is for, -1 with the cause. */
static int argument_of(const struct te_heuristic *h, size_t i, struct te_err *err)
{
    const char *keyword = h->call->keywords[i];
    const char *const *args = classes[h->kind].args;
    int known = 0;
    while (known < TE_HEUR_ARGS && args[known])
        known++;
    if (!keyword && i < (size_t)known)
        return (int)i;
    if (!keyword)
        return te_err_set(err, TE_ERR_USAGE, "%s.__init__() takes at most %d positional arguments",
                          classes[h->kind].name, known);
    for (int k = 0; k < known; k++)
        if (strcmp(args[k], keyword) == 0)
            return k;
    const char *near = te_str_suggest(keyword, args, (size_t)known);
    return te_err_set(err, TE_ERR_USAGE,
                      "%s.__init__() got an unexpected keyword argument '%.100s'%s%s%s",
                      classes[h->kind].name, keyword, near ? ", did you mean '" : "",
                      near ? near : "", near ? "'?" : "");
}

static bool is_function(const struct te_expr *expr)
{
    return expr->kind == TE_EXPR_LAMBDA || expr->kind == TE_EXPR_NAME;
}

static int bind_arguments(struct te_heuristic *h, bool given[TE_HEUR_ARGS], struct te_err *err)
{
    struct te_expr_scope nothing = {NULL, NULL};
    bool named = false;
    for (size_t i = 0; i < h->call->n_kids; i++) {
        int k = argument_of(h, i, err);
        if (k < 0)
            return -1;
        if (named && !h->call->keywords[i])
            return te_err_set(err, TE_ERR_USAGE, "positional argument follows keyword argument");
        named = named || h->call->keywords[i];
        if (given[k])
            return te_err_set(err, TE_ERR_USAGE,
                              "%s.__init__() got multiple values for argument '%s'",
                              classes[h->kind].name, classes[h->kind].args[k]);
        given[k] = true;
        if (h->kind == TE_HEUR_DEPENDENCE && k == 1 && is_function(h->call->kids[i]))
            h->fn = h->call->kids[i];
        else if (te_expr_eval(h->call->kids[i], &nothing, &h->args[k], err))
            return -1;
    }
    return 0;
}

static int fill_defaults(struct te_heuristic *h, const bool given[TE_HEUR_ARGS], struct te_err *err)
{
    for (int k = 0; k < TE_HEUR_ARGS && classes[h->kind].args[k]; k++) {
        const char *literal = classes[h->kind].defaults[k];
        if (given[k])
            continue;
        if (!literal)
            return te_err_set(err, TE_ERR_USAGE,
                              "%s.__init__() missing 1 required positional argument: '%s'",
                              classes[h->kind].name, classes[h->kind].args[k]);
        if (te_value_parse_literal(literal, strlen(literal), &h->args[k], err))
            return -1;
    }
    return 0;
}

/* What the constructors themselves refuse. */
static int check_arguments(struct te_heuristic *h, struct te_err *err)
{
    struct te_value zero = te_value_int(0);
    const struct te_value *agg = &h->args[0];
    switch (h->kind) {
    case TE_HEUR_ANOMALY_LENGTH:
        if (te_value_is_str(agg, "min") || te_value_is_str(agg, "median") ||
            te_value_is_str(agg, "max"))
            return 0;
        return te_err_set(err, TE_ERR_USAGE,
                          "'agg_type' must be one of min, median, or max. But '%.100s' was given.",
                          agg->kind == TE_VALUE_STR ? agg->text : te_value_type(agg));
    case TE_HEUR_DEFAULT_FACTOR:
    case TE_HEUR_DEFAULT_EXPONENTIAL:
        if (te_value_equal(&h->args[1], &zero))
            return te_err_set(err, TE_ERR_USAGE, "You cannot supply a zero_fb of 0!");
        return 0;
    case TE_HEUR_DEPENDENCE:
        if (h->args[0].kind != TE_VALUE_STR)
            return te_err_set(err, TE_ERR_USAGE, "'source_parameter' is the name of a parameter");
        if (!h->fn && h->args[1].kind != TE_VALUE_NONE)
            return te_err_set(err, TE_ERR_USAGE, "'fn' is a function, e.g. lambda x: x * 2");
        if (h->fn && h->args[2].kind != TE_VALUE_NONE)
            return te_err_set(err, TE_ERR_USAGE,
                              "You cannot supply a mapping function and a factor at the same "
                              "time!");
        return 0;
    default:
        return 0;
    }
}

int te_heuristic_parse(const char *text, struct te_heuristic *out, struct te_err *err)
{
    te_cleanup(te_heuristic_release) struct te_heuristic h = {0};
    bool given[TE_HEUR_ARGS] = {false};
    h.signature = te_strdup(text, err);
    if (!h.signature)
        return -1;
    char *trimmed = te_str_trim(h.signature);
    memmove(h.signature, trimmed, strlen(trimmed) + 1);
    if (check_form(h.signature, err))
        return -1;
    h.kind = (enum te_heuristic_kind)find_class(h.signature, strcspn(h.signature, "("));
    if (te_expr_parse(h.signature, 0, &h.call, err))
        return -1;
    if (h.call->kind != TE_EXPR_CALL)
        return no_call(h.call, err);
    if (bind_arguments(&h, given, err) || fill_defaults(&h, given, err) || check_arguments(&h, err))
        return -1;
    *out = h;
    h = (struct te_heuristic){0};
    return 0;
}

#include "te/model/post.h"

#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/expr.h"

struct te_post {
    enum te_post_kind kind;
    enum te_post_reduction reduction;
    bool columns;
    struct te_expr *call; /* owns the argument expressions */
    char *command;
};

/* Families and their arguments. */
enum { TE_POST_ARGS = 3 };
static const struct family {
    const char *name;
    const char *args[TE_POST_ARGS];   /* numbers */
    const char *needed[TE_POST_ARGS]; /* those of them that must be given */
    const char *usage;
} families[TE_POST_COUNT] = {
    [TE_POST_NONE] = {"none", {NULL}, {NULL}, "none"},
    [TE_POST_REVERSE_WINDOWING] = {"reverse_windowing",
                                   {"window_size"},
                                   {"window_size"},
                                   "reverse_windowing(window_size=window_size|100, "
                                   "reduction=mean)"},
    [TE_POST_INTERVALS] = {"intervals",
                           {"length"},
                           {NULL},
                           "intervals(length=anomaly_window_size|100) or intervals(columns=true)"},
    [TE_POST_MSCRED] = {"mscred",
                        {"window_size", "gap_time", "windows"},
                        {"window_size", "gap_time", "windows"},
                        "mscred(window_size=window_size|5, gap_time=gap_time|10, "
                        "windows=windows|[10, 30, 60])"},
    [TE_POST_REPEAT] = {"repeat", {"times"}, {"times"}, "repeat(times=window_size|30)"},
    [TE_POST_PAD] = {"pad", {"length"}, {"length"}, "pad(length=dataset_length)"},
    [TE_POST_COMMAND] = {"command", {NULL}, {NULL}, "command: PROGRAM ARGUMENT..."},
};

static const char blanks[] = " \t\r\n";
static const char *const reductions[TE_POST_REDUCTION_COUNT] = {"mean", "median", "sum"};

const char *te_post_kind_word(enum te_post_kind kind)
{
    return families[kind].name;
}

enum te_post_kind te_post_kind(const struct te_post *post)
{
    return post->kind;
}

void te_post_free(struct te_post *post)
{
    if (!post)
        return;
    te_expr_free(post->call);
    te_free(post->command);
    te_free(post);
}

static void post_cleanup(struct te_post **post)
{
    te_post_free(*post);
}

/* ---- parsing ---- */

static int wrong_family(const char *name, struct te_err *err)
{
    const char *names[TE_POST_COUNT];
    for (int k = 0; k < TE_POST_COUNT; k++)
        names[k] = families[k].name;
    const char *near = te_str_suggest(name, names, TE_POST_COUNT);
    return te_err_set(err, TE_ERR_USAGE,
                      "unknown post-processing '%.100s'%s%s%s; there are reverse_windowing(...), "
                      "intervals(...), mscred(...), repeat(...), pad(...), 'command: ...' and none",
                      name, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool in_list(const char *const list[TE_POST_ARGS], const char *name)
{
    for (int i = 0; i < TE_POST_ARGS && list[i]; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static const struct te_expr *argument(const struct te_post *post, const char *name)
{
    for (size_t i = 0; post->call && i < post->call->n_keywords; i++)
        if (post->call->keywords[i] && strcmp(post->call->keywords[i], name) == 0)
            return post->call->kids[i];
    return NULL;
}

static int read_reduction(struct te_post *post, const struct te_expr *arg, struct te_err *err)
{
    const char *word = arg->kind == TE_EXPR_NAME ? arg->name
                       : arg->kind == TE_EXPR_CONST && arg->value.kind == TE_VALUE_STR
                           ? arg->value.text
                           : "";
    for (int k = 0; k < TE_POST_REDUCTION_COUNT; k++)
        if (strcmp(reductions[k], word) == 0) {
            post->reduction = (enum te_post_reduction)k;
            return 0;
        }
    return te_err_set(err, TE_ERR_USAGE, "column %zu: reduction is mean, median or sum",
                      arg->column);
}

static int read_columns(struct te_post *post, const struct te_expr *arg, struct te_err *err)
{
    if (arg->kind != TE_EXPR_CONST || arg->value.kind != TE_VALUE_BOOL)
        return te_err_set(err, TE_ERR_USAGE, "column %zu: columns is true or false", arg->column);
    post->columns = arg->value.b;
    return 0;
}

/* A single positional argument is the first one: reverse_windowing(window_size). */
static int name_positional(struct te_expr *call, const struct family *family, struct te_err *err)
{
    for (size_t i = 0; i < call->n_keywords; i++) {
        if (call->keywords[i])
            continue;
        if (i != 0 || !family->args[0])
            return te_err_set(err, TE_ERR_USAGE, "column %zu: name the argument, as in '%s'",
                              call->kids[i]->column, family->usage);
        call->keywords[i] = te_strdup(family->args[0], err);
        if (!call->keywords[i])
            return -1;
    }
    return 0;
}

static int check_arguments(struct te_post *post, const struct family *family, struct te_err *err)
{
    struct te_expr *call = post->call;
    if (name_positional(call, family, err))
        return -1;
    for (size_t i = 0; i < call->n_keywords; i++) {
        const char *name = call->keywords[i];
        int rc = 0;
        if (argument(post, name) != call->kids[i])
            return te_err_set(err, TE_ERR_USAGE, "argument '%.100s' is given twice", name);
        if (post->kind == TE_POST_REVERSE_WINDOWING && strcmp(name, "reduction") == 0)
            rc = read_reduction(post, call->kids[i], err);
        else if (post->kind == TE_POST_INTERVALS && strcmp(name, "columns") == 0)
            rc = read_columns(post, call->kids[i], err);
        else if (!in_list(family->args, name))
            rc = te_err_set(err, TE_ERR_USAGE, "unknown argument '%.100s', write '%s'", name,
                            family->usage);
        if (rc)
            return -1;
    }
    for (int i = 0; i < TE_POST_ARGS && family->needed[i]; i++)
        if (!argument(post, family->needed[i]))
            return te_err_set(err, TE_ERR_USAGE, "argument '%s' is missing, write '%s'",
                              family->needed[i], family->usage);
    if (post->kind == TE_POST_INTERVALS && post->columns == (argument(post, "length") != NULL))
        return te_err_set(err, TE_ERR_USAGE, "write '%s'", family->usage);
    return 0;
}

static int parse_family(struct te_post *post, const char *text, struct te_err *err)
{
    if (te_expr_parse(text, TE_EXPR_DEFAULTS, &post->call, err))
        return -1;
    const char *name = post->call->name;
    if ((post->call->kind != TE_EXPR_CALL && post->call->kind != TE_EXPR_NAME) || !name)
        return wrong_family(text, err);
    for (int k = 0; k < TE_POST_COUNT; k++) {
        if (strcmp(families[k].name, name) != 0 || k == TE_POST_COMMAND)
            continue;
        post->kind = (enum te_post_kind)k;
        if (k != TE_POST_NONE && post->call->kind != TE_EXPR_CALL)
            return te_err_set(err, TE_ERR_USAGE, "arguments are missing, write '%s'",
                              families[k].usage);
        return check_arguments(post, &families[k], err);
    }
    return wrong_family(name, err);
}

const char *te_post_command(const char *spec)
{
    static const char word[] = "command:";
    if (!spec)
        return NULL;
    spec += strspn(spec, blanks);
    if (!te_str_starts(spec, word))
        return NULL;
    spec += sizeof word - 1;
    return spec + strspn(spec, blanks);
}

int te_post_parse(const char *text, struct te_post **out, struct te_err *err)
{
    te_cleanup(post_cleanup) struct te_post *post = te_zalloc(1, sizeof *post, err);
    if (!post)
        return -1;
    const char *command = te_post_command(text);
    if (command) {
        if (!*command)
            return te_err_set(err, TE_ERR_USAGE, "write 'command: PROGRAM ARGUMENT...'");
        post->kind = TE_POST_COMMAND;
        post->command = te_strdup(command, err);
        if (!post->command)
            return -1;
    } else if (parse_family(post, text, err)) {
        return -1;
    }
    *out = te_steal(post);
    return 0;
}

/* ---- evaluation ---- */

struct names {
    const struct te_value *params;
    struct te_value dataset_length;
};

static const struct te_value *find_name(void *context, const char *name)
{
    const struct names *names = context;
    const struct te_value *value = te_value_get(names->params, name);
    if (!value && strcmp(name, "dataset_length") == 0)
        return &names->dataset_length;
    return value;
}

static int whole_number(const struct te_value *value, const char *what, int64_t least,
                        uint64_t *out, struct te_err *err)
{
    te_cleanup(te_buf_release) struct te_buf text;
    te_buf_init(&text, TE_MAX_PARAM_TEXT);
    if (value->kind == TE_VALUE_INT && !value->big && value->i >= least &&
        (uint64_t)value->i <= TE_MAX_POINTS) {
        *out = (uint64_t)value->i;
        return 0;
    }
    te_value_repr(value, &text);
    return te_err_set(err, TE_ERR_USAGE,
                      "post-processing needs a whole number of at least %d for '%s', not %.100s",
                      (int)least, what, text.data ? text.data : "this");
}

/* A list counts by its largest item (MSCRED's windows). */
static int largest(struct te_value *value, struct te_err *err)
{
    struct te_value best = TE_VALUE_INIT;
    for (size_t i = 0; i < te_value_len(value); i++) {
        struct te_value greater = te_value_bool(true);
        if (i && te_value_calc(TE_OP_GT, &value->items[i], &best, &greater, err))
            return -1;
        if (greater.b)
            best = value->items[i]; /* borrowed until the copy below */
    }
    struct te_value copy = TE_VALUE_INIT;
    if (te_value_copy(&best, &copy, err))
        return -1;
    te_value_release(value);
    *value = copy;
    return 0;
}

static int eval_argument(const struct te_post *post, const char *name, struct names *names,
                         int64_t least, uint64_t *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
    struct te_expr_scope scope = {find_name, names};
    const struct te_expr *expr = argument(post, name);
    if (!expr)
        return 0;
    if (te_expr_eval(expr, &scope, &value, err))
        return te_err_wrap(err, "post-processing, argument '%s'", name);
    if ((value.kind == TE_VALUE_LIST || value.kind == TE_VALUE_TUPLE) &&
        strcmp(name, "windows") == 0 && largest(&value, err))
        return -1;
    return whole_number(&value, name, least, out, err);
}

static int eval_arguments(const struct te_post *post, struct names *names,
                          struct te_post_call *call, struct te_err *err)
{
    switch (post->kind) {
    case TE_POST_REVERSE_WINDOWING:
        return eval_argument(post, "window_size", names, 1, &call->window, err);
    case TE_POST_INTERVALS:
        return eval_argument(post, "length", names, 0, &call->length, err);
    case TE_POST_MSCRED:
        if (eval_argument(post, "window_size", names, 1, &call->window, err) ||
            eval_argument(post, "gap_time", names, 1, &call->gap, err))
            return -1;
        return eval_argument(post, "windows", names, 1, &call->max_window, err);
    case TE_POST_REPEAT:
        return eval_argument(post, "times", names, 1, &call->window, err);
    case TE_POST_PAD:
        return eval_argument(post, "length", names, 0, &call->length, err);
    default:
        return 0;
    }
}

int te_post_eval(const struct te_post *post, const char *params_json, int64_t dataset_length,
                 struct te_post_call *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value params = TE_VALUE_INIT;
    struct te_post_call call = {.kind = post->kind,
                                .reduction = post->reduction,
                                .columns = post->columns,
                                .command = post->command};
    struct names names = {&params, te_value_int(dataset_length)};
    call.dataset_length = dataset_length > 0 ? (uint64_t)dataset_length : 0;
    if (te_value_parse_literal(params_json, strlen(params_json), &params, err))
        return te_err_wrap(err, "hyper parameters");
    if (eval_arguments(post, &names, &call, err))
        return -1;
    *out = call;
    return 0;
}

#include <math.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/expr.h"

static int eval_items(const struct te_expr *expr, const struct te_expr_scope *scope,
                      enum te_value_kind kind, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value list = te_value_empty(kind);
    for (size_t i = 0; i < expr->n_kids; i++) {
        te_cleanup(te_value_release) struct te_value item = TE_VALUE_INIT;
        if (te_expr_eval(expr->kids[i], scope, &item, err) || te_value_push(&list, &item, err))
            return -1;
    }
    *out = te_value_move(&list);
    return 0;
}

/* ---- functions ---- */

static int fn_int(const struct te_value *args, struct te_value *out, struct te_err *err)
{
    return te_value_to_int(&args[0], out, err);
}

static int fn_float(const struct te_value *args, struct te_value *out, struct te_err *err)
{
    double f = 0;
    if (te_value_to_float(&args[0], &f, err))
        return -1;
    *out = te_value_float(f);
    return 0;
}

static int fn_bool(const struct te_value *args, struct te_value *out, struct te_err *err)
{
    (void)err;
    *out = te_value_bool(te_value_truth(&args[0]));
    return 0;
}

static int fn_str(const struct te_value *args, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_buf_release) struct te_buf text;
    te_buf_init(&text, TE_MAX_PARAM_TEXT);
    if (args[0].kind == TE_VALUE_STR)
        return te_value_copy(&args[0], out, err);
    te_value_repr(&args[0], &text);
    return te_buf_check(&text, err) ? -1 : te_value_str(text.data, text.len, out, err);
}

static int fn_len(const struct te_value *args, struct te_value *out, struct te_err *err)
{
    size_t n = te_value_len(&args[0]);
    if (args[0].kind < TE_VALUE_STR)
        return te_err_set(err, TE_ERR_USAGE, "object of type '%s' has no len()",
                          te_value_type(&args[0]));
    if (args[0].kind == TE_VALUE_STR)
        for (size_t i = 0; i < args[0].len; i++)
            n += ((unsigned char)args[0].text[i] & 0xC0) != 0x80;
    *out = te_value_int((int64_t)n);
    return 0;
}

static int fn_abs(const struct te_value *args, struct te_value *out, struct te_err *err)
{
    struct te_value zero = te_value_int(0);
    struct te_value negative = TE_VALUE_INIT;
    if (args[0].kind == TE_VALUE_FLOAT) {
        *out = te_value_float(fabs(args[0].f));
        return 0;
    }
    if (te_value_calc(TE_OP_LT, &args[0], &zero, &negative, err))
        return -1;
    return te_value_calc(negative.b ? TE_OP_SUB : TE_OP_ADD, &zero, &args[0], out, err);
}

/* Of one argument: halves go to the even neighbour. */
static int fn_round(const struct te_value *args, struct te_value *out, struct te_err *err)
{
    if (args[0].kind != TE_VALUE_FLOAT)
        return te_value_to_int(&args[0], out, err);
    struct te_value whole = te_value_float(nearbyint(args[0].f));
    return te_value_to_int(&whole, out, err);
}

static int extreme(const struct te_value *items, size_t n, enum te_op better, struct te_value *out,
                   struct te_err *err)
{
    const struct te_value *best = items;
    if (n == 0)
        return te_err_set(err, TE_ERR_USAGE, "min() and max() need a value");
    for (size_t i = 1; i < n; i++) {
        struct te_value yes = TE_VALUE_INIT;
        if (te_value_calc(better, &items[i], best, &yes, err))
            return -1;
        best = yes.b ? &items[i] : best;
    }
    return te_value_copy(best, out, err);
}

static int min_or_max(const struct te_value *args, size_t n, enum te_op better,
                      struct te_value *out, struct te_err *err)
{
    if (n == 1 && args[0].kind != TE_VALUE_LIST && args[0].kind != TE_VALUE_TUPLE)
        return te_err_set(err, TE_ERR_USAGE, "'%s' object is not iterable",
                          te_value_type(&args[0]));
    return n == 1 ? extreme(args[0].items, args[0].count, better, out, err)
                  : extreme(args, n, better, out, err);
}

static int call_builtin(const char *name, const struct te_value *args, size_t n,
                        struct te_value *out, struct te_err *err)
{
    static const struct {
        const char *name;
        int (*call)(const struct te_value *, struct te_value *, struct te_err *);
    } functions[] = {{"int", fn_int}, {"float", fn_float}, {"bool", fn_bool},  {"str", fn_str},
                     {"len", fn_len}, {"abs", fn_abs},     {"round", fn_round}};
    if (strcmp(name, "min") == 0)
        return min_or_max(args, n, TE_OP_LT, out, err);
    if (strcmp(name, "max") == 0)
        return min_or_max(args, n, TE_OP_GT, out, err);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(functions[i].name, name) == 0) {
            if (n != 1)
                return te_err_set(err, TE_ERR_USAGE, "%s() takes one argument here", name);
            return functions[i].call(args, out, err);
        }
    return te_err_set(err, TE_ERR_USAGE,
                      "name '%.100s' is not defined (functions: int, float, bool, str, len, abs, "
                      "round, min, max)",
                      name);
}

static int eval_call(const struct te_expr *expr, const struct te_expr_scope *scope,
                     struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value args = TE_VALUE_INIT;
    for (size_t i = 0; i < expr->n_keywords; i++)
        if (expr->keywords[i])
            return te_err_set(err, TE_ERR_USAGE, "%.100s() takes no keyword arguments", expr->name);
    if (eval_items(expr, scope, TE_VALUE_LIST, &args, err))
        return -1;
    return call_builtin(expr->name, args.items, args.count, out, err);
}

/* ---- the rest ---- */

static int eval_index(const struct te_expr *expr, const struct te_expr_scope *scope,
                      struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value list = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value index = TE_VALUE_INIT;
    if (te_expr_eval(expr->kids[0], scope, &list, err) ||
        te_expr_eval(expr->kids[1], scope, &index, err))
        return -1;
    if (list.kind != TE_VALUE_LIST && list.kind != TE_VALUE_TUPLE)
        return te_err_set(err, TE_ERR_USAGE, "'%s' object is not subscriptable here",
                          te_value_type(&list));
    if (index.kind != TE_VALUE_INT || index.big)
        return te_err_set(err, TE_ERR_USAGE, "list indices must be integers, not %s",
                          te_value_type(&index));
    int64_t i = index.i < 0 ? index.i + (int64_t)list.count : index.i;
    if (i < 0 || i >= (int64_t)list.count)
        return te_err_set(err, TE_ERR_USAGE, "list index out of range");
    *out = te_value_move(&list.items[i]);
    return 0;
}

static int eval_name(const struct te_expr *expr, const struct te_expr_scope *scope,
                     struct te_value *out, struct te_err *err)
{
    const struct te_value *value = scope->find ? scope->find(scope->context, expr->name) : NULL;
    if (value)
        return te_value_copy(value, out, err);
    if (expr->kind == TE_EXPR_DEFAULT)
        return te_expr_eval(expr->kids[0], scope, out, err);
    return te_err_set(err, TE_ERR_USAGE, "name '%.100s' is not defined", expr->name);
}

static int eval_calc(const struct te_expr *expr, const struct te_expr_scope *scope,
                     struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value a = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value b = TE_VALUE_INIT;
    if (te_expr_eval(expr->kids[0], scope, &a, err) || te_expr_eval(expr->kids[1], scope, &b, err))
        return -1;
    return te_value_calc(expr->op, &a, &b, out, err);
}

static int eval_unary(const struct te_expr *expr, const struct te_expr_scope *scope,
                      struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value a = TE_VALUE_INIT;
    struct te_value zero = te_value_int(0);
    if (te_expr_eval(expr->kids[0], scope, &a, err))
        return -1;
    if (expr->kind == TE_EXPR_NOT) {
        *out = te_value_bool(!te_value_truth(&a));
        return 0;
    }
    if (a.kind != TE_VALUE_FLOAT && te_value_calc(TE_OP_ADD, &zero, &a, out, err))
        return te_err_set(err, (enum te_code)err->code, "bad operand type for unary %c: '%s'",
                          expr->kind == TE_EXPR_NEGATE ? '-' : '+', te_value_type(&a));
    if (a.kind == TE_VALUE_FLOAT)
        *out = a;
    return expr->kind == TE_EXPR_NEGATE ? te_value_negate(out, err) : 0;
}

/* and, or, if: only what is needed is evaluated. */
static int eval_choice(const struct te_expr *expr, const struct te_expr_scope *scope,
                       struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value first = TE_VALUE_INIT;
    if (te_expr_eval(expr->kids[0], scope, &first, err))
        return -1;
    bool truth = te_value_truth(&first);
    if (expr->kind == TE_EXPR_IF)
        return te_expr_eval(expr->kids[truth ? 1 : 2], scope, out, err);
    if (truth == (expr->kind == TE_EXPR_AND))
        return te_expr_eval(expr->kids[1], scope, out, err);
    *out = te_value_move(&first);
    return 0;
}

int te_expr_eval(const struct te_expr *expr, const struct te_expr_scope *scope,
                 struct te_value *out, struct te_err *err)
{
    switch (expr->kind) {
    case TE_EXPR_CONST:
        return te_value_copy(&expr->value, out, err);
    case TE_EXPR_NAME:
    case TE_EXPR_DEFAULT:
        return eval_name(expr, scope, out, err);
    case TE_EXPR_NEGATE:
    case TE_EXPR_PLUS:
    case TE_EXPR_NOT:
        return eval_unary(expr, scope, out, err);
    case TE_EXPR_CALC:
        return eval_calc(expr, scope, out, err);
    case TE_EXPR_AND:
    case TE_EXPR_OR:
    case TE_EXPR_IF:
        return eval_choice(expr, scope, out, err);
    case TE_EXPR_LIST:
        return eval_items(expr, scope, TE_VALUE_LIST, out, err);
    case TE_EXPR_TUPLE:
        return eval_items(expr, scope, TE_VALUE_TUPLE, out, err);
    case TE_EXPR_INDEX:
        return eval_index(expr, scope, out, err);
    case TE_EXPR_CALL:
        return eval_call(expr, scope, out, err);
    default:
        return te_err_set(err, TE_ERR_USAGE, "a lambda is no value");
    }
}

struct argument {
    const char *name;
    const struct te_value *value;
};

static const struct te_value *find_argument(void *context, const char *name)
{
    const struct argument *argument = context;
    return strcmp(argument->name, name) == 0 ? argument->value : NULL;
}

int te_expr_apply(const struct te_expr *function, const struct te_value *argument,
                  struct te_value *out, struct te_err *err)
{
    if (function->kind == TE_EXPR_NAME)
        return call_builtin(function->name, argument, 1, out, err);
    if (function->kind != TE_EXPR_LAMBDA)
        return te_err_set(err, TE_ERR_USAGE, "a function is expected, e.g. lambda x: x * 2");
    if (function->n_keywords != 1)
        return te_err_set(err, TE_ERR_USAGE, "the lambda takes %zu arguments instead of one",
                          function->n_keywords);
    struct argument bound = {function->keywords[0], argument};
    struct te_expr_scope scope = {find_argument, &bound};
    return te_expr_eval(function->kids[0], &scope, out, err);
}

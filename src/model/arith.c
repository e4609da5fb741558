#include "te/model/arith.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bigint.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/num.h"

static const char *const op_text[TE_OP_COUNT] = {"+", "-",  "*", "/",  "//", "%", "** or pow()",
                                                 "<", "<=", ">", ">=", "==", "!="};

static bool is_int(const struct te_value *v)
{
    return v->kind == TE_VALUE_INT || v->kind == TE_VALUE_BOOL;
}

static bool is_number(const struct te_value *v)
{
    return is_int(v) || v->kind == TE_VALUE_FLOAT;
}

static bool is_sequence(const struct te_value *v)
{
    return v->kind == TE_VALUE_STR || v->kind == TE_VALUE_LIST || v->kind == TE_VALUE_TUPLE;
}

static bool is_small(const struct te_value *v, int64_t *i)
{
    *i = v->kind == TE_VALUE_BOOL ? (int64_t)v->b : v->i;
    return v->kind == TE_VALUE_BOOL || !v->big;
}

static int unsupported(enum te_op op, const struct te_value *a, const struct te_value *b,
                       struct te_err *err)
{
    bool order = op >= TE_OP_LT;
    return te_err_set(err, TE_ERR_USAGE,
                      order ? "'%s' not supported between instances of '%s' and '%s'"
                            : "unsupported operand type(s) for %s: '%s' and '%s'",
                      op_text[op], te_value_type(a), te_value_type(b));
}

int te_value_negate(struct te_value *value, struct te_err *err)
{
    struct te_value zero = te_value_int(0);
    struct te_value result;
    if (value->kind == TE_VALUE_FLOAT) {
        value->f = -value->f;
        return 0;
    }
    if (!is_int(value))
        return te_err_set(err, TE_ERR_FORMAT, "bad operand type for unary -: '%s'",
                          te_value_type(value));
    if (te_value_calc(TE_OP_SUB, &zero, value, &result, err))
        return -1;
    te_value_release(value);
    *value = result;
    return 0;
}

/* ---- conversions ---- */

static int int_of_float(double f, struct te_value *out, struct te_err *err)
{
    char text[400];
    if (isnan(f))
        return te_err_set(err, TE_ERR_USAGE, "cannot convert float NaN to integer");
    if (isinf(f))
        return te_err_set(err, TE_ERR_USAGE, "cannot convert float infinity to integer");
    f = trunc(f);
    if (f >= -9223372036854775808.0 && f < 9223372036854775808.0) {
        *out = te_value_int((int64_t)f);
        return 0;
    }
    int n = snprintf(text, sizeof text, "%.0f", f);
    if (te_value_str(text, (size_t)n, out, err))
        return -1;
    out->kind = TE_VALUE_INT;
    out->big = true;
    return 0;
}

static int not_numeric(const struct te_value *value, const char *before, struct te_err *err)
{
    te_cleanup(te_buf_release) struct te_buf text;
    te_buf_init(&text, TE_MAX_PARAM_TEXT);
    te_value_repr(value, &text);
    return te_err_set(err, TE_ERR_USAGE, "%s%.200s", before, text.data ? text.data : "");
}

static int int_of_text(const struct te_value *value, struct te_value *out, struct te_err *err)
{
    struct te_value number = TE_VALUE_INIT;
    struct te_err ignored = TE_ERR_INIT;
    if (te_value_parse_literal(value->text, value->len, &number, &ignored) == 0 &&
        number.kind == TE_VALUE_INT) {
        *out = number;
        return 0;
    }
    te_value_release(&number);
    return not_numeric(value, "invalid literal for int() with base 10: ", err);
}

int te_value_to_int(const struct te_value *value, struct te_value *out, struct te_err *err)
{
    switch (value->kind) {
    case TE_VALUE_BOOL:
        *out = te_value_int(value->b);
        return 0;
    case TE_VALUE_INT:
        return te_value_copy(value, out, err);
    case TE_VALUE_FLOAT:
        return int_of_float(value->f, out, err);
    case TE_VALUE_STR:
        return int_of_text(value, out, err);
    default:
        return te_err_set(err, TE_ERR_USAGE,
                          "int() argument must be a string, a bytes-like object or a real number, "
                          "not '%s'",
                          te_value_type(value));
    }
}

static int float_of_big(const struct te_value *value, double *out, struct te_err *err)
{
    double f = strtod(value->text, NULL);
    if (isinf(f))
        return te_err_set(err, TE_ERR_USAGE, "int too large to convert to float");
    *out = f;
    return 0;
}

int te_value_to_float(const struct te_value *value, double *out, struct te_err *err)
{
    int64_t i = 0;
    if (value->kind == TE_VALUE_FLOAT) {
        *out = value->f;
        return 0;
    }
    if (is_int(value)) {
        if (!is_small(value, &i))
            return float_of_big(value, out, err);
        *out = (double)i;
        return 0;
    }
    if (value->kind == TE_VALUE_STR) {
        if (value->len && te_num_parse(value->text, value->len, out) == value->len)
            return 0;
        return not_numeric(value, "could not convert string to float: ", err);
    }
    return te_err_set(err, TE_ERR_USAGE,
                      "float() argument must be a string or a real number, not '%s'",
                      te_value_type(value));
}

int te_value_to_type_of(const struct te_value *model, const struct te_value *value,
                        struct te_value *out, struct te_err *err)
{
    double f = 0;
    switch (model->kind) {
    case TE_VALUE_BOOL:
        *out = te_value_bool(te_value_truth(value));
        return 0;
    case TE_VALUE_INT:
        return te_value_to_int(value, out, err);
    case TE_VALUE_FLOAT:
        if (te_value_to_float(value, &f, err))
            return -1;
        *out = te_value_float(f);
        return 0;
    default:
        if (model->kind != value->kind)
            return te_err_set(err, TE_ERR_USAGE, "cannot convert '%s' to '%s'",
                              te_value_type(value), te_value_type(model));
        return te_value_copy(value, out, err);
    }
}

/* ---- whole numbers ---- */

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
}

/* false: the exact result needs more than 64 bits. */
static bool small_calc(enum te_op op, int64_t a, int64_t b, int64_t *out)
{
    switch (op) {
    case TE_OP_ADD:
        return !__builtin_add_overflow(a, b, out);
    case TE_OP_SUB:
        return !__builtin_sub_overflow(a, b, out);
    case TE_OP_MUL:
        return !__builtin_mul_overflow(a, b, out);
    case TE_OP_FLOORDIV:
        if (b == -1)
            return !__builtin_sub_overflow((int64_t)0, a, out);
        *out = floor_div(a, b);
        return true;
    case TE_OP_MOD:
        *out = b == -1 ? 0 : a - floor_div(a, b) * b;
        return true;
    default:
        return false;
    }
}

static int float_calc(enum te_op op, double a, double b, struct te_value *out, struct te_err *err);

static int int_power(const struct te_value *a, const struct te_value *b, struct te_value *out,
                     struct te_err *err)
{
    int64_t exponent = 0;
    double base = 0, power = 0;
    if (!is_small(b, &exponent))
        return te_err_set(err, TE_ERR_USAGE, "the exponent is too large");
    if (exponent >= 0)
        return te_bigint_power(a, exponent, out, err);
    if (te_value_to_float(a, &base, err) || te_value_to_float(b, &power, err))
        return -1;
    return float_calc(TE_OP_POW, base, power, out, err);
}

static int int_calc(enum te_op op, const struct te_value *a, const struct te_value *b,
                    struct te_value *out, struct te_err *err)
{
    int64_t left = 0, right = 0, result = 0;
    bool divides = op == TE_OP_DIV || op == TE_OP_FLOORDIV || op == TE_OP_MOD;
    if (divides && !te_value_truth(b))
        return te_err_set(err, TE_ERR_USAGE,
                          op == TE_OP_DIV ? "division by zero"
                                          : "integer division or modulo by zero");
    if (op == TE_OP_POW)
        return int_power(a, b, out, err);
    if (op == TE_OP_DIV) {
        double x = 0, y = 0;
        if (te_value_to_float(a, &x, err) || te_value_to_float(b, &y, err))
            return -1;
        *out = te_value_float(x / y);
        return 0;
    }
    bool small = is_small(a, &left);
    if (is_small(b, &right) && small && small_calc(op, left, right, &result)) {
        *out = te_value_int(result);
        return 0;
    }
    return te_bigint_calc(op, a, b, out, err);
}

/* ---- floats ---- */

/* Python's divmod of floats: the remainder has the sign of the divisor. */
static void float_divmod(double a, double b, double *div, double *mod)
{
    double m = fmod(a, b);
    double d = (a - m) / b;
    if (m != 0 && (b < 0) != (m < 0)) {
        m += b;
        d -= 1.0;
    }
    if (m == 0)
        m = copysign(0.0, b);
    double whole = d != 0 ? floor(d) : copysign(0.0, a / b);
    *div = d != 0 && d - whole > 0.5 ? whole + 1.0 : whole;
    *mod = m;
}

static int float_power(double a, double b, struct te_value *out, struct te_err *err)
{
    if (a == 0 && b < 0)
        return te_err_set(err, TE_ERR_USAGE, "0.0 cannot be raised to a negative power");
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b))
        return te_err_set(err, TE_ERR_USAGE, "a complex number is no parameter value");
    double power = pow(a, b);
    if (isinf(power) && isfinite(a) && isfinite(b))
        return te_err_set(err, TE_ERR_USAGE, "(34, 'Numerical result out of range')");
    *out = te_value_float(power);
    return 0;
}

static int float_calc(enum te_op op, double a, double b, struct te_value *out, struct te_err *err)
{
    double div = 0, mod = 0, result = 0;
    if (b == 0 && (op == TE_OP_DIV || op == TE_OP_FLOORDIV || op == TE_OP_MOD))
        return te_err_set(err, TE_ERR_USAGE,
                          op == TE_OP_DIV        ? "float division by zero"
                          : op == TE_OP_FLOORDIV ? "float floor division by zero"
                                                 : "float modulo");
    switch (op) {
    case TE_OP_ADD:
        result = a + b;
        break;
    case TE_OP_SUB:
        result = a - b;
        break;
    case TE_OP_MUL:
        result = a * b;
        break;
    case TE_OP_DIV:
        result = a / b;
        break;
    case TE_OP_POW:
        return float_power(a, b, out, err);
    default:
        float_divmod(a, b, &div, &mod);
        result = op == TE_OP_MOD ? mod : div;
        break;
    }
    *out = te_value_float(result);
    return 0;
}

/* ---- sequences ---- */

static int repeat_items(const struct te_value *list, uint64_t times, struct te_value *out,
                        struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value whole = te_value_empty(list->kind);
    for (uint64_t k = 0; k < times; k++)
        for (size_t i = 0; i < list->count; i++) {
            te_cleanup(te_value_release) struct te_value item = TE_VALUE_INIT;
            if (te_value_copy(&list->items[i], &item, err) || te_value_push(&whole, &item, err))
                return -1;
        }
    *out = te_value_move(&whole);
    return 0;
}

static int repeat_text(const struct te_value *text, uint64_t times, struct te_value *out,
                       struct te_err *err)
{
    te_cleanup(te_buf_release) struct te_buf whole;
    te_buf_init(&whole, TE_MAX_PARAM_TEXT);
    for (uint64_t k = 0; k < times; k++)
        te_buf_add(&whole, text->text, text->len);
    if (te_buf_check(&whole, err))
        return -1;
    return te_value_str(whole.data, whole.len, out, err);
}

/* Bytes that a value roughly takes as text: repeating must not make it larger than any text. */
static uint64_t weight(const struct te_value *value)
{
    uint64_t sum = value->kind == TE_VALUE_STR ? value->len : 1;
    if (value->kind >= TE_VALUE_LIST)
        for (size_t i = 0; i < value->count; i++)
            sum += weight(&value->items[i]);
    return sum;
}

static int repeat(const struct te_value *sequence, const struct te_value *times,
                  struct te_value *out, struct te_err *err)
{
    int64_t n = 0;
    size_t count = sequence->kind == TE_VALUE_STR ? sequence->len : sequence->count;
    if (!is_int(times))
        return te_err_set(err, TE_ERR_USAGE, "can't multiply sequence by non-int of type '%s'",
                          te_value_type(times));
    bool small = is_small(times, &n);
    if (count == 0 || n < 0 || (!small && times->text[0] == '-'))
        n = 0;
    else if (!small || (uint64_t)n > TE_MAX_PARAM_TEXT / weight(sequence))
        return te_err_set(err, TE_ERR_USAGE, "the repeated value is too long");
    return sequence->kind == TE_VALUE_STR ? repeat_text(sequence, (uint64_t)n, out, err)
                                          : repeat_items(sequence, (uint64_t)n, out, err);
}

static int join(const struct te_value *a, const struct te_value *b, struct te_value *out,
                struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value whole = TE_VALUE_INIT;
    if (a->kind == TE_VALUE_STR) {
        te_cleanup(te_buf_release) struct te_buf text;
        te_buf_init(&text, TE_MAX_PARAM_TEXT);
        te_buf_add(&text, a->text, a->len);
        te_buf_add(&text, b->text, b->len);
        return te_buf_check(&text, err) ? -1 : te_value_str(text.data, text.len, out, err);
    }
    if (weight(a) + weight(b) > TE_MAX_PARAM_TEXT)
        return te_err_set(err, TE_ERR_USAGE, "the joined value is too long");
    if (te_value_copy(a, &whole, err))
        return -1;
    for (size_t i = 0; i < b->count; i++) {
        te_cleanup(te_value_release) struct te_value item = TE_VALUE_INIT;
        if (te_value_copy(&b->items[i], &item, err) || te_value_push(&whole, &item, err))
            return -1;
    }
    *out = te_value_move(&whole);
    return 0;
}

/* ---- comparison ---- */

static bool order_holds(enum te_op op, int order)
{
    switch (op) {
    case TE_OP_LT:
        return order < 0;
    case TE_OP_LE:
        return order <= 0;
    case TE_OP_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

static int compare(enum te_op op, const struct te_value *a, const struct te_value *b,
                   struct te_value *out, struct te_err *err)
{
    int64_t i = 0, k = 0;
    double x = 0, y = 0;
    if (op == TE_OP_EQ || op == TE_OP_NE) {
        *out = te_value_bool(te_value_equal(a, b) == (op == TE_OP_EQ));
        return 0;
    }
    if (a->kind == TE_VALUE_STR && b->kind == TE_VALUE_STR) {
        *out = te_value_bool(order_holds(op, strcmp(a->text, b->text)));
        return 0;
    }
    if (!is_number(a) || !is_number(b))
        return unsupported(op, a, b, err);
    if (is_int(a) && is_int(b) && is_small(a, &i) && is_small(b, &k)) {
        *out = te_value_bool(order_holds(op, (i > k) - (i < k)));
        return 0;
    }
    if (te_value_to_float(a, &x, err) || te_value_to_float(b, &y, err))
        return -1;
    *out = te_value_bool(!isnan(x) && !isnan(y) && order_holds(op, (x > y) - (x < y)));
    return 0;
}

int te_value_calc(enum te_op op, const struct te_value *a, const struct te_value *b,
                  struct te_value *out, struct te_err *err)
{
    double x = 0, y = 0;
    if (op >= TE_OP_LT)
        return compare(op, a, b, out, err);
    if (is_int(a) && is_int(b))
        return int_calc(op, a, b, out, err);
    if (is_number(a) && is_number(b)) {
        if (te_value_to_float(a, &x, err) || te_value_to_float(b, &y, err))
            return -1;
        return float_calc(op, x, y, out, err);
    }
    if (op == TE_OP_MUL && is_sequence(a) && !is_sequence(b) && is_number(b))
        return repeat(a, b, out, err);
    if (op == TE_OP_MUL && is_sequence(b) && is_number(a))
        return repeat(b, a, out, err);
    if (op == TE_OP_ADD && is_sequence(a) && a->kind == b->kind)
        return join(a, b, out, err);
    return unsupported(op, a, b, err);
}

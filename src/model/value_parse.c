/* Values from text: one grammar that takes Python literals and JSON. */
#include <math.h>
#include <string.h>
#include "literal.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

static int parse_any(struct te_lit *lit, struct te_value *out, struct te_err *err);

static int parse_signed(struct te_lit *lit, struct te_value *out, struct te_err *err)
{
    bool minus = te_lit_peek(lit, 0) == '-';
    lit->at++;
    te_lit_blanks(lit);
    size_t n = te_lit_word(lit);
    if (te_lit_at_number(lit)) {
        if (te_lit_number(lit, out, err))
            return -1;
    } else if (te_lit_word_is(lit, n, "Infinity") || te_lit_word_is(lit, n, "inf") ||
               te_lit_word_is(lit, n, "nan") || te_lit_word_is(lit, n, "NaN")) {
        te_lit_constant(lit->text + lit->at, n, out);
        lit->at += n;
    } else {
        return te_lit_fault(lit, err, "a number is expected behind the sign");
    }
    return minus ? te_value_negate(out, err) : 0;
}

static int parse_word(struct te_lit *lit, struct te_value *out, struct te_err *err)
{
    size_t n = te_lit_word(lit);
    if (!te_lit_constant(lit->text + lit->at, n, out))
        return te_lit_fault(lit, err, "'%.*s' is no literal; put text in quotes",
                            n > 60 ? 60 : (int)n, lit->text + lit->at);
    lit->at += n;
    return 0;
}

/* Behind the opening bracket of a list, or of a tuple with its first item read. */
static int parse_items(struct te_lit *lit, char close, struct te_value *list, struct te_err *err)
{
    while (!te_lit_take(lit, close)) {
        te_cleanup(te_value_release) struct te_value item = TE_VALUE_INIT;
        if (parse_any(lit, &item, err) || te_value_push(list, &item, err))
            return -1;
        if (te_lit_take(lit, ','))
            continue;
        if (te_lit_take(lit, close))
            break;
        return te_lit_fault(lit, err, "'%c' or ',' is expected here", close);
    }
    return 0;
}

static int parse_list(struct te_lit *lit, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value list = te_value_empty(TE_VALUE_LIST);
    if (parse_items(lit, ']', &list, err))
        return -1;
    *out = te_value_move(&list);
    return 0;
}

/* (), (a,), (a, b): tuples; (a) is a. */
static int parse_tuple(struct te_lit *lit, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value tuple = te_value_empty(TE_VALUE_TUPLE);
    te_cleanup(te_value_release) struct te_value first = TE_VALUE_INIT;
    if (!te_lit_take(lit, ')')) {
        if (parse_any(lit, &first, err))
            return -1;
        if (te_lit_take(lit, ')')) {
            *out = te_value_move(&first);
            return 0;
        }
        if (!te_lit_take(lit, ','))
            return te_lit_fault(lit, err, "')' or ',' is expected here");
        if (te_value_push(&tuple, &first, err) || parse_items(lit, ')', &tuple, err))
            return -1;
    }
    *out = te_value_move(&tuple);
    return 0;
}

static int parse_entry(struct te_lit *lit, struct te_value *dict, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value key = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value item = TE_VALUE_INIT;
    struct te_lit start = *lit;
    if (parse_any(lit, &key, err))
        return -1;
    if (!te_lit_take(lit, ':'))
        return te_lit_fault(lit, err, "':' is expected here (a set is no parameter value)");
    if (parse_any(lit, &item, err))
        return -1;
    if (te_value_put(dict, &key, &item, err) == 0)
        return 0;
    return err->code == TE_ERR_FORMAT ? te_lit_fault(&start, err, "a list or dict cannot be a key")
                                      : -1;
}

static int parse_dict(struct te_lit *lit, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value dict = te_value_empty(TE_VALUE_DICT);
    while (!te_lit_take(lit, '}')) {
        if (parse_entry(lit, &dict, err))
            return -1;
        if (te_lit_take(lit, ','))
            continue;
        if (te_lit_take(lit, '}'))
            break;
        return te_lit_fault(lit, err, "'}' or ',' is expected here");
    }
    *out = te_value_move(&dict);
    return 0;
}

static int parse_bracket(struct te_lit *lit, struct te_value *out, struct te_err *err)
{
    int (*const parse)(struct te_lit *, struct te_value *, struct te_err *) =
        te_lit_peek(lit, 0) == '['   ? parse_list
        : te_lit_peek(lit, 0) == '(' ? parse_tuple
                                     : parse_dict;
    if (lit->depth >= TE_MAX_PARAM_DEPTH)
        return te_lit_fault(lit, err, "brackets are nested more than %d deep", TE_MAX_PARAM_DEPTH);
    lit->depth++;
    lit->at++;
    if (parse(lit, out, err))
        return -1;
    lit->depth--;
    return 0;
}

static int parse_any(struct te_lit *lit, struct te_value *out, struct te_err *err)
{
    te_lit_blanks(lit);
    char c = te_lit_peek(lit, 0);
    if (c == '[' || c == '(' || c == '{')
        return parse_bracket(lit, out, err);
    if (te_lit_at_number(lit))
        return te_lit_number(lit, out, err);
    if (te_lit_at_string(lit))
        return te_lit_string(lit, out, err);
    if (c == '-' || c == '+')
        return parse_signed(lit, out, err);
    if (te_lit_word(lit))
        return parse_word(lit, out, err);
    return te_lit_fault(lit, err,
                        lit->at < lit->len ? "a value is expected here"
                                           : "a value is expected behind this");
}

int te_value_parse_literal(const char *text, size_t len, struct te_value *out, struct te_err *err)
{
    te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
    struct te_lit lit = {.text = text, .len = len};
    if (len > TE_MAX_PARAM_TEXT)
        return te_err_set(err, TE_ERR_USAGE, "a value has at most %zu bytes, this one has %zu",
                          TE_MAX_PARAM_TEXT, len);
    if (parse_any(&lit, &value, err))
        return -1;
    te_lit_blanks(&lit);
    if (lit.at < lit.len)
        return te_lit_fault(&lit, err,
                            te_lit_peek(&lit, 0) == ','
                                ? "the value ends here; write [a, b] or (a, b)"
                                : "the value ends here; put text in quotes");
    *out = te_value_move(&value);
    return 0;
}

/* nan and inf alone are texts: neither Python nor JSON knows them as literals. */
static bool starts_like_literal(const struct te_lit *lit)
{
    struct te_value ignored;
    char c = te_lit_peek(lit, 0);
    size_t n = te_lit_word(lit);
    if (n)
        return te_lit_at_string(lit) ||
               (n == lit->len - lit->at && te_lit_constant(lit->text + lit->at, n, &ignored) &&
                !te_lit_word_is(lit, n, "nan") && !te_lit_word_is(lit, n, "inf"));
    if (c == '-' || c == '+') {
        struct te_lit behind = {.text = lit->text, .len = lit->len, .at = lit->at + 1};
        return te_lit_at_number(&behind) ||
               (c == '-' && te_lit_word_is(&behind, te_lit_word(&behind), "Infinity"));
    }
    return te_lit_at_number(lit) || te_lit_at_string(lit) || c == '[' || c == '(' || c == '{';
}

int te_value_parse(const char *text, struct te_value *out, struct te_err *err)
{
    struct te_lit lit = {.text = text, .len = strlen(text)};
    size_t bad = 0;
    while (lit.len && strchr(" \t\r\n", text[lit.len - 1]))
        lit.len--;
    te_lit_blanks(&lit);
    if (starts_like_literal(&lit))
        return te_value_parse_literal(text, lit.len, out, err);
    if (lit.len - lit.at > TE_MAX_PARAM_TEXT)
        return te_err_set(err, TE_ERR_USAGE, "a value has at most %zu bytes, this one has %zu",
                          TE_MAX_PARAM_TEXT, lit.len - lit.at);
    if (!te_str_utf8(text + lit.at, lit.len - lit.at, &bad)) {
        lit.at += bad;
        return te_lit_fault(&lit, err, "this is no valid UTF-8");
    }
    return te_value_str(text + lit.at, lit.len - lit.at, out, err);
}

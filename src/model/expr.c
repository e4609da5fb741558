/* Expressions from text to a tree; recursive descent, one function per level of precedence. */
#include "te/model/expr.h"

#include <string.h>
#include "literal.h"
#include "te/base/max.h"
#include "te/base/mem.h"

struct parser {
    struct te_lit lit;
    unsigned flags;
    size_t nodes;
};

static int parse_test(struct parser *p, struct te_expr **out, struct te_err *err);
static int parse_unary(struct parser *p, struct te_expr **out, struct te_err *err);

void te_expr_free(struct te_expr *expr)
{
    if (!expr)
        return;
    for (size_t i = 0; i < expr->n_kids; i++)
        te_expr_free(expr->kids[i]);
    for (size_t i = 0; i < expr->n_keywords; i++)
        te_free(expr->keywords[i]);
    te_free(expr->kids);
    te_free(expr->keywords);
    te_free(expr->name);
    te_value_release(&expr->value);
    te_free(expr);
}

static void expr_cleanup(struct te_expr **expr)
{
    te_expr_free(*expr);
}

static struct te_expr *new_node(struct parser *p, enum te_expr_kind kind, struct te_err *err)
{
    if (++p->nodes > TE_MAX_EXPR_NODES) {
        te_lit_fault(&p->lit, err, "the expression is too long");
        return NULL;
    }
    struct te_expr *node = te_zalloc(1, sizeof *node, err);
    if (!node)
        return NULL;
    node->kind = kind;
    node->column = p->lit.at + 1;
    return node;
}

/* Takes *kid. */
static int add_kid(struct te_expr *node, struct te_expr **kid, struct te_err *err)
{
    if (te_grow(&node->kids, &node->cap_kids, node->n_kids + 1, sizeof(struct te_expr *),
                TE_MAX_EXPR_NODES, err))
        return -1;
    node->kids[node->n_kids++] = te_steal(*kid);
    return 0;
}

/* text NULL: an empty place. */
static int add_keyword(struct te_expr *node, const char *text, size_t len, struct te_err *err)
{
    char *copy = NULL;
    if (te_grow(&node->keywords, &node->cap_keywords, node->n_keywords + 1, sizeof(char *),
                TE_MAX_EXPR_NODES, err))
        return -1;
    if (text) {
        copy = te_strndup(text, len, err);
        if (!copy)
            return -1;
    }
    node->keywords[node->n_keywords++] = copy;
    return 0;
}

/* A word that stands alone here: not the start of a longer one. */
static bool take_word(struct parser *p, const char *word)
{
    te_lit_blanks(&p->lit);
    size_t n = te_lit_word(&p->lit);
    if (n == 0 || !te_lit_word_is(&p->lit, n, word))
        return false;
    p->lit.at += n;
    return true;
}

static int enter(struct parser *p, struct te_err *err)
{
    if (++p->lit.depth > TE_MAX_PARAM_DEPTH)
        return te_lit_fault(&p->lit, err, "the expression is nested more than %d deep",
                            TE_MAX_PARAM_DEPTH);
    return 0;
}

/* ---- atoms ---- */

static int parse_constant(struct parser *p, struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *node = new_node(p, TE_EXPR_CONST, err);
    if (!node)
        return -1;
    int rc = te_lit_at_number(&p->lit) ? te_lit_number(&p->lit, &node->value, err)
                                       : te_lit_string(&p->lit, &node->value, err);
    if (rc == 0)
        *out = te_steal(node);
    return rc;
}

/* Behind '(' or '[': values up to the closing bracket. *comma: there was one. */
static int parse_values(struct parser *p, char close, struct te_expr *node, bool *comma,
                        struct te_err *err)
{
    while (!te_lit_take(&p->lit, close)) {
        te_cleanup(expr_cleanup) struct te_expr *kid = NULL;
        if (parse_test(p, &kid, err) || add_kid(node, &kid, err))
            return -1;
        if (te_lit_take(&p->lit, ',')) {
            *comma = true;
            continue;
        }
        if (te_lit_take(&p->lit, close))
            break;
        return te_lit_fault(&p->lit, err, "invalid syntax, '%c' or ',' is expected here", close);
    }
    return 0;
}

static int parse_bracket(struct parser *p, struct te_expr **out, struct te_err *err)
{
    bool comma = false;
    bool list = te_lit_peek(&p->lit, 0) == '[';
    te_cleanup(expr_cleanup) struct te_expr *node =
        new_node(p, list ? TE_EXPR_LIST : TE_EXPR_TUPLE, err);
    p->lit.at++;
    if (!node || parse_values(p, list ? ']' : ')', node, &comma, err))
        return -1;
    if (!list && !comma && node->n_kids == 1)
        *out = te_steal(node->kids[0]);
    else
        *out = te_steal(node);
    return 0;
}

static int parse_argument(struct parser *p, struct te_expr *call, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *kid = NULL;
    te_lit_blanks(&p->lit);
    size_t n = te_lit_word(&p->lit);
    struct te_lit behind = p->lit;
    behind.at += n;
    bool named = n && te_lit_take(&behind, '=') && te_lit_peek(&behind, 0) != '=';
    if (add_keyword(call, named ? p->lit.text + p->lit.at : NULL, n, err))
        return -1;
    if (named)
        p->lit = behind;
    if (parse_test(p, &kid, err))
        return -1;
    return add_kid(call, &kid, err);
}

static int parse_call(struct parser *p, struct te_expr *call, struct te_err *err)
{
    call->kind = TE_EXPR_CALL;
    if (enter(p, err))
        return -1;
    while (!te_lit_take(&p->lit, ')')) {
        if (parse_argument(p, call, err))
            return -1;
        if (te_lit_take(&p->lit, ','))
            continue;
        if (te_lit_take(&p->lit, ')'))
            break;
        return te_lit_fault(&p->lit, err, "invalid syntax, ')' or ',' is expected here");
    }
    p->lit.depth--;
    return 0;
}

static int parse_atom(struct parser *p, struct te_expr **out, struct te_err *err);

/* name, name(...), name|default; constants by word. */
static int parse_name(struct parser *p, struct te_expr **out, struct te_err *err)
{
    size_t n = te_lit_word(&p->lit);
    const char *word = p->lit.text + p->lit.at;
    te_cleanup(expr_cleanup) struct te_expr *kid = NULL;
    te_cleanup(expr_cleanup) struct te_expr *node = new_node(p, TE_EXPR_NAME, err);
    if (!node)
        return -1;
    p->lit.at += n;
    if (te_lit_constant(word, n, &node->value)) {
        node->kind = TE_EXPR_CONST;
        *out = te_steal(node);
        return 0;
    }
    node->name = te_strndup(word, n, err);
    if (!node->name)
        return -1;
    if (te_lit_take(&p->lit, '(')) {
        if (parse_call(p, node, err))
            return -1;
    } else if ((p->flags & TE_EXPR_DEFAULTS) && te_lit_take(&p->lit, '|')) {
        node->kind = TE_EXPR_DEFAULT;
        te_lit_blanks(&p->lit);
        if (parse_atom(p, &kid, err) || add_kid(node, &kid, err))
            return -1;
    }
    *out = te_steal(node);
    return 0;
}

static int parse_plain_atom(struct parser *p, struct te_expr **out, struct te_err *err)
{
    char c = te_lit_peek(&p->lit, 0);
    if (te_lit_at_number(&p->lit) || te_lit_at_string(&p->lit))
        return parse_constant(p, out, err);
    if (c == '(' || c == '[')
        return parse_bracket(p, out, err);
    if (te_lit_word(&p->lit))
        return parse_name(p, out, err);
    return te_lit_fault(&p->lit, err, "invalid syntax, a value is expected here");
}

static int parse_atom(struct parser *p, struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *node = NULL;
    te_lit_blanks(&p->lit);
    if (enter(p, err) || parse_plain_atom(p, &node, err))
        return -1;
    while (te_lit_take(&p->lit, '[')) {
        te_cleanup(expr_cleanup) struct te_expr *index = NULL;
        te_cleanup(expr_cleanup) struct te_expr *whole = new_node(p, TE_EXPR_INDEX, err);
        if (!whole || parse_test(p, &index, err) || add_kid(whole, &node, err) ||
            add_kid(whole, &index, err))
            return -1;
        if (!te_lit_take(&p->lit, ']'))
            return te_lit_fault(&p->lit, err, "invalid syntax, ']' is expected here");
        node = te_steal(whole);
    }
    p->lit.depth--;
    *out = te_steal(node);
    return 0;
}

/* ---- operators ---- */

static int join(struct parser *p, enum te_expr_kind kind, enum te_op op, struct te_expr **left,
                struct te_expr **right, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *node = new_node(p, kind, err);
    if (!node || add_kid(node, left, err) || (right && add_kid(node, right, err)))
        return -1;
    node->op = op;
    *left = te_steal(node);
    return 0;
}

static int parse_power(struct parser *p, struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *left = NULL;
    te_cleanup(expr_cleanup) struct te_expr *right = NULL;
    if (parse_atom(p, &left, err))
        return -1;
    te_lit_blanks(&p->lit);
    if (te_lit_peek(&p->lit, 0) == '*' && te_lit_peek(&p->lit, 1) == '*') {
        p->lit.at += 2;
        if (parse_unary(p, &right, err) || join(p, TE_EXPR_CALC, TE_OP_POW, &left, &right, err))
            return -1;
    }
    *out = te_steal(left);
    return 0;
}

static int parse_unary(struct parser *p, struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *kid = NULL;
    bool minus = te_lit_take(&p->lit, '-');
    if (enter(p, err))
        return -1;
    if (minus || te_lit_take(&p->lit, '+')) {
        if (parse_unary(p, &kid, err) ||
            join(p, minus ? TE_EXPR_NEGATE : TE_EXPR_PLUS, TE_OP_ADD, &kid, NULL, err))
            return -1;
    } else if (parse_power(p, &kid, err)) {
        return -1;
    }
    p->lit.depth--;
    *out = te_steal(kid);
    return 0;
}

struct operator
{
    const char *text;
    enum te_op op;
};

/* Longer ones first; "**" is no "*". */
static const struct operator products[] = {
    {"//", TE_OP_FLOORDIV}, {"/", TE_OP_DIV}, {"*", TE_OP_MUL}, {"%", TE_OP_MOD}, {NULL, 0}};
static const struct operator sums[] = {{"+", TE_OP_ADD}, {"-", TE_OP_SUB}, {NULL, 0}};
static const struct operator comparisons[] = {{"<=", TE_OP_LE}, {">=", TE_OP_GE}, {"==", TE_OP_EQ},
                                              {"!=", TE_OP_NE}, {"<", TE_OP_LT},  {">", TE_OP_GT},
                                              {NULL, 0}};

static const struct operator* take_operator(struct parser *p, const struct operator* table)
{
    te_lit_blanks(&p->lit);
    for (; table->text; table++) {
        size_t n = strlen(table->text);
        if (p->lit.len - p->lit.at >= n && memcmp(p->lit.text + p->lit.at, table->text, n) == 0) {
            p->lit.at += n;
            return table;
        }
    }
    return NULL;
}

static int parse_level(struct parser *p, const struct operator* table,
                       int (*lower)(struct parser *, struct te_expr **, struct te_err *),
                       struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *left = NULL;
    const struct operator* op;
    if (lower(p, &left, err))
        return -1;
    while ((op = take_operator(p, table))) {
        te_cleanup(expr_cleanup) struct te_expr *right = NULL;
        if (lower(p, &right, err) || join(p, TE_EXPR_CALC, op->op, &left, &right, err))
            return -1;
    }
    *out = te_steal(left);
    return 0;
}

static int parse_product(struct parser *p, struct te_expr **out, struct te_err *err)
{
    return parse_level(p, products, parse_unary, out, err);
}

static int parse_sum(struct parser *p, struct te_expr **out, struct te_err *err)
{
    return parse_level(p, sums, parse_product, out, err);
}

static int parse_comparison(struct parser *p, struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *left = NULL;
    te_cleanup(expr_cleanup) struct te_expr *right = NULL;
    if (parse_sum(p, &left, err))
        return -1;
    const struct operator* op = take_operator(p, comparisons);
    if (op && (parse_sum(p, &right, err) || join(p, TE_EXPR_CALC, op->op, &left, &right, err)))
        return -1;
    if (op && take_operator(p, comparisons))
        return te_lit_fault(&p->lit, err, "chained comparisons are not known, use 'and'");
    *out = te_steal(left);
    return 0;
}

static int parse_not(struct parser *p, struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *kid = NULL;
    if (!take_word(p, "not"))
        return parse_comparison(p, out, err);
    if (enter(p, err) || parse_not(p, &kid, err) ||
        join(p, TE_EXPR_NOT, TE_OP_ADD, &kid, NULL, err))
        return -1;
    p->lit.depth--;
    *out = te_steal(kid);
    return 0;
}

static int parse_logic(struct parser *p, const char *word, enum te_expr_kind kind,
                       int (*lower)(struct parser *, struct te_expr **, struct te_err *),
                       struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *left = NULL;
    if (lower(p, &left, err))
        return -1;
    while (take_word(p, word)) {
        te_cleanup(expr_cleanup) struct te_expr *right = NULL;
        if (lower(p, &right, err) || join(p, kind, TE_OP_ADD, &left, &right, err))
            return -1;
    }
    *out = te_steal(left);
    return 0;
}

static int parse_and(struct parser *p, struct te_expr **out, struct te_err *err)
{
    return parse_logic(p, "and", TE_EXPR_AND, parse_not, out, err);
}

static int parse_or(struct parser *p, struct te_expr **out, struct te_err *err)
{
    return parse_logic(p, "or", TE_EXPR_OR, parse_and, out, err);
}

static int parse_lambda(struct parser *p, struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *body = NULL;
    te_cleanup(expr_cleanup) struct te_expr *node = new_node(p, TE_EXPR_LAMBDA, err);
    if (!node)
        return -1;
    do {
        te_lit_blanks(&p->lit);
        size_t n = te_lit_word(&p->lit);
        if (n == 0)
            return te_lit_fault(&p->lit, err, "invalid syntax, write 'lambda x: ...'");
        if (add_keyword(node, p->lit.text + p->lit.at, n, err))
            return -1;
        p->lit.at += n;
    } while (te_lit_take(&p->lit, ','));
    if (!te_lit_take(&p->lit, ':'))
        return te_lit_fault(&p->lit, err, "invalid syntax, ':' is expected here");
    if (parse_test(p, &body, err) || add_kid(node, &body, err))
        return -1;
    *out = te_steal(node);
    return 0;
}

/* value if test else value */
static int parse_condition(struct parser *p, struct te_expr **out, struct te_err *err)
{
    te_cleanup(expr_cleanup) struct te_expr *yes = NULL;
    te_cleanup(expr_cleanup) struct te_expr *test = NULL;
    te_cleanup(expr_cleanup) struct te_expr *no = NULL;
    if (parse_or(p, &yes, err))
        return -1;
    if (take_word(p, "if")) {
        if (parse_or(p, &test, err))
            return -1;
        if (!take_word(p, "else"))
            return te_lit_fault(&p->lit, err, "invalid syntax, 'else' is expected here");
        if (parse_test(p, &no, err) || join(p, TE_EXPR_IF, TE_OP_ADD, &test, &yes, err) ||
            add_kid(test, &no, err))
            return -1;
        *out = te_steal(test);
        return 0;
    }
    *out = te_steal(yes);
    return 0;
}

static int parse_test(struct parser *p, struct te_expr **out, struct te_err *err)
{
    if (enter(p, err))
        return -1;
    int rc = take_word(p, "lambda") ? parse_lambda(p, out, err) : parse_condition(p, out, err);
    p->lit.depth--;
    return rc;
}

int te_expr_parse(const char *text, unsigned flags, struct te_expr **out, struct te_err *err)
{
    struct parser p = {.lit = {.text = text, .len = strlen(text)}, .flags = flags};
    te_cleanup(expr_cleanup) struct te_expr *expr = NULL;
    if (p.lit.len > TE_MAX_PARAM_TEXT)
        return te_err_set(err, TE_ERR_USAGE, "an expression has at most %zu bytes",
                          TE_MAX_PARAM_TEXT);
    if (parse_test(&p, &expr, err))
        return -1;
    te_lit_blanks(&p.lit);
    if (p.lit.at < p.lit.len)
        return te_lit_fault(&p.lit, err, "invalid syntax, the expression ends here");
    *out = te_steal(expr);
    return 0;
}

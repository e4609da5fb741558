/*
 * Expressions: the small part of Python's that heuristics, lambdas and post-processing windows
 * need. Literals, names, + - * / // % **, comparisons, `a if c else b`, not/and/or, lists, tuples,
 * x[i], calls of a few functions, lambda with one or more names. Parsed to a tree, so nothing of
 * the text is ever run; without loops, evaluation ends in time linear in the text.
 */
#ifndef TE_MODEL_EXPR_H
#define TE_MODEL_EXPR_H

#include "te/model/arith.h"

enum te_expr_kind {
    TE_EXPR_CONST,
    TE_EXPR_NAME,
    TE_EXPR_DEFAULT, /* name|kid: the kid where the name is not set */
    TE_EXPR_NEGATE,
    TE_EXPR_PLUS,
    TE_EXPR_NOT,
    TE_EXPR_CALC, /* op of two kids */
    TE_EXPR_AND,
    TE_EXPR_OR,
    TE_EXPR_IF, /* kids: test, then, else */
    TE_EXPR_LIST,
    TE_EXPR_TUPLE,
    TE_EXPR_INDEX,
    TE_EXPR_CALL,  /* name(kids) */
    TE_EXPR_LAMBDA /* params; one kid */
};

struct te_expr {
    enum te_expr_kind kind;
    enum te_op op;
    struct te_value value; /* CONST */
    char *name;            /* NAME, DEFAULT, CALL */
    struct te_expr **kids;
    char **keywords; /* CALL: name of each kid, NULL for a positional one; LAMBDA: the names */
    size_t n_kids, n_keywords, cap_kids, cap_keywords;
    size_t column; /* from 1 */
};

enum te_expr_flags {
    TE_EXPR_DEFAULTS = 1 /* `name|default` is allowed */
};

/* The whole text; at most TE_MAX_EXPR_NODES nodes. TE_ERR_USAGE with the column. */
int te_expr_parse(const char *text, unsigned flags, struct te_expr **out,
                  struct te_err *err) TE_MUST_CHECK;
void te_expr_free(struct te_expr *expr);

/* Names to values; NULL where a name is not set. */
struct te_expr_scope {
    const struct te_value *(*find)(void *context, const char *name);
    void *context;
};

/* Calls: int float bool str abs round min max len. */
int te_expr_eval(const struct te_expr *expr, const struct te_expr_scope *scope,
                 struct te_value *out, struct te_err *err) TE_MUST_CHECK;
/* A lambda (or the bare name of a function) applied to one argument. */
int te_expr_apply(const struct te_expr *function, const struct te_value *argument,
                  struct te_value *out, struct te_err *err) TE_MUST_CHECK;

#endif

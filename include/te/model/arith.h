/*
 * Python's arithmetic on parameter values, with Python's words for what it refuses. Whole numbers
 * are exact at any size (up to TE_MAX_PARAM_DIGITS digits). Errors are TE_ERR_USAGE.
 */
#ifndef TE_MODEL_ARITH_H
#define TE_MODEL_ARITH_H

#include "te/model/value.h"

enum te_op {
    TE_OP_ADD,
    TE_OP_SUB,
    TE_OP_MUL,
    TE_OP_DIV,
    TE_OP_FLOORDIV,
    TE_OP_MOD,
    TE_OP_POW,
    TE_OP_LT,
    TE_OP_LE,
    TE_OP_GT,
    TE_OP_GE,
    TE_OP_EQ,
    TE_OP_NE,
    TE_OP_COUNT
};

/* a op b; *out is a value of its own. Texts and lists are repeated by * with an int and joined by
 * +. */
int te_value_calc(enum te_op op, const struct te_value *a, const struct te_value *b,
                  struct te_value *out, struct te_err *err) TE_MUST_CHECK;
/* As Python's int(), float(): towards zero; of texts, too. */
int te_value_to_int(const struct te_value *value, struct te_value *out,
                    struct te_err *err) TE_MUST_CHECK;
int te_value_to_float(const struct te_value *value, double *out, struct te_err *err) TE_MUST_CHECK;
/* As type(model)(value). */
int te_value_to_type_of(const struct te_value *model, const struct te_value *value,
                        struct te_value *out, struct te_err *err) TE_MUST_CHECK;

#endif

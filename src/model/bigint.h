/* Whole numbers beyond 64 bits, through libcrypto's. */
#ifndef TE_MODEL_BIGINT_H
#define TE_MODEL_BIGINT_H

#include "te/model/arith.h"

/* + - * // % of two ints (bools count); the divisor is not 0. */
int te_bigint_calc(enum te_op op, const struct te_value *a, const struct te_value *b,
                   struct te_value *out, struct te_err *err) TE_MUST_CHECK;
/* exponent >= 0; TE_ERR_USAGE beyond TE_MAX_PARAM_DIGITS digits. */
int te_bigint_power(const struct te_value *a, int64_t exponent, struct te_value *out,
                    struct te_err *err) TE_MUST_CHECK;

#endif

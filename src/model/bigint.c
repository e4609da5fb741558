#include "bigint.h"

#include <inttypes.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/num.h"

static void free_number(BIGNUM **n)
{
    BN_free(*n);
}

static void free_context(BN_CTX **ctx)
{
    BN_CTX_free(*ctx);
}

static BIGNUM *number_of(const struct te_value *value)
{
    char text[32];
    BIGNUM *n = NULL;
    int64_t i = value->kind == TE_VALUE_BOOL ? (int64_t)value->b : value->i;
    if (value->kind == TE_VALUE_INT && value->big)
        return BN_dec2bn(&n, value->text) ? n : NULL;
    snprintf(text, sizeof text, "%" PRId64, i);
    return BN_dec2bn(&n, text) ? n : NULL;
}

static int no_memory(struct te_err *err)
{
    return te_err_set(err, TE_ERR_NOMEM, "out of memory for a large whole number");
}

static int value_of(const BIGNUM *n, struct te_value *out, struct te_err *err)
{
    int64_t i = 0;
    if ((double)BN_num_bits(n) > TE_MAX_PARAM_DIGITS * 3.3219280948873626)
        return te_err_set(err, TE_ERR_USAGE, "a whole number has at most %d digits",
                          TE_MAX_PARAM_DIGITS);
    char *text = BN_bn2dec(n);
    if (!text)
        return no_memory(err);
    int rc = 0;
    if (te_num_parse_int(text, strlen(text), &i)) {
        *out = te_value_int(i);
    } else {
        rc = te_value_str(text, strlen(text), out, err);
        if (rc == 0) {
            out->kind = TE_VALUE_INT;
            out->big = true;
        }
    }
    OPENSSL_free(text);
    return rc;
}

/* Python's // and %: libcrypto cuts towards zero, Python goes down. */
static bool floor_divmod(enum te_op op, BIGNUM *result, const BIGNUM *a, const BIGNUM *b,
                         BN_CTX *ctx)
{
    te_cleanup(free_number) BIGNUM *other = BN_new();
    BIGNUM *div = op == TE_OP_MOD ? other : result;
    BIGNUM *mod = op == TE_OP_MOD ? result : other;
    if (!other || !BN_div(div, mod, a, b, ctx))
        return false;
    if (!BN_is_zero(mod) && BN_is_negative(mod) != BN_is_negative(b))
        return BN_sub_word(div, 1) && BN_add(mod, mod, b);
    return true;
}

static bool calc(enum te_op op, BIGNUM *result, const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx)
{
    switch (op) {
    case TE_OP_ADD:
        return BN_add(result, a, b);
    case TE_OP_SUB:
        return BN_sub(result, a, b);
    case TE_OP_MUL:
        return BN_mul(result, a, b, ctx);
    default:
        return floor_divmod(op, result, a, b, ctx);
    }
}

int te_bigint_calc(enum te_op op, const struct te_value *a, const struct te_value *b,
                   struct te_value *out, struct te_err *err)
{
    te_cleanup(free_number) BIGNUM *left = number_of(a);
    te_cleanup(free_number) BIGNUM *right = number_of(b);
    te_cleanup(free_number) BIGNUM *result = BN_new();
    te_cleanup(free_context) BN_CTX *ctx = BN_CTX_new();
    if (!left || !right || !result || !ctx || !calc(op, result, left, right, ctx))
        return no_memory(err);
    return value_of(result, out, err);
}

int te_bigint_power(const struct te_value *a, int64_t exponent, struct te_value *out,
                    struct te_err *err)
{
    te_cleanup(free_number) BIGNUM *base = number_of(a);
    te_cleanup(free_number) BIGNUM *power = BN_new();
    te_cleanup(free_number) BIGNUM *result = BN_new();
    te_cleanup(free_context) BN_CTX *ctx = BN_CTX_new();
    if (!base || !power || !result || !ctx)
        return no_memory(err);
    if (BN_num_bits(base) > 1 &&
        (double)exponent * (BN_num_bits(base) - 1) > TE_MAX_PARAM_DIGITS * 3.3219280948873626)
        return te_err_set(err, TE_ERR_USAGE, "a whole number has at most %d digits",
                          TE_MAX_PARAM_DIGITS);
    bool negative = BN_is_negative(base) && exponent % 2 != 0;
    if (!BN_set_word(power, (BN_ULONG)exponent))
        return no_memory(err);
    BN_set_negative(base, 0);
    if (!BN_exp(result, base, power, ctx))
        return no_memory(err);
    BN_set_negative(result, negative);
    return value_of(result, out, err);
}

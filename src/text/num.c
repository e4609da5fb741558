/*
 * Text to double. Three ways, the first that is certain wins: exact arithmetic in doubles (Clinger,
 * "How to read floating point numbers accurately", 1990); a 64x128-bit product with the power of
 * ten, whose error is known to be below two units of its last bit, so that most roundings are
 * decided by it (the idea of Eisel and Lemire, "Number parsing at a gigabyte per second", 2021);
 * strtod in the C locale for the few that are left.
 */
#include "te/text/num.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "num_table.h"

__extension__ typedef unsigned __int128 u128;

enum { MAX_DIGITS = 19, SLOW_DIGITS = 800 };

/* A decimal number as it stands in the text: 0.d1d2... is never formed, value = digits * 10^exp. */
struct decimal {
    uint64_t digits; /* the first 19 significant ones */
    int64_t exp;     /* power of ten of `digits` */
    bool negative;
    bool cut; /* there are further digits that are not all zero */
};

static const double small_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* inf, infinity, nan behind an optional sign; bytes used or 0. */
static size_t parse_word(const char *text, size_t len, double *out)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"infinity", HUGE_VAL}, {"inf", HUGE_VAL}, {"nan", (double)NAN}};
    size_t sign = len > 0 && (text[0] == '-' || text[0] == '+');
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i].word);
        if (len - sign >= n && strncasecmp(text + sign, words[i].word, n) == 0) {
            *out = sign && text[0] == '-' ? -words[i].value : words[i].value;
            return sign + n;
        }
    }
    return 0;
}

/* The exponent at text[i] if there is a whole one; end of it, or i. */
static size_t scan_exponent(const char *text, size_t len, size_t i, int64_t *exp)
{
    size_t j = i + 1;
    bool negative = false;
    if (j < len && (text[j] == '-' || text[j] == '+'))
        negative = text[j++] == '-';
    if (j >= len || !is_digit(text[j]))
        return i;
    int64_t value = 0;
    for (; j < len && is_digit(text[j]); j++)
        if (value < 1000000000000)
            value = value * 10 + (text[j] - '0');
    *exp += negative ? -value : value;
    return j;
}

/* Digits beyond the 19th: they only move the exponent, and say whether something was cut off. */
static size_t scan_surplus(const char *text, size_t len, size_t i, bool fraction, struct decimal *d)
{
    for (; i < len && is_digit(text[i]); i++) {
        d->cut |= text[i] != '0';
        d->exp += !fraction;
    }
    return i;
}

/* Eight characters at once: are they all digits, and which number do they make? The first is the
 * lowest byte. */
static inline bool eight_digits(uint64_t chars)
{
    return ((chars & 0xF0F0F0F0F0F0F0F0) |
            ((chars + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4) == 0x3333333333333333;
}

static inline uint64_t eight_value(uint64_t chars)
{
    chars -= 0x3030303030303030;
    chars = chars * 10 + (chars >> 8); /* pairs in every second byte */
    uint64_t low = (chars & 0x000000FF000000FF) * 0x000F424000000064;
    uint64_t high = (chars >> 16 & 0x000000FF000000FF) * 0x0000271000000001;
    return (low + high) >> 32;
}

/* Whole groups of eight digits, once a digit other than 0 has been seen. */
static inline size_t scan_eights(const char *text, size_t len, size_t i, int *used, uint64_t *value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (i + 8 <= len && *used + 8 <= MAX_DIGITS && (*value != 0 || text[i] != '0')) {
        uint64_t chars;
        memcpy(&chars, text + i, sizeof chars);
        if (!eight_digits(chars))
            break;
        *value = *value * 100000000 + eight_value(chars);
        *used += 8;
        i += 8;
    }
#endif
    return i;
}

/* Adds digits from text[i] on while they fit. */
static inline size_t scan_digits(const char *text, size_t len, size_t i, bool fraction, int *used,
                                 struct decimal *d)
{
    uint64_t value = d->digits;
    int n = *used;
    size_t start = i;
    i = scan_eights(text, len, i, &n, &value);
    for (; i < len && is_digit(text[i]) && n < MAX_DIGITS; i++) {
        value = value * 10 + (uint64_t)(text[i] - '0');
        n += value != 0; /* leading zeros are no significant digits */
    }
    if (fraction)
        d->exp -= (int64_t)(i - start);
    d->digits = value;
    *used = n;
    return i;
}

/* The decimal number at the start of text; bytes used, 0 if there is none. */
static size_t scan(const char *text, size_t len, struct decimal *d)
{
    size_t i = 0;
    int used = 0;
    *d = (struct decimal){0};
    if (i < len && (text[i] == '-' || text[i] == '+'))
        d->negative = text[i++] == '-';
    size_t first = i;
    i = scan_digits(text, len, i, false, &used, d);
    if (i < len && is_digit(text[i]))
        i = scan_surplus(text, len, i, false, d);
    size_t n_digits = i - first;
    if (i < len && text[i] == '.') {
        size_t point = ++i;
        i = scan_digits(text, len, i, true, &used, d);
        if (i < len && is_digit(text[i]))
            i = scan_surplus(text, len, i, true, d);
        n_digits += i - point;
    }
    if (n_digits == 0)
        return 0;
    if (i < len && (text[i] == 'e' || text[i] == 'E'))
        i = scan_exponent(text, len, i, &d->exp);
    return i;
}

static inline double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/*
 * w * 10^q rounded to nearest even, if the product decides it and the result is a normal number.
 * The table's power is cut off below its 128th bit, so the exact product lies less than two units
 * of the 128-bit product above it.
 */
static bool product_decides(uint64_t w, int64_t q, double *out)
{
    if (w == 0 || q < TE_POW5_MIN || q > 308)
        return false;
    int shift = __builtin_clzll(w);
    w <<= shift;
    const uint64_t *power = te_pow5[q - TE_POW5_MIN];
    u128 low = (u128)w * power[1];
    u128 product = (u128)w * power[0] + (uint64_t)(low >> 64);
    int top = (uint64_t)(product >> 127) != 0; /* 1: bit 127 leads, 0: bit 126 */
    int cut = 74 + top;                        /* bits below the 53 of the result */
    uint64_t mantissa = (uint64_t)(product >> cut);
    u128 rest = product & (((u128)1 << cut) - 1);
    u128 half = (u128)1 << (cut - 1);
    if (rest >= half)
        mantissa++;
    if ((rest <= half && rest + 2 >= half) || rest + 2 >= ((u128)1 << cut))
        return false;
    /* floor(log2(10^q)) by a fixed-point logarithm, right for the table's range */
    int64_t exp2 = (217706 * q >> 16) + 63 - shift + top;
    if (mantissa >> 53) {
        mantissa >>= 1;
        exp2++;
    }
    if (exp2 < -1022 || exp2 > 1023)
        return false;
    *out = from_bits((mantissa & 0xFFFFFFFFFFFFF) | (uint64_t)(exp2 + 1023) << 52);
    return true;
}

static pthread_once_t locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static double slow_strtod(const char *text)
{
    pthread_once(&locale_once, make_locale);
    return c_locale ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
}

/* The number as "<at most 800 digits>e<exponent>": more digits than decide any rounding; what
 * follows them is told by one more digit. */
static double slow(const char *text, size_t len, bool negative)
{
    char copy[SLOW_DIGITS + 40];
    size_t n = 0;
    int64_t exp = 0;
    bool fraction = false, rest = false;
    size_t i = text[0] == '-' || text[0] == '+';
    for (; i < len && (is_digit(text[i]) || text[i] == '.'); i++) {
        if (text[i] == '.') {
            fraction = true;
        } else if (n == 0 && text[i] == '0') {
            exp -= fraction;
        } else if (n < SLOW_DIGITS) {
            copy[n++] = text[i];
            exp -= fraction;
        } else {
            rest |= text[i] != '0';
            exp += !fraction;
        }
    }
    if (i < len)
        scan_exponent(text, len, i, &exp);
    if (rest) {
        copy[n++] = '1';
        exp--;
    }
    if (n == 0)
        copy[n++] = '0';
    snprintf(copy + n, sizeof copy - n, "e%lld", (long long)exp);
    double value = slow_strtod(copy);
    return negative ? -value : value;
}

static bool fast(const struct decimal *d, double *out)
{
    if (!d->cut && d->digits <= (uint64_t)1 << 53 && d->exp >= -22 && d->exp <= 22) {
        double value = (double)d->digits;
        *out = d->exp < 0 ? value / small_powers[-d->exp] : value * small_powers[d->exp];
        return true;
    }
    if (!d->cut)
        return product_decides(d->digits, d->exp, out);
    double above;
    return product_decides(d->digits, d->exp, out) &&
           product_decides(d->digits + 1, d->exp, &above) && *out == above;
}

size_t te_num_parse(const char *text, size_t len, double *out)
{
    struct decimal d;
    size_t used = scan(text, len, &d);
    if (used == 0)
        return parse_word(text, len, out);
    double value = 0;
    if ((d.digits != 0 || d.cut) && !fast(&d, &value)) {
        *out = slow(text, used, d.negative);
        return used;
    }
    *out = d.negative ? -value : value;
    return used;
}

bool te_num_parse_int(const char *text, size_t len, int64_t *out)
{
    size_t i = len > 0 && (text[0] == '-' || text[0] == '+');
    bool negative = i && text[0] == '-';
    if (i >= len)
        return false;
    uint64_t value = 0, limit = (uint64_t)INT64_MAX + negative;
    for (; i < len; i++) {
        if (!is_digit(text[i]))
            return false;
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

size_t te_num_full(double value, char out[TE_NUM_TEXT])
{
    int n = snprintf(out, TE_NUM_TEXT, "%.17g", value);
    return n < 0 ? 0 : (size_t)n;
}

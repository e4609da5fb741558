/*
 * Double to the shortest text that reads back as the same double, nearest to it among those of that
 * length: the Schubfach method (Giulietti, "The Schubfach way to render doubles", 2020). The value
 * and the ends of its rounding interval are scaled by a power of ten known to 128 bits, rounded to
 * odd, and the two candidates of one digit less, then of full length, are compared with the ends.
 */
#include "te/text/num.h"

#include <math.h>
#include <string.h>
#include "num_table.h"

__extension__ typedef unsigned __int128 u128;

struct digits {
    uint64_t value;
    int exp; /* number = value * 10^exp */
};

/* floor(log10(2^e)), floor(log10(3/4 * 2^e)), floor(log2(10^e)) in fixed point, right for the
 * exponents of doubles. */
static int floor_log10_pow2(int e)
{
    return (e * 1262611) >> 22;
}

static int floor_log10_three_quarters_pow2(int e)
{
    return (e * 1262611 - 524031) >> 22;
}

static int floor_log2_pow10(int e)
{
    return (e * 1741647) >> 19;
}

/* cp * g / 2^128 rounded to odd, g = ceil(leading bits of 10^k). */
static uint64_t scale_to_odd(const uint64_t g[2], uint64_t cp)
{
    uint64_t x_high = (uint64_t)((u128)g[1] * cp >> 64);
    u128 y = (u128)g[0] * cp + x_high;
    return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

/* c * 2^q, c > 0; lower_is_closer: c is a power of two with a smaller neighbour half as far. */
static struct digits shortest(uint64_t c, int q, bool lower_is_closer)
{
    bool even = (c & 1) == 0;
    uint64_t cb = 4 * c;
    uint64_t cbl = cb - 2 + lower_is_closer;
    uint64_t cbr = cb + 2;
    int k = lower_is_closer ? floor_log10_three_quarters_pow2(q) : floor_log10_pow2(q);
    int h = q + floor_log2_pow10(-k) + 1;
    uint64_t g[2] = {te_pow5[-k - TE_POW5_MIN][0], te_pow5[-k - TE_POW5_MIN][1]};
    bool exact = -k >= 0 && -k <= 55;
    if (!exact && ++g[1] == 0)
        g[0]++;
    uint64_t lower = scale_to_odd(g, cbl << h) + !even;
    uint64_t value = scale_to_odd(g, cb << h);
    uint64_t upper = scale_to_odd(g, cbr << h) - !even;
    uint64_t s = value / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool below = lower <= 40 * tens;
        bool above = 40 * tens + 40 <= upper;
        if (below != above)
            return (struct digits){tens + above, k + 1};
    }
    bool below = lower <= 4 * s;
    bool above = 4 * s + 4 <= upper;
    if (below != above)
        return (struct digits){s + above, k};
    uint64_t middle = 4 * s + 2;
    bool up = value > middle || (value == middle && (s & 1) != 0);
    return (struct digits){s + up, k};
}

static struct digits decompose(uint64_t bits)
{
    uint64_t mantissa = bits & 0xFFFFFFFFFFFFF;
    int exponent = (int)(bits >> 52 & 0x7FF);
    if (exponent == 0)
        return shortest(mantissa, -1074, false);
    uint64_t c = mantissa | (uint64_t)1 << 52;
    int q = exponent - 1075;
    if (q <= 0 && q >= -52 && (c & (((uint64_t)1 << -q) - 1)) == 0)
        return (struct digits){c >> -q, 0}; /* a whole number below 2^53 */
    return shortest(c, q, mantissa == 0 && exponent > 1);
}

/* Digits of value into out (no NUL), their number. */
static int put_digits(uint64_t value, char *out)
{
    char reversed[20];
    int n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (int i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    return n;
}

static char *put_exponent(char *p, int exponent)
{
    *p++ = 'e';
    *p++ = exponent < 0 ? '-' : '+';
    unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (e >= 100)
        *p++ = (char)('0' + e / 100);
    *p++ = (char)('0' + e / 10 % 10);
    *p++ = (char)('0' + e % 10);
    return p;
}

/* n digits with the decimal point behind `point` of them, as Python places it. */
static char *place(char *p, const char *digits, int n, int point)
{
    if (point <= -4 || point > 16) {
        *p++ = digits[0];
        if (n > 1) {
            *p++ = '.';
            memcpy(p, digits + 1, (size_t)n - 1);
            p += n - 1;
        }
        return put_exponent(p, point - 1);
    }
    if (point <= 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = point; i < 0; i++)
            *p++ = '0';
        memcpy(p, digits, (size_t)n);
        return p + n;
    }
    for (int i = 0; i < point; i++)
        *p++ = i < n ? digits[i] : '0';
    *p++ = '.';
    if (n <= point) {
        *p++ = '0';
        return p;
    }
    memcpy(p, digits + point, (size_t)(n - point));
    return p + (n - point);
}

size_t te_num_repr(double value, char out[TE_NUM_TEXT])
{
    if (isnan(value)) {
        memcpy(out, "nan", 4);
        return 3;
    }
    char *p = out;
    if (signbit(value))
        *p++ = '-';
    if (isinf(value) || value == 0) {
        memcpy(p, value == 0 ? "0.0" : "inf", 4);
        return (size_t)(p + 3 - out);
    }
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    struct digits d = decompose(bits & ~((uint64_t)1 << 63));
    char text[20];
    int n = put_digits(d.value, text);
    int point = n + d.exp;
    while (n > 1 && text[n - 1] == '0')
        n--;
    p = place(p, text, n, point);
    *p = '\0';
    return (size_t)(p - out);
}

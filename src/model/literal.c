#include "literal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/num.h"
#include "te/text/utf8.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

char te_lit_peek(const struct te_lit *lit, size_t ahead)
{
    return lit->at + ahead < lit->len ? lit->text[lit->at + ahead] : '\0';
}

void te_lit_blanks(struct te_lit *lit)
{
    while (lit->at < lit->len && strchr(" \t\r\n", lit->text[lit->at]) && lit->text[lit->at])
        lit->at++;
}

bool te_lit_take(struct te_lit *lit, char c)
{
    te_lit_blanks(lit);
    if (te_lit_peek(lit, 0) != c)
        return false;
    lit->at++;
    return true;
}

int te_lit_fault(const struct te_lit *lit, struct te_err *err, const char *fmt, ...)
{
    char what[300];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    int shown = lit->len > 120 ? 120 : (int)lit->len;
    return te_err_set(err, TE_ERR_USAGE, "column %zu of '%.*s%s': %s", lit->at + 1, shown,
                      lit->text, lit->len > 120 ? "..." : "", what);
}

bool te_lit_at_number(const struct te_lit *lit)
{
    char c = te_lit_peek(lit, 0);
    return is_digit(c) || (c == '.' && is_digit(te_lit_peek(lit, 1)));
}

size_t te_lit_word(const struct te_lit *lit)
{
    size_t n = 0;
    if (!is_letter(te_lit_peek(lit, 0)))
        return 0;
    while (is_letter(te_lit_peek(lit, n)) || is_digit(te_lit_peek(lit, n)))
        n++;
    return n;
}

bool te_lit_word_is(const struct te_lit *lit, size_t n, const char *word)
{
    return strlen(word) == n && memcmp(lit->text + lit->at, word, n) == 0;
}

bool te_lit_constant(const char *word, size_t n, struct te_value *out)
{
    static const struct {
        const char *word;
        struct te_value value;
    } words[] = {
        {"True", {.kind = TE_VALUE_BOOL, .b = true}},
        {"False", {.kind = TE_VALUE_BOOL, .b = false}},
        {"None", {.kind = TE_VALUE_NONE}},
        {"true", {.kind = TE_VALUE_BOOL, .b = true}},
        {"false", {.kind = TE_VALUE_BOOL, .b = false}},
        {"null", {.kind = TE_VALUE_NONE}},
        {"NaN", {.kind = TE_VALUE_FLOAT, .f = NAN}},
        {"Infinity", {.kind = TE_VALUE_FLOAT, .f = INFINITY}},
        {"nan", {.kind = TE_VALUE_FLOAT, .f = NAN}},
        {"inf", {.kind = TE_VALUE_FLOAT, .f = INFINITY}},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].word) == n && memcmp(words[i].word, word, n) == 0) {
            *out = words[i].value;
            return true;
        }
    return false;
}

/* ---- numbers ---- */

static int digit_of(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* 0x.., 0o.., 0b..: at most 63 bits. */
static int based_number(struct te_lit *lit, int base, struct te_value *out, struct te_err *err)
{
    int64_t total = 0;
    bool digit = false;
    lit->at += 2;
    for (;; lit->at++) {
        char c = te_lit_peek(lit, 0);
        if (c == '_' && digit_of(te_lit_peek(lit, 1)) < base) {
            digit = false;
            continue;
        }
        if (digit_of(c) >= base)
            break;
        digit = true;
        if (__builtin_mul_overflow(total, (int64_t)base, &total) ||
            __builtin_add_overflow(total, (int64_t)digit_of(c), &total))
            return te_lit_fault(lit, err, "the number is too large, write it in decimal digits");
    }
    if (!digit || te_lit_word(lit) || is_digit(te_lit_peek(lit, 0)))
        return te_lit_fault(lit, err, "this is no digit of base %d", base);
    *out = te_value_int(total);
    return 0;
}

/* Digits with single underscores between them, appended without these. */
static size_t take_digits(struct te_lit *lit, struct te_buf *digits)
{
    size_t n = 0;
    while (is_digit(te_lit_peek(lit, 0)) ||
           (n && te_lit_peek(lit, 0) == '_' && is_digit(te_lit_peek(lit, 1)))) {
        if (te_lit_peek(lit, 0) != '_') {
            te_buf_addc(digits, te_lit_peek(lit, 0));
            n++;
        }
        lit->at++;
    }
    return n;
}

static int finish_int(const struct te_lit *lit, struct te_buf *digits, struct te_value *out,
                      struct te_err *err)
{
    int64_t i = 0;
    if (digits->len > 1 && digits->data[0] == '0') {
        if (strspn(digits->data, "0") < digits->len)
            return te_lit_fault(lit, err, "a whole number has no leading zeros");
        *out = te_value_int(0);
        return 0;
    }
    if (te_num_parse_int(digits->data, digits->len, &i)) {
        *out = te_value_int(i);
        return 0;
    }
    if (digits->len > TE_MAX_PARAM_DIGITS)
        return te_lit_fault(lit, err, "a whole number has at most %d digits", TE_MAX_PARAM_DIGITS);
    if (te_value_str(digits->data, digits->len, out, err))
        return -1;
    out->kind = TE_VALUE_INT;
    out->big = true;
    return 0;
}

static bool take_exponent(struct te_lit *lit, struct te_buf *digits)
{
    char sign = te_lit_peek(lit, 1);
    size_t ahead = sign == '+' || sign == '-' ? 2 : 1;
    if ((te_lit_peek(lit, 0) | 0x20) != 'e' || !is_digit(te_lit_peek(lit, ahead)))
        return false;
    te_buf_addc(digits, 'e');
    if (ahead == 2)
        te_buf_addc(digits, sign);
    lit->at += ahead;
    take_digits(lit, digits);
    return true;
}

static int decimal_number(struct te_lit *lit, struct te_buf *digits, struct te_value *out,
                          struct te_err *err)
{
    bool whole = true;
    if (take_digits(lit, digits) == 0)
        te_buf_addc(digits, '0');
    if (te_lit_peek(lit, 0) == '.') {
        whole = false;
        lit->at++;
        te_buf_addc(digits, '.');
        if (take_digits(lit, digits) == 0)
            te_buf_addc(digits, '0');
    }
    if (take_exponent(lit, digits))
        whole = false;
    if (te_buf_check(digits, err))
        return -1;
    if (te_lit_word(lit) || te_lit_peek(lit, 0) == '.')
        return te_lit_fault(lit, err, "the number ends here; put text in quotes");
    if (whole)
        return finish_int(lit, digits, out, err);
    double f = 0;
    if (te_num_parse(digits->data, digits->len, &f) != digits->len)
        return te_lit_fault(lit, err, "this is no number");
    *out = te_value_float(f);
    return 0;
}

int te_lit_number(struct te_lit *lit, struct te_value *out, struct te_err *err)
{
    if (te_lit_peek(lit, 0) == '0') {
        char c = (char)(te_lit_peek(lit, 1) | 0x20);
        int base = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
        if (base)
            return based_number(lit, base, out, err);
    }
    te_cleanup(te_buf_release) struct te_buf digits;
    te_buf_init(&digits, TE_MAX_PARAM_TEXT);
    return decimal_number(lit, &digits, out, err);
}

/* ---- texts ---- */

/* r'..' and u'..' are texts; b'..' and f'..' start like a literal, too, but are refused. */
bool te_lit_at_string(const struct te_lit *lit)
{
    size_t ahead = 0;
    while (ahead < 2 && te_lit_peek(lit, ahead) && strchr("rRuUbBfF", te_lit_peek(lit, ahead)))
        ahead++;
    return te_lit_peek(lit, ahead) == '\'' || te_lit_peek(lit, ahead) == '"';
}

static int hex_escape(struct te_lit *lit, size_t digits, uint32_t *point, struct te_err *err)
{
    *point = 0;
    for (size_t i = 0; i < digits; i++) {
        int d = digit_of(te_lit_peek(lit, i));
        if (d >= 16)
            return te_lit_fault(lit, err, "this escape needs %zu hexadecimal digits", digits);
        *point = *point << 4 | (uint32_t)d;
    }
    lit->at += digits;
    return 0;
}

/* The second half of a surrogate pair, as JSON writes characters above U+FFFF. */
static int join_surrogates(struct te_lit *lit, uint32_t *point, struct te_err *err)
{
    uint32_t low = 0;
    if (*point < 0xD800 || *point > 0xDFFF)
        return 0;
    if (*point > 0xDBFF || te_lit_peek(lit, 0) != '\\' || te_lit_peek(lit, 1) != 'u')
        return te_lit_fault(lit, err, "half of a surrogate pair is no character");
    lit->at += 2;
    if (hex_escape(lit, 4, &low, err))
        return -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return te_lit_fault(lit, err, "half of a surrogate pair is no character");
    *point = 0x10000 + ((*point - 0xD800) << 10) + (low - 0xDC00);
    return 0;
}

static int add_point(struct te_lit *lit, uint32_t point, struct te_buf *out, struct te_err *err)
{
    char bytes[4];
    size_t n = te_utf8_put(point, bytes);
    if (n == 0)
        return te_lit_fault(lit, err, "there is no character U+%X", (unsigned)point);
    te_buf_add(out, bytes, n);
    return 0;
}

static uint32_t octal_escape(struct te_lit *lit, char first)
{
    uint32_t point = (uint32_t)(first - '0');
    for (int i = 0; i < 2 && te_lit_peek(lit, 0) >= '0' && te_lit_peek(lit, 0) <= '7'; i++)
        point = point * 8 + (uint32_t)(te_lit_peek(lit, 0) - '0'), lit->at++;
    return point;
}

/* Behind a backslash. */
static int take_escape(struct te_lit *lit, struct te_buf *out, struct te_err *err)
{
    static const char from[] = "\\'\"abfnrtv";
    static const char to[] = "\\'\"\a\b\f\n\r\t\v";
    char c = te_lit_peek(lit, 0);
    const char *at = c ? strchr(from, c) : NULL;
    uint32_t point = 0;
    if (lit->at >= lit->len)
        return te_lit_fault(lit, err, "the quote is not closed");
    lit->at++;
    if (at) {
        te_buf_addc(out, to[at - from]);
        return 0;
    }
    if (c == '\n')
        return 0;
    if (c >= '0' && c <= '7')
        return add_point(lit, octal_escape(lit, c), out, err);
    if (c == 'N')
        return te_lit_fault(lit, err, "characters by name are not known, write \\uXXXX");
    if (c == 'x' || c == 'u' || c == 'U') {
        if (hex_escape(lit,
                       c == 'x'   ? 2
                       : c == 'u' ? 4
                                  : 8,
                       &point, err) ||
            join_surrogates(lit, &point, err))
            return -1;
        return add_point(lit, point, out, err);
    }
    lit->at--;
    te_buf_addc(out, '\\'); /* an unknown escape keeps its backslash, as in Python */
    return 0;
}

static int take_plain(struct te_lit *lit, struct te_buf *out, struct te_err *err)
{
    uint32_t point = 0;
    size_t n = te_utf8_next(lit->text + lit->at, lit->len - lit->at, &point);
    if (n == 0)
        return te_lit_fault(lit, err, "this is no valid UTF-8");
    if (point == '\n')
        return te_lit_fault(lit, err, "the quote is not closed on this line");
    te_buf_add(out, lit->text + lit->at, n);
    lit->at += n;
    return 0;
}

static int quoted(struct te_lit *lit, bool raw, struct te_buf *out, struct te_err *err)
{
    char quote = lit->text[lit->at++];
    for (;;) {
        if (lit->at >= lit->len)
            return te_lit_fault(lit, err, "the quote is not closed");
        char c = te_lit_peek(lit, 0);
        if (c == quote)
            break;
        if (c == '\\' && raw && lit->at + 1 < lit->len) {
            te_buf_addc(out, c);
            lit->at++;
        } else if (c == '\\') {
            lit->at++;
            if (take_escape(lit, out, err))
                return -1;
            continue;
        }
        if (take_plain(lit, out, err))
            return -1;
    }
    lit->at++;
    return 0;
}

int te_lit_string(struct te_lit *lit, struct te_value *out, struct te_err *err)
{
    bool raw = false;
    for (; te_lit_peek(lit, 0) != '\'' && te_lit_peek(lit, 0) != '"'; lit->at++) {
        char c = (char)(te_lit_peek(lit, 0) | 0x20);
        if (c == 'b' || c == 'f')
            return te_lit_fault(lit, err, "%s",
                                "bytes and formatted texts are no parameter values");
        raw = raw || c == 'r';
    }
    te_cleanup(te_buf_release) struct te_buf text;
    te_buf_init(&text, TE_MAX_PARAM_TEXT);
    if (quoted(lit, raw, &text, err) || te_buf_check(&text, err))
        return -1;
    if (te_lit_word(lit) || te_lit_at_string(lit))
        return te_lit_fault(lit, err, "the quoted text ends here");
    return te_value_str(text.data, text.len, out, err);
}

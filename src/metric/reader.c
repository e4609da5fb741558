#include "reader.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include "te/text/num.h"

int metric_fail_at(struct metric_reader *r, size_t start, int failed)
{
    (void)failed;
    te_err_wrap(r->err, "metric '%.200s', column %zu", r->text, start + 1);
    return -1;
}

void metric_skip_blanks(struct metric_reader *r)
{
    while (r->text[r->at] == ' ' || r->text[r->at] == '\t') {
        r->at++;
    }
}

bool metric_accept(struct metric_reader *r, char c)
{
    metric_skip_blanks(r);
    if (r->text[r->at] != c) {
        return false;
    }
    r->at++;
    return true;
}

bool metric_is_word_start(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static bool is_word(char c)
{
    return metric_is_word_start(c) || isdigit((unsigned char)c) || c == '.' || c == '%' || c == '@';
}

int metric_read_word(struct metric_reader *r, char word[MAX_WORD])
{
    size_t start = r->at;
    size_t len = 0;
    while (is_word(r->text[r->at + len])) {
        len++;
    }
    if (len >= MAX_WORD) {
        return FAIL(r, start, "a name of more than %d characters", MAX_WORD - 1);
    }
    memcpy(word, r->text + start, len);
    word[len] = '\0';
    r->at += len;
    return 0;
}

static int read_string(struct metric_reader *r, struct metric_literal *out)
{
    char quote = r->text[r->at++];
    size_t len = 0;
    for (; r->text[r->at] != quote; r->at++) {
        char c = r->text[r->at];
        if (c == '\\') {
            c = r->text[++r->at];
            if (c != '\\' && c != '\'' && c != '"') {
                return FAIL(r, r->at - 1, "only \\\\, \\' and \\\" may stand after a backslash");
            }
        }
        if (c == '\0') {
            return FAIL(r, out->start, "the quote %c is never closed", quote);
        }
        if (len >= TE_MAX_NAME) {
            return FAIL(r, out->start, "text of more than %d bytes", TE_MAX_NAME);
        }
        out->text[len++] = c;
    }
    r->at++;
    out->text[len] = '\0';
    out->kind = LIT_TEXT;
    out->quoted = true;
    return 0;
}

static int read_number(struct metric_reader *r, struct metric_literal *out)
{
    const char *start = r->text + r->at;
    size_t len = strcspn(start, " \t,()[]=");
    size_t sign = start[0] == '+' ? 1 : 0;
    struct metric_value *v = &out->value;
    out->kind = LIT_VALUE;
    if (te_num_parse_int(start + sign, len - sign, &v->i)) {
        v->kind = VALUE_INT;
        v->d = (double)v->i;
    } else if (len > sign && te_num_parse(start + sign, len - sign, &v->d) == len - sign &&
               isfinite(v->d)) {
        v->kind = VALUE_FLOAT;
    } else {
        return FAIL(r, r->at, "'%.*s' is not a number", (int)(len > 80 ? 80 : len), start);
    }
    r->at += len;
    return 0;
}

static void take_keyword(struct metric_literal *out)
{
    static const struct {
        const char *word;
        struct metric_value value;
    } words[] = {{"None", METRIC_NONE},
                 {"True", METRIC_BOOL(1)},
                 {"False", METRIC_BOOL(0)},
                 {"true", METRIC_BOOL(1)},
                 {"false", METRIC_BOOL(0)}};
    for (size_t k = 0; k < METRIC_COUNT(words); k++) {
        if (strcmp(out->text, words[k].word) == 0) {
            out->kind = LIT_VALUE;
            out->value = words[k].value;
        }
    }
}

int metric_read_literal(struct metric_reader *r, struct metric_literal *out)
{
    metric_skip_blanks(r);
    memset(out, 0, sizeof *out);
    out->start = r->at;
    char c = r->text[r->at];
    if (c == '\'' || c == '"') {
        return read_string(r, out);
    }
    if (isdigit((unsigned char)c) || c == '-' || c == '+' || c == '.') {
        return read_number(r, out);
    }
    if (!metric_is_word_start(c)) {
        return c ? FAIL(r, r->at, "a value is missing before '%c'", c)
                 : FAIL(r, r->at, "the text ends where a value is missing");
    }
    if (metric_read_word(r, out->text) < 0) {
        return -1;
    }
    metric_skip_blanks(r);
    out->kind = r->text[r->at] == '(' ? LIT_CALL : LIT_TEXT;
    if (out->kind == LIT_TEXT) {
        take_keyword(out);
    }
    return 0;
}

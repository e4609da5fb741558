#include "words.h"

#include <string.h>
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

int words_add(struct words *w, const char *text, struct te_err *err)
{
    if (w->n >= MAX_WORDS)
        return te_err_set(err, TE_ERR_USAGE, "a command of more than %d words", MAX_WORDS);
    w->items[w->n] = te_strdup(text, err);
    if (!w->items[w->n])
        return -1;
    w->n++;
    return 0;
}

void words_release(struct words *w)
{
    for (size_t i = 0; i < w->n; i++)
        te_free(w->items[i]);
    w->n = 0;
}

const char *words_take(const char *p, struct te_buf *out)
{
    char quote = '\0';
    for (; *p && (quote || !strchr(" \t\n", *p)); p++) {
        if (quote && *p == quote)
            quote = '\0';
        else if (!quote && (*p == '\'' || *p == '"'))
            quote = *p;
        else if (*p == '\\' && quote != '\'' && p[1])
            te_buf_addc(out, *++p);
        else
            te_buf_addc(out, *p);
    }
    return p;
}

static void substitute(const char *word, const char *const *places, const char *const *values,
                       size_t count, struct te_buf *out)
{
    while (*word) {
        size_t hit = 0;
        while (hit < count && !te_str_starts(word, places[hit]))
            hit++;
        if (hit < count) {
            te_buf_adds(out, values[hit]);
            word += strlen(places[hit]);
        } else {
            te_buf_addc(out, *word++);
        }
    }
}

int words_expand(const char *template, const char *const *places, const char *const *values,
                 size_t count, struct words *w, struct te_err *err)
{
    int rc = 0;
    size_t before = w->n;
    for (const char *p = template; rc == 0;) {
        struct te_buf raw, done;
        p += strspn(p, " \t\n");
        if (!*p)
            break;
        te_buf_init(&raw, TE_MAX_PARAM_TEXT);
        te_buf_init(&done, 4 * TE_MAX_PARAM_TEXT);
        p = words_take(p, &raw);
        substitute(raw.data ? raw.data : "", places, values, count, &done);
        rc = te_buf_check(&raw, err) < 0 ? -1 : te_buf_check(&done, err);
        if (rc == 0)
            rc = words_add(w, done.data ? done.data : "", err);
        te_buf_release(&raw);
        te_buf_release(&done);
    }
    if (rc == 0 && w->n == before)
        return te_err_set(err, TE_ERR_USAGE, "the command is empty");
    return rc;
}

/* Command lines of users as argument vectors: no shell is ever asked. */
#ifndef TE_SRC_ADAPTER_WORDS_H
#define TE_SRC_ADAPTER_WORDS_H

#include <stddef.h>
#include "te/base/buf.h"
#include "te/base/err.h"

enum { MAX_WORDS = 500 };

struct words {
    char *items[MAX_WORDS + 1];
    size_t n;
};

/* The word at the start of text, appended to out: quotes as in a shell, nothing else is special.
 * Returns behind it. */
const char *words_take(const char *text, struct te_buf *out);
int words_add(struct words *w, const char *text, struct te_err *err) TE_MUST_CHECK;
/* Appends the words of a template: quotes as in a shell, nothing else is special; places are filled
 * in afterwards, so that a value never becomes two words. TE_ERR_USAGE if there is none. */
int words_expand(const char *template, const char *const *places, const char *const *values,
                 size_t count, struct words *w, struct te_err *err) TE_MUST_CHECK;
void words_release(struct words *w);

#endif

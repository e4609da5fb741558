/* Reading Python literals from a text with a cursor: shared by values and expressions. */
#ifndef TE_MODEL_LITERAL_H
#define TE_MODEL_LITERAL_H

#include "te/model/value.h"

struct te_lit {
    const char *text;
    size_t len;
    size_t at;
    int depth;
};

void te_lit_blanks(struct te_lit *lit);
/* The character at the cursor (plus ahead), 0 past the end. */
char te_lit_peek(const struct te_lit *lit, size_t ahead);
/* Blanks, then c: taken and true, or false. */
bool te_lit_take(struct te_lit *lit, char c);
/* Words a fault: "column N of '...': <what>". Returns -1. */
int te_lit_fault(const struct te_lit *lit, struct te_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A number without sign / a quoted text starts here? */
bool te_lit_at_number(const struct te_lit *lit);
bool te_lit_at_string(const struct te_lit *lit);
int te_lit_number(struct te_lit *lit, struct te_value *out, struct te_err *err) TE_MUST_CHECK;
int te_lit_string(struct te_lit *lit, struct te_value *out, struct te_err *err) TE_MUST_CHECK;
/* Length of the word (letters, digits, _) at the cursor, 0 if none starts there. */
size_t te_lit_word(const struct te_lit *lit);
bool te_lit_word_is(const struct te_lit *lit, size_t n, const char *word);
/* True, False, None, true, false, null, NaN, Infinity, nan, inf; false if the word is none. */
bool te_lit_constant(const char *word, size_t n, struct te_value *out);

#endif

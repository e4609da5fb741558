/* Text helpers. */
#ifndef TE_BASE_STR_H
#define TE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include "te/base/err.h"

/* Pattern with * and ?, matching the whole text ('/' is an ordinary character). Linear time per
 * star. */
bool te_str_glob(const char *pattern, const char *text);
/* Valid UTF-8 (no surrogates, no overlong forms)? *bad (may be NULL) gets the offset of the first
 * wrong byte. */
bool te_str_utf8(const char *text, size_t len, size_t *bad);
/* Damerau-Levenshtein distance, cut off above limit (returns limit + 1). */
unsigned te_str_distance(const char *a, const char *b, unsigned limit);
/* The candidate nearest to word for "did you mean", NULL if none is near enough. */
const char *te_str_suggest(const char *word, const char *const *candidates, size_t count);
/* Blanks (space, tab, CR, LF) cut from both ends, in place; returns the new start. */
char *te_str_trim(char *text);
bool te_str_starts(const char *text, const char *prefix);
bool te_str_ends(const char *text, const char *suffix);
/*
 * Splits at commas outside brackets and quotes, items trimmed, empty items kept out. *items is one
 * allocation (array and texts) that the caller frees.
 */
int te_str_split(const char *text, char ***items, size_t *count, struct te_err *err) TE_MUST_CHECK;
/*
 * A name that becomes a folder or a key: 1..TE_MAX_NAME bytes of valid UTF-8, no '/', no control
 * characters, not "." or "..". what: e.g. "run name".
 */
int te_str_check_name(const char *what, const char *name, struct te_err *err) TE_MUST_CHECK;

#endif

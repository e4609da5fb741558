/*
 * What is wrong with a file, collected so that everything is reported in one go: "<file>:<line>:
 * <text>", ordered by line. Past a maximum the rest is only counted.
 */
#ifndef TE_TEXT_PROBLEMS_H
#define TE_TEXT_PROBLEMS_H

#include <stddef.h>
#include "te/base/err.h"

struct te_problem {
    int line; /* 0: the file as a whole */
    char *text;
};

struct te_problems {
    char *file;
    struct te_problem *items;
    size_t count;
    size_t cap;
    size_t dropped;
    int failed; /* enum te_code: the list itself could not grow */
};

int te_problems_init(struct te_problems *problems, const char *file,
                     struct te_err *err) TE_MUST_CHECK;
void te_problems_release(struct te_problems *problems);
/* Failure is sticky and reported by te_problems_take. */
void te_problems_add(struct te_problems *problems, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * 0 if there are none (*report NULL). Else -1: *report is the whole list, a problem a line, no
 * newline at the end, freed by the caller; err has TE_ERR_USAGE and the first of them.
 */
int te_problems_take(struct te_problems *problems, char **report, struct te_err *err) TE_MUST_CHECK;

#endif

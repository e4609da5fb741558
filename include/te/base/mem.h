/*
 * Memory: checked allocation with an error object, and the tree's one clean-up idiom.
 *
 * A local declared `te_autofree` is freed when it leaves its scope; `te_steal(p)` hands it over.
 * Tests make the n-th allocation fail with te_mem_fail_at.
 */
#ifndef TE_BASE_MEM_H
#define TE_BASE_MEM_H

#include <stddef.h>
#include "te/base/err.h"

/* All return NULL with TE_ERR_NOMEM on failure; size 0 gives a valid pointer. */
void *te_alloc(size_t size, struct te_err *err) TE_MUST_CHECK;
void *te_zalloc(size_t count, size_t size, struct te_err *err) TE_MUST_CHECK;
/* On failure the old block stays valid. count * size is checked for overflow. */
void *te_resize(void *p, size_t count, size_t size, struct te_err *err) TE_MUST_CHECK;
char *te_strdup(const char *s, struct te_err *err) TE_MUST_CHECK;
char *te_strndup(const char *s, size_t n, struct te_err *err) TE_MUST_CHECK;
/* printf into a new string. */
char *te_asprintf(struct te_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3))) TE_MUST_CHECK;
void te_free(void *p);

/*
 * Grows an array so that at least `need` elements fit, doubling; `max` is the named maximum
 * (TE_ERR_LIMIT beyond it). *pp and *cap change only on success.
 */
int te_grow(void *pp, size_t *cap, size_t need, size_t size, size_t max,
            struct te_err *err) TE_MUST_CHECK;

/* For tests: the n-th allocation from now on fails, once (0: none). */
void te_mem_fail_at(unsigned long n);
/* How far away that failure still is; 0: it happened. */
unsigned long te_mem_fail_left(void);

void te_free_cleanup(void *pp);
#define te_cleanup(fn) __attribute__((cleanup(fn)))
#define te_autofree    te_cleanup(te_free_cleanup)

/* The pointer's value; the variable becomes NULL. */
#define te_steal(p)                                                                                \
    (__extension__({                                                                               \
        __typeof__(p) te_stolen_ = (p);                                                            \
        (p) = NULL;                                                                                \
        te_stolen_;                                                                                \
    }))

#endif

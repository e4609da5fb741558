#include "te/base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long fail_at; /* countdown for tests, 0: off */

void te_mem_fail_at(unsigned long n)
{
    fail_at = n;
}

unsigned long te_mem_fail_left(void)
{
    return fail_at;
}

static int must_fail(void)
{
    return fail_at > 0 && --fail_at == 0;
}

static void *no_memory(size_t count, size_t size, struct te_err *err)
{
    te_err_set(err, TE_ERR_NOMEM, "out of memory (%zu x %zu bytes)", count, size);
    return NULL;
}

void *te_resize(void *p, size_t count, size_t size, struct te_err *err)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX || must_fail())
        return no_memory(count, size, err);
    void *q = realloc(p, bytes ? bytes : 1);
    return q ? q : no_memory(count, size, err);
}

void *te_alloc(size_t size, struct te_err *err)
{
    return te_resize(NULL, size, 1, err);
}

void *te_zalloc(size_t count, size_t size, struct te_err *err)
{
    if (must_fail())
        return no_memory(count, size, err);
    void *p = calloc(count ? count : 1, size ? size : 1);
    return p ? p : no_memory(count, size, err);
}

char *te_strndup(const char *s, size_t n, struct te_err *err)
{
    size_t len = strnlen(s, n);
    char *copy = te_alloc(len + 1, err);
    if (copy) {
        memcpy(copy, s, len);
        copy[len] = '\0';
    }
    return copy;
}

char *te_strdup(const char *s, struct te_err *err)
{
    return te_strndup(s, strlen(s), err);
}

char *te_asprintf(struct te_err *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        te_err_set(err, TE_ERR_INTERNAL, "cannot format '%s'", fmt);
        return NULL;
    }
    char *text = te_alloc((size_t)n + 1, err);
    if (!text)
        return NULL;
    va_start(ap, fmt);
    vsnprintf(text, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return text;
}

void te_free(void *p)
{
    free(p);
}

void te_free_cleanup(void *pp)
{
    void *p;
    memcpy(&p, pp, sizeof p);
    free(p);
}

int te_grow(void *pp, size_t *cap, size_t need, size_t size, size_t max, struct te_err *err)
{
    void *p;
    if (need <= *cap)
        return 0;
    if (need > max)
        return te_err_set(err, TE_ERR_LIMIT, "more than %zu elements", max);
    size_t want = *cap < 8 ? 8 : *cap > max / 2 ? max : *cap * 2;
    if (want < need)
        want = need;
    memcpy(&p, pp, sizeof p);
    p = te_resize(p, want, size, err);
    if (!p)
        return -1;
    memcpy(pp, &p, sizeof p);
    *cap = want;
    return 0;
}

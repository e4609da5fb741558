#define TE_ERR_IMPLEMENTATION
#include "te/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const code_names[TE_ERR_COUNT] = {
    [TE_OK] = "ok",
    [TE_ERR_USAGE] = "usage",
    [TE_ERR_FORMAT] = "format",
    [TE_ERR_NOMEM] = "memory",
    [TE_ERR_LIMIT] = "limit",
    [TE_ERR_NOENT] = "missing",
    [TE_ERR_EXIST] = "exists",
    [TE_ERR_BUSY] = "busy",
    [TE_ERR_IO] = "io",
    [TE_ERR_TIMEOUT] = "timeout",
    [TE_ERR_INFRA] = "infrastructure",
    [TE_ERR_CORRUPT] = "corrupt",
    [TE_ERR_CANCELED] = "canceled",
    [TE_ERR_INTERNAL] = "internal",
};

const char *te_code_name(int code)
{
    return code >= 0 && code < TE_ERR_COUNT ? code_names[code] : "unknown";
}

void te_err_clear(struct te_err *err)
{
    err->code = TE_OK;
    err->sys = 0;
    err->text[0] = '\0';
}

/* A cut text must not end inside a UTF-8 character: readers of the result file decode it. */
static void trim_partial_character(char *text, size_t len)
{
    size_t start = len;
    while (start > 0 && len - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (want > 1 && len - (start - 1) < want)
        text[start - 1] = '\0';
}

__attribute__((format(printf, 3, 0))) static void format(char *out, size_t size, const char *fmt,
                                                         va_list ap)
{
    int n = vsnprintf(out, size, fmt, ap);
    if (n < 0)
        out[0] = '\0';
    else if ((size_t)n >= size)
        trim_partial_character(out, size - 1);
}

int te_err_set(struct te_err *err, enum te_code code, const char *fmt, ...)
{
    va_list ap;
    err->code = (int)code;
    err->sys = 0;
    va_start(ap, fmt);
    format(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    return -1;
}

int te_err_sys(struct te_err *err, enum te_code code, const char *fmt, ...)
{
    int saved = errno;
    va_list ap;
    char why[128];
    err->code = (int)code;
    err->sys = saved;
    va_start(ap, fmt);
    format(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    size_t len = strlen(err->text);
    snprintf(err->text + len, sizeof err->text - len, ": %s", strerror_r(saved, why, sizeof why));
    errno = saved;
    return -1;
}

int te_err_wrap(struct te_err *err, const char *fmt, ...)
{
    char old[TE_ERR_TEXT_MAX];
    char context[TE_ERR_TEXT_MAX];
    va_list ap;
    memcpy(old, err->text, sizeof old);
    va_start(ap, fmt);
    format(context, sizeof context, fmt, ap);
    va_end(ap);
    int n = snprintf(err->text, sizeof err->text, "%s: ", context);
    size_t len = n < 0 ? 0 : (size_t)n;
    if (len < sizeof err->text) {
        n = snprintf(err->text + len, sizeof err->text - len, "%s", old);
        if (n < 0 || (size_t)n >= sizeof err->text - len)
            trim_partial_character(err->text, sizeof err->text - 1);
    }
    return -1;
}

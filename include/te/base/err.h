/*
 * Error object: what went wrong, in words, as the last argument of a call.
 *
 * Fixed size, never allocates, so that it travels in a message and into a file. The function that
 * detects a fault words it; callers may put context in front with te_err_wrap. Convention of the
 * whole tree: a fallible function returns 0 or -1 (or a pointer or NULL), fills *err only on
 * failure, and sets its outputs only on success. `err` is never NULL.
 */
#ifndef TE_BASE_ERR_H
#define TE_BASE_ERR_H

enum te_code {
    TE_OK = 0,
    TE_ERR_USAGE,    /* wrong command line, configuration or input file of the user: exit 2 */
    TE_ERR_FORMAT,   /* data that should be well formed is not */
    TE_ERR_NOMEM,    /* out of memory */
    TE_ERR_LIMIT,    /* a named maximum was exceeded */
    TE_ERR_NOENT,    /* something named does not exist */
    TE_ERR_EXIST,    /* something exists that must not */
    TE_ERR_BUSY,     /* held by another process */
    TE_ERR_IO,       /* a system call on a file or socket failed */
    TE_ERR_TIMEOUT,  /* a deadline passed */
    TE_ERR_INFRA,    /* the engine, the network or a node misbehaved */
    TE_ERR_CORRUPT,  /* a checksum does not fit */
    TE_ERR_CANCELED, /* stopped on request */
    TE_ERR_INTERNAL, /* a fault of this program */
    TE_ERR_COUNT
};

enum { TE_ERR_TEXT_MAX = 1000 };

struct te_err {
    int code; /* enum te_code */
    int sys;  /* errno, or 0 */
    char text[TE_ERR_TEXT_MAX];
};

#define TE_ERR_INIT                                                                                \
    {                                                                                              \
        0, 0, ""                                                                                   \
    }

/* Words the error; returns -1 always. The text is cut at whole UTF-8 characters. */
int te_err_set(struct te_err *err, enum te_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As te_err_set, keeps errno in err->sys and appends ": <errno text>". Returns -1. */
int te_err_sys(struct te_err *err, enum te_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<context>: " before the text that is there; code and sys stay. Returns -1. */
int te_err_wrap(struct te_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Name of a code ("usage", "format", ...), never NULL. */
const char *te_code_name(int code);

/* Empties the object. */
void te_err_clear(struct te_err *err);

#define TE_MUST_CHECK __attribute__((warn_unused_result))

/* An analyzer that sees one file does not know that these never return 0. */
#if defined(__clang_analyzer__) && !defined(TE_ERR_IMPLEMENTATION)
#define te_err_set(...)  (te_err_set(__VA_ARGS__), -1)
#define te_err_sys(...)  (te_err_sys(__VA_ARGS__), -1)
#define te_err_wrap(...) (te_err_wrap(__VA_ARGS__), -1)
#endif

#endif

/* Log lines for people: to standard error and, if set, a file. Never called below
 * store/adapter/run/net. */
#ifndef TE_BASE_LOG_H
#define TE_BASE_LOG_H

#include "te/base/err.h"

enum te_log_level {
    TE_LOG_DEBUG,
    TE_LOG_INFO,
    TE_LOG_NOTICE,
    TE_LOG_WARNING,
    TE_LOG_ERROR,
    TE_LOG_COUNT
};

/* who: host and rank in front of file lines. console level defaults to NOTICE, file level to INFO.
 */
void te_log_init(const char *who);
void te_log_set_levels(enum te_log_level console, enum te_log_level file);
/* Appends to path from now on. */
int te_log_open(const char *path, struct te_err *err) TE_MUST_CHECK;
/* One line; newlines inside are escaped. A failing write is dropped: logging never changes
 * behaviour. */
void te_log(enum te_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Text to the console as it is, in the same way: dropped rather than waited for when nobody reads.
 */
void te_log_console(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* debug, info, notice, warning, error; -1 if unknown. */
int te_log_level_parse(const char *word);
/* Called before and after a console line, so that a progress bar can clear and redraw itself (NULL:
 * none). */
void te_log_set_hooks(void (*before)(void), void (*after)(void));

#endif

/*
 * Lines of a regular file, read in blocks: memory is bounded by the longest line, whatever the
 * file's size.
 */
#ifndef TE_TEXT_LINES_H
#define TE_TEXT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

struct te_lines {
    const char *path; /* borrowed, for messages */
    int fd;
    char *block;
    size_t cap, start, end; /* what is read and not yet handed out lies in block[start..end) */
    size_t max;
    bool eof;
    bool has_nul;  /* there was a NUL byte in some block: look at each line */
    uint64_t line; /* number of the line handed out last, from 1 */
};

/* max: the longest line in bytes. TE_ERR_USAGE if path is no regular file that can be read. */
int te_lines_open(struct te_lines *lines, const char *path, size_t max,
                  struct te_err *err) TE_MUST_CHECK;
void te_lines_close(struct te_lines *lines);
/*
 * The next line without its end (LF or CRLF), valid until the next call; not NUL-terminated.
 * Returns 1, 0 at the end of the file, -1 with err (a NUL byte or too long a line, named by
 * number).
 */
int te_lines_next(struct te_lines *lines, const char **text, size_t *len,
                  struct te_err *err) TE_MUST_CHECK;

#endif

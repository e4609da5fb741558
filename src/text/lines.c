#include "te/text/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"

enum { BLOCK = 256 * 1024 };

int te_lines_open(struct te_lines *lines, const char *path, size_t max, struct te_err *err)
{
    struct stat st;
    *lines = (struct te_lines){.path = path, .fd = -1, .max = max};
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return te_err_sys(err, TE_ERR_USAGE, "cannot open '%s'", path);
    lines->fd = fd;
    if (fstat(fd, &st) != 0) {
        te_err_sys(err, TE_ERR_IO, "cannot stat '%s'", path);
    } else if (!S_ISREG(st.st_mode)) {
        te_err_set(err, TE_ERR_USAGE, "'%s' is %s, not a file", path,
                   S_ISDIR(st.st_mode) ? "a folder" : "a FIFO, socket or device");
    } else if (te_grow(&lines->block, &lines->cap, BLOCK, 1, max + BLOCK, err) == 0) {
        return 0;
    }
    te_lines_close(lines);
    return -1;
}

void te_lines_close(struct te_lines *lines)
{
    te_fd_cleanup(&lines->fd);
    te_free(lines->block);
    lines->block = NULL;
    lines->start = lines->end = 0;
}

/* Bytes from the file behind what is there. */
static int fill(struct te_lines *lines, struct te_err *err)
{
    size_t used = lines->end - lines->start;
    if (lines->start)
        memmove(lines->block, lines->block + lines->start, used);
    lines->start = 0;
    lines->end = used;
    if (used > lines->max)
        return te_err_set(err, TE_ERR_USAGE, "'%s' line %llu is longer than %zu bytes", lines->path,
                          (unsigned long long)lines->line + 1, lines->max);
    if (lines->cap - used < BLOCK / 2 && te_grow(&lines->block, &lines->cap, used + BLOCK, 1,
                                                 lines->max + 2 * (size_t)BLOCK, err) < 0)
        return te_err_wrap(err, "'%s'", lines->path);
    ssize_t n;
    do
        n = read(lines->fd, lines->block + used, lines->cap - used);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return te_err_sys(err, TE_ERR_IO, "cannot read '%s'", lines->path);
    if (n && memchr(lines->block + used, '\0', (size_t)n))
        lines->has_nul = true;
    lines->end += (size_t)n;
    lines->eof = n == 0;
    return 0;
}

static int hand_out(struct te_lines *lines, size_t len, size_t step, const char **text,
                    size_t *out_len, struct te_err *err)
{
    const char *start = lines->block + lines->start;
    lines->start += step;
    lines->line++;
    if (len && start[len - 1] == '\r')
        len--;
    if (lines->has_nul && memchr(start, '\0', len))
        return te_err_set(err, TE_ERR_USAGE, "'%s' line %llu: a NUL byte; this is no text file",
                          lines->path, (unsigned long long)lines->line);
    *text = start;
    *out_len = len;
    return 1;
}

int te_lines_next(struct te_lines *lines, const char **text, size_t *len, struct te_err *err)
{
    size_t searched = 0;
    for (;;) {
        size_t used = lines->end - lines->start;
        const char *start = lines->block + lines->start;
        const char *end = used > searched ? memchr(start + searched, '\n', used - searched) : NULL;
        if (end) {
            size_t n = (size_t)(end - start);
            return hand_out(lines, n, n + 1, text, len, err);
        }
        if (lines->eof)
            return used ? hand_out(lines, used, used, text, len, err) : 0;
        searched = used;
        if (fill(lines, err) < 0)
            return -1;
    }
}

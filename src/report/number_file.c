#include <math.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/report/score_files.h"
#include "te/text/num.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* [start, end) without blanks around it. */
static void trim(const char **start, const char **end)
{
    while (*start < *end && is_blank(**start)) {
        (*start)++;
    }
    while (*end > *start && is_blank((*end)[-1])) {
        (*end)--;
    }
}

static bool is_whole(const char *start, const char *end)
{
    start += start < end && (*start == '-' || *start == '+');
    for (const char *c = start; c < end; c++) {
        if (*c < '0' || *c > '9') {
            return false;
        }
    }
    return start < end;
}

/* A line that is not a number may be text of any length and kind: a short, printable piece of it
 * is shown. */
static int refuse(const char *path, size_t line, const char *start, const char *end,
                  struct te_err *err)
{
    char shown[41];
    size_t len =
        (size_t)(end - start) < sizeof shown - 1 ? (size_t)(end - start) : sizeof shown - 1;
    for (size_t i = 0; i < len; i++) {
        shown[i] = start[i] >= ' ' && start[i] <= '~' ? start[i] : '?';
    }
    shown[len] = '\0';
    if (len == 0) {
        return te_err_set(err, TE_ERR_USAGE, "'%s', line %zu: a number is missing", path, line);
    }
    return te_err_set(err, TE_ERR_USAGE, "'%s', line %zu: '%s' is not a number", path, line, shown);
}

static bool only_blanks(const char *p, const char *end)
{
    while (p < end && (is_blank(*p) || *p == '\n')) {
        p++;
    }
    return p == end;
}

static int parse(const char *path, const char *text, size_t len, struct te_number_file *out,
                 struct te_err *err)
{
    const char *end = text + len;
    size_t cap = 0;
    size_t line = 0;
    out->type = TE_METRIC_INT;
    for (const char *p = text; p < end && !only_blanks(p, end);) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const char *start = p;
        const char *last = stop ? stop : end;
        double value = NAN;
        trim(&start, &last);
        line++;
        size_t room = (size_t)(last - start);
        if (room == 0 || te_num_parse(start, room, &value) != room) {
            return refuse(path, line, start, last, err);
        }
        if (te_grow(&out->values, &cap, out->n + 1, sizeof *out->values, TE_MAX_POINTS, err) < 0) {
            return te_err_wrap(err, "'%s'", path);
        }
        out->type = is_whole(start, last) ? out->type : TE_METRIC_FLOAT;
        out->values[out->n++] = value;
        p = stop ? stop + 1 : end;
    }
    if (out->n == 0) {
        return te_err_set(err, TE_ERR_USAGE, "'%s' is empty: one number a line belongs into it",
                          path);
    }
    return 0;
}

int te_number_file_read(const char *path, struct te_number_file *out, struct te_err *err)
{
    te_autofree char *text = NULL;
    size_t len = 0;
    struct te_number_file file = {0};
    if (te_fs_read(path, TE_MAX_NUMBER_FILE, &text, &len, err) < 0) {
        if (err->code == TE_ERR_NOENT || err->code == TE_ERR_FORMAT || err->code == TE_ERR_IO) {
            err->code = TE_ERR_USAGE;
        }
        return -1;
    }
    if (parse(path, text, len, &file, err) < 0) {
        te_number_file_release(&file);
        return -1;
    }
    *out = file;
    return 0;
}

void te_number_file_release(struct te_number_file *file)
{
    te_free(file->values);
    *file = (struct te_number_file){0};
}

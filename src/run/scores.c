#include "te/run/scores.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "te/adapter/child.h"
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/text/csv.h"
#include "te/text/num.h"

struct reader {
    const char *name;
    const char *at;
    const char *end;
    size_t line;
    struct te_score_table *table;
    size_t n; /* numbers read */
};

/* Short, printable form of a cell for a message. */
static void quote(const char *text, size_t len, char out[44])
{
    size_t n = len < 40 ? len : 40;
    for (size_t i = 0; i < n; i++)
        out[i] = text[i] >= 0x20 && text[i] < 0x7F ? text[i] : '?';
    memcpy(out + n, len > 40 ? "..." : "", len > 40 ? 4 : 1);
}

/* Python's float() takes single underscores between digits. */
static size_t parse_underscored(const char *text, size_t len, double *value)
{
    char plain[64];
    size_t n = 0;
    if (len > sizeof plain)
        return 0;
    for (size_t i = 0; i < len; i++) {
        bool between = i > 0 && i + 1 < len && isdigit((unsigned char)text[i - 1]) &&
                       isdigit((unsigned char)text[i + 1]);
        if (text[i] == '_' && between)
            continue;
        plain[n++] = text[i];
    }
    return te_num_parse(plain, n, value) == n ? len : 0;
}

/* The words for a missing number of R, numpy and Python; TimeEval makes NaN of any word. */
static bool is_missing(const char *text, size_t len)
{
    return te_csv_is_missing(text, len) || (len == 4 && memcmp(text, "None", 4) == 0);
}

static int parse_cell(struct reader *r, const char *text, const char *end, struct te_err *err)
{
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    while (text < end && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    size_t len = (size_t)(end - text);
    double value = NAN;
    if (te_num_parse(text, len, &value) != len && !is_missing(text, len) &&
        !(memchr(text, '_', len) && parse_underscored(text, len, &value))) {
        char shown[44];
        quote(text, len, shown);
        return te_err_set(err, TE_ERR_FORMAT, "line %zu of %s holds '%s' where a number should be",
                          r->line, r->name, shown);
    }
    r->table->values[r->n++] = value;
    return 0;
}

static int parse_row(struct reader *r, const char *text, const char *end, size_t room,
                     struct te_err *err)
{
    struct te_score_table *t = r->table;
    size_t before = r->n;
    for (;;) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        if (r->n >= room)
            return te_err_set(err, TE_ERR_LIMIT, "%s holds too many numbers", r->name);
        if (parse_cell(r, text, comma ? comma : end, err) < 0)
            return -1;
        if (!comma)
            break;
        text = comma + 1;
    }
    size_t columns = r->n - before;
    if (t->rows == 0)
        t->columns = columns;
    else if (columns != t->columns)
        return te_err_set(err, TE_ERR_FORMAT, "line %zu of %s has %zu columns, the first has %zu",
                          r->line, r->name, columns, t->columns);
    t->rows++;
    return 0;
}

static bool is_blank(const char *text, const char *end)
{
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\r'))
        text++;
    return text == end;
}

/* Upper bound of numbers in the text: separators plus one. */
static size_t count_numbers(const char *text, size_t len)
{
    size_t n = 1;
    for (size_t i = 0; i < len; i++)
        n += text[i] == ',' || text[i] == '\n';
    return n;
}

int te_scores_parse(const char *name, const char *text, size_t len, struct te_score_table *table,
                    struct te_err *err)
{
    struct te_score_table t = {0};
    struct reader r = {.name = name, .at = text, .end = text + len, .table = &t};
    size_t room = count_numbers(text, len);
    te_autofree double *values = te_alloc(room * sizeof *values, err);
    if (!values)
        return -1;
    t.values = values;
    while (r.at < r.end) {
        const char *end = memchr(r.at, '\n', (size_t)(r.end - r.at));
        if (!end)
            end = r.end;
        const char *stop = memchr(r.at, '#', (size_t)(end - r.at));
        if (!stop)
            stop = end;
        r.line++;
        if (!is_blank(r.at, stop) && parse_row(&r, r.at, stop, room, err) < 0)
            return -1;
        r.at = end < r.end ? end + 1 : end;
    }
    if (t.rows == 0)
        return te_err_set(err, TE_ERR_FORMAT, "%s holds no number", name);
    if (t.rows > TE_MAX_POINTS)
        return te_err_set(err, TE_ERR_LIMIT, "%s has more than %zu rows", name, TE_MAX_POINTS);
    (void)te_steal(values);
    *table = t;
    return 0;
}

static uint64_t get_le(const unsigned char *p, int bytes)
{
    uint64_t v = 0;
    for (int i = bytes - 1; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

int te_scores_binary(const char *name, const unsigned char *data, size_t len,
                     struct te_score_table *table, struct te_err *err)
{
    if (len < TE_CHILD_HEADER || memcmp(data, TE_CHILD_MAGIC, 8) != 0 ||
        get_le(data + 8, 4) != TE_CHILD_VERSION)
        return te_err_set(err, TE_ERR_FORMAT, "%s has no valid header", name);
    uint64_t rows = get_le(data + 16, 8), columns = get_le(data + 24, 8);
    if (rows == 0 || columns == 0)
        return te_err_set(err, TE_ERR_FORMAT, "the algorithm returned no scores");
    size_t have = (len - TE_CHILD_HEADER) / 8;
    if (rows > TE_MAX_POINTS || columns > have || rows * columns != have)
        return te_err_set(err, TE_ERR_FORMAT, "%s is cut short", name);
    double *values = te_alloc(have * sizeof *values, err);
    if (!values)
        return -1;
    for (size_t i = 0; i < have; i++) {
        uint64_t bits = get_le(data + TE_CHILD_HEADER + 8 * i, 8);
        memcpy(&values[i], &bits, sizeof bits);
    }
    *table = (struct te_score_table){.values = values,
                                     .rows = rows,
                                     .columns = columns,
                                     .integers = get_le(data + 12, 4) & TE_CHILD_INTEGER};
    return 0;
}

static int read_fd(int fd, char *data, size_t len, size_t *got, struct te_err *err)
{
    size_t n = 0;
    while (n < len) {
        ssize_t k = read(fd, data + n, len - n);
        if (k < 0)
            return te_err_sys(err, TE_ERR_IO, "cannot read the scores");
        if (k == 0)
            break;
        n += (size_t)k;
    }
    *got = n;
    return 0;
}

int te_scores_load(const char *folder, bool binary, int64_t max, struct te_score_table *table,
                   struct te_err *err)
{
    const char *name = binary ? TE_FILE_BINARY : TE_FILE_SCORES;
    te_autofree char *path = te_fs_join(folder, name, err);
    if (!path)
        return -1;
    struct stat st;
    te_cleanup(te_fd_cleanup) int fd = te_fs_open_regular(path, &st, err);
    if (fd < 0) {
        if (err->code == TE_ERR_NOENT)
            return te_err_set(err, TE_ERR_NOENT, "the algorithm wrote no '%s'", name);
        return -1;
    }
    if (st.st_size == 0)
        return te_err_set(err, TE_ERR_FORMAT, "'%s' is empty", name);
    if (max > 0 && st.st_size > max)
        return te_err_set(err, TE_ERR_LIMIT, "'%s' has %lld bytes, max_scores in [run] allows %lld",
                          name, (long long)st.st_size, (long long)max);
    size_t got = 0;
    te_autofree char *data = te_alloc((size_t)st.st_size, err);
    if (!data || read_fd(fd, data, (size_t)st.st_size, &got, err) < 0)
        return -1;
    if (binary)
        return te_scores_binary(name, (const unsigned char *)data, got, table, err);
    return te_scores_parse("'" TE_FILE_SCORES "'", data, got, table, err);
}

#include "h5_frame.h"

#include <string.h>
#include "te/base/buf.h"
#include "te/base/mem.h"

/* A fixed-length attribute lies in an object header message of less than 64 KiB. */
enum { MAX_ATTRIBUTE = 60000 };

struct word {
    const char *name, *text;
};

static const struct word root_words[] = {
    {"CLASS", "GROUP"}, {"PYTABLES_FORMAT_VERSION", "2.1"}, {"VERSION", "1.0"}, {"TITLE", ""}};
static const struct word table_words[] = {{"CLASS", "TABLE"}, {"VERSION", "2.7"}, {"TITLE", ""}};
static const struct word frame_words[] = {{"CLASS", "GROUP"},
                                          {"VERSION", "1.0"},
                                          {"TITLE", ""},
                                          {"pandas_type", "frame_table"},
                                          {"pandas_version", "0.15.2"},
                                          {"table_type", "appendable_frame"},
                                          {"index_cols", "(lp0\n(I0\nVindex\np1\ntp2\na."},
                                          {"info", "(dp0\n."}};
/* pandas takes these for bytes unless they are marked as UTF-8 */
static const struct word frame_utf8[] = {
    {"encoding", "UTF-8"}, {"errors", "strict"}, {"nan_rep", "nan"}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int set_words(hid_t object, const struct word *words, size_t n, bool utf8,
                     struct te_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (te_h5_set_fixed(object, words[i].name, words[i].text, utf8, err) < 0)
            return -1;
    return 0;
}

/* One character of valid UTF-8 at *p, which goes on behind it. */
static uint32_t next_char(const unsigned char **p)
{
    uint32_t c = *(*p)++;
    int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    if (more)
        c &= 0x3Fu >> more;
    while (more-- > 0 && (**p & 0xC0) == 0x80)
        c = c << 6 | (*(*p)++ & 0x3F);
    return c;
}

/* A pickled text (protocol 0, raw-unicode-escape). */
static void add_pickled(struct te_buf *buf, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    te_buf_addc(buf, 'V');
    while (*p) {
        uint32_t c = next_char(&p);
        if (c > 0xFFFF)
            te_buf_addf(buf, "\\U%08x", c);
        else if (c > 0x7E || c < 0x20 || c == '\\')
            te_buf_addf(buf, "\\u%04x", c);
        else
            te_buf_addc(buf, (char)c);
    }
    te_buf_addc(buf, '\n');
}

/* Names of all columns but the index, memo numbers from `memo` on, each with `a` behind. */
static void add_names(struct te_buf *buf, const struct te_h5_layout *layout, size_t memo)
{
    for (size_t i = 1; i < layout->n; i++) {
        add_pickled(buf, layout->cols[i].name);
        te_buf_addf(buf, "p%zu\na", memo + i - 1);
    }
}

static int set_buf(hid_t object, const char *name, struct te_buf *buf, struct te_err *err)
{
    te_autofree char *text = te_buf_take(buf, err);
    te_buf_release(buf);
    return text ? te_h5_set_fixed(object, name, text, false, err) : -1;
}

static int frame_attributes(hid_t frame, const struct te_h5_layout *layout, struct te_err *err)
{
    struct te_buf list, axes;
    te_buf_init(&list, MAX_ATTRIBUTE);
    te_buf_init(&axes, MAX_ATTRIBUTE);
    te_buf_adds(&list, "(lp0\n");
    add_names(&list, layout, 1);
    te_buf_addc(&list, '.');
    te_buf_adds(&axes, "(lp0\n(I1\n(lp1\n");
    add_names(&axes, layout, 2);
    te_buf_addf(&axes, "tp%zu\na.", layout->n + 1);
    te_autofree char *names = te_buf_take(&list, err);
    int rc = names && set_words(frame, frame_words, COUNT(frame_words), false, err) == 0 &&
                     set_words(frame, frame_utf8, COUNT(frame_utf8), true, err) == 0 &&
                     te_h5_set_int(frame, "levels", 1, err) == 0 &&
                     te_h5_set_fixed(frame, "data_columns", names, false, err) == 0 &&
                     te_h5_set_fixed(frame, "values_cols", names, false, err) == 0
                 ? set_buf(frame, "non_index_axes", &axes, err)
                 : -1;
    te_buf_release(&list);
    te_buf_release(&axes);
    return rc;
}

static int column_attributes(hid_t table, size_t i, const struct te_h5_col *col, uint32_t width,
                             struct te_err *err)
{
    char dtype[32];
    te_autofree char *field = te_asprintf(err, "FIELD_%zu_NAME", i);
    te_autofree char *kind = te_asprintf(err, "%s_kind", col->name);
    te_autofree char *type = te_asprintf(err, "%s_dtype", col->name);
    te_autofree char *meta = te_asprintf(err, "%s_meta", col->name);
    if (!field || !kind || !type || !meta ||
        te_h5_set_fixed(table, field, col->name, false, err) < 0)
        return -1;
    if (i == 0)
        return te_h5_set_fixed(table, kind, "integer", false, err);
    struct te_buf list;
    te_buf_init(&list, MAX_ATTRIBUTE);
    te_buf_adds(&list, "(lp0\n");
    add_pickled(&list, col->name);
    te_buf_adds(&list, "p1\na.");
    if (col->kind == TE_H5_TEXT || col->kind == TE_H5_FIXED || col->kind == TE_H5_WORD ||
        col->kind == TE_H5_HEX)
        snprintf(dtype, sizeof dtype, "bytes%u", width * 8);
    else
        snprintf(dtype, sizeof dtype, "%s",
                 col->kind == TE_H5_REAL || col->kind == TE_H5_METRIC ? "float64" : "int64");
    if (set_buf(table, kind, &list, err) < 0 || te_h5_set_fixed(table, type, dtype, false, err) < 0)
        return -1;
    return te_h5_set_fixed(table, meta, "N.", false, err);
}

static size_t names_size(const struct te_h5_layout *layout)
{
    size_t sum = 64;
    for (size_t i = 0; i < layout->n; i++)
        for (const char *c = (sum += 12, layout->cols[i].name); *c; c++)
            sum += *c < 0x20 || *c == 0x7F || *c == '\\' ? 6 : 1; /* escaped */
    return sum;
}

int te_h5_frame_add(hid_t file, hid_t experiments, const struct te_h5_layout *layout, uint64_t rows,
                    bool *done, struct te_err *err)
{
    *done = names_size(layout) < MAX_ATTRIBUTE;
    if (!*done)
        return 0;
    te_cleanup(te_h5_close_group) hid_t frame = te_h5_group(file, "/frame", err);
    if (frame < 0)
        return -1;
    if (H5Lcreate_hard(file, "/experiments", frame, "table", H5P_DEFAULT, H5P_DEFAULT) < 0)
        return te_h5_fail(err, "cannot link", "/frame/table");
    if (set_words(file, root_words, COUNT(root_words), false, err) < 0 ||
        set_words(experiments, table_words, COUNT(table_words), false, err) < 0 ||
        te_h5_set_int(experiments, "NROWS", (int64_t)rows, err) < 0)
        return -1;
    for (size_t i = 0; i < layout->n; i++)
        if (column_attributes(experiments, i, &layout->cols[i], layout->width[i], err) < 0)
            return -1;
    return frame_attributes(frame, layout, err);
}

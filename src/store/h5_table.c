#include "h5_table.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "h5_record.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"

static const uint32_t ABSENT = UINT32_MAX;

enum { CHUNK_BYTES = 256 * 1024, HEX_DIGITS = 16 };

static bool is_text(enum te_h5_kind kind)
{
    return kind <= TE_H5_HEX;
}

static const void *member(const struct te_h5_col *col, const void *object)
{
    return (const char *)object + col->offset;
}

/* The text of a column; hex: room for the digits. */
static const char *text_of(const struct te_h5_col *col, const void *object,
                           char hex[HEX_DIGITS + 1])
{
    const char *text = NULL;
    uint64_t id;
    int value;
    switch ((int)col->kind) {
    case TE_H5_TEXT:
        memcpy(&text, member(col, object), sizeof text);
        return text ? text : "";
    case TE_H5_WORD:
        memcpy(&value, member(col, object), sizeof value);
        return col->word(value);
    case TE_H5_HEX:
        memcpy(&id, member(col, object), sizeof id);
        snprintf(hex, HEX_DIGITS + 1, "%016" PRIx64, id);
        return hex;
    default:
        return member(col, object);
    }
}

uint32_t te_h5_col_width(const struct te_h5_col *col, const void *object)
{
    char hex[HEX_DIGITS + 1];
    if (!is_text(col->kind))
        return 0;
    size_t len = strnlen(text_of(col, object, hex), col->max);
    return len ? (uint32_t)len : 1;
}

int te_h5_layout_make(const struct te_h5_col *cols, size_t n, const uint32_t *widths,
                      struct te_h5_layout *out, struct te_err *err)
{
    struct te_h5_layout l = {.cols = cols, .n = n};
    l.at = te_zalloc(2 * n, sizeof *l.at, err);
    if (!l.at)
        return -1;
    l.width = l.at + n;
    for (size_t i = 0; i < n; i++) {
        l.width[i] = widths[i] ? widths[i] : 1;
        l.at[i] = (uint32_t)l.row;
        l.row += is_text(cols[i].kind) ? l.width[i] : sizeof(int64_t);
    }
    *out = l;
    return 0;
}

void te_h5_layout_release(struct te_h5_layout *layout)
{
    te_free(layout->at);
    *layout = (struct te_h5_layout){.at = NULL};
}

/* Type of one column; owned by the caller. */
static hid_t column_type(const struct te_h5_col *col, uint32_t width, bool file)
{
    if (!is_text(col->kind)) {
        bool real = col->kind == TE_H5_REAL || col->kind == TE_H5_METRIC;
        return H5Tcopy(real   ? (file ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE)
                       : file ? H5T_STD_I64LE
                              : H5T_NATIVE_INT64);
    }
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, width) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0))
        te_h5_close_type(&type);
    return type;
}

/* Compound type with every column there is; in memory and in the file it differs by byte order
 * alone. */
static hid_t h5_layout_type(const struct te_h5_layout *layout, bool file, struct te_err *err)
{
    hid_t all = H5Tcreate(H5T_COMPOUND, layout->row);
    for (size_t i = 0; all >= 0 && i < layout->n; i++) {
        if (layout->at[i] == ABSENT)
            continue;
        te_cleanup(te_h5_close_type) hid_t type =
            column_type(&layout->cols[i], layout->width[i], file);
        if (type < 0 || H5Tinsert(all, layout->cols[i].name, layout->at[i], type) < 0)
            te_h5_close_type(&all);
    }
    if (all < 0)
        te_h5_fail(err, "cannot make a table of", layout->n ? layout->cols[0].name : "nothing");
    return all;
}

static void put_text(const char *text, unsigned char *to, uint32_t width)
{
    size_t len = strnlen(text, (size_t)width + 1), bad = 0;
    if (len > width) { /* the first byte left out must not belong to a character begun before */
        len = width;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    memcpy(to, text, len);
    memset(to + len, 0, width - len);
    for (size_t at = 0; at < len && !te_str_utf8((char *)to + at, len - at, &bad); at += bad + 1)
        to[at + bad] = '?';
}

static int64_t whole_of(const struct te_h5_col *col, const void *object)
{
    const void *p = member(col, object);
    uint32_t u32;
    int32_t i32;
    int64_t i64;
    bool flag;
    switch ((int)col->kind) {
    case TE_H5_U32:
        memcpy(&u32, p, sizeof u32);
        return u32;
    case TE_H5_I32:
        memcpy(&i32, p, sizeof i32);
        return i32;
    case TE_H5_BOOL:
        memcpy(&flag, p, sizeof flag);
        return flag;
    default:
        memcpy(&i64, p, sizeof i64);
        return i64;
    }
}

static double metric_of(const void *object, size_t k)
{
    const struct te_h5_record *record = object;
    if (k >= record->result.n_metrics || !record->result.metrics[k].has_value)
        return NAN;
    return record->result.metrics[k].value;
}

void te_h5_layout_encode(const struct te_h5_layout *layout, const void *object, unsigned char *row)
{
    char hex[HEX_DIGITS + 1];
    for (size_t i = 0; i < layout->n; i++) {
        const struct te_h5_col *col = &layout->cols[i];
        unsigned char *to = row + layout->at[i];
        if (is_text(col->kind)) {
            put_text(text_of(col, object, hex), to, layout->width[i]);
        } else if (col->kind == TE_H5_METRIC) {
            double value = metric_of(object, col->offset);
            memcpy(to, &value, sizeof value);
        } else if (col->kind == TE_H5_REAL) {
            memcpy(to, member(col, object), sizeof(double));
        } else {
            int64_t value = whole_of(col, object);
            memcpy(to, &value, sizeof value);
        }
    }
}

static int get_word(const struct te_h5_col *col, const char *text, char *to, struct te_err *err)
{
    for (int i = 0; i < col->words; i++)
        if (strcmp(col->word(i), text) == 0) {
            memcpy(to, &i, sizeof i);
            return 0;
        }
    return te_err_set(err, TE_ERR_FORMAT, "column '%s' has '%s', which is none of its words",
                      col->name, text);
}

static int get_text(const struct te_h5_col *col, const unsigned char *from, uint32_t width,
                    char *to, struct te_err *err)
{
    te_autofree char *text = te_strndup((const char *)from, width, err);
    uint64_t id;
    char end;
    if (!text)
        return -1;
    switch ((int)col->kind) {
    case TE_H5_TEXT:
        memcpy(to, &text, sizeof text);
        text = NULL;
        return 0;
    case TE_H5_WORD:
        return get_word(col, text, to, err);
    case TE_H5_HEX:
        if (sscanf(text, "%16" SCNx64 "%c", &id, &end) != 1)
            return te_err_set(err, TE_ERR_FORMAT, "column '%s' has '%s', not 16 hex digits",
                              col->name, text);
        memcpy(to, &id, sizeof id);
        return 0;
    default:
        if (strlen(text) > col->max)
            return te_err_set(err, TE_ERR_FORMAT, "column '%s' is too wide", col->name);
        memcpy(to, text, strlen(text) + 1);
        return 0;
    }
}

static int get_whole(const struct te_h5_col *col, int64_t value, char *to, struct te_err *err)
{
    uint32_t u32 = (uint32_t)value;
    int32_t i32 = (int32_t)value;
    bool flag = value != 0;
    switch ((int)col->kind) {
    case TE_H5_U32:
        memcpy(to, &u32, sizeof u32);
        if (value == (int64_t)u32)
            return 0;
        break;
    case TE_H5_I32:
        memcpy(to, &i32, sizeof i32);
        if (value == i32)
            return 0;
        break;
    case TE_H5_BOOL:
        memcpy(to, &flag, sizeof flag);
        return 0;
    default:
        memcpy(to, &value, sizeof value);
        return 0;
    }
    return te_err_set(err, TE_ERR_FORMAT, "column '%s' has %lld, which is out of range", col->name,
                      (long long)value);
}

static int get_metric(struct te_h5_record *record, size_t k, double value, struct te_err *err)
{
    if (k >= record->result.n_metrics)
        return te_err_set(err, TE_ERR_INTERNAL, "metric %zu has no room", k);
    record->result.metrics[k] = (struct te_metric_value){value, !isnan(value)};
    return 0;
}

int te_h5_layout_decode(const struct te_h5_layout *layout, const unsigned char *row, void *object,
                        struct te_err *err)
{
    for (size_t i = 0; i < layout->n; i++) {
        const struct te_h5_col *col = &layout->cols[i];
        const unsigned char *from = row + layout->at[i];
        int64_t whole;
        double real;
        int rc = 0;
        if (layout->at[i] == ABSENT || col->write_only)
            continue;
        if (is_text(col->kind)) {
            rc = get_text(col, from, layout->width[i], (char *)object + col->offset, err);
        } else if (col->kind == TE_H5_METRIC) {
            memcpy(&real, from, sizeof real);
            rc = get_metric(object, col->offset, real, err);
        } else if (col->kind == TE_H5_REAL) {
            memcpy((char *)object + col->offset, from, sizeof real);
        } else {
            memcpy(&whole, from, sizeof whole);
            rc = get_whole(col, whole, (char *)object + col->offset, err);
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}

int te_h5_table_create(hid_t file, const char *path, const struct te_h5_layout *layout,
                       struct te_h5_stream *out, struct te_err *err)
{
    te_cleanup(te_h5_close_type) hid_t file_type = h5_layout_type(layout, true, err);
    hid_t memory_type = file_type < 0 ? -1 : h5_layout_type(layout, false, err);
    if (memory_type < 0)
        return -1;
    size_t chunk = layout->row ? CHUNK_BYTES / layout->row : 0;
    return te_h5_stream_create(file, path, file_type, memory_type, chunk < 16 ? 16 : chunk, out,
                               err);
}

/* Layout of the columns that the file has, texts as wide as they are there. */
static int find_columns(hid_t set, struct te_h5_layout *l, struct te_err *err)
{
    te_cleanup(te_h5_close_type) hid_t type = H5Dget_type(set);
    if (type < 0 || H5Tget_class(type) != H5T_COMPOUND)
        return te_err_set(err, TE_ERR_FORMAT, "it is no table");
    for (size_t i = 0; i < l->n; i++) {
        int k = H5Tget_member_index(type, l->cols[i].name);
        l->at[i] = ABSENT;
        if (k < 0)
            continue;
        te_cleanup(te_h5_close_type) hid_t have = H5Tget_member_type(type, (unsigned)k);
        bool text = have >= 0 && H5Tget_class(have) == H5T_STRING && !H5Tis_variable_str(have);
        if (text != is_text(l->cols[i].kind) || H5Tget_size(have) > TE_MAX_MESSAGE)
            return te_err_set(err, TE_ERR_FORMAT, "column '%s' has another type", l->cols[i].name);
        l->width[i] = text ? (uint32_t)H5Tget_size(have) : 0;
        l->at[i] = (uint32_t)l->row;
        l->row += text ? l->width[i] : sizeof(int64_t);
    }
    H5Eclear2(H5E_DEFAULT);
    return 0;
}

int te_h5_table_open(hid_t file, const char *path, const struct te_h5_col *cols, size_t n,
                     struct te_h5_layout *layout, struct te_h5_view *view, struct te_err *err)
{
    struct te_h5_layout l = {.cols = cols, .n = n};
    te_cleanup(te_h5_close_set) hid_t set = H5Dopen2(file, path, H5P_DEFAULT);
    if (set < 0)
        return te_h5_fail(err, "cannot open table", path);
    l.at = te_zalloc(2 * n, sizeof *l.at, err);
    if (!l.at)
        return -1;
    l.width = l.at + n;
    if (find_columns(set, &l, err) < 0) {
        te_h5_layout_release(&l);
        return te_err_wrap(err, "table '%s'", path);
    }
    hid_t type = l.row ? h5_layout_type(&l, false, err) : -1;
    if (type < 0 || te_h5_view_open(file, path, type, view, err) < 0) {
        if (l.row == 0)
            te_err_set(err, TE_ERR_FORMAT, "table '%s' has no column that is known", path);
        te_h5_layout_release(&l);
        return -1;
    }
    *layout = l;
    return 0;
}

int te_h5_table_put(hid_t file, const char *path, const struct te_h5_col *cols, size_t n,
                    const void *objects, size_t count, size_t size, struct te_err *err)
{
    struct te_h5_layout layout = {.at = NULL};
    struct te_h5_stream stream;
    te_autofree uint32_t *widths = te_zalloc(n, sizeof *widths, err);
    if (!widths)
        return -1;
    const char *object = objects;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < n; c++) {
            uint32_t w = te_h5_col_width(&cols[c], object + i * size);
            widths[c] = w > widths[c] ? w : widths[c];
        }
    te_h5_stream_init(&stream);
    if (te_h5_layout_make(cols, n, widths, &layout, err) < 0)
        return -1;
    te_autofree unsigned char *row = te_alloc(layout.row, err);
    int rc = row ? te_h5_table_create(file, path, &layout, &stream, err) : -1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        te_h5_layout_encode(&layout, object + i * size, row);
        rc = te_h5_stream_append(&stream, row, 1, err);
    }
    if (rc == 0)
        rc = te_h5_stream_finish(&stream, err);
    te_h5_stream_close(&stream);
    te_h5_layout_release(&layout);
    return rc;
}

void te_h5_table_free(const struct te_h5_col *cols, size_t n, void *objects, size_t count,
                      size_t size)
{
    for (size_t i = 0; objects && i < count; i++)
        for (size_t c = 0; c < n; c++) {
            char *text;
            if (cols[c].kind != TE_H5_TEXT || cols[c].write_only)
                continue;
            memcpy(&text, (char *)objects + i * size + cols[c].offset, sizeof text);
            te_free(text);
        }
    te_free(objects);
}

int te_h5_table_get(hid_t file, const char *path, const struct te_h5_col *cols, size_t n,
                    void **objects, size_t *count, size_t size, struct te_err *err)
{
    struct te_h5_layout layout = {.at = NULL};
    struct te_h5_view view;
    *objects = NULL;
    *count = 0;
    if (!te_h5_has(file, path))
        return 0;
    te_h5_view_init(&view);
    if (te_h5_table_open(file, path, cols, n, &layout, &view, err) < 0)
        return -1;
    int rc = -1;
    te_autofree unsigned char *row = te_alloc(layout.row, err);
    char *all = NULL;
    if (row && view.count > TE_MAX_EXPERIMENTS)
        te_err_set(err, TE_ERR_LIMIT, "table '%s' has more than %d rows", path, TE_MAX_EXPERIMENTS);
    else if (row && (all = te_zalloc((size_t)view.count, size, err)))
        rc = 0;
    for (uint64_t i = 0; rc == 0 && i < view.count; i++) {
        rc = te_h5_view_read(&view, i, 1, row, err);
        if (rc == 0)
            rc = te_h5_layout_decode(&layout, row, all + i * size, err);
    }
    if (rc == 0) {
        *objects = all;
        *count = (size_t)view.count;
    } else if (all) {
        te_h5_table_free(cols, n, all, (size_t)view.count, size);
    }
    te_h5_view_close(&view);
    te_h5_layout_release(&layout);
    return rc;
}

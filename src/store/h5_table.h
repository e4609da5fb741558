/* Compound tables from structures: one list of columns serves writing, reading and measuring;
 * private to store. */
#ifndef TE_STORE_H5_TABLE_H
#define TE_STORE_H5_TABLE_H

#include "h5_stream.h"

enum te_h5_kind {
    TE_H5_TEXT,  /* char *, NULL as ""; owned when read */
    TE_H5_FIXED, /* char[max + 1] */
    TE_H5_WORD,  /* enum, as its word */
    TE_H5_HEX,   /* uint64_t as 16 hex digits */
    TE_H5_U32,   /* these as int64 */
    TE_H5_I32,
    TE_H5_I64,
    TE_H5_U64,
    TE_H5_BOOL,
    TE_H5_REAL,  /* double */
    TE_H5_METRIC /* offset: number of the metric in struct te_h5_record's result */
};

struct te_h5_col {
    const char *name;
    enum te_h5_kind kind;
    size_t offset;
    uint32_t max; /* widest text */
    const char *(*word)(int value);
    int words;
    bool write_only; /* derived: not read back */
};

/* Where columns lie in a row of bytes. */
struct te_h5_layout {
    const struct te_h5_col *cols;
    size_t n;
    uint32_t *at;    /* UINT32_MAX: the file lacks it */
    uint32_t *width; /* of texts, bytes */
    size_t row;      /* bytes */
};

/* Bytes that a column's text needs, at least 1; 0 for a number. */
uint32_t te_h5_col_width(const struct te_h5_col *col, const void *object);

/* widths: per column, for texts (raised to 1). Owned by the layout afterwards: a copy. */
int te_h5_layout_make(const struct te_h5_col *cols, size_t n, const uint32_t *widths,
                      struct te_h5_layout *out, struct te_err *err) TE_MUST_CHECK;
void te_h5_layout_release(struct te_h5_layout *layout);
/* A row's bytes from an object; texts are cut at whole characters, broken UTF-8 becomes '?'. */
void te_h5_layout_encode(const struct te_h5_layout *layout, const void *object, unsigned char *row);
/* Sets the object's members that the file has. On failure what was set is for the caller to free.
 */
int te_h5_layout_decode(const struct te_h5_layout *layout, const unsigned char *row, void *object,
                        struct te_err *err) TE_MUST_CHECK;

/* A stream of rows with this layout. */
int te_h5_table_create(hid_t file, const char *path, const struct te_h5_layout *layout,
                       struct te_h5_stream *out, struct te_err *err) TE_MUST_CHECK;
/* Opens a table and finds the columns that it has. */
int te_h5_table_open(hid_t file, const char *path, const struct te_h5_col *cols, size_t n,
                     struct te_h5_layout *layout, struct te_h5_view *view,
                     struct te_err *err) TE_MUST_CHECK;
/* A whole small table at once: count objects of `size` bytes. */
int te_h5_table_put(hid_t file, const char *path, const struct te_h5_col *cols, size_t n,
                    const void *objects, size_t count, size_t size,
                    struct te_err *err) TE_MUST_CHECK;
/* A whole small table: *objects is one zeroed array of *count; texts are owned by the caller. A
 * table that is not there is empty. */
int te_h5_table_get(hid_t file, const char *path, const struct te_h5_col *cols, size_t n,
                    void **objects, size_t *count, size_t size, struct te_err *err) TE_MUST_CHECK;
/* Frees the texts of such an array and the array. */
void te_h5_table_free(const struct te_h5_col *cols, size_t n, void *objects, size_t count,
                      size_t size);

#endif

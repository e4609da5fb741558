/*
 * Parameter values: Python's None, bool, int (of any size), float, str, list, tuple and dict.
 *
 * A value owns what it refers to. Texts are valid UTF-8 and may contain NUL. Experiment ids are
 * hashes of Python's repr of these values, so 1, 1.0 and True stay apart, lists and tuples too, and
 * a dict keeps the order of insertion.
 */
#ifndef TE_MODEL_VALUE_H
#define TE_MODEL_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/buf.h"
#include "te/base/err.h"

enum te_value_kind {
    TE_VALUE_NONE,
    TE_VALUE_BOOL,
    TE_VALUE_INT,
    TE_VALUE_FLOAT,
    TE_VALUE_STR,
    TE_VALUE_LIST,
    TE_VALUE_TUPLE,
    TE_VALUE_DICT,
    TE_VALUE_KINDS
};

struct te_value {
    enum te_value_kind kind;
    bool big; /* an int outside int64: its decimal text stands in `text` */
    union {
        bool b;
        int64_t i;
        double f;
        struct {
            char *text; /* NUL-terminated */
            size_t len;
        };
        struct {
            struct te_value *items; /* dict: key, value, key, value, ... */
            size_t count;           /* values in items: twice the entries of a dict */
            size_t cap;
        };
    };
};

#define TE_VALUE_INIT                                                                              \
    {                                                                                              \
        .kind = TE_VALUE_NONE                                                                      \
    }

void te_value_release(struct te_value *value); /* becomes None; NULL is fine */
int te_value_copy(const struct te_value *value, struct te_value *out,
                  struct te_err *err) TE_MUST_CHECK;
/* The value itself; what is left behind is None. */
struct te_value te_value_move(struct te_value *value);

struct te_value te_value_bool(bool b);
struct te_value te_value_int(int64_t i);
struct te_value te_value_float(double f);
int te_value_str(const char *text, size_t len, struct te_value *out,
                 struct te_err *err) TE_MUST_CHECK;
/* Empty; kind is TE_VALUE_LIST, TE_VALUE_TUPLE or TE_VALUE_DICT. */
struct te_value te_value_empty(enum te_value_kind kind);

/* Appends to a list or tuple; takes *item. */
int te_value_push(struct te_value *list, struct te_value *item, struct te_err *err) TE_MUST_CHECK;
/*
 * Sets an entry of a dict; takes *key and *item. A key that is there keeps its place and gets the
 * new item. Keys are equal as in Python (1, 1.0 and True are one key); a list or dict as a key is
 * TE_ERR_FORMAT.
 */
int te_value_put(struct te_value *dict, struct te_value *key, struct te_value *item,
                 struct te_err *err) TE_MUST_CHECK;
int te_value_puts(struct te_value *dict, const char *key, struct te_value *item,
                  struct te_err *err) TE_MUST_CHECK;
/* NULL if there is none. */
struct te_value *te_value_get(const struct te_value *dict, const char *key);
/* Takes the entry out; false if there is none. */
bool te_value_drop(struct te_value *dict, const char *key);
/* Entries of a dict, items of a list or tuple, 0 else. */
size_t te_value_len(const struct te_value *value);

/* Turns the sign of a number (bool becomes int); TE_ERR_FORMAT for other kinds. */
int te_value_negate(struct te_value *value, struct te_err *err) TE_MUST_CHECK;

/* As Python's ==. */
bool te_value_equal(const struct te_value *a, const struct te_value *b);
/* As Python's bool(). */
bool te_value_truth(const struct te_value *value);
/* "NoneType", "bool", "int", ...: Python's names. */
const char *te_value_type(const struct te_value *value);
bool te_value_is_str(const struct te_value *value, const char *text);

/*
 * A parameter as users write it: a Python literal, else JSON, else plain text. Text that starts
 * like a literal (digit, sign or point before a digit, quote, bracket) must parse as one:
 * TE_ERR_USAGE with the column and what would be right. At most TE_MAX_PARAM_TEXT bytes and
 * TE_MAX_PARAM_DEPTH brackets deep. Nothing is ever evaluated.
 */
int te_value_parse(const char *text, struct te_value *out, struct te_err *err) TE_MUST_CHECK;
/* The same, but plain text is an error. */
int te_value_parse_literal(const char *text, size_t len, struct te_value *out,
                           struct te_err *err) TE_MUST_CHECK;

/* Python's repr. Failure is sticky in buf. */
void te_value_repr(const struct te_value *value, struct te_buf *buf);
void te_value_repr_str(const char *text, size_t len, struct te_buf *buf);
/* Python's json.dumps with its defaults: ", " and ": ", ASCII only, NaN and Infinity bare. A dict
 * key that is a tuple is TE_ERR_USAGE. */
int te_value_json(const struct te_value *value, struct te_buf *buf,
                  struct te_err *err) TE_MUST_CHECK;

#endif

/* Values as text: Python's repr, which ids are hashes of, and JSON as json.dumps writes it. */
#include "te/model/value.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include "te/model/printable.h"
#include "te/text/json.h"
#include "te/text/num.h"
#include "te/text/utf8.h"

static void add_int(const struct te_value *value, struct te_buf *buf)
{
    if (value->big)
        te_buf_add(buf, value->text, value->len);
    else
        te_buf_addf(buf, "%" PRId64, value->i);
}

static void add_float(double f, struct te_buf *buf)
{
    char text[TE_NUM_TEXT];
    te_buf_add(buf, text, te_num_repr(f, text));
}

static void repr_escape(uint32_t point, struct te_buf *buf)
{
    if (point == '\t')
        te_buf_adds(buf, "\\t");
    else if (point == '\n')
        te_buf_adds(buf, "\\n");
    else if (point == '\r')
        te_buf_adds(buf, "\\r");
    else if (point < 0x100)
        te_buf_addf(buf, "\\x%02x", (unsigned)point);
    else if (point < 0x10000)
        te_buf_addf(buf, "\\u%04x", (unsigned)point);
    else
        te_buf_addf(buf, "\\U%08x", (unsigned)point);
}

void te_value_repr_str(const char *text, size_t len, struct te_buf *buf)
{
    bool single = len && memchr(text, '\'', len);
    char quote = single && !memchr(text, '"', len) ? '"' : '\'';
    te_buf_addc(buf, quote);
    for (size_t i = 0; i < len;) {
        uint32_t point = 0xFFFD;
        size_t n = te_utf8_next(text + i, len - i, &point);
        if (point == (uint32_t)(unsigned char)quote || point == '\\')
            te_buf_addc(buf, '\\');
        if (n && te_printable(point))
            te_buf_add(buf, text + i, n);
        else
            repr_escape(point, buf);
        i += n ? n : 1;
    }
    te_buf_addc(buf, quote);
}

static void repr_items(const struct te_value *value, struct te_buf *buf)
{
    for (size_t i = 0; i < value->count; i++) {
        if (i)
            te_buf_adds(buf, ", ");
        te_value_repr(&value->items[i], buf);
    }
}

static void repr_dict(const struct te_value *value, struct te_buf *buf)
{
    te_buf_addc(buf, '{');
    for (size_t i = 0; i < value->count; i += 2) {
        if (i)
            te_buf_adds(buf, ", ");
        te_value_repr(&value->items[i], buf);
        te_buf_adds(buf, ": ");
        te_value_repr(&value->items[i + 1], buf);
    }
    te_buf_addc(buf, '}');
}

void te_value_repr(const struct te_value *value, struct te_buf *buf)
{
    switch (value->kind) {
    case TE_VALUE_NONE:
        te_buf_adds(buf, "None");
        break;
    case TE_VALUE_BOOL:
        te_buf_adds(buf, value->b ? "True" : "False");
        break;
    case TE_VALUE_INT:
        add_int(value, buf);
        break;
    case TE_VALUE_FLOAT:
        add_float(value->f, buf);
        break;
    case TE_VALUE_STR:
        te_value_repr_str(value->text, value->len, buf);
        break;
    case TE_VALUE_DICT:
        repr_dict(value, buf);
        break;
    default:
        te_buf_addc(buf, value->kind == TE_VALUE_LIST ? '[' : '(');
        repr_items(value, buf);
        if (value->kind == TE_VALUE_TUPLE)
            te_buf_adds(buf, value->count == 1 ? ",)" : ")");
        else
            te_buf_addc(buf, ']');
        break;
    }
}

static void json_float(double f, struct te_buf *buf)
{
    if (isnan(f))
        te_buf_adds(buf, "NaN");
    else if (isinf(f))
        te_buf_adds(buf, f > 0 ? "Infinity" : "-Infinity");
    else
        add_float(f, buf);
}

static void json_plain(const struct te_value *value, struct te_buf *buf)
{
    switch (value->kind) {
    case TE_VALUE_NONE:
        te_buf_adds(buf, "null");
        break;
    case TE_VALUE_BOOL:
        te_buf_adds(buf, value->b ? "true" : "false");
        break;
    case TE_VALUE_INT:
        add_int(value, buf);
        break;
    case TE_VALUE_FLOAT:
        json_float(value->f, buf);
        break;
    default:
        te_json_string(buf, value->text, value->len);
        break;
    }
}

static int json_key(const struct te_value *key, struct te_buf *buf, struct te_err *err)
{
    if (key->kind >= TE_VALUE_LIST)
        return te_err_set(err, TE_ERR_USAGE,
                          "keys must be str, int, float, bool or None, not tuple");
    if (key->kind == TE_VALUE_STR) {
        json_plain(key, buf);
    } else {
        te_buf_addc(buf, '"');
        json_plain(key, buf);
        te_buf_addc(buf, '"');
    }
    te_buf_adds(buf, ": ");
    return 0;
}

static int json_items(const struct te_value *value, struct te_buf *buf, struct te_err *err)
{
    bool dict = value->kind == TE_VALUE_DICT;
    for (size_t i = 0; i < value->count; i++) {
        if (i)
            te_buf_adds(buf, ", ");
        if (dict && json_key(&value->items[i++], buf, err))
            return -1;
        if (te_value_json(&value->items[i], buf, err))
            return -1;
    }
    return 0;
}

int te_value_json(const struct te_value *value, struct te_buf *buf, struct te_err *err)
{
    if (value->kind < TE_VALUE_LIST) {
        json_plain(value, buf);
        return te_buf_check(buf, err);
    }
    te_buf_addc(buf, value->kind == TE_VALUE_DICT ? '{' : '[');
    if (json_items(value, buf, err))
        return -1;
    te_buf_addc(buf, value->kind == TE_VALUE_DICT ? '}' : ']');
    return te_buf_check(buf, err);
}

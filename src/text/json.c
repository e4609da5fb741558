#include "te/text/json.h"

#include <string.h>
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/text/utf8.h"

json_t *te_json_parse(const char *text, size_t len, const char *name, struct te_err *err)
{
    json_error_t why;
    json_t *json = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (json)
        return json;
    if (json_error_code(&why) == json_error_out_of_memory)
        te_err_set(err, TE_ERR_NOMEM, "out of memory while reading '%s'", name);
    else
        te_err_set(err, TE_ERR_FORMAT, "%s:%d:%d: %s", name, why.line, why.column, why.text);
    return NULL;
}

size_t te_json_mark(const char *text, size_t len)
{
    return len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

json_t *te_json_load(const char *path, size_t max, struct te_err *err)
{
    te_autofree char *text = NULL;
    size_t len = 0;
    if (te_fs_read(path, max, &text, &len, err))
        return NULL;
    size_t mark = te_json_mark(text, len);
    return te_json_parse(text + mark, len - mark, path, err);
}

void te_json_cleanup(json_t **json)
{
    json_decref(*json);
}

/* The letter behind the backslash for characters that have one, 0 for the others. */
static char short_escape(uint32_t point)
{
    static const char from[] = "\"\\\n\r\t\b\f";
    static const char to[] = "\"\\nrtbf";
    const char *at = point && point < 0x80 ? strchr(from, (int)point) : NULL;
    return at ? to[at - from] : '\0';
}

static void add_escaped(struct te_buf *buf, uint32_t point)
{
    char letter = short_escape(point);
    if (letter) {
        te_buf_addc(buf, '\\');
        te_buf_addc(buf, letter);
    } else if (point < 0x10000) {
        te_buf_addf(buf, "\\u%04x", (unsigned)point);
    } else {
        point -= 0x10000;
        te_buf_addf(buf, "\\u%04x\\u%04x", (unsigned)(0xD800 + (point >> 10)),
                    (unsigned)(0xDC00 + (point & 0x3FF)));
    }
}

void te_json_string(struct te_buf *buf, const char *text, size_t len)
{
    size_t from = 0;
    te_buf_addc(buf, '"');
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
            i++;
            continue;
        }
        uint32_t point = 0xFFFD;
        size_t n = te_utf8_next(text + i, len - i, &point);
        te_buf_add(buf, text + from, i - from);
        add_escaped(buf, point);
        i += n ? n : 1;
        from = i;
    }
    te_buf_add(buf, text + from, len - from);
    te_buf_addc(buf, '"');
}

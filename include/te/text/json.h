/*
 * JSON files through jansson, with errors that name file, line and column; and strings as Python's
 * json.dumps writes them, for our own writers.
 */
#ifndef TE_TEXT_JSON_H
#define TE_TEXT_JSON_H

#include <jansson.h>
#include <stddef.h>
#include "te/base/buf.h"
#include "te/base/err.h"

/* A whole file of at most max bytes; NULL with TE_ERR_FORMAT "<path>:<line>:<column>: ...", or the
 * cause why it cannot be read. The caller owns the reference. */
json_t *te_json_load(const char *path, size_t max, struct te_err *err) TE_MUST_CHECK;
/* name stands for the path in errors. */
json_t *te_json_parse(const char *text, size_t len, const char *name,
                      struct te_err *err) TE_MUST_CHECK;
/* Bytes of the mark that some editors put in front of a text: 3 or 0. */
size_t te_json_mark(const char *text, size_t len);
/* For te_cleanup. */
void te_json_cleanup(json_t **json);

/* text[0..len) in double quotes, ASCII only, characters above U+FFFF as surrogate pairs. text is
 * valid UTF-8 (other bytes become U+FFFD). */
void te_json_string(struct te_buf *buf, const char *text, size_t len);

#endif

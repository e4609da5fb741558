/* JSON text as Python's json.dumps(indent=2, sort_keys=True) writes it, with a line feed behind. */
#ifndef TE_REPORT_PYJSON_H
#define TE_REPORT_PYJSON_H

#include <jansson.h>
#include "te/base/buf.h"

/* Numbers in Python's shortest form; null stands for NaN (jansson has none). */
void te_pyjson_dump(struct te_buf *buf, const json_t *value);
/* Parses text in which numbers may be the bare word NaN, which becomes null. NULL if it is not
 * JSON. */
json_t *te_pyjson_parse(const char *text, size_t len);

#endif

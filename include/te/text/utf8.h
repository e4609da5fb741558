/* One UTF-8 character at a time. */
#ifndef TE_TEXT_UTF8_H
#define TE_TEXT_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * The character at text[0..len), len > 0. Returns its bytes (1 to 4); 0 if they are no valid UTF-8
 * (overlong forms and surrogates are none).
 */
size_t te_utf8_next(const char *text, size_t len, uint32_t *point);
/* Writes a code point, 1 to 4 bytes; 0 for surrogates and values above U+10FFFF. */
size_t te_utf8_put(uint32_t point, char out[4]);

#endif

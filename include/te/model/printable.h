/* Which characters Python's repr shows as they are. */
#ifndef TE_MODEL_PRINTABLE_H
#define TE_MODEL_PRINTABLE_H

#include <stdbool.h>
#include <stdint.h>

/* As str.isprintable of Python 3.11 (Unicode 14.0). */
bool te_printable(uint32_t point);

#endif

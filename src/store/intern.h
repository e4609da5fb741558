/* Numbers for texts, remembered by the first 64 bits of their SHA-256: 24 bytes per text at most,
 * whatever its length; private to store. */
#ifndef TE_STORE_INTERN_H
#define TE_STORE_INTERN_H

#include <stddef.h>
#include <stdint.h>
#include "te/base/err.h"

struct te_intern {
    uint64_t *keys; /* 0: free */
    uint32_t *numbers;
    size_t count, cap;
};

void te_intern_init(struct te_intern *intern);
void te_intern_release(struct te_intern *intern);
/* Number of (a, b), given in order of first sight; 1: new, 0: known, -1: err. */
int te_intern_number(struct te_intern *intern, const char *a, const char *b, uint32_t *number,
                     struct te_err *err) TE_MUST_CHECK;

#endif

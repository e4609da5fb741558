/*
 * The seal of a result file: a line behind the end of what HDF5 knows of (readers do not mind),
 * with the SHA-256 of every byte before it. So no changed bit goes unnoticed, wherever it lies.
 */
#ifndef TE_STORE_SEAL_H
#define TE_STORE_SEAL_H

#include <stdint.h>
#include "te/base/err.h"

enum { TE_SEAL_BYTES = 128 };

/* Appends the seal to a finished file. */
int te_seal_put(const char *path, struct te_err *err) TE_MUST_CHECK;
/* TE_ERR_CORRUPT if there is none or it does not fit. *bytes (may be NULL): without the seal. */
int te_seal_check(const char *path, uint64_t *bytes, struct te_err *err) TE_MUST_CHECK;

#endif

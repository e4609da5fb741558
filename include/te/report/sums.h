/* <root>/SHA256SUMS, the checksums of a dataset folder as sha256sum writes them. */
#ifndef TE_REPORT_SUMS_H
#define TE_REPORT_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include "te/base/err.h"

/*
 * The lines of these files (paths below root) are made anew, all others stay as they are. A folder
 * without SHA256SUMS stays without.
 */
int te_sums_update(const char *root, const char *const *paths, size_t count,
                   struct te_err *err) TE_MUST_CHECK;
/* Do two files hold the same bytes? */
int te_sums_same(const char *a, const char *b, bool *same, struct te_err *err) TE_MUST_CHECK;

#endif

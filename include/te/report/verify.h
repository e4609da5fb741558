/* Is a dataset folder what its index says? */
#ifndef TE_REPORT_VERIFY_H
#define TE_REPORT_VERIFY_H

#include <stdbool.h>
#include "te/model/dataset.h"

/*
 * Checks the files of some datasets (indices NULL: the first count): there, readable, with a proper
 * header, of the SHA-256 that <root>/SHA256SUMS has, where there is one; those of unchanged files
 * are remembered in the folder cache (NULL: none). full: every file is read, whatever is
 * remembered, and its rows, channels and anomalies are compared with the index. What is wrong is
 * appended to problems, a line each that names the file. *sums: files
 * whose checksum was compared.
 */
int te_datasets_verify(const struct te_datasets *datasets, const struct te_strings *roots,
                       const uint32_t *indices, size_t count, bool full, const char *cache,
                       struct te_strings *problems, size_t *sums, struct te_err *err) TE_MUST_CHECK;

#endif

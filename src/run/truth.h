/* Labels of a dataset, kept for the next task: consecutive experiments often share the dataset. */
#ifndef TE_RUN_TRUTH_H
#define TE_RUN_TRUTH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "te/base/err.h"

struct te_truth {
    char *path;
    struct stat st; /* of the file that was read */
    uint8_t *labels;
    size_t n;
};

/* labels and n of the file are in *truth afterwards; reads it only if path, size or times differ.
 */
int te_truth_load(struct te_truth *truth, const char *path, struct te_err *err) TE_MUST_CHECK;
void te_truth_release(struct te_truth *truth);

#endif

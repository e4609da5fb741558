/* What the files of the dataset module share. */
#ifndef TE_MODEL_DATASET_PARTS_H
#define TE_MODEL_DATASET_PARTS_H

#include "te/model/dataset.h"

/* A record with every figure unknown. */
void te_dataset_init(struct te_dataset *dataset);
void te_dataset_release(struct te_dataset *dataset);
/* Appends a record; ownership moves on success. */
int te_datasets_push(struct te_datasets *datasets, struct te_dataset *dataset,
                     struct te_err *err) TE_MUST_CHECK;
/* Formats a notice; nothing to do where nobody reads them. */
int te_datasets_notice(struct te_strings *notices, struct te_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))) TE_MUST_CHECK;

/* Adds the rows of <root>/datasets.csv, in the order of the file. */
int te_index_load(const char *root, uint32_t number, struct te_datasets *datasets,
                  struct te_strings *notices, struct te_err *err) TE_MUST_CHECK;
/* Adds the datasets of a custom file, analysed, in the order of the file. */
int te_custom_load(const char *path, struct te_datasets *datasets,
                   struct te_err *err) TE_MUST_CHECK;

#endif

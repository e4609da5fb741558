/*
 * How long an experiment will take, from how long others took: the same algorithm, dataset and
 * parameters; else the algorithm on this dataset; else the algorithm's pace times the dataset's
 * size; else the pace of all; else just the size, which orders and promises nothing. Pure.
 */
#ifndef TE_CORE_ESTIMATE_H
#define TE_CORE_ESTIMATE_H

#include <stdint.h>
#include "te/base/err.h"

struct te_estimate;

struct te_estimate *te_estimate_new(uint32_t n_algorithms, uint32_t n_datasets,
                                    struct te_err *err) TE_MUST_CHECK;
void te_estimate_free(struct te_estimate *estimate);
/* points: rows times channels; 0: unknown. Before the first sample. */
void te_estimate_size(struct te_estimate *estimate, uint32_t dataset, double points);
/* One experiment took so many seconds. setting: the parameters' id. Times that are none (negative,
 * NaN, a year) are passed over. */
int te_estimate_add(struct te_estimate *estimate, uint32_t algorithm, uint32_t dataset,
                    const char *setting, double seconds, struct te_err *err) TE_MUST_CHECK;
/* Seconds; 0 if nothing at all is known. */
float te_estimate_get(const struct te_estimate *estimate, uint32_t algorithm, uint32_t dataset,
                      const char *setting);

#endif

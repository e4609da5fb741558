/* The multivariate wrapper's files: a table split into channels, and their scores put together. */
#ifndef TE_RUN_CHANNELS_H
#define TE_RUN_CHANNELS_H

#include "te/adapter/adapter.h"

/*
 * Writes <folder>/channels/channel_<c>.csv (mean, median, max) or combined_test.csv (sum_before;
 * combined_train.csv in training) as TimeEval does: index column as it is, channel, label; whole
 * numbers stay whole, other numbers in shortest form, missing ones empty. files: their paths.
 */
int te_channels_split(const char *path, const char *folder, enum te_multivariate how,
                      enum te_phase phase, struct te_strings *files,
                      struct te_err *err) TE_MUST_CHECK;

/* Scores of the channels, reduced per row (NaN wins); tables of one column and equal length. */
int te_channels_join(const struct te_score_table *tables, size_t count, enum te_multivariate how,
                     struct te_score_table *out, struct te_err *err) TE_MUST_CHECK;

#endif

/*
 * The aggregated table: what TimeEval's get_results(aggregated=True, short=...) returns, as CSV.
 *
 * Rows that are not OK are left out. Means skip missing values; sums are compensated and variances
 * updated value by value, as pandas' grouping does, so that figures agree to the last digit.
 */
#ifndef TE_REPORT_AGGREGATE_H
#define TE_REPORT_AGGREGATE_H

#include <stdbool.h>
#include "te/base/buf.h"
#include "te/model/result.h"
#include "te/model/task.h"

struct te_aggregate;

/* full: also by hyper_params_id, all five times and standard deviations. metrics are borrowed. */
int te_aggregate_new(bool full, char *const *metrics, size_t n_metrics, struct te_aggregate **out,
                     struct te_err *err) TE_MUST_CHECK;
int te_aggregate_add(struct te_aggregate *aggregate, const struct te_task *task,
                     const struct te_result *result, struct te_err *err) TE_MUST_CHECK;
/* Rows left out because they are not OK. */
size_t te_aggregate_left_out(const struct te_aggregate *aggregate);
/* Header and rows, sorted by key; nothing may be added afterwards. */
int te_aggregate_write(struct te_aggregate *aggregate, struct te_buf *buf,
                       struct te_err *err) TE_MUST_CHECK;
void te_aggregate_free(struct te_aggregate *aggregate);

#endif

/* keep_files: an experiment's result folder as TimeEval lays it out, in the run folder. */
#ifndef TE_RUN_KEEP_H
#define TE_RUN_KEEP_H

#include "te/metric/metric.h"
#include "te/model/result.h"

/* work: the task's folder (NULL: none), whose regular files are copied, links and devices not. */
int te_keep(const char *run_folder, const char *work, const struct te_task *task,
            const struct te_result *result, const struct te_metric_list *metrics,
            const double *scores, struct te_err *err) TE_MUST_CHECK;

#endif

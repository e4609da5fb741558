/* Values that several metrics of one input share: private to the metrics. */
#ifndef METRIC_MEMO_H
#define METRIC_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include "te/metric/input.h"

enum { MEMO_VALUES = 4, MEMO_KEY = 120 };

/* The values kept under a key; false if there are none. */
bool metric_memo_get(const struct te_metric_input *input, const char *key,
                     double values[MEMO_VALUES]);
/* Keeps them; without memory nothing is kept, which costs only time. */
void metric_memo_put(struct te_metric_input *input, const char *key,
                     const double values[MEMO_VALUES]);
void metric_memo_free(struct te_metric_memo *memo);

#endif

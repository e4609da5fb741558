#include <float.h>
#include "spec.h"

static const struct metric_strategy_row ROWS[STRATEGY_COUNT] = {
    [STRATEGY_NONE] = {"NoThresholding", {0}},
    [STRATEGY_FIXED] = {"FixedValueThresholding",
                        {"threshold", OPTION_NUMBER, 0.0, 1.0, NULL, METRIC_FLOAT(0.8)}},
    [STRATEGY_PERCENTILE] = {"PercentileThresholding",
                             {"percentile", OPTION_NUMBER, 0.0, 100.0, NULL, METRIC_INT(90)}},
    [STRATEGY_TOPK_POINTS] = {"TopKPointsThresholding",
                              {"k", OPTION_INT | OPTION_NONE, 1.0, 9e18, NULL, METRIC_NONE}},
    [STRATEGY_TOPK_RANGES] = {"TopKRangesThresholding",
                              {"k", OPTION_INT | OPTION_NONE, 1.0, 9e18, NULL, METRIC_NONE}},
    [STRATEGY_SIGMA] = {"SigmaThresholding",
                        {"factor", OPTION_NUMBER | OPTION_ABOVE, 0.0, DBL_MAX, NULL,
                         METRIC_FLOAT(3.0)}},
    [STRATEGY_BEST] = {"best", {0}},
};

const struct metric_strategy_row *metric_strategy_row(enum metric_strategy strategy)
{
    return &ROWS[strategy];
}

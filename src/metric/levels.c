#include "levels.h"

#include <math.h>
#include <string.h>
#include "te/base/mem.h"
#include "threshold.h"

static void spread(const struct te_metric_input *in, struct metric_levels *levels)
{
    double lo = in->sorted[in->n - 1];
    double hi = in->sorted[0];
    double step = (hi - lo) / (double)(MAX_LEVELS - 1);
    size_t level = MAX_LEVELS;
    levels->count = MAX_LEVELS;
    for (size_t p = 0; p < in->n; p++) {
        double s = in->sorted[p];
        for (; level > 0; level--) {
            double t = level == MAX_LEVELS ? hi : (double)(level - 1) * step + lo;
            if (t < s) {
                break;
            }
        }
        levels->of[in->order[p]] = (uint8_t)level;
    }
}

int metric_levels_init(struct metric_levels *levels, const struct metric_threshold *threshold,
                       const struct te_metric_input *in, struct te_err *err)
{
    size_t cut = 0;
    *levels = (struct metric_levels){0, NULL};
    if (threshold->strategy != STRATEGY_BEST && metric_cut(threshold, in, &cut, NULL, err) < 0) {
        return -1;
    }
    levels->of = te_alloc(in->n, err);
    if (!levels->of) {
        return -1;
    }
    if (threshold->strategy == STRATEGY_BEST) {
        spread(in, levels);
        return 0;
    }
    levels->count = 1;
    for (size_t i = 0; i < in->n; i++) {
        levels->of[i] = in->rank[i] < cut;
    }
    return 0;
}

void metric_levels_release(struct metric_levels *levels)
{
    te_free(levels->of);
    levels->of = NULL;
}

/* Counts per level become counts of higher levels. */
static void accumulate(const double counts[MAX_LEVELS + 1], size_t n, double out[MAX_LEVELS])
{
    double above = 0.0;
    for (size_t c = n; c-- > 0;) {
        above += counts[c + 1];
        out[c] = above;
    }
}

void metric_levels_count(const struct metric_levels *levels, const struct te_metric_input *in,
                         double normal[MAX_LEVELS], double anomalous[MAX_LEVELS])
{
    double per_level[2][MAX_LEVELS + 1] = {{0}};
    for (size_t i = 0; i < in->n; i++) {
        per_level[in->labels[i]][levels->of[i]] += 1.0;
    }
    accumulate(per_level[0], levels->count, normal);
    accumulate(per_level[1], levels->count, anomalous);
}

bool metric_without_anomaly(const struct te_metric_input *in, double *value, struct te_err *err)
{
    if (in->n_positive > 0) {
        return false;
    }
    te_err_set(err, TE_OK, "undefined: there is no anomaly");
    *value = NAN;
    return true;
}

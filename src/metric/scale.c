#include "te/metric/scale.h"

#include <math.h>
#include <string.h>

/* Ten times the machine epsilon: below it the series counts as constant. */
static const double NEAR_CONSTANT = 10.0 * 0x1p-52;

bool te_scale_find(const double *raw, size_t n, double *lo, double *hi)
{
    double least = INFINITY;
    double most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(raw[i])) {
            continue;
        }
        least = raw[i] < least ? raw[i] : least;
        most = raw[i] > most ? raw[i] : most;
    }
    bool found = least <= most;
    *lo = found ? least : NAN;
    *hi = found ? most : NAN;
    return found;
}

void te_scale_apply(const double *raw, size_t n, double lo, double hi, double *out)
{
    if (isnan(lo) || isnan(hi)) {
        if (out != raw && n > 0) {
            memmove(out, raw, n * sizeof *out);
        }
        return;
    }
    double range = hi - lo;
    if (range < NEAR_CONSTANT) {
        range = 1.0;
    }
    /* The order of the operations decides the last bit: not (s - lo) / range. */
    double scale = 1.0 / range;
    double shift = 0.0 - lo * scale;
    for (size_t i = 0; i < n; i++) {
        double scaled = raw[i] * scale + shift;
        out[i] = isfinite(raw[i]) ? scaled : raw[i];
    }
}

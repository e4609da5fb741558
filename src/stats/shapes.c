#include "shapes.h"

#include <math.h>

/* sin(2 pi t) by its Taylor series on a quarter turn: the same bits everywhere, error below 1e-12.
 */
static double sine(double t)
{
    static const double coefficients[] = {-1.0 / 6,
                                          1.0 / 120,
                                          -1.0 / 5040,
                                          1.0 / 362880,
                                          -1.0 / 39916800,
                                          1.0 / 6227020800.0,
                                          -1.0 / 1307674368000.0,
                                          1.0 / 355687428096000.0};
    t -= floor(t + 0.5); /* -0.5 .. 0.5 */
    if (t > 0.25)
        t = 0.5 - t;
    if (t < -0.25)
        t = -0.5 - t;
    double x = t * 6.283185307179586, square = x * x, term = x, sum = x;
    for (size_t i = 0; i < sizeof coefficients / sizeof coefficients[0]; i++) {
        term *= square;
        sum += coefficients[i] * term;
    }
    return sum;
}

/* A smooth hill of height 1 around `at`, 0 beyond `width`. */
static double hill(double t, double at, double width)
{
    double z = (t - at) / width, rest = 1 - z * z;
    return rest > 0 ? rest * rest : 0;
}

/* P, Q, R, S and T waves of a heart beat. */
static double ecg(double t)
{
    t -= floor(t);
    return 0.2 * hill(t, 0.2, 0.08) - 0.2 * hill(t, 0.34, 0.03) + 1.0 * hill(t, 0.4, 0.04) -
           0.3 * hill(t, 0.46, 0.03) + 0.3 * hill(t, 0.7, 0.12);
}

bool te_shape_is_periodic(enum te_base_kind kind)
{
    return kind == TE_BASE_SINE || kind == TE_BASE_COSINE || kind == TE_BASE_SQUARE ||
           kind == TE_BASE_SAWTOOTH || kind == TE_BASE_ECG;
}

double te_shape_at(enum te_base_kind kind, double phase)
{
    switch (kind) {
    case TE_BASE_COSINE:
        return sine(phase + 0.25);
    case TE_BASE_SQUARE:
        return phase - floor(phase) < 0.5 ? 1 : -1;
    case TE_BASE_SAWTOOTH:
        return 2 * (phase - floor(phase)) - 1;
    case TE_BASE_ECG:
        return ecg(phase);
    default:
        return sine(phase);
    }
}

/* Steps that are pulled back a little, so that it stays near 0. */
static void random_walk(double period, size_t n, struct te_rng *rng, double *out)
{
    double value = 0, pull = 1 / period, step = sqrt(2 * pull);
    for (size_t i = 0; i < n; i++) {
        value += step * (2 * te_rng_unit(rng) - 1) - pull * value;
        out[i] = value;
    }
}

/* One of three shapes per period, with a random start and end (after Saito, 1994). */
static void cylinder_bell_funnel(const double *phase, size_t n, struct te_rng *rng, double *out)
{
    double segment = -1, from = 0, to = 1, height = 1;
    uint64_t shape = 0;
    for (size_t i = 0; i < n; i++) {
        double t = phase[i] - floor(phase[i]);
        if (floor(phase[i]) != segment) {
            segment = floor(phase[i]);
            shape = te_rng_below(rng, 3);
            from = 0.1 + 0.2 * te_rng_unit(rng);
            to = 0.7 + 0.2 * te_rng_unit(rng);
            height = 0.9 + 0.2 * te_rng_unit(rng);
        }
        double into = (t - from) / (to - from);
        out[i] = into < 0 || into > 1 ? 0
                                      : height * (shape == 0   ? 1
                                                  : shape == 1 ? into
                                                               : 1 - into);
    }
}

/* A cubic over the whole series with three zeros in it. */
static void polynomial(size_t n, struct te_rng *rng, double *out)
{
    double zero[3];
    for (int k = 0; k < 3; k++)
        zero[k] = -0.9 + 0.6 * k + 0.5 * te_rng_unit(rng);
    for (size_t i = 0; i < n; i++) {
        double t = 2 * (double)i / (double)n - 1;
        out[i] = 2 * (t - zero[0]) * (t - zero[1]) * (t - zero[2]);
    }
}

/* Levels that hold for about a period each. */
static void mode_jump(double period, size_t n, struct te_rng *rng, double *out)
{
    double level = 0, left = 0;
    for (size_t i = 0; i < n; i++, left--) {
        if (left <= 0) {
            level = (double)te_rng_below(rng, 5) / 2 - 1;
            left = floor(period * (0.5 + te_rng_unit(rng)));
        }
        out[i] = level;
    }
}

void te_shape_irregular(enum te_base_kind kind, double period, const double *phase, size_t n,
                        struct te_rng *rng, double *out)
{
    switch (kind) {
    case TE_BASE_CYLINDER_BELL_FUNNEL:
        cylinder_bell_funnel(phase, n, rng, out);
        break;
    case TE_BASE_POLYNOMIAL:
        polynomial(n, rng, out);
        break;
    case TE_BASE_RANDOM_MODE_JUMP:
        mode_jump(period, n, rng, out);
        break;
    default:
        random_walk(period, n, rng, out);
        break;
    }
}

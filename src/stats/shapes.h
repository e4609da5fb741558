/* Base oscillations of the generator, with values around -1 .. 1. */
#ifndef TE_STATS_SHAPES_H
#define TE_STATS_SHAPES_H

#include <stdbool.h>
#include "te/base/rng.h"
#include "te/stats/generate.h"

bool te_shape_is_periodic(enum te_base_kind kind);
/* Periodic ones at a phase, counted in oscillations. */
double te_shape_at(enum te_base_kind kind, double phase);
/* The others: n values; period is their typical length, phase as for the periodic ones. */
void te_shape_irregular(enum te_base_kind kind, double period, const double *phase, size_t n,
                        struct te_rng *rng, double *out);

#endif

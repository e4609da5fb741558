/* Seeded random numbers: xoshiro256** (Blackman, Vigna 2018), seeded by splitmix64. The same
 * everywhere. */
#ifndef TE_BASE_RNG_H
#define TE_BASE_RNG_H

#include <stdint.h>

struct te_rng {
    uint64_t s[4];
};

void te_rng_seed(struct te_rng *rng, uint64_t seed);
uint64_t te_rng_u64(struct te_rng *rng);
/* Uniform in [0, n), n > 0, without bias. */
uint64_t te_rng_below(struct te_rng *rng, uint64_t n);
/* Uniform in [0, 1), 53 bits. */
double te_rng_unit(struct te_rng *rng);
/* Standard normal (polar method). */
double te_rng_normal(struct te_rng *rng);

#endif

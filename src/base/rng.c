#include "te/base/rng.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
}

void te_rng_seed(struct te_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        rng->s[i] = splitmix(&seed);
}

static uint64_t rotl(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

uint64_t te_rng_u64(struct te_rng *rng)
{
    uint64_t *s = rng->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

uint64_t te_rng_below(struct te_rng *rng, uint64_t n)
{
    uint64_t reject = -n % n; /* 2^64 mod n: the uneven rest at the bottom */
    uint64_t x;
    do
        x = te_rng_u64(rng);
    while (x < reject);
    return x % n;
}

double te_rng_unit(struct te_rng *rng)
{
    return (double)(te_rng_u64(rng) >> 11) * 0x1p-53;
}

double te_rng_normal(struct te_rng *rng)
{
    double u, v, s;
    do {
        u = 2 * te_rng_unit(rng) - 1;
        v = 2 * te_rng_unit(rng) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    return u * sqrt(-2 * log(s) / s);
}

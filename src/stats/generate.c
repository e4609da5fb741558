#include "te/stats/generate.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/base/rng.h"
#include "te/base/str.h"
#include "shapes.h"

const char *const te_base_words[TE_BASE_COUNT] = {"sine",     "cosine",      "square",
                                                  "sawtooth", "random-walk", "cylinder-bell-funnel",
                                                  "ecg",      "polynomial",  "random-mode-jump"};
const char *const te_anomaly_words[TE_ANOMALY_COUNT] = {
    "amplitude",     "extremum", "frequency", "mean",     "pattern",
    "pattern-shift", "platform", "trend",     "variance", "mode-correlation"};
const char *const te_gen_trend_words[TE_GEN_TREND_COUNT] = {"none", "linear", "quadratic", "sine"};

#define DEFINE_PARSE(function, type, words, count)                                                 \
    int function(const char *word, type *out)                                                      \
    {                                                                                              \
        for (int i = 0; i < (int)(count); i++)                                                     \
            if (strcmp(word, (words)[i]) == 0) {                                                   \
                *out = (type)i;                                                                    \
                return 0;                                                                          \
            }                                                                                      \
        return -1;                                                                                 \
    }

DEFINE_PARSE(te_base_parse, enum te_base_kind, te_base_words, TE_BASE_COUNT)
DEFINE_PARSE(te_anomaly_parse, enum te_anomaly_kind, te_anomaly_words, TE_ANOMALY_COUNT)
DEFINE_PARSE(te_gen_trend_parse, enum te_gen_trend, te_gen_trend_words, TE_GEN_TREND_COUNT)

/* An anomaly with its place. */
struct window {
    const struct te_gen_anomaly *anomaly;
    size_t start, length;
};

/* One channel while it is made. */
struct draft {
    const struct te_gen_spec *spec;
    const struct te_gen_channel *channel;
    size_t number;
    const struct window *windows;
    double *phase; /* in oscillations */
    double *value;
    struct te_rng rng;
};

/* Near enough to normal: twelve uniform numbers added up, without a logarithm, which differs
 * between libraries. */
static double noise(struct te_rng *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += te_rng_unit(rng);
    return sum;
}

static bool is_in(const struct window *w, size_t i)
{
    return i >= w->start && i - w->start < w->length;
}

/* 0 at the borders of the window, 1 inside, so that no jump gives it away. */
static double fade(const struct window *w, size_t i)
{
    double into = (double)(i - w->start) + 0.5, left = (double)w->length - into;
    double border = (double)w->length / 10;
    double nearest = into < left ? into : left;
    return nearest < border ? nearest / border : 1;
}

/* Lengths and gaps: anomalies lie in random order in equal shares of the series, the first tenth
 * left free, so that algorithms see something normal first. */
static int place(const struct te_gen_spec *spec, struct te_rng *rng, struct window *windows,
                 struct te_err *err)
{
    size_t n = spec->n_anomalies, first = spec->length / 10;
    if (n == 0)
        return 0;
    size_t share = (spec->length - first) / n;
    for (size_t i = 0; i < n; i++)
        windows[i].anomaly = &spec->anomalies[i];
    for (size_t i = n; i-- > 1;) {
        size_t j = (size_t)te_rng_below(rng, i + 1);
        struct window swapped = windows[i];
        windows[i] = windows[j];
        windows[j] = swapped;
    }
    for (size_t i = 0; i < n; i++) {
        const struct te_gen_anomaly *a = windows[i].anomaly;
        size_t length = a->kind == TE_ANOMALY_EXTREMUM ? 1 : a->length;
        if (length == 0 || length + 2 > share)
            return te_err_set(err, TE_ERR_USAGE,
                              "%zu anomalies of up to %zu points do not fit into %zu points", n,
                              length, spec->length);
        windows[i].length = length;
        windows[i].start = first + i * share + 1 + (size_t)te_rng_below(rng, share - length - 1);
    }
    return 0;
}

/* Does an anomaly of this kind touch the channel at point i? */
static const struct window *find(const struct draft *d, enum te_anomaly_kind kind, size_t i)
{
    for (size_t k = 0; k < d->spec->n_anomalies; k++) {
        const struct window *w = &d->windows[k];
        if (w->anomaly->kind == kind && w->anomaly->channel == d->number && is_in(w, i))
            return w;
    }
    return NULL;
}

static void make_phase(struct draft *d)
{
    double phase = 0, step = 1 / d->channel->period;
    for (size_t i = 0; i < d->spec->length; i++) {
        const struct window *fast = find(d, TE_ANOMALY_FREQUENCY, i);
        const struct window *shift = find(d, TE_ANOMALY_PATTERN_SHIFT, i);
        phase += fast ? step * (1 + fast->anomaly->strength) : step;
        d->phase[i] = phase + (shift ? 0.25 * shift->anomaly->strength * fade(shift, i) : 0);
    }
}

static void make_base(struct draft *d)
{
    size_t n = d->spec->length;
    if (!te_shape_is_periodic(d->channel->base)) {
        te_shape_irregular(d->channel->base, d->channel->period, d->phase, n, &d->rng, d->value);
        return;
    }
    for (size_t i = 0; i < n; i++)
        d->value[i] = te_shape_at(d->channel->base, d->phase[i]);
}

/* Anomalies that change the oscillation itself, in units of the amplitude. */
static void bend(struct draft *d, const struct window *w)
{
    double strength = w->anomaly->strength, hold = d->value[w->start];
    for (size_t k = 0; k < w->length; k++) {
        size_t i = w->start + k;
        double *v = &d->value[i], inside = fade(w, i);
        switch (w->anomaly->kind) {
        case TE_ANOMALY_AMPLITUDE:
            *v *= 1 + strength * inside;
            break;
        case TE_ANOMALY_EXTREMUM:
            *v += *v < 0 ? -2.5 * strength : 2.5 * strength;
            break;
        case TE_ANOMALY_MEAN:
            *v += strength * inside;
            break;
        case TE_ANOMALY_PATTERN:
            *v += inside * (te_shape_at(TE_BASE_SINE, 2 * d->phase[i]) - *v) *
                  (strength < 1 ? strength : 1);
            break;
        case TE_ANOMALY_PLATFORM:
            *v = hold;
            break;
        case TE_ANOMALY_TREND:
            *v += strength * 2 * (double)(k + 1) / (double)w->length;
            break;
        case TE_ANOMALY_VARIANCE:
            *v += strength * 0.5 * noise(&d->rng);
            break;
        case TE_ANOMALY_MODE_CORRELATION:
            *v = -*v;
            break;
        default: /* those of the phase are done */
            break;
        }
    }
}

static double trend_at(const struct te_gen_channel *c, double share)
{
    switch (c->trend) {
    case TE_GEN_LINEAR:
        return c->trend_size * share;
    case TE_GEN_QUADRATIC:
        return c->trend_size * share * share;
    case TE_GEN_SINE:
        return c->trend_size * te_shape_at(TE_BASE_SINE, share);
    default:
        return 0;
    }
}

static double rounded(double x)
{
    double r = floor(x * 1e6 + 0.5) / 1e6;
    return r == 0 ? 0 : r; /* no -0.0 */
}

static void make_channel(struct draft *d, double *values)
{
    const struct te_gen_channel *c = d->channel;
    size_t n = d->spec->length;
    make_phase(d);
    make_base(d);
    for (size_t k = 0; k < d->spec->n_anomalies; k++)
        if (d->windows[k].anomaly->channel == d->number)
            bend(d, &d->windows[k]);
    for (size_t i = 0; i < n; i++) {
        double v = d->value[i] + trend_at(c, (double)i / (double)n);
        /* no noise on a platform: the value stands still */
        if (c->noise > 0 && !find(d, TE_ANOMALY_PLATFORM, i))
            v += c->noise * noise(&d->rng);
        values[i * d->spec->n_channels + d->number] = rounded(c->offset + c->amplitude * v);
    }
}

static int check(const struct te_gen_spec *spec, struct te_err *err)
{
    for (size_t i = 0; i < spec->n_anomalies; i++)
        if (spec->anomalies[i].channel >= spec->n_channels)
            return te_err_set(err, TE_ERR_USAGE, "an anomaly on channel %zu of %zu",
                              spec->anomalies[i].channel, spec->n_channels);
    for (size_t i = 0; i < spec->n_channels; i++)
        if (!(spec->channels[i].period > 1))
            return te_err_set(err, TE_ERR_USAGE,
                              "period %g of channel %zu: more than 1 point is needed",
                              spec->channels[i].period, i);
    return 0;
}

int te_generate(const struct te_gen_spec *spec, double *values, uint8_t *labels, struct te_err *err)
{
    struct te_rng rng;
    if (check(spec, err) < 0)
        return -1;
    te_autofree struct window *windows = te_zalloc(spec->n_anomalies, sizeof *windows, err);
    te_autofree double *work = windows ? te_zalloc(2 * spec->length, sizeof *work, err) : NULL;
    te_rng_seed(&rng, spec->seed);
    if (!work || place(spec, &rng, windows, err) < 0)
        return -1;
    for (size_t c = 0; c < spec->n_channels; c++) {
        struct draft d = {.spec = spec,
                          .channel = &spec->channels[c],
                          .number = c,
                          .windows = windows,
                          .phase = work,
                          .value = work + spec->length};
        te_rng_seed(&d.rng, te_rng_u64(&rng)); /* a channel more changes no other */
        make_channel(&d, values);
    }
    memset(labels, 0, spec->length);
    for (size_t k = 0; k < spec->n_anomalies; k++)
        memset(labels + windows[k].start, 1, windows[k].length);
    return 0;
}

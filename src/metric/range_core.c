#include "range_core.h"

#include <string.h>
#include "te/base/mem.h"

const char *const RANGE_BIASES[] = {"flat", "front", "middle", "back", NULL};
const char *const RANGE_CARDINALITIES[] = {"one", "reciprocal", "udf_gamma", NULL};

int range_bits_init(struct range_bits *bits, size_t n, struct te_err *err)
{
    bits->n = n;
    bits->n_words = n / 64 + 2;
    bits->words = te_zalloc(bits->n_words, sizeof *bits->words, err);
    return bits->words ? 0 : -1;
}

void range_bits_release(struct range_bits *bits)
{
    te_free(bits->words);
    bits->words = NULL;
}

void range_bits_add(struct range_bits *bits, const struct te_metric_input *in, size_t from,
                    size_t to)
{
    if (from >= to) {
        return;
    }
    size_t first = from > 0 ? in->n_upto[from - 1] : 0;
    size_t last = in->n_upto[to - 1];
    for (size_t p = first; p < last; p++) {
        uint32_t point = in->order[p];
        bits->words[point / 64] |= (uint64_t)1 << (point % 64);
    }
}

/* First point >= at that is predicted (or, for want = 0, that is not); n if there is none. */
static size_t next_bit(const struct range_bits *bits, size_t at, int want)
{
    uint64_t flip = want ? 0 : ~(uint64_t)0;
    size_t w = at / 64;
    if (at >= bits->n) {
        return bits->n;
    }
    uint64_t word = (bits->words[w] ^ flip) & (~(uint64_t)0 << (at % 64));
    while (word == 0 && ++w < bits->n_words) {
        word = bits->words[w] ^ flip;
    }
    if (word == 0) {
        return bits->n;
    }
    size_t found = w * 64 + (size_t)__builtin_ctzll(word);
    return found < bits->n ? found : bits->n;
}

/* Start of the run of predicted points that holds `at`. */
static size_t run_start(const struct range_bits *bits, size_t at)
{
    size_t w = at / 64;
    uint64_t below = at % 64 == 63 ? ~(uint64_t)0 : ((uint64_t)1 << (at % 64 + 1)) - 1;
    uint64_t gap = ~bits->words[w] & below;
    while (gap == 0 && w > 0) {
        gap = ~bits->words[--w];
    }
    return gap == 0 ? 0 : w * 64 + 64 - (size_t)__builtin_clzll(gap);
}

static size_t count_runs(const struct range_bits *bits)
{
    size_t runs = 0;
    uint64_t carry = 0;
    for (size_t w = 0; w < bits->n_words; w++) {
        uint64_t word = bits->words[w];
        runs += (size_t)__builtin_popcountll(word & ~(word << 1 | carry));
        carry = word >> 63;
    }
    return runs;
}

/* Sum of the position weights 1..k in a range of `len` points: exact in double. */
static double weight(size_t k, size_t len, enum range_bias bias)
{
    double x = (double)k;
    double length = (double)len;
    double all = x * (x + 1.0) / 2.0;
    switch (bias) {
    case BIAS_FRONT:
        return x * length - x * (x - 1.0) / 2.0;
    case BIAS_BACK:
        return all;
    case BIAS_MIDDLE: {
        size_t middle = len / 2;
        double half = (double)middle;
        double rise = half * (half + 1.0) / 2.0;
        return x <= half ? all : rise + (x - half) * (length + 1.0) - (all - rise);
    }
    default:
        return x;
    }
}

struct span {
    size_t first;
    size_t last;
};

/* Share of a's weight that lies in b. */
static double omega(struct span a, struct span b, enum range_bias bias)
{
    size_t len = a.last - a.first + 1;
    size_t lo = (a.first > b.first ? a.first : b.first) - a.first;
    size_t hi = (a.last < b.last ? a.last : b.last) - a.first + 1;
    return (weight(hi, len, bias) - weight(lo, len, bias)) / weight(len, len, bias);
}

/* What one range has collected from those that overlap it. */
struct overlap {
    size_t count;
    double omega;
};

static double reward(const struct overlap *o, enum range_cardinality card, double alpha)
{
    double gamma = card == CARD_RECIPROCAL && o->count > 1 ? 1.0 / (double)o->count : 1.0;
    double exists = o->count > 0 ? 1.0 : 0.0;
    return alpha * exists + (1.0 - alpha) * (gamma * o->omega);
}

/* A walk over anomalies and the predicted runs that touch them, both in time order. */
struct walk {
    const struct range_bits *bits;
    enum range_cardinality card;
    struct range_rules p_rules;
    struct range_rules r_rules;
    struct span run;
    bool has_run;
    struct overlap run_overlap;
    double p_total;
    double r_total;
};

/* Runs that touch no anomaly add an exact 0 and are not visited. */
static void close_run(struct walk *w)
{
    if (w->has_run && w->run_overlap.count > 0) {
        w->p_total += reward(&w->run_overlap, w->card, w->p_rules.alpha);
    }
    w->has_run = false;
    w->run_overlap = (struct overlap){0, 0.0};
}

/* The first run that reaches `from` or lies behind it. */
static bool open_run(struct walk *w, size_t from)
{
    size_t n = w->bits->n;
    size_t at = next_bit(w->bits, from, 1);
    if (at >= n) {
        return false;
    }
    w->run.first = at == from ? run_start(w->bits, at) : at;
    w->run.last = next_bit(w->bits, at, 0) - 1;
    w->has_run = true;
    return true;
}

static void visit(struct walk *w, struct span real)
{
    struct overlap own = {0, 0.0};
    if (!w->has_run || w->run.last < real.first) {
        close_run(w);
        (void)open_run(w, real.first);
    }
    while (w->has_run && w->run.first <= real.last) {
        own.count++;
        own.omega += omega(real, w->run, w->r_rules.bias);
        w->run_overlap.count++;
        w->run_overlap.omega += omega(w->run, real, w->p_rules.bias);
        if (w->run.last >= real.last) {
            break;
        }
        size_t behind = w->run.last + 1;
        close_run(w);
        (void)open_run(w, behind);
    }
    w->r_total += reward(&own, w->card, w->r_rules.alpha);
}

int range_judge(const struct range_bits *bits, const struct te_metric_input *in,
                enum range_cardinality card, struct range_rules p_rules, struct range_rules r_rules,
                struct range_score *out, struct te_err *err)
{
    struct walk w = {.bits = bits, .card = card, .p_rules = p_rules, .r_rules = r_rules};
    size_t runs = count_runs(bits);
    if (in->n_ranges == 0) {
        return te_err_set(err, TE_ERR_NOENT, "there is no anomaly");
    }
    if (runs == 0) {
        return te_err_set(err, TE_ERR_NOENT, "no point is predicted");
    }
    for (size_t k = 0; k < in->n_ranges; k++) {
        visit(&w, (struct span){in->ranges[k].first, in->ranges[k].last});
    }
    close_run(&w);
    out->precision = w.p_total / (double)runs;
    out->recall = w.r_total / (double)in->n_ranges;
    return 0;
}

double range_f_score(struct range_score score, double beta)
{
    double p = score.precision;
    double r = score.recall;
    double beta2 = beta * beta;
    return p + r == 0.0 ? 0.0 : (1.0 + beta2) * p * r / (beta2 * p + r);
}

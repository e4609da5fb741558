/*
 * Range-based precision and recall (Tatbul, Lee, Zdonik, Alam, Gottschlich: Precision and Recall
 * for Time Series, NeurIPS 2018) of a set of predicted points: private to the metrics.
 *
 * Every operation keeps the order of prts 1.0.0.3, since curves are sorted by exact equality.
 */
#ifndef METRIC_RANGE_CORE_H
#define METRIC_RANGE_CORE_H

#include "spec.h"

enum range_bias { BIAS_FLAT, BIAS_FRONT, BIAS_MIDDLE, BIAS_BACK };
enum range_cardinality { CARD_ONE, CARD_RECIPROCAL, CARD_UDF_GAMMA };

extern const char *const RANGE_BIASES[];
extern const char *const RANGE_CARDINALITIES[];

/* The predicted points, one bit each. */
struct range_bits {
    uint64_t *words;
    size_t n;       /* points */
    size_t n_words; /* with one zero word behind the last */
};

int range_bits_init(struct range_bits *bits, size_t n, struct te_err *err) TE_MUST_CHECK;
void range_bits_release(struct range_bits *bits);
/* The points of the distinct scores from .. to-1 are predicted, too. */
void range_bits_add(struct range_bits *bits, const struct te_metric_input *in, size_t from,
                    size_t to);

struct range_rules {
    double alpha;
    enum range_bias bias;
};

struct range_score {
    double precision;
    double recall;
};

/*
 * Precision and recall together. -1: no point is predicted or none is anomalous, which TimeEval
 * refuses, too. O(n/64 + predicted runs that touch an anomaly).
 */
int range_judge(const struct range_bits *bits, const struct te_metric_input *in,
                enum range_cardinality card, struct range_rules p_rules, struct range_rules r_rules,
                struct range_score *out, struct te_err *err) TE_MUST_CHECK;

/* F-beta of the two in prts' order of operations. */
double range_f_score(struct range_score score, double beta);

#endif

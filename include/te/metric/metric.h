/*
 * Metrics: a spec is read from text once, then computed on any number of inputs.
 *
 * A spec is written as TimeEval's Python users write a constructor, positional or by name:
 *   ROC_AUC    RangePrVUS(max_buffer_size=100)    F1Score(PercentileThresholding(percentile=95))
 * Constants of DefaultMetrics are specs, too, and every spec takes name="..." as the column name.
 * Flags of the call may follow in brackets: RocAUC()[nan_is_0=False].
 *
 * Nothing here reads a clock, a file or a global, so specs are shared by threads freely; an input
 * belongs to one thread at a time.
 */
#ifndef TE_METRIC_METRIC_H
#define TE_METRIC_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "te/base/err.h"
#include "te/metric/input.h"

/*
 * The metrics. n points, P of them anomalous, R anomalies (maximal runs of ones), S thresholds, B
 * buffer sizes; costs are those after the shared sort (O(n)). [a, b] are the legal values; every
 * metric takes name="..." and the flags, too. TimeEval's metrics give 0 where all scores are equal.
 *
 * Thresholding strategies (pred = s >= t): NoThresholding(); FixedValueThresholding(threshold=0.8
 * [0, 1]); PercentileThresholding(percentile=90 [0, 100]); TopKPointsThresholding(k=None, k >= 1;
 * None: P); TopKRangesThresholding(k=None, k >= 1; None: R), O(n): the highest threshold, not
 * counting the highest score, with at least k predicted ranges; SigmaThresholding(factor=3.0, > 0),
 * O(n): mean + factor * standard deviation. `best` where it is named: the best of 100 thresholds
 * evenly spread over the scores (s > t), the default there.
 *
 * TimeEval's (Wenig, Schmidl, Papenbrock: TimeEval, PVLDB 15, 2022):
 *   RocAUC(plot, plot_store)  area under true over false positive rate, trapezoids; O(n). Fawcett,
 *     An introduction to ROC analysis, Pattern Recognition Letters 27, 2006.
 *   PrAUC(plot, plot_store)  area under precision over recall, trapezoids from (0, 1); O(n). Davis,
 *     Goadrich, ICML 2006.
 *   AveragePrecision(average)  sum of (recall gained) * precision; O(n). Same.
 *   Precision, Recall, F1Score(strategy)  point-wise TP/(TP+FP), TP/P, harmonic mean; O(1) after
 *     the threshold. van Rijsbergen, Information Retrieval, 1979.
 *   RangePrecision, RangeRecall(strategy=NoThresholding(), alpha=0 [0, 1],
 *     cardinality='reciprocal'|'one'|'udf_gamma', bias='flat'|'front'|'middle'|'back', name)  mean
 *     over predicted (real) ranges of alpha * existence + (1 - alpha) * cardinality * overlap
 *     weighted by position; O(n). Tatbul, Lee, Zdonik, Alam, Gottschlich, Precision and Recall for
 *     Time Series, NeurIPS 2018.
 *   RangeFScore(strategy, beta=1 (>= 0), p_alpha=0, r_alpha=0.5, cardinality, p_bias, r_bias,
 *     name)  their F-beta; r_bias has no effect, as in TimeEval: StrictRangeFScore honours it.
 *   RangePrecisionRangeRecallAUC(max_samples=50 (>= 2), r_alpha=0.5, p_alpha=0, cardinality, bias,
 *     plot, plot_store, name)  area under the two at up to 2 * max_samples distinct scores;
 *     O(n + S (n/64 + overlaps)). Same paper.
 *   PrecisionAtK, FScoreAtK(k=None, k >= 1)  share of predicted ranges that touch an anomaly at
 *     TopKRanges(k), and its harmonic mean with the share of anomalies touched; O(n).
 *   RangePrAUC, RangeRocAUC(buffer_size=None (>= 0; None: median length), compatibility_mode=False,
 *     max_samples=250 (>= 1), plot, plot_store)  areas with sloped labels beside anomalies and
 *     existence reward; O(n + S). Paparrizos, Boniol, Palpanas, Tsay, Elmore, Franklin, Volume
 *     under the Surface, PVLDB 15, 2022.
 *   RangePrVUS, RangeRocVUS(max_buffer_size=500 (>= 0; at most 20000 in compatibility mode),
 *     compatibility_mode=False, max_samples=250)  their mean over the buffer sizes 0 to the
 * maximum; O(n + B (S + R)), in compatibility mode O(n + B (B S + R)). Same paper.
 *
 * Beyond TimeEval (undefined, NaN, without an anomaly):
 *   VUS_PR, VUS_ROC(window=auto [0, 20000], thre=250 [2, 3000])  TSB-AD's definition of the same
 *     volumes; O(n + B (B S + R)). Liu, Paparrizos, The Elephant in the Room, NeurIPS 2024.
 *   BEST_F1(epsilon=0 [0, 1])  largest point-wise F1 over all thresholds; O(n).
 *   AFFILIATION_PRECISION, _RECALL, _F1(strategy=best)  distance to the nearest anomaly
 *     (prediction) as the chance that random points are further away, mean over anomalies;
 *     O(n + S P). Huet, Navarro, Rossi, KDD 2022.
 *   EVENT_F1(strategy=best)  harmonic mean of the share of anomalies hit and point-wise precision;
 *     O(n + S R). Garg, Zhang, Samaran, Savitha, Foo, TNNLS 2021.
 *   PA_F1(strategy=best, random_seed=None)  F1 after every anomaly hit counts as found whole;
 *     O(n + S R). Xu et al., WWW 2018. random_seed judges random scores instead.
 *   PA_K(strategy=best, k=None [0, 100], random_seed=None)  the same for anomalies found to more
 *     than k percent, mean over k = 0..100; O(n + S R). Kim, Choi, Choi, Lee, Yoon, AAAI 2022.
 *   UCR_SCORE, UCR_SCORE_ANY(tolerance=100 (>= 0))  1 if the highest score lies within max(length,
 *     tolerance) points of the one anomaly (any anomaly), else 0; O(R). Wu, Keogh, TKDE 2021.
 *   PATE(e=100, d=100 (>= 0), splits=1 [1, 100], thresholds=250 [2, 100000] or all),
 *     PATE_F1(strategy, e, d, splits)  precision and recall with weights in buffers before and
 *     behind anomalies, area or F1, mean over buffer sizes; O(S P + splits^2 (n + S)). Ghorbani,
 *     Reinders, Tax, KDD 2024.
 */
struct te_metric_spec;

/*
 * Reads one spec. *out is freed with te_metric_free. TE_ERR_USAGE for a malformed text, an unknown
 * name (with a suggestion) or an illegal option, each with its column (counted from 1).
 */
int te_metric_parse(const char *text, struct te_metric_spec **out,
                    struct te_err *err) TE_MUST_CHECK;
void te_metric_free(struct te_metric_spec *spec);

/* Column name in results: the peer's, the user's name="...", or the canonical text after a clash.
 */
const char *te_metric_name(const struct te_metric_spec *spec);
/* The spec in one agreed form: class name, then the options that differ from their defaults. */
const char *te_metric_canonical(const struct te_metric_spec *spec);
/* The text as it was typed, without surrounding blanks. */
const char *te_metric_text(const struct te_metric_spec *spec);
/* True for a metric that judges 0/1 predictions (NoThresholding): it has no value for an
 * algorithm's scores, which are never integers. Worth a warning at the start. */
bool te_metric_needs_integer_scores(const struct te_metric_spec *spec);

/* True for VUS with window=auto: it uses input->period, 125 if that is not known (0). */
bool te_metric_wants_period(const struct te_metric_spec *spec);

/*
 * For a metric that random scores do well on: the spec of the same metric for random scores with a
 * fixed seed, to be read beside it. *text (the caller's) is NULL for every other metric.
 */
int te_metric_baseline(const struct te_metric_spec *spec, char **text,
                       struct te_err *err) TE_MUST_CHECK;

/* An ordered list of specs with distinct names. */
struct te_metric_list {
    struct te_metric_spec **specs;
    size_t count;
    char **notices; /* sentences for the log: renamed columns, dropped doubles, added baselines */
    size_t n_notices;
};

/*
 * Reads a comma-separated list (commas inside brackets and quotes do not separate; an empty text
 * is an empty list). Where two specs share a name the first keeps it, the others are named by
 * their canonical text; a spec that is there already is dropped; a name="..." given twice is an
 * error. PA_F1 and PA_K bring their random baselines along. At most TE_MAX_METRICS.
 */
int te_metric_parse_list(const char *comma_list, struct te_metric_list *out,
                         struct te_err *err) TE_MUST_CHECK;
/* Every metric that has a value for continuous scores, at its defaults. */
int te_metric_all(struct te_metric_list *out, struct te_err *err) TE_MUST_CHECK;
void te_metric_list_release(struct te_metric_list *list);

/*
 * Computes one metric. 0: *value is set (NaN: undefined for these data); a remark for the log may
 * stand in why->text. -1: there is no value, why says the reason: TE_ERR_NOENT for a metric that
 * finds no anomaly or no prediction to judge (an experiment whose metrics all end so is still
 * OK), TE_ERR_NOMEM says nothing about the data.
 */
int te_metric_compute(const struct te_metric_spec *spec, struct te_metric_input *input,
                      double *value, struct te_err *why) TE_MUST_CHECK;

/* Row k of the table of metrics, for listings and help. */
struct te_metric_info {
    const char *class_name; /* as written in a spec; NULL past the end */
    const char *doc;        /* one line */
    char *options;          /* "a=1, b='x'" with defaults; the caller's (te_free) */
};
int te_metric_describe(size_t k, struct te_metric_info *out, struct te_err *err) TE_MUST_CHECK;
/* Short name k for a spec (TimeEval's constants) and the spec; NULL past the end. */
const char *te_metric_constant(size_t k, const char **spec);

#endif

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
/* The same for texts that are separate already ("all" among them stands for te_metric_all). */
int te_metric_parse_texts(const char *const *texts, size_t count, struct te_metric_list *out,
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

#endif

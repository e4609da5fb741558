/*
 * Post-processing specs: how an algorithm's output becomes one score per point, as text that users
 * write and the catalog ships. Parsed once, evaluated against an experiment's resolved parameters
 * to plain numbers; the array functions are in metric/window.h and metric/intervals.h.
 *
 *   reverse_windowing(window_size=window_size|45 + prediction_window_size|1, reduction=mean)
 *   intervals(length=anomaly_window_size|100)            HOT SAX: one column, one length
 *   intervals(columns=true)                              GrammarViz: index, score, length
 *   mscred(window_size=window_size|5, gap_time=gap_time|10, windows=windows|[10, 30, 60])
 *   repeat(times=window_size|30)                         TAnoGan
 *   pad(length=dataset_length)                           zeros around, scores in the middle
 *   command: ./smooth.py {params}                        a program of the user
 *   none
 *
 * Expressions: whole numbers, parameter names, `name|default` (binds tighter than any operator),
 * + - * // %, min(...), max(...), brackets, and dataset_length.
 */
#ifndef TE_MODEL_POST_H
#define TE_MODEL_POST_H

#include <stdbool.h>
#include <stdint.h>
#include "te/base/err.h"

enum te_post_kind {
    TE_POST_NONE,
    TE_POST_REVERSE_WINDOWING,
    TE_POST_INTERVALS,
    TE_POST_MSCRED,
    TE_POST_REPEAT,
    TE_POST_PAD,
    TE_POST_COMMAND,
    TE_POST_COUNT
};

/* The same order as enum te_reduction (metric/window.h). */
enum te_post_reduction { TE_POST_MEAN, TE_POST_MEDIAN, TE_POST_SUM, TE_POST_REDUCTION_COUNT };

struct te_post;

/* What remains when the parameters are known. Fields that a kind does not use are 0. */
struct te_post_call {
    enum te_post_kind kind;
    enum te_post_reduction reduction;
    uint64_t window;     /* reverse_windowing, mscred, repeat: >= 1 */
    uint64_t length;     /* intervals: of every interval; pad: of the output */
    bool columns;        /* intervals: rows are (index, score, length) */
    uint64_t gap;        /* mscred: >= 1 */
    uint64_t max_window; /* mscred: largest of its windows */
    uint64_t dataset_length;
    const char *command; /* command: borrowed from the te_post */
};

/* *out is freed with te_post_free. TE_ERR_USAGE for an unknown family, argument or a malformed
 * expression, with its column (from 1) and what would be right. */
int te_post_parse(const char *text, struct te_post **out, struct te_err *err) TE_MUST_CHECK;
void te_post_free(struct te_post *post);
enum te_post_kind te_post_kind(const struct te_post *post);

/*
 * params_json: the experiment's hyper parameters. TE_ERR_USAGE if a parameter is absent without a
 * default or no whole number, or a window comes out below 1.
 */
int te_post_eval(const struct te_post *post, const char *params_json, int64_t dataset_length,
                 struct te_post_call *out, struct te_err *err) TE_MUST_CHECK;

/* The command line of 'command: ...', NULL for everything else (also for a spec of NULL). */
const char *te_post_command(const char *spec);
/* "reverse_windowing", ...; never NULL. */
const char *te_post_kind_word(enum te_post_kind kind);

#endif

/*
 * `score`: metrics on two text files with one number a line. The files are read here; everything
 * else is metric/.
 */
#ifndef TE_REPORT_SCORE_FILES_H
#define TE_REPORT_SCORE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include "te/base/buf.h"
#include "te/base/err.h"
#include "te/metric/input.h"

struct te_number_file {
    double *values;
    size_t n;
    enum te_metric_dtype type; /* INT: every line is a whole number without point or exponent */
};

/*
 * Reads a column of numbers; nan, inf and -inf in any case. TE_ERR_USAGE with file and line for
 * anything else, and for a file without a number.
 */
int te_number_file_read(const char *path, struct te_number_file *out,
                        struct te_err *err) TE_MUST_CHECK;
void te_number_file_release(struct te_number_file *file);

struct te_score_request {
    const char *labels; /* paths */
    const char *scores;
    const char *series;         /* the series itself, for window=auto; NULL: unknown */
    const char *const *metrics; /* specs, lists of specs, or "all" */
    size_t n_metrics;
    bool scale; /* min-max scale the scores first, as a run does; they are not integers then */
};

struct te_score_line {
    char *spec;     /* as typed */
    char *column;   /* its column name in a run's results */
    double value;   /* NaN: undefined */
    bool has_value; /* false: reason says why */
    char *reason;   /* "" when there is nothing to say */
};

struct te_score_table {
    struct te_score_line *lines;
    size_t count;
    bool swapped; /* labels and scores were taken the other way round */
};

/* TE_ERR_USAGE for whatever is wrong with the request or a file. */
int te_score_files(const struct te_score_request *request, struct te_score_table *out,
                   struct te_err *err) TE_MUST_CHECK;
void te_score_table_release(struct te_score_table *table);

/* One JSON object: spec -> value with 17 significant digits, or null; under "reason", spec -> why
 * for each that is null. */
void te_score_table_json(const struct te_score_table *table, struct te_buf *out);
/* A line per metric: value and spec, and the reason where there is none. */
void te_score_table_text(const struct te_score_table *table, struct te_buf *out);

#endif

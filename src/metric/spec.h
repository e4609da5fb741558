/*
 * What a metric is inside this folder: a row of data (class name, options) and a function of a
 * spec and an input. Adding one is a file with a `const struct metric_def` and a line in
 * registry.c.
 */
#ifndef METRIC_SPEC_H
#define METRIC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "te/base/buf.h"
#include "te/base/err.h"
#include "te/metric/input.h"
#include "te/metric/metric.h"

enum { METRIC_MAX_OPTIONS = 8 };

enum metric_value_kind { VALUE_NONE, VALUE_INT, VALUE_FLOAT, VALUE_BOOL, VALUE_CHOICE };

/* A value as it was written: 2 and 2.0 are told apart, since they appear in names. */
struct metric_value {
    enum metric_value_kind kind;
    int64_t i; /* int, bool, index of the choice */
    double d;  /* int or float as a number */
};

#define METRIC_NONE                                                                                \
    {                                                                                              \
        VALUE_NONE, 0, 0.0                                                                         \
    }
#define METRIC_INT(x)                                                                              \
    {                                                                                              \
        VALUE_INT, (x), (double)(x)                                                                \
    }
#define METRIC_FLOAT(x)                                                                            \
    {                                                                                              \
        VALUE_FLOAT, 0, (x)                                                                        \
    }
#define METRIC_BOOL(x)                                                                             \
    {                                                                                              \
        VALUE_BOOL, (x), 0.0                                                                       \
    }
#define METRIC_CHOICE(x)                                                                           \
    {                                                                                              \
        VALUE_CHOICE, (x), 0.0                                                                     \
    }

/* What an option accepts; several bits may be set. */
enum {
    OPTION_NONE = 1,
    OPTION_INT = 2,
    OPTION_FLOAT = 4,
    OPTION_NUMBER = OPTION_INT | OPTION_FLOAT,
    OPTION_BOOL = 8,
    OPTION_STRATEGY = 16, /* fills spec->threshold, not args */
    OPTION_NAME = 32,     /* the column name */
    OPTION_ABOVE = 64,    /* min itself is not allowed */
    OPTION_SILENT = 128   /* accepted and without effect (plots) */
};

struct metric_option {
    const char *name;
    unsigned allowed;
    double min; /* of a number, inclusive unless OPTION_ABOVE */
    double max;
    const char *const *choices; /* NULL-terminated, or NULL */
    struct metric_value def;
};

enum metric_strategy {
    STRATEGY_MISSING, /* not given yet */
    STRATEGY_NONE,
    STRATEGY_FIXED,
    STRATEGY_PERCENTILE,
    STRATEGY_TOPK_POINTS,
    STRATEGY_TOPK_RANGES,
    STRATEGY_SIGMA,
    STRATEGY_BEST, /* the threshold that makes the metric largest */
    STRATEGY_COUNT
};

struct metric_threshold {
    enum metric_strategy strategy;
    struct metric_value arg;
};

enum {
    METRIC_PEER = 1,       /* one of TimeEval's: constant scores give 0 */
    METRIC_BEST = 2,       /* the strategy may be `best`, which is its default */
    METRIC_NO_DEFAULT = 4, /* the strategy must be given */
    METRIC_ANY_TYPE = 8,   /* integer scores are as good as others */
    METRIC_NOT_IN_ALL = 16
};

struct metric_def {
    const char *class_name;
    const char *column; /* name in results; NULL: `name` writes it */
    void (*name)(const struct te_metric_spec *spec, struct te_buf *out);
    unsigned flags;
    const struct metric_option *options; /* in positional order */
    size_t n_options;
    /* Rules between options, or NULL. */
    int (*check)(const struct te_metric_spec *spec, struct te_err *err);
    /* Option (not the first) that makes the scores random with a seed; 0: none. Its value None
     * means the scores that are there. */
    size_t baseline;
    int (*compute)(const struct te_metric_spec *spec, struct te_metric_input *input, double *value,
                   struct te_err *err);
    const char *doc;
};

struct te_metric_spec {
    const struct metric_def *def;
    struct metric_value args[METRIC_MAX_OPTIONS];
    struct metric_threshold threshold;
    struct te_metric_flags flags;
    char *given_name; /* name="...", or NULL */
    char *name;
    char *canonical;
    char *text;
};

/* registry.c */
const struct metric_def *metric_find(const char *class_name);
/* The spec text that a constant stands for, or NULL. */
const char *metric_constant(const char *name);
const char *metric_default(size_t k); /* specs of `all`; NULL past the end */
/* "did you mean" for a name that is neither, or NULL. */
const char *metric_suggest(const char *word);

/* input.c: the same data, cleaned by other rules. */
int metric_input_with_flags(const struct te_metric_input *in, struct te_metric_flags flags,
                            struct te_metric_input *out, struct te_err *err) TE_MUST_CHECK;

/* parse.c */
int metric_parse_threshold(const char *text, struct metric_threshold *out,
                           struct te_err *err) TE_MUST_CHECK;

/* strategy.c */
struct metric_strategy_row {
    const char *class_name;
    struct metric_option option; /* name NULL: takes none */
};
const struct metric_strategy_row *metric_strategy_row(enum metric_strategy strategy);

/* text.c */
void metric_write_value(const struct metric_value *v, const struct metric_option *o,
                        struct te_buf *out);
void metric_write_threshold(const struct metric_threshold *t, struct te_buf *out);
int metric_spec_texts(struct te_metric_spec *spec, const char *typed,
                      struct te_err *err) TE_MUST_CHECK;

#define METRIC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif

#include "te/model/types.h"

#include <strings.h>

#define WORD(array, i) ((size_t)(i) < sizeof(array) / sizeof((array)[0]) ? (array)[i] : "unknown")

static const char *const training_words[] = {"unsupervised", "semi-supervised", "supervised"};
static const char *const training_names[] = {"UNSUPERVISED", "SEMI_SUPERVISED", "SUPERVISED"};
static const char *const dimension_words[] = {"univariate", "multivariate"};
static const char *const dimension_names[] = {"UNIVARIATE", "MULTIVARIATE"};
static const char *const adapter_words[] = {"docker", "plugin", "python", "command", "fake"};
static const char *const multivariate_words[] = {"none", "mean", "median", "max", "sum_before"};
static const char *const status_words[] = {"OK", "ERROR", "TIMEOUT", "OOM"};
static const char *const reason_words[] = {"",
                                           "exit",
                                           "signal",
                                           "oom",
                                           "timeout",
                                           "preliminary",
                                           "wrong-scores",
                                           "metrics",
                                           "incompatible",
                                           "infrastructure",
                                           "node-lost",
                                           "walltime"};
static const char *const measured_words[] = {"none", "stats", "cgroup", "rusage"};
static const char *const phase_words[] = {"train", "execute"};

const char *te_training_word(enum te_training t)
{
    return WORD(training_words, t);
}

const char *te_training_name(enum te_training t)
{
    return WORD(training_names, t);
}

const char *te_dimension_word(enum te_dimension d)
{
    return WORD(dimension_words, d);
}

const char *te_dimension_name(enum te_dimension d)
{
    return WORD(dimension_names, d);
}

const char *te_adapter_word(enum te_adapter_kind k)
{
    return WORD(adapter_words, k);
}

const char *te_multivariate_word(enum te_multivariate m)
{
    return WORD(multivariate_words, m);
}

const char *te_status_word(enum te_status s)
{
    return WORD(status_words, s);
}

const char *te_reason_word(enum te_reason r)
{
    return WORD(reason_words, r);
}

const char *te_measured_word(enum te_measured m)
{
    return WORD(measured_words, m);
}

const char *te_phase_word(enum te_phase p)
{
    return WORD(phase_words, p);
}

static int find(const char *word, const char *const *words, int count)
{
    for (int i = 0; i < count; i++)
        if (strcasecmp(word, words[i]) == 0)
            return i;
    return -1;
}

#define DEFINE_PARSE(function, type, words, count)                                                 \
    int function(const char *word, type *out)                                                      \
    {                                                                                              \
        int i = find(word, words, count);                                                          \
        if (i < 0)                                                                                 \
            return -1;                                                                             \
        *out = (type)i;                                                                            \
        return 0;                                                                                  \
    }

DEFINE_PARSE(te_training_parse, enum te_training, training_words, TE_TRAINING_COUNT)
DEFINE_PARSE(te_dimension_parse, enum te_dimension, dimension_words, TE_DIMENSION_COUNT)
DEFINE_PARSE(te_status_parse, enum te_status, status_words, TE_STATUS_COUNT)
DEFINE_PARSE(te_reason_parse, enum te_reason, reason_words, TE_REASON_COUNT)

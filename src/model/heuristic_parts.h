/* Heuristics between their two halves: texts to bound arguments, arguments to values. */
#ifndef TE_MODEL_HEURISTIC_PARTS_H
#define TE_MODEL_HEURISTIC_PARTS_H

#include "te/model/expr.h"
#include "te/model/heuristic.h"

enum te_heuristic_kind {
    TE_HEUR_RELATIVE_DATASET_SIZE,
    TE_HEUR_ANOMALY_LENGTH,
    TE_HEUR_CLEAN_START,
    TE_HEUR_CONTAMINATION,
    TE_HEUR_DATASET_ID,
    TE_HEUR_DEFAULT_FACTOR,
    TE_HEUR_DEFAULT_EXPONENTIAL,
    TE_HEUR_EMBED_DIM_RANGE,
    TE_HEUR_DEPENDENCE,
    TE_HEUR_PERIOD_SIZE,
    TE_HEUR_COUNT
};

enum { TE_HEUR_ARGS = 3 };

/* A heuristic's text, parsed, checked and with every argument bound. */
struct te_heuristic {
    enum te_heuristic_kind kind;
    char *signature;
    struct te_expr *call;
    const struct te_expr *fn; /* dependence: the lambda, part of call */
    struct te_value args[TE_HEUR_ARGS];
};

/* text: behind "heuristic:". */
int te_heuristic_parse(const char *text, struct te_heuristic *out,
                       struct te_err *err) TE_MUST_CHECK;
void te_heuristic_release(struct te_heuristic *heuristic);

/*
 * The value for parameter `name` of params; *none: there is none, the parameter goes away. Errors
 * are not yet wrapped.
 */
int te_heuristic_compute(const struct te_heuristic *heuristic, const char *name,
                         const struct te_value *params, const struct te_heuristic_env *env,
                         struct te_value *out, struct te_err *err) TE_MUST_CHECK;

#endif

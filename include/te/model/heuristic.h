/*
 * Parameter heuristics: texts "heuristic:Name(arguments)" that are replaced by a value computed
 * from the dataset. TimeEval's ten, with its values, its order of arguments and its words for what
 * fails; the text is parsed, never run.
 */
#ifndef TE_MODEL_HEURISTIC_H
#define TE_MODEL_HEURISTIC_H

#include "te/model/dataset.h"
#include "te/model/schema.h"
#include "te/model/value.h"

/* What heuristics need to know of a label column. */
struct te_label_facts {
    double sum;
    uint64_t count;
    uint64_t first_max; /* index of the first largest label; of the first NaN if there is one */
};
void te_label_facts_of(const uint8_t *labels, size_t count, struct te_label_facts *out);

struct te_heuristic_env {
    const char *algorithm; /* for messages */
    const struct te_dataset *dataset;
    const struct te_schema *schema; /* defaults; NULL: none */
    /* Labels of the test series; NULL: heuristics that need them fail. */
    int (*labels)(void *context, const struct te_dataset *dataset, struct te_label_facts *out,
                  struct te_err *err);
    void *context;
    struct te_strings *warnings; /* may be NULL */
};

/* One of the ten, for help: its name, arguments with defaults (the caller's, te_free) and what it
 * gives. name is NULL past the end. */
struct te_heuristic_info {
    const char *name;
    char *args;
    const char *doc;
};
int te_heuristic_describe(size_t k, struct te_heuristic_info *out,
                          struct te_err *err) TE_MUST_CHECK;

/* Is this a heuristic's text? */
bool te_heuristic_is(const struct te_value *value);
/* Does it depend on another parameter of the same setting? */
bool te_heuristic_is_dependent(const struct te_value *value);
/* Checks a heuristic's text without a dataset: syntax, name, arguments. */
int te_heuristic_check(const struct te_value *value, struct te_err *err) TE_MUST_CHECK;

/*
 * Replaces every heuristic among the values of params (a dict). Those that depend on other
 * parameters come last, sources first; in a cycle the order of the dict decides and a later one is
 * seen as text. A value None takes the parameter out. TE_ERR_USAGE with TimeEval's words.
 */
int te_heuristics_resolve(struct te_value *params, const struct te_heuristic_env *env,
                          struct te_err *err) TE_MUST_CHECK;

#endif

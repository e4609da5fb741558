/*
 * Parameter configurations: fixed, full grid, independent grid. Settings are made one at a time
 * by index, in TimeEval's order; ids are hashes of Python's repr of the sorted pairs.
 */
#ifndef TE_MODEL_PARAMS_H
#define TE_MODEL_PARAMS_H

#include "te/model/config.h"
#include "te/model/value.h"

enum te_params_kind { TE_PARAMS_FIXED, TE_PARAMS_FULL, TE_PARAMS_INDEPENDENT };

/*
 * fixed: the values, one setting in their order.
 * full: fixed values count as one-value lists; settings sorted by name, the last name varies
 *   fastest.
 * independent: per name of the grid (in order) and value, the fixed ones with that value set,
 *   sorted by name. Without any value: the fixed ones.
 */
struct te_params {
    enum te_params_kind kind;
    struct te_value fixed; /* dict */
    struct te_value grid;  /* dict: name -> list */
    uint64_t count;        /* of settings */
    /* private: every name sorted, with its values, their repr and number */
    struct te_params_axis *axes;
    size_t n_axes;
};

/*
 * fixed and grid are taken. TE_ERR_USAGE: a grid value that is no list or tuple, an empty list in a
 * full grid, more than TE_MAX_SETTINGS settings.
 */
int te_params_init(enum te_params_kind kind, struct te_value *fixed, struct te_value *grid,
                   struct te_params *out, struct te_err *err) TE_MUST_CHECK;
void te_params_release(struct te_params *params);

/* Setting `index` < count as a dict, heuristics unresolved. */
int te_params_setting(const struct te_params *params, uint64_t index, struct te_value *out,
                      struct te_err *err) TE_MUST_CHECK;

/* Python's repr of the sorted list of pairs, which the id is the MD5 of. */
int te_params_repr(const struct te_value *setting, struct te_buf *buf,
                   struct te_err *err) TE_MUST_CHECK;
int te_params_id(const struct te_value *setting, char id[TE_MD5_HEX],
                 struct te_err *err) TE_MUST_CHECK;
/* The repr of setting `index` without building it: what te_params_repr would give. */
void te_params_setting_repr(const struct te_params *params, uint64_t index, struct te_buf *buf);
/* true: no two settings can be the same (said without looking at each; false: they may be). */
int te_params_distinct(const struct te_params *params, bool *distinct,
                       struct te_err *err) TE_MUST_CHECK;

#endif

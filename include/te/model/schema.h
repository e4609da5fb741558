/*
 * Parameter schema of an algorithm: names, types and defaults as its manifest or the catalog gives
 * them.
 */
#ifndef TE_MODEL_SCHEMA_H
#define TE_MODEL_SCHEMA_H

#include <jansson.h>
#include "te/model/value.h"

struct te_schema_param {
    char *name;
    char *type; /* int, float, boolean, string, columnName, list[int], enum[a,b], in any case */
    bool has_default;
    struct te_value default_value;
    char *description; /* "" : unknown */
};

struct te_schema {
    struct te_schema_param *items;
    size_t count, cap;
    bool known; /* false: nothing is known, so nothing can be checked */
};

void te_schema_release(struct te_schema *schema);
int te_schema_copy(const struct te_schema *schema, struct te_schema *out,
                   struct te_err *err) TE_MUST_CHECK;
const struct te_schema_param *te_schema_find(const struct te_schema *schema, const char *name);
/* default_json NULL: no default. A name that is there already keeps its first definition. */
int te_schema_add(struct te_schema *schema, const char *name, const char *type,
                  const json_t *default_json, const char *description,
                  struct te_err *err) TE_MUST_CHECK;

/*
 * Is value right for the parameter? TE_ERR_USAGE for an unknown name (with a suggestion) or a wrong
 * type (with what would be right). Heuristics, None and the default itself are always right, and
 * so is everything while the schema is not known.
 */
int te_schema_check(const struct te_schema *schema, const char *name, const struct te_value *value,
                    struct te_err *err) TE_MUST_CHECK;
/* Is this a type that a manifest may name? */
bool te_schema_type_known(const char *type);

int te_value_from_json(const json_t *json, struct te_value *out, struct te_err *err) TE_MUST_CHECK;

#endif

/* What the files of the plan share. */
#ifndef TE_CORE_PLAN_PARTS_H
#define TE_CORE_PLAN_PARTS_H

#include "te/base/hash.h"
#include "te/base/map.h"
#include "te/core/plan.h"
#include "te/metric/metric.h"
#include "te/model/algorithm.h"
#include "te/model/heuristic.h"
#include "te/model/params.h"
#include "te/model/post.h"
#include "te/text/problems.h"

struct te_plan_md5 {
    unsigned char bytes[TE_HASH_MD5_BYTES];
};

/* An algorithm of the configuration with all that catalog and manifest add. */
struct te_plan_algorithm {
    const struct te_config_algorithm *config;
    bool bad; /* a problem was reported: it is not listed */
    char *program, *symbol;
    enum te_training training;
    enum te_dimension dimension;
    char *postprocess; /* NULL: none */
    struct te_post *post;
    struct te_schema schema;
    struct te_params params;
    struct te_limits limits;
    bool heuristics;         /* some value is one */
    bool dependent;          /* some value depends on another parameter */
    struct te_plan_md5 *ids; /* of every setting */
    uint8_t *duplicate;      /* bit per setting; NULL: none is one */
    uint64_t n_duplicates;
    uint32_t *copy; /* keep_duplicate_settings: number among its equals; NULL: all are 0 */
};

struct te_plan_labels {
    bool known;
    struct te_label_facts facts;
};

/* Rows of the combinations file: full keys, and their part before the parameters' id. */
struct te_plan_combos {
    bool active;
    struct te_map keys;  /* key -> row */
    struct te_map pairs; /* algorithm, collection, dataset */
    uint8_t *used;       /* per row */
    uint32_t *lines;
    size_t n_rows;
    char sha256[TE_SHA256_HEX];
};

struct te_plan {
    const struct te_config *config;
    const struct te_datasets *datasets;
    struct te_plan_algorithm *algorithms;
    size_t n_algorithms;
    uint32_t *selected; /* datasets in order */
    size_t n_selected;
    uint8_t *used;
    struct te_plan_labels *labels; /* per dataset */
    struct te_metric_list metrics;
    struct te_experiment *experiments;
    size_t count, cap;
    struct te_skipped *skipped;
    size_t n_skipped, cap_skipped;
    struct te_strings notices;
    struct te_map told; /* notices that are there */
    char combos_sha256[TE_SHA256_HEX];
    char digest[TE_SHA256_HEX];
    char *facts;
};

/* Work in progress. */
struct te_planner {
    struct te_plan *plan;
    struct te_catalog *catalog; /* NULL: not opened */
    const char *catalog_path;
    struct te_problems problems;
    struct te_plan_combos combos;
};

/* Line of a problem; that of a --set (below 0) becomes the file's. */
int te_plan_line(int line);
int te_plan_notice(struct te_plan *plan, struct te_err *err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))) TE_MUST_CHECK;

/* plan_algorithm.c: fills plan->algorithms; problems of the user are collected. */
int te_plan_algorithms(struct te_planner *planner, struct te_err *err) TE_MUST_CHECK;
void te_plan_algorithm_release(struct te_plan_algorithm *algorithm);

/* plan_combos.c */
int te_plan_combos_read(struct te_planner *planner, struct te_err *err) TE_MUST_CHECK;
void te_plan_combos_release(struct te_plan_combos *combos);

/* plan_list.c: the experiments. */
int te_plan_list(struct te_planner *planner, struct te_err *err) TE_MUST_CHECK;

/* plan_resolve.c: parameters of a setting with heuristics resolved; warnings may be NULL. */
int te_plan_resolve(const struct te_plan *plan, uint32_t algorithm, uint32_t dataset,
                    uint64_t setting, struct te_strings *warnings, struct te_value *out,
                    struct te_err *err) TE_MUST_CHECK;
/* Everything of an algorithm on a dataset that can be checked before the run. */
int te_plan_check_pair(struct te_planner *planner, uint32_t algorithm, uint32_t dataset,
                       struct te_err *err) TE_MUST_CHECK;

/* plan_facts.c: facts and digest. */
int te_plan_describe(struct te_plan *plan, struct te_err *err) TE_MUST_CHECK;

#endif

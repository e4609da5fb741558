/*
 * The plan: every experiment of a run, in TimeEval's order (algorithm, dataset, setting,
 * repetition), in at most 300 bytes each; parameters are resolved when a task is made.
 */
#ifndef TE_CORE_PLAN_H
#define TE_CORE_PLAN_H

#include "te/model/config.h"
#include "te/model/dataset.h"
#include "te/model/task.h"

struct te_plan; /* borrows config and datasets: they outlive it */

struct te_experiment {
    uint64_t id; /* first 8 bytes (big endian) of SHA-256 over algorithm, collection, dataset,
                    hyper_params_id, repetition, number among duplicates, joined by 0x1F */
    uint32_t algorithm;  /* index in the configuration */
    uint32_t dataset;    /* index in te_datasets */
    uint32_t setting;    /* index within the algorithm */
    uint32_t repetition; /* from 1 */
};

/* Settings of an algorithm on a dataset that were left out, with the reason; duplicates removed are
 * here, too. */
struct te_skipped {
    uint32_t algorithm, dataset;
    uint32_t
        setting; /* if count is 1 and the algorithm has others; else UINT32_MAX: `count` ones */
    uint64_t count;
    const char *reason;
};

/*
 * Checks everything that the configuration left as text (parameters against the schema, heuristics,
 * post-processing, metric specs, combinations file) and lists the experiments. Problems of the user
 * go to *report, one a line, as te_config_load does. catalog: path of the algorithm catalog.
 */
int te_plan_build(const struct te_config *config, const struct te_datasets *datasets,
                  const char *catalog, struct te_plan **out, char **report,
                  struct te_err *err) TE_MUST_CHECK;
void te_plan_free(struct te_plan *plan);

size_t te_plan_count(const struct te_plan *plan);
const struct te_experiment *te_plan_get(const struct te_plan *plan, size_t number);
/* The whole task of an experiment, parameters resolved; attempt 0, checksums empty. Caller
 * releases. */
int te_plan_task(const struct te_plan *plan, size_t number, struct te_task *out,
                 struct te_err *err) TE_MUST_CHECK;
size_t te_plan_skipped_count(const struct te_plan *plan);
const struct te_skipped *te_plan_skipped(const struct te_plan *plan, size_t i);
/* What the configuration, the catalog and the manifest make of an algorithm. */
struct te_schema;
struct te_plan_algorithm_info {
    const char *name;
    enum te_adapter_kind adapter;
    const char *program, *symbol; /* as in te_task */
    enum te_training training;
    enum te_dimension dimension;
    const char *postprocess; /* NULL: none */
    uint64_t settings;       /* without duplicates */
    const struct te_schema *schema;
};
size_t te_plan_algorithm_count(const struct te_plan *plan);
void te_plan_algorithm_get(const struct te_plan *plan, size_t i,
                           struct te_plan_algorithm_info *out);
/* The parameters' id of a setting. */
void te_plan_setting_id(const struct te_plan *plan, uint32_t algorithm, uint64_t setting,
                        char id[TE_MD5_HEX]);
/* Datasets used by at least one experiment: flags per index in te_datasets. */
const uint8_t *te_plan_datasets_used(const struct te_plan *plan);
/* Metric column names, in order, clashes told apart; notices for people. */
size_t te_plan_metric_count(const struct te_plan *plan);
const char *te_plan_metric_name(const struct te_plan *plan, size_t i);
const struct te_strings *te_plan_notices(const struct te_plan *plan);
/* SHA-256 (hex) over all that may not differ on resume; and a text of those facts, one "key =
 * value" a line, so that a difference can be named. */
const char *te_plan_digest(const struct te_plan *plan);
const char *te_plan_facts(const struct te_plan *plan);

#endif

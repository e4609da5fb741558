/* What may not differ on resume, as a text whose lines can be compared, and its digest. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include "plan_parts.h"
#include "te/base/max.h"
#include "te/base/mem.h"

static void add(struct te_buf *buf, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct te_buf *buf, const char *key, const char *fmt, ...)
{
    char text[TE_MAX_PATH + 200];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    te_buf_addf(buf, "%s = %s\n", key, text);
}

static const char *word(bool b)
{
    return b ? "true" : "false";
}

static void add_run(const struct te_plan *plan, struct te_buf *buf)
{
    const struct te_config *c = plan->config;
    add(buf, "repetitions", "%" PRId64, c->repetitions);
    add(buf, "skip_invalid_combinations", "%s", word(c->skip_invalid_combinations));
    add(buf, "force_training_type_match", "%s", word(c->force_training_type_match));
    add(buf, "force_dimensionality_match", "%s", word(c->force_dimensionality_match));
    add(buf, "experiment_combinations", "%s",
        plan->combos_sha256[0] ? plan->combos_sha256 : "none");
    add(buf, "max_scores", "%" PRId64, c->settings.max_scores);
    add(buf, "max_log", "%" PRId64, c->settings.max_log);
    add(buf, "pids_limit", "%" PRId64, c->settings.pids_limit);
    add(buf, "shm_size", "%" PRId64, c->settings.shm_size);
    for (size_t i = 0; i < plan->metrics.count; i++) {
        te_buf_addf(buf, "metric %zu = %s as ", i + 1, te_metric_canonical(plan->metrics.specs[i]));
        te_buf_adds(buf, te_metric_name(plan->metrics.specs[i]));
        te_buf_addc(buf, '\n');
    }
}

static void add_limits(const struct te_limits *limits, struct te_buf *buf)
{
    te_buf_addf(buf,
                "memory %" PRId64 ", cpus %.17g, train_timeout %.17g, execute_timeout %.17g, "
                "preliminary model %s, preliminary scores %s\n",
                limits->memory, limits->cpus, limits->train_timeout, limits->execute_timeout,
                word(limits->preliminary_model), word(limits->preliminary_scores));
}

static void add_algorithm(const struct te_plan_algorithm *a, struct te_buf *buf)
{
    static const char *const searches[] = {"fixed", "full", "independent"};
    const struct te_config_algorithm *c = a->config;
    bool moves = c->adapter == TE_ADAPTER_PYTHON; /* its program is the configuration's folder */
    te_buf_addf(buf, "algorithm %s = %s %s%s%s, %s, %s, multivariate %s, data_as_file %s\n",
                c->name, te_adapter_word(c->adapter), a->program && !moves ? a->program : "",
                a->symbol ? ":" : "", a->symbol ? a->symbol : "", te_training_word(a->training),
                te_dimension_word(a->dimension), te_multivariate_word(c->multivariate),
                word(c->data_as_file));
    te_buf_addf(buf, "post-processing of %s = %s\n", c->name,
                a->postprocess ? a->postprocess : "none");
    te_buf_addf(buf, "limits of %s = ", c->name);
    add_limits(&a->limits, buf);
    te_buf_addf(buf, "parameters of %s = %s ", c->name, searches[a->params.kind]);
    te_value_repr(&a->params.fixed, buf);
    te_buf_addc(buf, ' ');
    te_value_repr(&a->params.grid, buf);
    te_buf_addc(buf, '\n');
}

static void add_dataset(const struct te_dataset *d, struct te_buf *buf)
{
    te_buf_addf(buf,
                "dataset %s/%s = %s, length %" PRId64 ", dimensions %" PRId64 ", period %.17g, "
                "anomaly lengths %" PRId64 " %" PRId64 " %" PRId64 "\n",
                d->collection, d->name, te_training_word(d->training), d->length, d->dimensions,
                d->period_size, d->min_anomaly_length, d->median_anomaly_length,
                d->max_anomaly_length);
}

/* The ids of all experiments in order as one hash: whatever else differs shows here. */
static int add_experiments(const struct te_plan *plan, struct te_buf *buf, struct te_err *err)
{
    uint64_t chain = 0;
    for (size_t i = 0; i < plan->count; i++) {
        uint64_t pair[2] = {chain, plan->experiments[i].id};
        chain = te_hash64(pair, sizeof pair);
    }
    te_buf_addf(buf, "experiments = %zu, %016" PRIx64 "\n", plan->count, chain);
    return te_buf_check(buf, err);
}

int te_plan_describe(struct te_plan *plan, struct te_err *err)
{
    unsigned char sha256[TE_HASH_SHA256_BYTES];
    te_cleanup(te_buf_release) struct te_buf buf;
    te_buf_init(&buf, TE_MAX_JSON_FILE);
    add_run(plan, &buf);
    for (size_t i = 0; i < plan->n_algorithms; i++)
        add_algorithm(&plan->algorithms[i], &buf);
    for (size_t i = 0; i < plan->n_selected; i++)
        if (plan->used[plan->selected[i]])
            add_dataset(&plan->datasets->items[plan->selected[i]], &buf);
    if (add_experiments(plan, &buf, err) || te_sha256(buf.data, buf.len, sha256, err))
        return -1;
    te_hex(sha256, sizeof sha256, plan->digest);
    plan->facts = te_buf_take(&buf, err);
    return plan->facts ? 0 : -1;
}

#include "te/adapter/adapter.h"

#include <math.h>
#include "classes.h"
#include "te/base/mem.h"

const struct te_adapter_class *te_adapter_class(enum te_adapter_kind kind)
{
    static const struct te_adapter_class *const classes[TE_ADAPTER_COUNT] = {
        [TE_ADAPTER_DOCKER] = &te_adapter_docker, [TE_ADAPTER_PLUGIN] = &te_adapter_plugin,
        [TE_ADAPTER_PYTHON] = &te_adapter_python, [TE_ADAPTER_COMMAND] = &te_adapter_command,
        [TE_ADAPTER_FAKE] = &te_adapter_fake,
    };
    return (unsigned)kind < TE_ADAPTER_COUNT && classes[kind] ? classes[kind] : &te_adapter_fake;
}

void te_outcome_init(struct te_outcome *outcome, size_t max_log)
{
    *outcome = (struct te_outcome){.exit_code = -1};
    te_measure_init(&outcome->measure);
    te_cutlog_init(&outcome->log, max_log);
}

void te_outcome_release(struct te_outcome *outcome)
{
    te_cutlog_release(&outcome->log);
    te_free(outcome->image_digest);
    te_free(outcome->raised);
    te_free(outcome->scores.values);
    *outcome = (struct te_outcome){.exit_code = -1};
}

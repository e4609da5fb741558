#include "te/model/result.h"

#include <math.h>
#include "te/base/mem.h"

void te_measure_init(struct te_measure *m)
{
    *m = (struct te_measure){.main_time = NAN,
                             .wall_overhead = NAN,
                             .cpu_user = NAN,
                             .cpu_system = NAN,
                             .peak_memory = NAN,
                             .read_bytes = NAN,
                             .write_bytes = NAN,
                             .exit_code = -1};
}

void te_result_init(struct te_result *result)
{
    *result = (struct te_result){
        .train_preprocess_time = NAN,
        .execute_preprocess_time = NAN,
        .execute_postprocess_time = NAN,
        .queued = NAN,
        .started = NAN,
        .finished = NAN,
        .score_min = NAN,
        .score_max = NAN,
    };
    for (int p = 0; p < TE_PHASE_COUNT; p++)
        te_measure_init(&result->phase[p]);
}

void te_result_release(struct te_result *result)
{
    if (!result)
        return;
    te_free(result->error_message);
    te_free(result->host);
    te_free(result->image_digest);
    te_free(result->params_json);
    te_free(result->metrics);
    te_free(result->log);
    te_result_init(result);
}

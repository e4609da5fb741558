/* Heuristic texts: the input is the text of one parameter beside three others. */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/model/heuristic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int labels(void *context, const struct te_dataset *dataset, struct te_label_facts *out,
                  struct te_err *err)
{
    (void)context;
    (void)dataset;
    (void)err;
    *out = (struct te_label_facts){.sum = 3, .count = 1000, .first_max = 77};
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char collection[] = "c", name[] = "d";
    static const char others[] = "{'w': 10, 'f': 2.5, 'l': [1, 'a', None]}";
    struct te_err err = TE_ERR_INIT;
    struct te_dataset dataset = {.collection = collection,
                                 .name = name,
                                 .length = 1000,
                                 .median_anomaly_length = 4,
                                 .period_size = size % 2 ? (double)NAN : 12.5};
    struct te_heuristic_env env = {.algorithm = "A", .dataset = &dataset, .labels = labels};
    te_cleanup(te_value_release) struct te_value params = TE_VALUE_INIT;
    te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
    te_cleanup(te_buf_release) struct te_buf text;
    te_buf_init(&text, 1 << 20);
    te_buf_adds(&text, "heuristic:");
    for (size_t i = 0; i < size && i < 100000; i++)
        if (data[i])
            te_buf_addc(&text, (char)data[i]);
    if (te_value_parse_literal(others, sizeof others - 1, &params, &err) ||
        te_value_str(text.data, text.len, &value, &err) ||
        te_value_puts(&params, "x", &value, &err) || te_heuristics_resolve(&params, &env, &err))
        return 0;
    te_buf_clear(&text);
    te_value_repr(&params, &text);
    return 0;
}

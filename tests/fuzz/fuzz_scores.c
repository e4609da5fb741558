/* What an algorithm hands back: text (first byte even) or the binary form. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/run/scores.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    struct te_score_table table;
    memset(&table, 0, sizeof table);
    if (size == 0)
        return 0;
    int rc = data[0] % 2 ? te_scores_binary("f", data + 1, size - 1, &table, &err)
                         : te_scores_parse("f", (const char *)data + 1, size - 1, &table, &err);
    if (rc < 0)
        return err.text[0] ? 0 : (abort(), 0);
    double sum = 0;
    for (size_t i = 0; i < table.rows * table.columns; i++)
        sum += table.values[i];
    if (sum > 0 && table.rows == 0)
        abort();
    te_free(table.values);
    return 0;
}

#include "memo.h"

#include <string.h>
#include "te/base/mem.h"

struct te_metric_memo {
    struct te_metric_memo *next;
    char key[MEMO_KEY];
    double values[MEMO_VALUES];
};

bool metric_memo_get(const struct te_metric_input *input, const char *key,
                     double values[MEMO_VALUES])
{
    for (const struct te_metric_memo *m = input->memo; m; m = m->next) {
        if (strcmp(m->key, key) == 0) {
            memcpy(values, m->values, sizeof m->values);
            return true;
        }
    }
    return false;
}

void metric_memo_put(struct te_metric_input *input, const char *key,
                     const double values[MEMO_VALUES])
{
    struct te_err ignored = TE_ERR_INIT;
    size_t len = strlen(key);
    struct te_metric_memo *m = len < MEMO_KEY ? te_zalloc(1, sizeof *m, &ignored) : NULL;
    if (!m) {
        return;
    }
    memcpy(m->key, key, len + 1);
    memcpy(m->values, values, sizeof m->values);
    m->next = input->memo;
    input->memo = m;
}

void metric_memo_free(struct te_metric_memo *memo)
{
    while (memo) {
        struct te_metric_memo *next = memo->next;
        te_free(memo);
        memo = next;
    }
}

#include "te/model/task.h"

#include <stddef.h>
#include "te/base/mem.h"

/* Every text that a task owns; release and copy walk this table. */
static const size_t texts[] = {
    offsetof(struct te_task, algorithm),   offsetof(struct te_task, collection),
    offsetof(struct te_task, dataset),     offsetof(struct te_task, hyper_params_id),
    offsetof(struct te_task, params_json), offsetof(struct te_task, program),
    offsetof(struct te_task, symbol),      offsetof(struct te_task, postprocess),
    offsetof(struct te_task, train_path),  offsetof(struct te_task, test_path),
};

enum { N_TEXTS = sizeof texts / sizeof texts[0] };

static char **text_at(struct te_task *task, size_t i)
{
    return (char **)(void *)((char *)task + texts[i]);
}

void te_task_release(struct te_task *task)
{
    if (!task)
        return;
    for (size_t i = 0; i < N_TEXTS; i++)
        te_free(*text_at(task, i));
    *task = (struct te_task){0};
}

int te_task_copy(const struct te_task *task, struct te_task *out, struct te_err *err)
{
    struct te_task source = *task; /* its texts stay the task's */
    struct te_task copy = *task;
    for (size_t i = 0; i < N_TEXTS; i++)
        *text_at(&copy, i) = NULL;
    for (size_t i = 0; i < N_TEXTS; i++) {
        const char *text = *text_at(&source, i);
        if (!text)
            continue;
        *text_at(&copy, i) = te_strdup(text, err);
        if (!*text_at(&copy, i)) {
            te_task_release(&copy);
            return -1;
        }
    }
    *out = copy;
    return 0;
}

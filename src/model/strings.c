/* Lists of texts, shared by configuration and datasets. */
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/config.h"

int te_strings_add(struct te_strings *list, const char *text, struct te_err *err)
{
    if (te_grow(&list->items, &list->cap, list->count + 1, sizeof *list->items, TE_MAX_DATASETS,
                err) < 0)
        return -1;
    char *copy = te_strdup(text, err);
    if (!copy)
        return -1;
    list->items[list->count++] = copy;
    return 0;
}

void te_strings_release(struct te_strings *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        te_free(list->items[i]);
    te_free(list->items);
    *list = (struct te_strings){0};
}

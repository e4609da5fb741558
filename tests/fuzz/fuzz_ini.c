/* The ini reader on arbitrary bytes: what it gives out keeps its rules. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/text/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    struct te_ini ini;
    struct te_problems problems;
    if (te_problems_init(&problems, "f", &err) < 0)
        abort();
    if (te_ini_parse((const char *)data, size, &ini, &problems, &err) == 0) {
        for (size_t i = 0; i < ini.n_items; i++) {
            const struct te_ini_item *item = &ini.items[i];
            if (item->section >= ini.n_sections || !item->key[0] || item->line < 1)
                abort();
            if (!te_str_utf8(item->key, strlen(item->key), NULL) ||
                !te_str_utf8(item->value, strlen(item->value), NULL) || strchr(item->key, '='))
                abort();
        }
        for (size_t i = 0; i < ini.n_sections; i++)
            if (strlen(ini.sections[i].name) > TE_INI_SECTION_MAX)
                abort();
    }
    char *report = NULL;
    if (te_problems_take(&problems, &report, &err) < 0 && !report)
        abort();
    te_free(report);
    te_problems_release(&problems);
    te_ini_release(&ini);
    return 0;
}

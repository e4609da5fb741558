#include "te/model/command.h"

#include <stdbool.h>
#include <string.h>

const char *const te_command_places[TE_COMMAND_PLACES] = {
    [TE_COMMAND_ARGS] = "{args}",       [TE_COMMAND_DATASET] = "{dataset}",
    [TE_COMMAND_RESULTS] = "{results}", [TE_COMMAND_MODEL] = "{model}",
    [TE_COMMAND_FOLDER] = "{folder}",   [TE_COMMAND_PHASE] = "{phase}",
    [TE_COMMAND_PARAMS] = "{params}"};

const char *const te_filter_places[TE_FILTER_PLACES] = {[TE_FILTER_SCORES] = "{scores}",
                                                        [TE_FILTER_OUT] = "{out}",
                                                        [TE_FILTER_PARAMS] = "{params}",
                                                        [TE_FILTER_DATASET] = "{dataset}"};

const char *te_command_stranger(const char *template, const char *const *places, size_t count,
                                size_t *len)
{
    for (const char *p = strchr(template, '{'); p; p = strchr(p + 1, '{')) {
        size_t n = 1 + strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
        if (n == 1 || p[n] != '}')
            continue;
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known |= strncmp(p, places[i], n + 1) == 0;
        if (known)
            continue;
        *len = n + 1;
        return p;
    }
    return NULL;
}

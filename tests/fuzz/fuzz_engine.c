/* What a Docker engine answers: each parser of core/engine on arbitrary text, the first byte
 * chooses. Texts that come out end within their arrays. */
#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/core/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text of ours ends within its array, and fails only with a reason. */
static void expect(bool good)
{
    if (!good)
        abort();
}

#define ENDS(array) (memchr((array), '\0', sizeof(array)) != NULL)

static void facts(unsigned which, const char *text, size_t len)
{
    struct te_err err = TE_ERR_INIT;
    char version[TE_ENGINE_VERSION], id[TE_ENGINE_ID], message[200];
    struct te_engine_info info;
    int code = 0;
    switch (which) {
    case 0:
        expect(te_engine_negotiate(text, len, version, &err) < 0 ? err.text[0] != '\0'
                                                                 : ENDS(version));
        break;
    case 1:
        expect(te_engine_parse_info(text, len, &info, &err) < 0 || ENDS(info.root));
        break;
    case 2:
        expect(te_engine_parse_id(text, len, id, &err) < 0 || (ENDS(id) && strlen(id) >= 12));
        break;
    case 3:
        expect(te_engine_parse_wait(text, len, &code, &err) < 0 || code >= -1);
        break;
    default:
        te_engine_message(text, len, message, sizeof message);
        expect(ENDS(message));
    }
}

static void container(unsigned which, const char *text, size_t len)
{
    struct te_err err = TE_ERR_INIT;
    struct te_engine_state state;
    struct te_measure measure = {0};
    struct te_engine_item *items = NULL;
    size_t n = 0;
    switch (which) {
    case 0:
        expect(te_engine_parse_state(text, len, &state, &err) < 0 ||
               (ENDS(state.image) && ENDS(state.error) && state.exit_code >= 0 &&
                state.exit_code <= 255));
        break;
    case 1:
        expect(te_engine_parse_stats(text, len, &measure, &err) < 0 || !(measure.cpu_user < 0));
        break;
    default:
        if (te_engine_parse_list(text, len, &items, &n, &err) == 0)
            for (size_t i = 0; i < n; i++)
                expect(ENDS(items[i].id) && ENDS(items[i].label) && ENDS(items[i].owner));
        te_free(items);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    unsigned which = data[0] % 8;
    const char *text = (const char *)data + 1;
    if (which < 5)
        facts(which, text, size - 1);
    else
        container(which - 5, text, size - 1);
    return 0;
}

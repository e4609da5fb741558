/* Parameter values: whatever parses is written as repr and read back as the same value. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/model/params.h"
#include "te/model/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(const struct te_value *value)
{
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_buf_release) struct te_buf one;
    te_cleanup(te_buf_release) struct te_buf two;
    te_cleanup(te_buf_release) struct te_buf json;
    te_cleanup(te_value_release) struct te_value again = TE_VALUE_INIT;
    te_buf_init(&one, 1 << 24);
    te_buf_init(&two, 1 << 24);
    te_buf_init(&json, 1 << 24);
    te_value_repr(value, &one);
    if (te_buf_check(&one, &err) || one.len > 200000)
        return;
    if (te_value_parse_literal(one.data, one.len, &again, &err))
        abort();
    te_value_repr(&again, &two);
    if (one.len != two.len || memcmp(one.data, two.data, one.len) != 0)
        abort();
    if (te_value_json(value, &json, &err) && err.code != TE_ERR_USAGE)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
    te_autofree char *text = te_strndup((const char *)data, size, &err);
    char id[TE_MD5_HEX];
    if (!text || te_value_parse(text, &value, &err))
        return 0;
    check_round_trip(&value);
    if (value.kind == TE_VALUE_DICT && te_params_id(&value, id, &err) && err.code != TE_ERR_USAGE)
        abort();
    return 0;
}

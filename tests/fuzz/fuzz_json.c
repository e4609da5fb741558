/* JSON from files of others: read, turned into values and written again. */
#include <stdint.h>
#include <stdlib.h>
#include "te/base/mem.h"
#include "te/model/schema.h"
#include "te/text/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    struct te_value value = TE_VALUE_INIT;
    struct te_buf buf;
    te_buf_init(&buf, (size_t)1 << 22);
    te_cleanup(te_json_cleanup) json_t *json = te_json_parse((const char *)data, size, "f", &err);
    if (!json && !err.text[0])
        abort();
    if (json && te_value_from_json(json, &value, &err) == 0 &&
        te_value_json(&value, &buf, &err) == 0 && te_buf_check(&buf, &err) == 0) {
        te_cleanup(te_json_cleanup) json_t *again = te_json_parse(buf.data, buf.len, "g", &err);
        (void)again; /* NaN and Infinity are not JSON: this may fail, in order */
    }
    te_value_release(&value);
    te_buf_release(&buf);
    return 0;
}

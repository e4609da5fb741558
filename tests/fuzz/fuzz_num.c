/* Numbers: bit-equal to strtod, and what is written reads back. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "te/text/num.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_repr(double value)
{
    char text[TE_NUM_TEXT];
    double again;
    size_t n = te_num_repr(value, text);
    if (n >= sizeof text || text[n] || te_num_parse(text, n, &again) != n)
        abort();
    if (!isnan(value) && memcmp(&again, &value, sizeof value) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[4096];
    double value = 0;
    int64_t whole;
    if (size >= sizeof value) {
        memcpy(&value, data, sizeof value);
        check_repr(value);
    }
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    size_t used = te_num_parse(text, size, &value);
    if (used > size)
        abort();
    if (used && !isnan(value)) {
        text[used] = '\0'; /* strtod knows hexadecimal numbers, too */
        double expected = strtod(text, NULL);
        if (memcmp(&expected, &value, sizeof value) != 0)
            abort();
        check_repr(value);
    }
    if (te_num_parse_int(text, used, &whole) && (double)whole != value)
        abort();
    return 0;
}

#include "te/text/utf8.h"

static size_t bytes_of(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2)
        return 0;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
}

size_t te_utf8_next(const char *text, size_t len, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *s = (const unsigned char *)text;
    size_t n = bytes_of(s[0]);
    if (n == 0 || n > len)
        return 0;
    uint32_t p = n == 1 ? s[0] : s[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        p = p << 6 | (s[i] & 0x3Fu);
    }
    if (p < least[n] || p > 0x10FFFF || (p >= 0xD800 && p < 0xE000))
        return 0;
    *point = p;
    return n;
}

size_t te_utf8_put(uint32_t point, char out[4])
{
    static const unsigned char marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    if (point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
        return 0;
    size_t n = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    out[0] = (char)(n == 1 ? point : marks[n] | point);
    return n;
}

#include "te/model/printable.h"

#include <stddef.h>
#include "printable_table.h"

bool te_printable(uint32_t point)
{
    size_t low = 0;
    size_t high = sizeof te_not_printable / sizeof te_not_printable[0];
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (te_not_printable[mid].last < point)
            low = mid + 1;
        else
            high = mid;
    }
    return low == sizeof te_not_printable / sizeof te_not_printable[0] ||
           te_not_printable[low].first > point;
}

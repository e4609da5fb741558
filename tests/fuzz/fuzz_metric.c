/*
 * Any text as a list of specs; then any labels and scores. The first line is the text, the rest
 * are points of nine bytes: label and score.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/metric/metric.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_TEXT = 600, MAX_POINTS = 300 };

static void judge(const struct te_metric_list *list, const uint8_t *data, size_t size)
{
    struct te_err err = TE_ERR_INIT;
    uint8_t labels[MAX_POINTS];
    double wide[MAX_POINTS];
    double scores[MAX_POINTS];
    size_t n = size / 9 < MAX_POINTS ? size / 9 : MAX_POINTS;
    for (size_t i = 0; i < n; i++) {
        labels[i] = data[9 * i] & 1;
        wide[i] = data[9 * i] == 7 ? 0.5 : labels[i];
        memcpy(&scores[i], data + 9 * i + 1, sizeof scores[i]);
    }
    struct te_metric_arrays arrays = {wide,   n, TE_METRIC_FLOAT,
                                      scores, n, size & 1 ? TE_METRIC_INT : TE_METRIC_FLOAT};
    struct te_metric_input in;
    int rc = size & 2 ? te_metric_input_init(&in, labels, scores, n, &err)
                      : te_metric_input_init_arrays(&in, &arrays, &err);
    if (rc < 0) {
        return;
    }
    for (size_t k = 0; k < list->count; k++) {
        double value = 0.0;
        if (te_metric_compute(list->specs[k], &in, &value, &err) < 0 && !err.text[0]) {
            abort(); /* no value without a reason */
        }
    }
    te_metric_input_release(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[MAX_TEXT + 1];
    struct te_err err = TE_ERR_INIT;
    struct te_metric_list list;
    size_t len = 0;
    while (len < size && len < MAX_TEXT && data[len] && data[len] != '\n') {
        text[len] = (char)data[len];
        len++;
    }
    text[len] = '\0';
    if (te_metric_parse_list(text, &list, &err) == 0) {
        /* Big buffers only take time. */
        if (!strstr(text, "00000")) {
            judge(&list, data + len, size - len);
        }
        te_metric_list_release(&list);
    } else if (!err.text[0]) {
        abort();
    }
    if (size % 8 == 0 && te_metric_all(&list, &err) == 0) {
        judge(&list, data + len, size - len);
        te_metric_list_release(&list);
    }
    return 0;
}

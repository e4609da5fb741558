/* What values of a configuration may be, from the tables that read them. */
#include <string.h>
#include "help.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/metric/metric.h"
#include "te/model/heuristic.h"

enum { COLUMN = 28 };

static int call_row(FILE *out, const char *name, const char *args, const char *doc,
                    struct te_err *err)
{
    te_autofree char *left = te_asprintf(err, "%s(%s)", name, args);
    if (!left)
        return -1;
    te_help_row(out, left, doc, COLUMN);
    return 0;
}

static int metrics(FILE *out, struct te_err *err)
{
    const char *spec, *name;
    struct te_metric_info info;
    fputs("A metric is written as TimeEval's constructors are; options may be left out, "
          "name=\"...\"\n"
          "gives its column another name. Short names:\n\n",
          out);
    for (size_t k = 0; (name = te_metric_constant(k, &spec)) != NULL; k++)
        te_help_row(out, name, spec, COLUMN);
    fputs("\nAll, with the defaults of their options:\n\n", out);
    for (size_t k = 0;; k++) {
        if (te_metric_describe(k, &info, err) < 0)
            return -1;
        if (!info.class_name)
            break;
        int rc = call_row(out, info.class_name, info.options, info.doc, err);
        te_free(info.options);
        if (rc < 0)
            return -1;
    }
    fputs("\nthresholding_strategy is one of NoThresholding(), FixedValueThresholding(0.8),\n"
          "PercentileThresholding(90), TopKPointsThresholding(k=None), "
          "TopKRangesThresholding(k=None),\n"
          "SigmaThresholding(3.0).\n",
          out);
    return 0;
}

static int heuristics(FILE *out, struct te_err *err)
{
    struct te_heuristic_info info;
    fputs("param.NAME = heuristic:CALL gives a parameter a value that each dataset decides; in a "
          "grid\n"
          "the call stands in quotes. Arguments are literals and simple arithmetic (1/3).\n\n",
          out);
    for (size_t k = 0;; k++) {
        if (te_heuristic_describe(k, &info, err) < 0)
            return -1;
        if (!info.name)
            return 0;
        int rc = call_row(out, info.name, info.args, info.doc, err);
        te_free(info.args);
        if (rc < 0)
            return -1;
    }
}

static int postprocess(FILE *out, struct te_err *err)
{
    static const char *const rows[][2] = {
        {"reverse_windowing(window_size=W, reduction=mean)",
         "from a score for each window to one for each point: the mean, median or sum of the "
         "windows "
         "that cover it"},
        {"intervals(length=L)", "scores of intervals that begin at their row, of length L each"},
        {"intervals(columns=true)", "rows of (index, score, length)"},
        {"mscred(window_size=W, gap_time=G, windows=LIST)", "MSCRED's windows with gaps"},
        {"repeat(times=N)", "each score N times, the rest is missing"},
        {"pad(length=N)", "zeros around the scores, up to N"},
        {"command: PROGRAM ARGUMENT...", "a program of your own"},
        {"none", "takes that of the catalog away"},
    };
    (void)err;
    fputs(
        "postprocess = one of these. W, L, G and N are expressions: whole numbers, names of\n"
        "parameters, NAME|DEFAULT where it may be absent, + - * // %, min(), max(), brackets and\n"
        "dataset_length; e.g. reverse_windowing(window_size=window_size|45 + horizon|1).\n\n",
        out);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        te_help_row(out, rows[i][0], rows[i][1], COLUMN);
    return 0;
}

int te_help_topic(FILE *out, const char *name, bool *known, struct te_err *err)
{
    static const struct {
        const char *name;
        int (*print)(FILE *out, struct te_err *err);
    } topics[] = {{"metrics", metrics}, {"heuristics", heuristics}, {"postprocess", postprocess}};
    *known = false;
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        if (strcmp(topics[i].name, name) != 0)
            continue;
        *known = true;
        return topics[i].print(out, err);
    }
    return 0;
}

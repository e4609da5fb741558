#include "te/metric/metric.h"

#include <string.h>
#include "spec.h"

const char *te_metric_name(const struct te_metric_spec *spec)
{
    return spec->name;
}

const char *te_metric_canonical(const struct te_metric_spec *spec)
{
    return spec->canonical;
}

const char *te_metric_text(const struct te_metric_spec *spec)
{
    return spec->text;
}

static bool has_strategy(const struct te_metric_spec *spec)
{
    for (size_t k = 0; k < spec->def->n_options; k++) {
        if (spec->def->options[k].allowed & OPTION_STRATEGY) {
            return true;
        }
    }
    return false;
}

bool te_metric_needs_integer_scores(const struct te_metric_spec *spec)
{
    return has_strategy(spec) && spec->threshold.strategy == STRATEGY_NONE;
}

/* `auto` is the one choice beside a number that stands for something in the data. */
bool te_metric_wants_period(const struct te_metric_spec *spec)
{
    for (size_t k = 0; k < spec->def->n_options; k++) {
        if (spec->args[k].kind == VALUE_CHOICE && (spec->def->options[k].allowed & OPTION_INT) &&
            strcmp(spec->def->options[k].choices[spec->args[k].i], "auto") == 0) {
            return true;
        }
    }
    return false;
}

static bool same_flags(struct te_metric_flags a, struct te_metric_flags b)
{
    return a.inf_is_1 == b.inf_is_1 && a.neginf_is_0 == b.neginf_is_0 && a.nan_is_0 == b.nan_is_0;
}

static int check_type(const struct te_metric_spec *spec, const struct te_metric_input *in,
                      struct te_err *why)
{
    bool wants_int = te_metric_needs_integer_scores(spec);
    if (wants_int && in->score_type != TE_METRIC_INT) {
        return te_err_set(why, TE_ERR_FORMAT,
                          "NoThresholding judges integer predictions, and these scores are not");
    }
    if (!wants_int && in->score_type == TE_METRIC_INT && !(spec->def->flags & METRIC_ANY_TYPE)) {
        return te_err_set(why, TE_ERR_FORMAT,
                          "the metric judges continuous scores, and these are integers");
    }
    return 0;
}

static int compute_checked(const struct te_metric_spec *spec, struct te_metric_input *in,
                           double *value, struct te_err *why)
{
    if (in->label_problem[0]) {
        return te_err_set(why, TE_ERR_USAGE, "%s", in->label_problem);
    }
    if (check_type(spec, in, why) < 0) {
        return -1;
    }
    if ((spec->def->flags & METRIC_PEER) && in->n_distinct == 1) {
        te_err_set(why, TE_OK, "all scores are equal, so the metric counts as 0");
        *value = 0.0;
        return 0;
    }
    return spec->def->compute(spec, in, value, why);
}

/* Scores cleaned by other rules than the shared ones are sorted for this metric alone. */
static int compute_with_flags(const struct te_metric_spec *spec, const struct te_metric_input *in,
                              double *value, struct te_err *why)
{
    struct te_metric_input own;
    if (metric_input_with_flags(in, spec->flags, &own, why) < 0) {
        return -1;
    }
    int rc = compute_checked(spec, &own, value, why);
    te_metric_input_release(&own);
    return rc;
}

int te_metric_compute(const struct te_metric_spec *spec, struct te_metric_input *input,
                      double *value, struct te_err *why)
{
    struct te_metric_input *in = input;
    te_err_clear(why);
    if (in->swapped && !te_metric_needs_integer_scores(spec)) {
        /* TimeEval forgets the call's flags here. */
        return compute_checked(spec, in->swapped, value, why);
    }
    if (in->n_special > 0 && !same_flags(spec->flags, in->flags)) {
        return compute_with_flags(spec, in, value, why);
    }
    return compute_checked(spec, in, value, why);
}

/* datasets list, show, select, custom: what there is. */
#include <stdio.h>
#include <string.h>
#include "te/base/mem.h"
#include "te/base/units.h"
#include "te/model/index.h"
#include "cli.h"
#include "commands.h"
#include "datasets.h"

static int run_list(const struct te_args *args, struct te_err *err)
{
    struct te_cli_datasets sets te_cleanup(te_cli_datasets_close);
    if (te_cli_datasets_open(args, &sets, err) < 0)
        return -1;
    return te_cli_datasets_print(args, &sets.all, NULL, sets.all.count, err) < 0 ? -1 : TE_EXIT_OK;
}

static const struct te_option list_options[] = {
    TE_CLI_OPTIONS_SOURCE, TE_CLI_OPTIONS_FORMAT, TE_CLI_OPTION_SET, {NULL, NULL, NULL}};

const struct te_command te_cmd_datasets_list = {
    .name = "datasets list",
    .synopsis = "(--config CONFIG | --root DIR...) [--json | --csv]",
    .summary = "lists all datasets of the folders and the custom file",
    .options = list_options,
    .run = run_list,
};

static void show(const struct te_dataset *d)
{
    char text[TE_INDEX_CELL];
    for (size_t c = 0; c < TE_INDEX_COLUMNS; c++)
        printf("%-22s %s\n", te_index_column(c), te_index_cell(d, c, text));
    printf("%-22s %s\n", "training type", te_training_word(d->training));
    printf("%-22s %s\n", "input dimensionality", te_dimension_word(d->dimension));
}

static int run_show(const struct te_args *args, struct te_err *err)
{
    struct te_cli_datasets sets te_cleanup(te_cli_datasets_close);
    if (te_cli_datasets_open(args, &sets, err) < 0)
        return -1;
    const struct te_dataset *d = te_cli_datasets_find(&sets.all, te_args_arg(args, 0), err);
    if (!d)
        return -1;
    if (te_args_get(args, "json") || te_args_get(args, "csv")) {
        uint32_t at = (uint32_t)(d - sets.all.items);
        return te_cli_datasets_print(args, &sets.all, &at, 1, err) < 0 ? -1 : TE_EXIT_OK;
    }
    show(d);
    return TE_EXIT_OK;
}

const struct te_command te_cmd_datasets_show = {
    .name = "datasets show",
    .synopsis = "(--config CONFIG | --root DIR...) COLLECTION/DATASET [--json | --csv]",
    .summary = "shows everything that the index knows of a dataset",
    .options = list_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_show,
};

static int run_custom(const struct te_args *args, struct te_err *err)
{
    struct te_strings none = {0};
    struct te_datasets all te_cleanup(te_datasets_release) = {0};
    if (te_datasets_open(&none, te_args_arg(args, 0), &all, NULL, err) < 0)
        return -1;
    return te_cli_datasets_print(args, &all, NULL, all.count, err) < 0 ? -1 : TE_EXIT_OK;
}

static const struct te_option format_options[] = {TE_CLI_OPTIONS_FORMAT, {NULL, NULL, NULL}};

const struct te_command te_cmd_datasets_custom = {
    .name = "datasets custom",
    .synopsis = "FILE.json [--json | --csv]",
    .summary = "checks and analyzes a file of custom datasets",
    .options = format_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_custom,
};

/* Texts of the command line are not changed by the filter. */
static char *text_option(const struct te_args *args, const char *name)
{
    const char *text = te_args_get(args, name);
    char *out;
    memcpy(&out, &text, sizeof out);
    return out;
}

static int flag_option(const struct te_args *args, const char *name, bool *has, bool *value,
                       struct te_err *err)
{
    const char *text = te_args_get(args, name);
    int flag;
    if (!text)
        return 0;
    if (te_parse_bool(text, &flag, err) < 0)
        return te_err_wrap(err, "--%s", name);
    *has = true;
    *value = flag != 0;
    return 0;
}

static int int_option(const struct te_args *args, const char *name, bool *has, int64_t *value,
                      struct te_err *err)
{
    const char *text = te_args_get(args, name);
    if (!text)
        return 0;
    if (te_parse_int(text, 0, INT64_MAX, value, err) < 0)
        return te_err_wrap(err, "--%s", name);
    *has = true;
    return 0;
}

static int word_options(const struct te_args *args, struct te_dataset_filter *f, struct te_err *err)
{
    const char *training = te_args_get(args, "training-type");
    const char *dimension = te_args_get(args, "input-dimensionality");
    if (training && te_training_parse(training, &f->training) < 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "--training-type: '%s' should be unsupervised, semi-supervised or "
                          "supervised",
                          training);
    if (dimension && te_dimension_parse(dimension, &f->dimension) < 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "--input-dimensionality: '%s' should be univariate or multivariate",
                          dimension);
    f->has_training |= training != NULL;
    f->has_dimension |= dimension != NULL;
    return 0;
}

static int figure_options(const struct te_args *args, struct te_dataset_filter *f,
                          struct te_err *err)
{
    const char *contamination = te_args_get(args, "max-contamination");
    if (int_option(args, "min-anomalies", &f->has_min_anomalies, &f->min_anomalies, err) < 0 ||
        int_option(args, "max-anomalies", &f->has_max_anomalies, &f->max_anomalies, err) < 0 ||
        flag_option(args, "datetime-index", &f->has_datetime_index, &f->datetime_index, err) < 0 ||
        flag_option(args, "train-is-normal", &f->has_train_is_normal, &f->train_is_normal, err) < 0)
        return -1;
    if (contamination && te_parse_double(contamination, 0, 1, &f->max_contamination, err) < 0)
        return te_err_wrap(err, "--max-contamination");
    f->has_max_contamination |= contamination != NULL;
    return 0;
}

/* Patterns replace those of the configuration. */
static int pattern_options(const struct te_args *args, struct te_strings *include,
                           struct te_strings *exclude, struct te_dataset_filter *f,
                           struct te_err *err)
{
    for (size_t i = 0; i < te_args_count(args, "include"); i++)
        if (te_strings_add(include, te_args_at(args, "include", i), err) < 0)
            return -1;
    for (size_t i = 0; i < te_args_count(args, "exclude"); i++)
        if (te_strings_add(exclude, te_args_at(args, "exclude", i), err) < 0)
            return -1;
    if (include->count)
        f->include = *include;
    if (exclude->count)
        f->exclude = *exclude;
    return 0;
}

static void text_options(const struct te_args *args, struct te_dataset_filter *f)
{
    const struct {
        const char *name;
        char **field;
    } texts[] = {{"collection", &f->collection},
                 {"dataset", &f->dataset},
                 {"dataset-type", &f->dataset_type}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (te_args_get(args, texts[i].name))
            *texts[i].field = text_option(args, texts[i].name);
}

static int run_select(const struct te_args *args, struct te_err *err)
{
    struct te_cli_datasets sets te_cleanup(te_cli_datasets_close);
    struct te_strings include te_cleanup(te_strings_release) = {0};
    struct te_strings exclude te_cleanup(te_strings_release) = {0};
    if (te_cli_datasets_open(args, &sets, err) < 0)
        return -1;
    struct te_dataset_filter f = sets.filter;
    text_options(args, &f);
    if (word_options(args, &f, err) < 0 || figure_options(args, &f, err) < 0 ||
        pattern_options(args, &include, &exclude, &f, err) < 0)
        return -1;
    te_autofree uint32_t *indices = NULL;
    size_t count;
    if (te_datasets_select(&sets.all, &f, &indices, &count, err) < 0)
        return -1;
    return te_cli_datasets_print(args, &sets.all, indices, count, err) < 0 ? -1 : TE_EXIT_OK;
}

static const struct te_option select_options[] = {
    TE_CLI_OPTIONS_SOURCE,
    {"collection", "TEXT", "datasets of this collection"},
    {"dataset", "TEXT", "datasets of this name"},
    {"dataset-type", "TEXT", "datasets of this type (real, synthetic, ...)"},
    {"datetime-index", "BOOL", "with dates as time stamps, or without"},
    {"training-type", "TYPE", "unsupervised, semi-supervised or supervised"},
    {"train-is-normal", "BOOL", "whose training series has no anomalies, or some"},
    {"input-dimensionality", "TYPE", "univariate or multivariate"},
    {"min-anomalies", "N", "with at least N anomalies"},
    {"max-anomalies", "N", "with at most N anomalies"},
    {"max-contamination", "X", "with at most this share of anomalous rows"},
    {"include", "PATTERN", "COLLECTION/DATASET with * and ?; may be repeated"},
    {"exclude", "PATTERN", "leaves these out; may be repeated"},
    TE_CLI_OPTIONS_FORMAT,
    TE_CLI_OPTION_SET,
    {NULL, NULL, NULL}};

const struct te_command te_cmd_datasets_select = {
    .name = "datasets select",
    .synopsis = "(--config CONFIG | --root DIR...) [FILTER]... [--json | --csv]",
    .summary = "lists the datasets that filters choose, those of the configuration or of options",
    .options = select_options,
    .run = run_select,
};

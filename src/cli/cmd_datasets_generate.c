#include <stdio.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/base/units.h"
#include "te/report/synth.h"
#include "commands.h"
#include "datasets.h"

enum { MAX_CHANNELS = 1000, MAX_ANOMALIES = 10000, MAX_ROWS = 100000000 };

static const struct te_option options[] = {
    {"root", "DIR", "the dataset folder to write into; it is made if it is not there"},
    {"samples", NULL, "writes the project's sample datasets and their checksums"},
    {"length", "ROWS", "rows of the test series (default 2000)"},
    {"train-length", "ROWS", "rows of the training series (default: as the test series)"},
    {"training", "TYPE", "unsupervised (default), semi-supervised or supervised"},
    {"base", "KIND", "base oscillation, one per channel; may be repeated (default sine)"},
    {"period", "ROWS", "rows per oscillation (default 50)"},
    {"amplitude", "X", "height of the oscillation (default 1)"},
    {"noise", "X", "standard deviation of the noise, as share of the amplitude (default 0.05)"},
    {"trend", "KIND", "none (default), linear, quadratic or sine"},
    {"anomaly", "KIND[:ROWS[:STRENGTH[:CHANNEL]]]",
     "an anomaly, placed at random; may be repeated (default amplitude:50:1.5:0)"},
    {"seed", "N", "the same seed gives the same series on every machine (default 1)"},
    {"datetime", NULL, "time stamps are dates, a minute apart, instead of row numbers"},
    {"force", NULL, "replaces a dataset that is there"},
    {NULL, NULL, NULL}};

static int64_t option_int(const struct te_args *args, const char *name, int64_t fallback,
                          int64_t min, int64_t max, struct te_err *err)
{
    int64_t value = fallback;
    const char *text = te_args_get(args, name);
    if (text && te_parse_int(text, min, max, &value, err) < 0) {
        te_err_wrap(err, "--%s", name);
        return -1;
    }
    return value;
}

static int option_double(const struct te_args *args, const char *name, double min, double max,
                         double *out, struct te_err *err)
{
    const char *text = te_args_get(args, name);
    if (text && te_parse_double(text, min, max, out, err) < 0)
        return te_err_wrap(err, "--%s", name);
    return 0;
}

/* An unknown kind, with all that there are. */
static int unknown_kind(const char *option, const char *word, const char *const *words,
                        size_t count, struct te_err *err)
{
    struct te_buf list te_cleanup(te_buf_release);
    te_buf_init(&list, TE_ERR_TEXT_MAX);
    for (size_t i = 0; i < count; i++)
        te_buf_addf(&list, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
    return te_err_set(err, TE_ERR_USAGE, "--%s: '%s' should be %s", option, word,
                      list.data ? list.data : "");
}

static int read_channels(const struct te_args *args, struct te_gen_channel *channels, size_t count,
                         struct te_err *err)
{
    struct te_gen_channel model = {TE_BASE_SINE, 50, 1, 0.05, 0, TE_GEN_NO_TREND, 1};
    const char *trend = te_args_get(args, "trend");
    if (option_double(args, "period", 2, 1e9, &model.period, err) < 0 ||
        option_double(args, "amplitude", 0, 1e12, &model.amplitude, err) < 0 ||
        option_double(args, "noise", 0, 1e6, &model.noise, err) < 0)
        return -1;
    if (trend && te_gen_trend_parse(trend, &model.trend) < 0)
        return unknown_kind("trend", trend, te_gen_trend_words, TE_GEN_TREND_COUNT, err);
    for (size_t i = 0; i < count; i++) {
        channels[i] = model;
        const char *word = te_args_at(args, "base", i);
        if (te_args_count(args, "base") && te_base_parse(word, &channels[i].base) < 0)
            return unknown_kind("base", word, te_base_words, TE_BASE_COUNT, err);
    }
    return 0;
}

/* KIND[:ROWS[:STRENGTH[:CHANNEL]]] */
static int read_anomaly(const char *text, struct te_gen_anomaly *out, struct te_err *err)
{
    char kind[32] = "";
    double strength = 1.5;
    long long rows = 50, channel = 0;
    size_t n = strcspn(text, ":");
    if (n < sizeof kind)
        memcpy(kind, text, n);
    int used = 0, fields = 0;
    if (text[n] == ':')
        fields = sscanf(text + n, ":%lld%n:%lf%n:%lld%n", &rows, &used, &strength, &used, &channel,
                        &used);
    if (te_anomaly_parse(kind, &out->kind) < 0)
        return unknown_kind("anomaly", kind, te_anomaly_words, TE_ANOMALY_COUNT, err);
    if (text[n + (size_t)used] != '\0' || rows < 1 || channel < 0 || fields < 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "--anomaly: '%s' should be KIND[:ROWS[:STRENGTH[:CHANNEL]]]", text);
    out->length = (size_t)rows;
    out->strength = strength;
    out->channel = (size_t)channel;
    return 0;
}

static int read_anomalies(const struct te_args *args, struct te_gen_anomaly *anomalies,
                          size_t count, struct te_err *err)
{
    anomalies[0] = (struct te_gen_anomaly){TE_ANOMALY_AMPLITUDE, 50, 1.5, 0};
    for (size_t i = 0; i < te_args_count(args, "anomaly") && i < count; i++)
        if (read_anomaly(te_args_at(args, "anomaly", i), &anomalies[i], err) < 0)
            return -1;
    return 0;
}

static int read_figures(const struct te_args *args, struct te_synth *synth, struct te_err *err)
{
    int64_t length = option_int(args, "length", 2000, 10, MAX_ROWS, err);
    int64_t train = option_int(args, "train-length", 0, 10, MAX_ROWS, err);
    int64_t seed = option_int(args, "seed", 1, 0, INT64_MAX, err);
    const char *training = te_args_get(args, "training");
    if (length < 0 || train < 0 || seed < 0)
        return -1;
    if (training && te_training_parse(training, &synth->training) < 0)
        return te_err_set(err, TE_ERR_USAGE,
                          "--training: '%s' should be unsupervised, semi-supervised or supervised",
                          training);
    synth->datetime_index = te_args_get(args, "datetime") != NULL;
    synth->train_length = (size_t)train;
    synth->test.length = (size_t)length;
    synth->test.seed = (uint64_t)seed;
    return 0;
}

static size_t at_least_one(size_t count)
{
    return count ? count : 1;
}

static int generate_one(const struct te_args *args, const char *root, struct te_err *err)
{
    te_autofree char *collection = NULL;
    char *name;
    struct te_synth synth = {0};
    size_t n_channels = at_least_one(te_args_count(args, "base"));
    size_t n_anomalies = at_least_one(te_args_count(args, "anomaly"));
    if (te_cli_split_id(te_args_arg(args, 0), &collection, &name, err) < 0)
        return -1;
    if (n_channels > MAX_CHANNELS || n_anomalies > MAX_ANOMALIES)
        return te_err_set(err, TE_ERR_USAGE, "at most %d channels and %d anomalies", MAX_CHANNELS,
                          MAX_ANOMALIES);
    te_autofree struct te_gen_channel *channels = te_zalloc(n_channels, sizeof *channels, err);
    te_autofree struct te_gen_anomaly *anomalies = te_zalloc(n_anomalies, sizeof *anomalies, err);
    if (!channels || !anomalies || read_channels(args, channels, n_channels, err) < 0 ||
        read_anomalies(args, anomalies, n_anomalies, err) < 0 ||
        read_figures(args, &synth, err) < 0)
        return -1;
    synth.collection = collection;
    synth.name = name;
    synth.test.n_channels = n_channels;
    synth.test.channels = channels;
    synth.test.n_anomalies = n_anomalies;
    synth.test.anomalies = anomalies;
    return te_synth_write(root, &synth, te_args_get(args, "force") != NULL, err);
}

static int generate_samples(const struct te_args *args, const char *root, struct te_err *err)
{
    for (size_t i = 0; i < te_synth_sample_count(); i++)
        if (te_synth_write(root, te_synth_sample(i), te_args_get(args, "force") != NULL, err) < 0)
            return -1;
    return 0;
}

static int run(const struct te_args *args, struct te_err *err)
{
    const char *root = te_cli_one_root(args, err);
    bool samples = te_args_get(args, "samples") != NULL;
    if (!root)
        return -1;
    if (samples == (te_args_n(args) == 1))
        return te_err_set(err, TE_ERR_USAGE, "either COLLECTION/DATASET or --samples is needed");
    if ((samples ? generate_samples(args, root, err) : generate_one(args, root, err)) < 0)
        return -1;
    return te_synth_checksums(root, err) < 0 ? -1 : TE_EXIT_OK;
}

const struct te_command te_cmd_datasets_generate = {
    .name = "datasets generate",
    .synopsis = "--root DIR (COLLECTION/DATASET [OPTION]... | --samples)",
    .summary = "makes a synthetic dataset with known anomalies, in GutenTAG's terms",
    .options = options,
    .min_args = 0,
    .max_args = 1,
    .run = run,
};

/*
 * The fake adapter: outcomes by script instead of an algorithm, for dry runs, simulation and
 * tests. Costs microseconds, touches no file, and gives the same scores for the same experiment
 * everywhere.
 *
 * A script is a list of words "[train.|execute.]key[=value]", separated by blanks or commas;
 * without a phase a word holds for the execution (fail words for both: see table). "ok" or an empty
 * script: succeeds at once. sleep=S     runs for S seconds          exit=N     ends with exit code
 * N signal=N    dies of signal N            oom        killed for memory hang        never ends
 * infra=N    attempts 1..N fail by infrastructure kill=N      attempts 1..N kill this very process
 * with SIGKILL fail=P      a share P of the experiments ends with exit code 1 log=N       prints N
 * bytes              rows=N     number of scores scores=random|zero|nan|inf|ramp         what the
 * scores are
 */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "classes.h"
#include "te/base/clock.h"
#include "te/base/hash.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/rng.h"
#include "te/base/units.h"

enum score_kind { SCORES_RANDOM, SCORES_ZERO, SCORES_NAN, SCORES_INF, SCORES_RAMP, SCORES_KINDS };

struct script {
    double sleep;
    double exit_code;
    double signal;
    double oom;
    double hang;
    double infra;
    double kill;
    double fail;
    double log;
    double rows; /* -1: the dataset's length */
    enum score_kind scores;
};

struct fake {
    struct te_adapter base;
    const struct te_job *job;
    struct script script;
    double started; /* monotonic, s */
    bool running;
    struct te_err bad; /* a script that does not read */
};

static const struct key {
    const char *name;
    size_t offset;
    double preset; /* value when none is given */
} keys[] = {
    {"sleep", offsetof(struct script, sleep), 0},   {"exit", offsetof(struct script, exit_code), 1},
    {"signal", offsetof(struct script, signal), 9}, {"oom", offsetof(struct script, oom), 1},
    {"hang", offsetof(struct script, hang), 1},     {"infra", offsetof(struct script, infra), 1e9},
    {"kill", offsetof(struct script, kill), 1},     {"fail", offsetof(struct script, fail), 0.5},
    {"log", offsetof(struct script, log), 0},       {"rows", offsetof(struct script, rows), 0},
};

static int set_scores(struct script *s, const char *word, struct te_err *err)
{
    static const char *const names[SCORES_KINDS] = {"random", "zero", "nan", "inf", "ramp"};
    for (int i = 0; i < SCORES_KINDS; i++) {
        if (strcmp(names[i], word) == 0) {
            s->scores = (enum score_kind)i;
            return 0;
        }
    }
    return te_err_set(err, TE_ERR_USAGE,
                      "fake script: unknown scores '%s', known are random, zero, nan, inf, ramp",
                      word);
}

static int set_word(struct script *s, char *word, struct te_err *err)
{
    char *value = strchr(word, '=');
    if (value)
        *value++ = '\0';
    if (strcmp(word, "ok") == 0)
        return 0;
    if (strcmp(word, "scores") == 0)
        return set_scores(s, value ? value : "", err);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(keys[i].name, word) != 0)
            continue;
        double x = keys[i].preset;
        if (value && te_parse_double(value, 0, 1e12, &x, err) < 0)
            return te_err_wrap(err, "fake script: '%s'", word);
        memcpy((char *)s + keys[i].offset, &x, sizeof x);
        return 0;
    }
    return te_err_set(err, TE_ERR_USAGE, "fake script: unknown word '%s'", word);
}

static int parse(const char *text, enum te_phase phase, struct script *out, struct te_err *err)
{
    *out = (struct script){.rows = -1};
    static const char *const prefix[TE_PHASE_COUNT] = {"train.", "execute."};
    while (*text) {
        char word[128];
        size_t n = strcspn(text, " ,\t\n");
        if (n >= sizeof word)
            return te_err_set(err, TE_ERR_USAGE, "fake script: word of %zu bytes", n);
        memcpy(word, text, n);
        word[n] = '\0';
        text += n + strspn(text + n, " ,\t\n");
        char *name = word;
        enum te_phase of = TE_EXECUTE;
        for (int p = 0; p < TE_PHASE_COUNT; p++) {
            if (strncmp(word, prefix[p], strlen(prefix[p])) == 0) {
                of = (enum te_phase)p;
                name = word + strlen(prefix[p]);
            }
        }
        struct script other = *out; /* words of the other phase are checked, not kept */
        if (*name && set_word(of == phase ? out : &other, name, err) < 0)
            return -1;
    }
    return 0;
}

static struct te_adapter *fake_open(const struct te_adapter_env *env, struct te_err *err)
{
    struct fake *f = te_zalloc(1, sizeof *f, err);
    if (!f)
        return NULL;
    f->base = (struct te_adapter){&te_adapter_fake, env};
    return &f->base;
}

static int fake_start(struct te_adapter *adapter, const struct te_job *job, struct te_err *err)
{
    struct fake *f = (struct fake *)adapter;
    (void)err;
    f->job = job;
    f->started = te_clock_mono();
    f->running = true;
    te_err_clear(&f->bad);
    const char *text = job->task->program ? job->task->program : "";
    if (parse(text, job->phase, &f->script, &f->bad) < 0)
        return 0; /* told as the outcome */
    if (f->script.kill >= job->task->attempt && f->script.kill > 0)
        raise(SIGKILL);
    return 0;
}

static int fake_poll(struct te_adapter *adapter, double wait, bool *done, struct te_err *err)
{
    struct fake *f = (struct fake *)adapter;
    (void)err;
    double now = f->script.sleep > 0 || f->script.hang > 0 ? te_clock_mono() : f->started;
    double end = f->started + (f->script.hang > 0 ? INFINITY : f->script.sleep);
    if (end > f->started + f->job->timeout)
        end = f->started + f->job->timeout;
    if (f->bad.code)
        end = now;
    if (now < end && wait > 0) {
        te_clock_sleep(end - now < wait ? end - now : wait, 0);
        now = te_clock_mono();
    }
    *done = now >= end;
    return 0;
}

static void make_scores(const struct fake *f, struct te_outcome *out)
{
    const struct te_task *task = f->job->task;
    struct te_err err = TE_ERR_INIT;
    int64_t n = f->script.rows >= 0 ? (int64_t)f->script.rows : task->dataset_length;
    size_t count = n > 0 && (size_t)n <= TE_MAX_POINTS ? (size_t)n : 0;
    double *v = te_zalloc(count ? count : 1, sizeof *v, &err);
    if (!v) {
        out->end = TE_END_INFRA;
        out->why = err;
        return;
    }
    struct te_rng rng;
    te_rng_seed(&rng, task->id ^ (uint64_t)(f->job->channel + 1));
    for (size_t i = 0; i < count; i++) {
        switch (f->script.scores) {
        case SCORES_RANDOM:
            v[i] = te_rng_unit(&rng);
            break;
        case SCORES_NAN:
            v[i] = NAN;
            break;
        case SCORES_INF:
            v[i] = i % 2 ? INFINITY : -INFINITY;
            break;
        case SCORES_RAMP:
            v[i] = (double)i;
            break;
        default:
            v[i] = 0;
        }
    }
    out->scores = (struct te_score_table){v, count, 1, false};
    out->has_scores = true;
}

static void print_log(const struct fake *f, struct te_outcome *out)
{
    static const char line[] = "the quick fake prints one line of 48 characters\n";
    double left = f->script.log;
    while (left > 0) {
        size_t n = left < sizeof line - 1 ? (size_t)left : sizeof line - 1;
        te_cutlog_add(&out->log, line, n);
        left -= (double)n;
    }
}

static enum te_end choose_end(const struct fake *f, struct te_outcome *out)
{
    const struct script *s = &f->script;
    const struct te_task *task = f->job->task;
    out->exit_code = -1;
    if (f->bad.code) {
        out->why = f->bad;
        return TE_END_REFUSED;
    }
    if (s->infra >= task->attempt && s->infra > 0) {
        te_err_set(&out->why, TE_ERR_INFRA, "fake infrastructure failure of attempt %u",
                   (unsigned)task->attempt);
        return TE_END_INFRA;
    }
    if (s->hang > 0 || s->sleep > f->job->timeout)
        return TE_END_TIMEOUT;
    if (s->oom > 0) {
        out->exit_code = 137;
        out->oom_seen = true;
        return TE_END_OOM;
    }
    if (s->signal > 0) {
        out->signal = (int)s->signal;
        out->exit_code = 128 + out->signal;
        return TE_END_SIGNAL;
    }
    uint64_t id = task->id;
    struct te_rng rng;
    te_rng_seed(&rng, te_hash64(&id, sizeof id));
    out->exit_code = s->fail > 0 && te_rng_unit(&rng) < s->fail ? 1 : (int)s->exit_code;
    return out->exit_code ? TE_END_EXIT : TE_END_OK;
}

static void fake_take(struct te_adapter *adapter, struct te_outcome *out)
{
    struct fake *f = (struct fake *)adapter;
    out->end = choose_end(f, out);
    print_log(f, out);
    out->measure.exit_code = out->exit_code;
    out->measure.ran = out->end != TE_END_REFUSED && out->end != TE_END_INFRA;
    if (out->measure.ran)
        out->measure.main_time = te_clock_mono() - f->started;
    if (out->end == TE_END_OK && f->job->phase == TE_EXECUTE)
        make_scores(f, out);
    f->running = false;
}

static void fake_stop(struct te_adapter *adapter)
{
    struct fake *f = (struct fake *)adapter;
    f->running = false;
}

static void fake_close(struct te_adapter *adapter)
{
    te_free(adapter);
}

const struct te_adapter_class te_adapter_fake = {
    .kind = TE_ADAPTER_FAKE,
    .needs_folder = false,
    .open = fake_open,
    .start = fake_start,
    .poll = fake_poll,
    .kill = fake_stop,
    .take = fake_take,
    .release = fake_stop,
    .close = fake_close,
};

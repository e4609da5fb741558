/* algorithms list, show: the catalog and what a configuration makes of it. */
#include <stdio.h>
#include <string.h>
#include "cli.h"
#include "commands.h"
#include "plan.h"
#include "te/base/buf.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/base/str.h"
#include "te/model/algorithm.h"
#include "te/text/json.h"

/* One algorithm, wherever it comes from. */
struct entry {
    const char *key; /* in the catalog; NULL: from a configuration */
    const char *name;
    const char *adapter;
    const char *program;
    const char *symbol;
    enum te_training training;
    enum te_dimension dimension;
    const char *postprocess; /* NULL: none */
    const char *description;
    uint64_t settings; /* 0: unknown */
    const struct te_schema *schema;
};

/* The catalog, or a configuration's plan. */
struct source {
    struct te_catalog *catalog;
    struct te_cli_plan made;
};

static void close_source(struct source *source)
{
    te_catalog_free(source->catalog);
    te_cli_plan_close(&source->made);
}

static int open_source(const struct te_args *args, struct source *out, struct te_err *err)
{
    const char *config = te_args_get(args, "config");
    *out = (struct source){0};
    if (config)
        return te_cli_plan_open(args, config, &out->made, err);
    te_autofree char *path = te_cli_catalog(args, err);
    if (!path)
        return -1;
    if (!*path)
        return te_err_set(err, TE_ERR_USAGE,
                          "there is no algorithm catalog beside the program: name it with "
                          "--catalog or TIMEEVAL_CATALOG");
    return te_catalog_open(path, &out->catalog, err);
}

static size_t count_of(const struct source *source)
{
    return source->catalog ? te_catalog_count(source->catalog)
                           : te_plan_algorithm_count(source->made.plan);
}

static struct entry entry_of(const struct source *source, size_t i)
{
    if (source->catalog) {
        const struct te_algorithm *a = te_catalog_at(source->catalog, i);
        return (struct entry){.key = a->key,
                              .name = a->name,
                              .adapter = te_adapter_word(TE_ADAPTER_DOCKER),
                              .program = a->image,
                              .training = a->training,
                              .dimension = a->dimension,
                              .postprocess = a->postprocess,
                              .description = a->description,
                              .schema = &a->schema};
    }
    struct te_plan_algorithm_info a;
    te_plan_algorithm_get(source->made.plan, i, &a);
    return (struct entry){.name = a.name,
                          .adapter = te_adapter_word(a.adapter),
                          .program = a.program,
                          .symbol = a.symbol,
                          .training = a.training,
                          .dimension = a.dimension,
                          .postprocess = a.postprocess,
                          .description = "",
                          .settings = a.settings,
                          .schema = a.schema};
}

/* ---- JSON ---- */

/* text NULL: null. */
static void member(struct te_buf *buf, const char *before, const char *key, const char *text)
{
    te_buf_addf(buf, "%s\"%s\": ", before, key);
    if (text)
        te_json_string(buf, text, strlen(text));
    else
        te_buf_adds(buf, "null");
}

static int add_params(struct te_buf *buf, const struct te_schema *schema, struct te_err *err)
{
    te_buf_adds(buf, ", \"parameters\": [");
    for (size_t i = 0; i < schema->count; i++) {
        const struct te_schema_param *param = &schema->items[i];
        member(buf, i ? ", {" : "{", "name", param->name);
        member(buf, ", ", "type", param->type);
        te_buf_adds(buf, ", \"default\": ");
        if (te_value_json(&param->default_value, buf, err))
            return -1;
        member(buf, ", ", "description", param->description);
        te_buf_addc(buf, '}');
    }
    te_buf_addc(buf, ']');
    return 0;
}

static int add_entry(struct te_buf *buf, const struct entry *e, struct te_err *err)
{
    member(buf, "{", "key", e->key);
    member(buf, ", ", "name", e->name);
    member(buf, ", ", "adapter", e->adapter);
    member(buf, ", ", "program", e->program);
    member(buf, ", ", "symbol", e->symbol);
    member(buf, ", ", "training_type", te_training_word(e->training));
    member(buf, ", ", "input_dimensionality", te_dimension_word(e->dimension));
    member(buf, ", ", "postprocess", e->postprocess);
    member(buf, ", ", "description", e->description);
    if (e->settings)
        te_buf_addf(buf, ", \"settings\": %llu", (unsigned long long)e->settings);
    if (add_params(buf, e->schema, err))
        return -1;
    te_buf_addc(buf, '}');
    return 0;
}

/* ---- list ---- */

static int list_json(const struct source *source, struct te_buf *buf, struct te_err *err)
{
    te_buf_addc(buf, '[');
    for (size_t i = 0; i < count_of(source); i++) {
        struct entry e = entry_of(source, i);
        te_buf_adds(buf, i ? ",\n " : "\n ");
        if (add_entry(buf, &e, err))
            return -1;
    }
    te_buf_adds(buf, "\n]\n");
    return 0;
}

static void list_lines(const struct source *source, struct te_buf *buf)
{
    te_buf_addf(buf, "%-26s %-34s %-15s %-12s %s\n", source->catalog ? "key" : "adapter", "name",
                "training type", "dimension", source->catalog ? "image" : "program");
    for (size_t i = 0; i < count_of(source); i++) {
        struct entry e = entry_of(source, i);
        te_buf_addf(buf, "%-26s %-34s %-15s %-12s %s%s%s\n", e.key ? e.key : e.adapter, e.name,
                    te_training_word(e.training), te_dimension_word(e.dimension),
                    e.program ? e.program : "", e.program && e.symbol ? ":" : "",
                    e.symbol ? e.symbol : "");
    }
}

static int run_list(const struct te_args *args, struct te_err *err)
{
    te_cleanup(close_source) struct source source = {0};
    te_cleanup(te_buf_release) struct te_buf buf;
    te_buf_init(&buf, TE_MAX_JSON_FILE);
    if (open_source(args, &source, err) < 0)
        return -1;
    if (!te_args_get(args, "json"))
        list_lines(&source, &buf);
    else if (list_json(&source, &buf, err))
        return -1;
    return te_cli_print(&buf, err) ? -1 : TE_EXIT_OK;
}

/* ---- show ---- */

static int find_entry(const struct source *source, const char *name, struct entry *out,
                      struct te_err *err)
{
    size_t n = count_of(source);
    if (source->catalog && !te_catalog_find(source->catalog, name, err))
        return -1;
    te_autofree const char **names = te_zalloc(n + 1, sizeof *names, err);
    if (!names)
        return -1;
    for (size_t i = 0; i < n; i++) {
        *out = entry_of(source, i);
        names[i] = out->name;
        if (strcmp(out->name, name) == 0 || (out->key && strcmp(out->key, name) == 0))
            return 0;
    }
    const char *near = te_str_suggest(name, names, n);
    return te_err_set(err, TE_ERR_USAGE, "the configuration has no algorithm '%s'%s%s%s", name,
                      near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void show_params(const struct te_schema *schema, struct te_buf *buf)
{
    if (!schema->known)
        te_buf_adds(buf, "parameters            not known\n");
    for (size_t i = 0; i < schema->count; i++) {
        const struct te_schema_param *param = &schema->items[i];
        te_buf_addf(buf, "%-21s %-28s %s = ", i ? "" : "parameters", param->name, param->type);
        te_value_repr(&param->default_value, buf);
        te_buf_addf(buf, "%s%s\n", *param->description ? "  " : "", param->description);
    }
}

static void show(const struct entry *e, struct te_buf *buf)
{
    te_buf_addf(buf, "name                  %s\n", e->name);
    if (e->key)
        te_buf_addf(buf, "catalog               %s\n", e->key);
    if (*e->description)
        te_buf_addf(buf, "description           %s\n", e->description);
    te_buf_addf(buf, "%-21s %s%s%s\n", e->key ? "image" : e->adapter, e->program ? e->program : "",
                e->program && e->symbol ? ":" : "", e->symbol ? e->symbol : "");
    te_buf_addf(buf, "training type         %s\n", te_training_word(e->training));
    te_buf_addf(buf, "input dimensionality  %s\n", te_dimension_word(e->dimension));
    te_buf_addf(buf, "post-processing       %s\n", e->postprocess ? e->postprocess : "none");
    if (e->settings)
        te_buf_addf(buf, "settings              %llu\n", (unsigned long long)e->settings);
    show_params(e->schema, buf);
}

static int run_show(const struct te_args *args, struct te_err *err)
{
    te_cleanup(close_source) struct source source = {0};
    te_cleanup(te_buf_release) struct te_buf buf;
    struct entry e;
    te_buf_init(&buf, TE_MAX_JSON_FILE);
    if (open_source(args, &source, err) < 0 ||
        find_entry(&source, te_args_arg(args, 0), &e, err) < 0)
        return -1;
    if (!te_args_get(args, "json")) {
        show(&e, &buf);
    } else {
        if (add_entry(&buf, &e, err))
            return -1;
        te_buf_addc(&buf, '\n');
    }
    return te_cli_print(&buf, err) ? -1 : TE_EXIT_OK;
}

static const struct te_option options[] = {
    {"config", "CONFIG", "the algorithms of a configuration instead of the catalog's"},
    {"json", NULL, "prints one JSON value"},
    TE_CLI_OPTION_CATALOG,
    TE_CLI_OPTION_SET,
    {NULL, NULL, NULL}};

const struct te_command te_cmd_algorithms_list = {
    .name = "algorithms list",
    .synopsis = "[--config CONFIG] [--json]",
    .summary = "lists the algorithms of the catalog, or of a configuration",
    .options = options,
    .run = run_list,
};

const struct te_command te_cmd_algorithms_show = {
    .name = "algorithms show",
    .synopsis = "NAME [--config CONFIG] [--json]",
    .summary = "shows an algorithm: image, types, post-processing, parameters with defaults",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run_show,
};

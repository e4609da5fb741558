#include "te_test.h"

#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "te/base/mem.h"
#include "te/model/heuristic.h"
#include "te/model/params.h"
#include "te/model/series.h"
#include "te/text/json.h"

#define VECTORS "../shared/golden/params/heuristics_vectors.jsonl"
#define SERIES  "../shared/data/timeeval-example"

/* The defaults that the vectors were made with. */
static void make_schema(struct te_schema *schema)
{
    static const char text[] =
        "{\"i\": 50, \"f\": 0.01, \"z\": 0, \"zf\": 0.0, \"b\": true, \"bf\": false, "
        "\"s\": \"abc\", \"n\": null, \"l\": [1, 2], \"i7\": 7, \"neg\": -7}";
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_json_cleanup) json_t *json = te_json_parse(text, strlen(text), "schema", &err);
    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at))
        CU_ASSERT_EQUAL(te_schema_add(schema, json_object_iter_key(at), "x",
                                      json_object_iter_value(at), "", &err),
                        0);
}

static double number(json_t *meta, const char *key)
{
    json_t *value = json_object_get(meta, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void make_dataset(json_t *vector, struct te_dataset *out)
{
    json_t *id = json_object_get(vector, "dataset");
    json_t *meta = json_object_get(vector, "meta");
    struct te_err err = TE_ERR_INIT;
    *out = (struct te_dataset){0};
    out->collection = te_strdup(json_string_value(json_array_get(id, 0)), &err);
    out->name = te_strdup(json_string_value(json_array_get(id, 1)), &err);
    out->test_path =
        te_asprintf(&err, SERIES "/%s", json_string_value(json_object_get(vector, "test_file")));
    out->length = (int64_t)number(meta, "length");
    out->min_anomaly_length = (int64_t)number(meta, "min_anomaly_length");
    out->median_anomaly_length = (int64_t)number(meta, "median_anomaly_length");
    out->max_anomaly_length = (int64_t)number(meta, "max_anomaly_length");
    out->period_size = number(meta, "period_size");
    out->period_is_int = json_is_integer(json_object_get(meta, "period_size"));
}

static void free_dataset(struct te_dataset *dataset)
{
    te_free(dataset->collection);
    te_free(dataset->name);
    te_free(dataset->test_path);
}

static int read_labels(void *context, const struct te_dataset *dataset, struct te_label_facts *out,
                       struct te_err *err)
{
    te_autofree uint8_t *labels = NULL;
    size_t rows = 0;
    (void)context;
    if (te_series_labels(dataset->test_path, &labels, &rows, err))
        return -1;
    te_label_facts_of(labels, rows, out);
    return 0;
}

/* The message within Python's repr of an exception: Type("message") or Type('message', ...). */
static void message_of(const char *repr, char *out, size_t size)
{
    const char *at = strchr(repr, '(');
    char quote = at ? at[1] : '\0';
    size_t n = 0;
    for (at = at ? at + 2 : ""; *at && n + 1 < size; at++) {
        if (*at == '\\' && at[1]) {
            at++;
            out[n++] = *at == 'n' ? '\n' : *at;
        } else if (*at == quote) {
            break;
        } else {
            out[n++] = *at;
        }
    }
    out[n] = '\0';
}

static void check_error(json_t *vector, const char *key, const struct te_err *err)
{
    char message[1000];
    const char *want = json_string_value(json_object_get(vector, key));
    if (!want)
        return;
    message_of(want, message, sizeof message);
    CU_ASSERT_PTR_NOT_NULL(strstr(err->text, message));
    if (!strstr(err->text, message))
        te_note("%s: want %s, got %s", key, message, err->text);
}

static void check_vector(json_t *vector, const struct te_schema *schema)
{
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_value_release) struct te_value params = TE_VALUE_INIT;
    te_cleanup(te_buf_release) struct te_buf json;
    struct te_dataset dataset;
    char id[TE_MD5_HEX] = "";
    const char *want = json_string_value(json_object_get(vector, "result_json"));
    te_buf_init(&json, 1 << 20);
    make_dataset(vector, &dataset);
    CU_ASSERT_EQUAL(te_value_from_json(json_object_get(vector, "params"), &params, &err), 0);
    CU_ASSERT_EQUAL(te_params_id(&params, id, &err), 0);
    const char *want_id = json_string_value(json_object_get(vector, "id"));
    if (want_id)
        CU_ASSERT_STRING_EQUAL(id, want_id);
    struct te_heuristic_env env = {
        .algorithm = "A", .dataset = &dataset, .schema = schema, .labels = read_labels};
    int rc = te_heuristics_resolve(&params, &env, &err);
    CU_ASSERT_EQUAL(rc, want ? 0 : -1);
    if (want && rc == 0) {
        CU_ASSERT_EQUAL(te_value_json(&params, &json, &err), 0);
        CU_ASSERT_STRING_EQUAL(json.data, want);
    }
    if (want && (rc || strcmp(json.data, want) != 0))
        te_note("want %s, got %s %s", want, json.data ? json.data : "", err.text);
    if (!want && rc == 0)
        te_note("want an error: %s", json_string_value(json_object_get(vector, "error")));
    check_error(vector, "error", &err);
    check_error(vector, "cause", &err);
    free_dataset(&dataset);
}

static void golden_vectors(void)
{
    static char line[1 << 16];
    te_cleanup(te_schema_release) struct te_schema schema = {0};
    struct te_err err = TE_ERR_INIT;
    size_t n = 0, errors = 0;
    FILE *file = fopen(VECTORS, "r");
    if (!file || access(SERIES, R_OK)) {
        if (file)
            fclose(file);
        te_skip("no " VECTORS " or no " SERIES);
        return;
    }
    make_schema(&schema);
    while (fgets(line, sizeof line, file)) {
        json_t *vector = te_json_parse(line, strlen(line), "vector", &err);
        CU_ASSERT_PTR_NOT_NULL_FATAL(vector);
        check_vector(vector, &schema);
        errors += json_object_get(vector, "result_json") == NULL;
        json_decref(vector);
        n++;
    }
    fclose(file);
    te_note("%zu vectors compared, %zu of them errors", n, errors);
    CU_ASSERT_EQUAL(n, 129);
}

/* params as a literal, to JSON or "!" and the error. Freed by the caller. */
static char *resolve(const char *literal, struct te_strings *warnings)
{
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_value_release) struct te_value params = TE_VALUE_INIT;
    char collection[] = "c", name[] = "d";
    struct te_dataset dataset = {.collection = collection,
                                 .name = name,
                                 .length = 1000,
                                 .median_anomaly_length = 4,
                                 .period_size = NAN};
    struct te_heuristic_env env = {.algorithm = "A", .dataset = &dataset, .warnings = warnings};
    struct te_buf out;
    te_buf_init(&out, 1 << 20);
    CU_ASSERT_EQUAL(te_value_parse(literal, &params, &err), 0);
    if (te_heuristics_resolve(&params, &env, &err) || te_value_json(&params, &out, &err)) {
        te_buf_clear(&out);
        te_buf_addc(&out, '!');
        te_buf_adds(&out, err.text);
    }
    return te_buf_take(&out, &err);
}

#define DEP "heuristic:ParameterDependenceHeuristic"

static void order_and_expressions(void)
{
    static const char *const cases[][2] = {
        /* chains resolve from their sources, whatever the order of the dict */
        {"{'c': \"" DEP "('b', factor=2)\", 'b': \"" DEP
         "('a', factor=2)\", 'a': 'heuristic:RelativeDatasetSizeHeuristic()'}",
         "{\"c\": 400, \"b\": 200, \"a\": 100}"},
        /* a cycle: the first in the dict sees the other's text */
        {"{'a': \"" DEP "('b')\", 'b': \"" DEP "('a')\"}", "\"a\": \"" DEP "('a')"},
        {"{'w': 7, 'x': \"" DEP "('w', fn=lambda v: [v // 2, v ** 2, -v, v / 2, v % 4])\"}",
         "{\"w\": 7, \"x\": [3, 49, -7, 3.5, 3]}"},
        {"{'w': 7, 'x': \"" DEP "('w', lambda v: max(v, 10) if v < 8 else min(v, 3))\"}",
         "{\"w\": 7, \"x\": 10}"},
        {"{'w': 7.6, 'x': \"" DEP "('w', fn=int)\", 'y': \"" DEP "('w', fn=round)\"}",
         "{\"w\": 7.6, \"x\": 7, \"y\": 8}"},
        {"{'w': [3, 4], 'x': \"" DEP "('w', lambda v: (v[0], v[-1], len(v)))\"}",
         "{\"w\": [3, 4], \"x\": [3, 4, 2]}"},
        {"{'w': 3, 'x': \"" DEP "('w', lambda v: None)\"}", "{\"w\": 3}"},
        {"{'w': 3, 'x': \"" DEP "('w', lambda v: not v or v > 2 and v != 4)\"}", "\"x\": true"},
        {"{'x': 'heuristic:PeriodSizeHeuristic(factor=2 ** 3 - 1, fb_value=-1)'}", "{\"x\": -1}"},
        {"{'x': 'heuristic:PeriodSizeHeuristic(2, \"median\")'}", "{\"x\": 8}"},
        {"{'x': 'heuristic:RelativeDatasetSizeHeuristic(1e-1 * (1 + 1))'}", "{\"x\": 200}"},
        {"{'x': 'heuristic:PeriodSizeHeuristic(fb_value=None)'}", "{}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        te_autofree char *got = resolve(cases[i][0], NULL);
        CU_ASSERT_PTR_NOT_NULL(strstr(got, cases[i][1]));
        if (!strstr(got, cases[i][1]))
            te_note("%s gave %s", cases[i][0], got);
    }
}

static void refused(void)
{
    static const char *const cases[][2] = {
        {"{'x': 'heuristic:PeriodSizeHeuristc()'}", "Did you mean 'PeriodSizeHeuristic'?"},
        {"{'x': 'heuristic:PeriodSizeHeuristic(facto=1)'}", "did you mean 'factor'?"},
        {"{'x': 'heuristic:PeriodSizeHeuristic(1, factor=1)'}", "multiple values"},
        {"{'x': 'heuristic:PeriodSizeHeuristic(1, 2, 3, 4)'}", "at most 3 positional"},
        {"{'x': 'heuristic:PeriodSizeHeuristic(factor=1, 2)'}", "positional argument follows"},
        {"{'x': \"" DEP "()\"}", "missing 1 required positional argument: 'source_parameter'"},
        {"{'w': 1, 'x': \"" DEP "('w', fn=5)\"}", "'fn' is a function"},
        {"{'w': 1, 'x': \"" DEP "('w', fn=lambda a, b: a)\"}", "takes 2 arguments"},
        {"{'w': 1, 'x': \"" DEP "('w', fn=lambda a: b)\"}", "name 'b' is not defined"},
        {"{'w': 1, 'x': \"" DEP "('w', fn=eval)\"}", "name 'eval' is not defined"},
        {"{'w': 1, 'x': \"" DEP "('w', fn=lambda a: __import__('os').system('x'))\"}",
         "invalid syntax"},
        {"{'w': 9, 'x': \"" DEP "('w', fn=lambda a: a ** a ** a)\"}", "at most 4300 digits"},
        {"{'x': 'heuristic:ContaminationHeuristic()'}", "labels of the dataset are not at hand"},
        {"{'x': 'heuristic:RelativeDatasetSizeHeuristic(factor=1/0)'}", "division by zero"},
        {"{'x': 'heuristic:RelativeDatasetSizeHeuristic(factor=1e400)'}",
         "cannot convert float infinity to integer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        te_autofree char *got = resolve(cases[i][0], NULL);
        CU_ASSERT(got[0] == '!' && strstr(got, cases[i][1]));
        if (!strstr(got, cases[i][1]))
            te_note("%s gave %s", cases[i][0], got);
    }
}

static void warnings_are_told(void)
{
    struct te_strings warnings = {0};
    te_autofree char *got =
        resolve("{'x': 'heuristic:PeriodSizeHeuristic(fb_value=100)'}", &warnings);
    CU_ASSERT_STRING_EQUAL(got, "{\"x\": 100}");
    CU_ASSERT_EQUAL_FATAL(warnings.count, 1);
    CU_ASSERT_STRING_EQUAL(warnings.items[0],
                           "A: No period_size specified for dataset ('c', 'd'). Using fixed value "
                           "'100' as parameter value.");
    te_strings_release(&warnings);
}

TE_TESTS = {TE_TEST(golden_vectors), TE_TEST(order_and_expressions), TE_TEST(refused),
            TE_TEST(warnings_are_told)};
TE_TEST_MAIN

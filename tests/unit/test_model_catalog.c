#include "te_test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/algorithm.h"
#include "te/model/post.h"
#include "te/text/json.h"

#define CATALOG "jobs/catalog.json"
#define FACTS   "../shared/compat/algorithms_catalog.json"

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static size_t compare_params(const char *key, json_t *params, const struct te_schema *schema)
{
    struct te_err err = TE_ERR_INIT;
    size_t n = 0;
    CU_ASSERT_EQUAL(json_object_size(params), schema->count);
    for (void *at = json_object_iter(params); at; at = json_object_iter_next(params, at), n++) {
        json_t *param = json_object_iter_value(at);
        te_cleanup(te_value_release) struct te_value want = TE_VALUE_INIT;
        const struct te_schema_param *got = te_schema_find(schema, json_object_iter_key(at));
        CU_ASSERT_PTR_NOT_NULL_FATAL(got);
        CU_ASSERT_STRING_EQUAL(got->type, text_of(param, "type"));
        CU_ASSERT_EQUAL(te_value_from_json(json_object_get(param, "default"), &want, &err), 0);
        bool same =
            want.kind == got->default_value.kind && te_value_equal(&want, &got->default_value);
        CU_ASSERT(same);
        CU_ASSERT_EQUAL(te_schema_check(schema, got->name, &want, &err), 0);
        if (!same)
            te_note("%s %s", key, got->name);
    }
    return n;
}

static void agrees_with_the_facts(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_catalog *catalog = NULL;
    size_t params = 0, posts = 0;
    if (access(FACTS, R_OK)) {
        te_skip("no " FACTS);
        return;
    }
    te_cleanup(te_json_cleanup) json_t *facts = te_json_load(FACTS, TE_MAX_JSON_FILE, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(facts);
    CU_ASSERT_EQUAL_FATAL(te_catalog_open(CATALOG, &catalog, &err), 0);
    CU_ASSERT_EQUAL(te_catalog_count(catalog), json_object_size(facts));
    for (size_t i = 0; i < te_catalog_count(catalog); i++) {
        const struct te_algorithm *a = te_catalog_at(catalog, i);
        json_t *fact = json_object_get(facts, a->key);
        CU_ASSERT_PTR_NOT_NULL_FATAL(fact);
        char image[200];
        snprintf(image, sizeof image, "%s:%s", text_of(fact, "image"), text_of(fact, "tag"));
        CU_ASSERT_STRING_EQUAL(a->image, image);
        CU_ASSERT_STRING_EQUAL(a->name, text_of(fact, "name"));
        CU_ASSERT_STRING_EQUAL(te_training_word(a->training), text_of(fact, "training_type"));
        CU_ASSERT_STRING_EQUAL(te_dimension_word(a->dimension),
                               text_of(fact, "input_dimensionality"));
        CU_ASSERT_EQUAL(a->postprocess != NULL, text_of(fact, "post") != NULL);
        posts += a->postprocess != NULL;
        params += compare_params(a->key, json_object_get(fact, "params"), &a->schema);
    }
    te_note("%zu algorithms, %zu parameters, %zu with post-processing compared",
            te_catalog_count(catalog), params, posts);
    CU_ASSERT_EQUAL(te_catalog_count(catalog), 82);
    te_catalog_free(catalog);
}

/* Every post-processing of the catalog works without any parameter set. */
static void windows_have_defaults(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_catalog *catalog = NULL;
    CU_ASSERT_EQUAL_FATAL(te_catalog_open(CATALOG, &catalog, &err), 0);
    for (size_t i = 0; i < te_catalog_count(catalog); i++) {
        const struct te_algorithm *a = te_catalog_at(catalog, i);
        struct te_post *post = NULL;
        struct te_post_call call;
        CU_ASSERT(a->description[0] != '\0');
        if (!a->postprocess)
            continue;
        CU_ASSERT_EQUAL_FATAL(te_post_parse(a->postprocess, &post, &err), 0);
        CU_ASSERT_EQUAL(te_post_eval(post, "{}", 1000, &call, &err), 0);
        te_post_free(post);
    }
    te_catalog_free(catalog);
}

static void finding(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_catalog *catalog = NULL;
    CU_ASSERT_EQUAL_FATAL(te_catalog_open(CATALOG, &catalog, &err), 0);
    CU_ASSERT_PTR_NOT_NULL(te_catalog_find(catalog, "subsequence_lof", &err));
    CU_ASSERT_PTR_NOT_NULL(te_catalog_find(catalog, "Triple ES (Holt-Winter's)", &err));
    CU_ASSERT_PTR_NULL(te_catalog_find(catalog, "subsequence_lov", &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "did you mean 'subsequence_lof'?"));
    const struct te_algorithm *a = te_catalog_of_image(catalog, "ghcr.io/timeeval/lof:9.9");
    CU_ASSERT(a && strcmp(a->key, "lof") == 0);
    CU_ASSERT_PTR_NULL(te_catalog_of_image(catalog, "ghcr.io/timeeval/lo"));
    te_catalog_free(catalog);
    te_autofree char *path = te_catalog_locate("x.json", "y.json", "build", &err);
    CU_ASSERT_STRING_EQUAL(path, "x.json");
    te_autofree char *beside = te_catalog_locate(NULL, "", "build/release", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(beside);
    CU_ASSERT_PTR_NOT_NULL(strstr(beside, "catalog.json"));
    CU_ASSERT_PTR_NULL(te_catalog_locate(NULL, NULL, "/nowhere", &err));
}

static void checked_parameters(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_catalog *catalog = NULL;
    static const struct {
        const char *algorithm, *name, *value, *error;
    } cases[] = {
        {"lof", "n_neighbors", "20", NULL},
        {"lof", "n_neighbors", "20.0", "20.0 is no value for parameter 'n_neighbors' of type int"},
        {"lof", "n_neighbours", "20", "did you mean 'n_neighbors'?"},
        {"lof", "n_neighbors", "heuristic:PeriodSizeHeuristic()", NULL},
        {"lof", "n_neighbors", "None", NULL},
        {"bagel", "cuda", "true", NULL},
        {"bagel", "cuda", "1", "True or False"},
        {"bagel", "dropout", "1", NULL},
        {"bagel", "dropout", "high", "a number is right"},
        {"bagel", "hidden_layer_shape", "[1, 2]", NULL},
        {"bagel", "hidden_layer_shape", "[1, 2.5]", "a list is right"},
        {"arima", "distance_metric", "DTW", NULL},
        {"arima", "distance_metric", "dtw", "one of its words"},
        {"autoencoder", "learning_rate", "'0.005'", NULL},
    };
    CU_ASSERT_EQUAL_FATAL(te_catalog_open(CATALOG, &catalog, &err), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        te_cleanup(te_value_release) struct te_value value = TE_VALUE_INIT;
        const struct te_algorithm *a = te_catalog_find(catalog, cases[i].algorithm, &err);
        CU_ASSERT_EQUAL(te_value_parse(cases[i].value, &value, &err), 0);
        int rc = te_schema_check(&a->schema, cases[i].name, &value, &err);
        CU_ASSERT_EQUAL(rc, cases[i].error ? -1 : 0);
        if (rc && cases[i].error)
            CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].error));
        if (!rc != !cases[i].error || (rc && !strstr(err.text, cases[i].error)))
            te_note("%s = %s: %s", cases[i].name, cases[i].value, err.text);
    }
    te_catalog_free(catalog);
}

static const char good[] =
    "{\"title\": \"My LOF\", \"description\": \"d\", \"version\": \"0.3.0\", \"authors\": \"a\","
    "\"language\": \"Python\", \"type\": \"detector\", \"mainFile\": \"m.py\","
    "\"inputDimensionality\": \"Multivariate\", \"learningType\": \"Semi-Supervised\","
    "\"trainingStep\": {\"modelInput\": \"none\", \"parameters\": [{\"name\": \"k\", \"type\": "
    "\"Int\", \"defaultValue\": 3, \"optional\": \"True\", \"description\": \"x\"}]},"
    "\"executionStep\": {\"modelInput\": \"required\", \"parameters\": [{\"name\": \"k\", "
    "\"type\": \"float\", \"defaultValue\": 9.5, \"optional\": \"true\", \"description\": \"\"}]}}";

static int read_manifest(const char *text, struct te_algorithm *out, struct te_strings *problems,
                         struct te_err *err)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/te-manifest-%ld.json", (long)getpid());
    CU_ASSERT_EQUAL(te_fs_write_atomic(path, text, strlen(text), err), 0);
    int rc = te_manifest_read(path, out, problems, err);
    unlink(path);
    return rc;
}

static void manifests(void)
{
    struct te_err err = TE_ERR_INIT;
    struct te_algorithm a = {0};
    struct te_strings problems = {0};
    CU_ASSERT_EQUAL_FATAL(read_manifest(good, &a, &problems, &err), 0);
    CU_ASSERT_STRING_EQUAL(a.name, "My LOF");
    CU_ASSERT_STRING_EQUAL(a.key, "tmp");
    CU_ASSERT_STRING_EQUAL(a.image, "ghcr.io/timeeval/tmp:0.3.0");
    CU_ASSERT_EQUAL(a.training, TE_SEMI_SUPERVISED);
    CU_ASSERT_EQUAL(a.dimension, TE_MULTIVARIATE);
    CU_ASSERT_STRING_EQUAL(a.model, "required");
    CU_ASSERT_EQUAL(a.schema.count, 1);
    CU_ASSERT_STRING_EQUAL(a.schema.items[0].type, "Int");
    te_algorithm_release(&a);
    CU_ASSERT_EQUAL(read_manifest("{\"title\": 1, \"version\": \"3\", \"type\": \"x\","
                                  "\"executionStep\": {\"parameters\": [{\"type\": \"bool\"}]}}",
                                  &a, &problems, &err),
                    -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "key 'title' should be a text"));
    CU_ASSERT(problems.count > 12);
    te_strings_release(&problems);
    CU_ASSERT_EQUAL(read_manifest("{\"title\": ", &a, NULL, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, ".json:1:"));
}

TE_TESTS = {TE_TEST(agrees_with_the_facts), TE_TEST(windows_have_defaults), TE_TEST(finding),
            TE_TEST(checked_parameters), TE_TEST(manifests)};
TE_TEST_MAIN

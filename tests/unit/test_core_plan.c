#include "te_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/hash.h"
#include "te/base/mem.h"
#include "te/core/plan.h"

static char *folder; /* of this test's files */

static void put_file(const char *name, const char *text)
{
    struct te_err err = TE_ERR_INIT;
    te_autofree char *path = te_fs_join(folder, name, &err);
    CU_ASSERT_EQUAL(te_fs_write_atomic(path, text, strlen(text), &err), 0);
}

/* Four datasets: unsupervised uni and multi, semi-supervised, supervised. */
static char c_a[] = "A", c_b[] = "B", uni[] = "uni", multi[] = "multi", semi[] = "semi",
            super[] = "super", train[] = "/data/train.csv", test[] = "/data/test.csv", empty[] = "";
static struct te_dataset sets[] = {
    {.collection = c_a,
     .name = multi,
     .test_path = test,
     .dimension = TE_MULTIVARIATE,
     .length = 1000,
     .dimensions = 3,
     .period_size = NAN},
    {.collection = c_a,
     .name = uni,
     .test_path = test,
     .length = 500,
     .dimensions = 1,
     .period_size = 20,
     .period_is_int = true},
    {.collection = c_b,
     .name = semi,
     .test_path = test,
     .train_path = train,
     .training = TE_SEMI_SUPERVISED,
     .length = 300,
     .dimensions = 1,
     .period_size = 7.5},
    {.collection = c_b,
     .name = super,
     .test_path = test,
     .train_path = train,
     .training = TE_SUPERVISED,
     .length = 200,
     .dimensions = 1,
     .period_size = NAN},
};
static const struct te_datasets datasets = {.items = sets, .count = 4};

struct planned {
    struct te_config *config;
    struct te_plan *plan;
    char *report;
    struct te_err err;
};

static int make_plan(const char *ini, const char *catalog, struct planned *out)
{
    *out = (struct planned){0};
    for (size_t i = 0; i < datasets.count; i++)
        sets[i].type = sets[i].input_type = sets[i].train_type = sets[i].trend =
            sets[i].stationarity = empty;
    put_file("config.ini", ini);
    te_autofree char *path = te_fs_join(folder, "config.ini", &out->err);
    int rc = te_config_load(path, NULL, 0, &out->config, &out->report, &out->err);
    if (rc)
        te_note("configuration: %s", out->report);
    else
        rc = te_plan_build(out->config, &datasets, catalog, &out->plan, &out->report, &out->err);
    return rc;
}

static void release(struct planned *planned)
{
    te_plan_free(planned->plan);
    te_config_free(planned->config);
    te_free(planned->report);
}

/* "algorithm collection/dataset params_json repetition" of every experiment, one a line. */
static char *list_of(const struct te_plan *plan)
{
    struct te_err err = TE_ERR_INIT;
    struct te_buf buf;
    te_buf_init(&buf, 1 << 20);
    for (size_t i = 0; i < te_plan_count(plan); i++) {
        te_cleanup(te_task_release) struct te_task task = {0};
        CU_ASSERT_EQUAL(te_plan_task(plan, i, &task, &err), 0);
        te_buf_addf(&buf, "%s %s/%s %s %u\n", task.algorithm, task.collection, task.dataset,
                    task.params_json, task.repetition);
    }
    return te_buf_take(&buf, &err);
}

#define HEAD                                                                                       \
    "[run]\nmetrics = ROC_AUC\nrepetitions = 2\nskip_invalid_combinations = true\n"                \
    "[datasets]\nroot = .\n"

static void order_and_compatibility(void)
{
    struct planned p;
    CU_ASSERT_EQUAL(make_plan(HEAD "[algorithm:U]\nimage = u:1\ngrid.b = [True, False]\n"
                                   "grid.a = [1, 2]\n"
                                   "[algorithm:S]\nimage = s:1\ntraining_type = semi-supervised\n"
                                   "param.z = 1\nparam.a = x\n"
                                   "[algorithm:M]\nimage = m:1\nmultivariate = mean\n",
                              NULL, &p),
                    0);
    if (p.report)
        te_note("%s", p.report);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.plan);
    te_autofree char *list = list_of(p.plan);
    static const char start[] =
        "U A/uni {\"a\": 1, \"b\": true} 1\nU A/uni {\"a\": 1, \"b\": true} 2\n"
        "U A/uni {\"a\": 1, \"b\": false} 1\n";
    CU_ASSERT_EQUAL(strncmp(list, start, strlen(start)), 0);
    /* U: 3 univariate sets x 4 settings, S: one set, M: all four; twice each */
    CU_ASSERT_EQUAL(te_plan_count(p.plan), 2 * (12 + 1 + 4));
    CU_ASSERT_PTR_NOT_NULL(strstr(list, "S B/semi {\"z\": 1, \"a\": \"x\"} 1\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(list, "M A/multi {} 2\n"));
    /* U on multi; S on three */
    CU_ASSERT_EQUAL(te_plan_skipped_count(p.plan), 4);
    CU_ASSERT_STRING_EQUAL(te_plan_skipped(p.plan, 0)->reason,
                           "dimensionality: the algorithm is univariate, the dataset multivariate");
    CU_ASSERT_EQUAL(te_plan_skipped(p.plan, 0)->count, 4);
    CU_ASSERT_EQUAL(te_plan_datasets_used(p.plan)[3], 1);
    release(&p);
}

/* Ids do not change from version to version: SHA-256 of the fields with 0x1F between them. */
static void identity(void)
{
    struct planned p;
    struct te_err err = TE_ERR_INIT;
    unsigned char sha256[TE_HASH_SHA256_BYTES];
    uint64_t id = 0;
    static const char text[] = "U\x1f"
                               "A\x1f"
                               "uni\x1f"
                               "a8e37e9ad235ab3b14c813a1ec1d2365\x1f"
                               "2\x1f"
                               "0";
    CU_ASSERT_EQUAL_FATAL(make_plan(HEAD "[algorithm:U]\nimage = u:1\nparam.a = 1\n", NULL, &p), 0);
    te_cleanup(te_task_release) struct te_task task = {0};
    CU_ASSERT_EQUAL(te_plan_task(p.plan, 1, &task, &err), 0);
    CU_ASSERT_STRING_EQUAL(task.hyper_params_id, "a8e37e9ad235ab3b14c813a1ec1d2365");
    CU_ASSERT_EQUAL(te_sha256(text, sizeof text - 1, sha256, &err), 0);
    for (int i = 0; i < 8; i++)
        id = id << 8 | sha256[i];
    CU_ASSERT_EQUAL(task.id, id);
    CU_ASSERT_EQUAL(te_plan_get(p.plan, 1)->id, id);
    CU_ASSERT_EQUAL(task.repetition, 2);
    CU_ASSERT_PTR_NULL(task.train_path);
    CU_ASSERT_STRING_EQUAL(task.program, "u:1");
    CU_ASSERT_PTR_NULL(te_plan_get(p.plan, te_plan_count(p.plan)));
    release(&p);
}

static void independent_grid_without_doubles(void)
{
    struct planned p;
    CU_ASSERT_EQUAL_FATAL(
        make_plan("[run]\nmetrics = ROC_AUC\n[datasets]\nroot = .\ninclude = A/uni\n"
                  "[algorithm:U]\nimage = u:1\nsearch = independent\ngrid.a = [1, 2]\n"
                  "grid.b = [True, False]\nparam.a = 1\nparam.b = True\nparam.c = auto\n",
                  NULL, &p),
        0);
    te_autofree char *list = list_of(p.plan);
    CU_ASSERT_STRING_EQUAL(list, "U A/uni {\"a\": 1, \"b\": true, \"c\": \"auto\"} 1\n"
                                 "U A/uni {\"a\": 2, \"b\": true, \"c\": \"auto\"} 1\n"
                                 "U A/uni {\"a\": 1, \"b\": false, \"c\": \"auto\"} 1\n");
    CU_ASSERT_EQUAL_FATAL(te_plan_skipped_count(p.plan), 1);
    CU_ASSERT_EQUAL(te_plan_skipped(p.plan, 0)->setting, 2);
    CU_ASSERT(te_plan_notices(p.plan)->count == 1 &&
              strstr(te_plan_notices(p.plan)->items[0], "1 of its 4 settings"));
    release(&p);
}

/* As TimeEval does it: as many experiments as the search lists, each with an id of its own. */
static void doubles_are_kept_on_request(void)
{
    struct planned p;
    CU_ASSERT_EQUAL_FATAL(
        make_plan("[run]\nmetrics = ROC_AUC\nkeep_duplicate_settings = true\n[datasets]\nroot = .\n"
                  "include = A/uni\n[algorithm:U]\nimage = u:1\ngrid.a = [1, 2, 1, 1]\n",
                  NULL, &p),
        0);
    te_autofree char *list = list_of(p.plan);
    CU_ASSERT_STRING_EQUAL(list, "U A/uni {\"a\": 1} 1\nU A/uni {\"a\": 2} 1\n"
                                 "U A/uni {\"a\": 1} 1\nU A/uni {\"a\": 1} 1\n");
    CU_ASSERT_EQUAL(te_plan_skipped_count(p.plan), 0);
    CU_ASSERT_EQUAL(te_plan_notices(p.plan)->count, 0);
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < i; k++)
            CU_ASSERT_NOT_EQUAL(te_plan_get(p.plan, i)->id, te_plan_get(p.plan, k)->id);
    release(&p);
}

static void combinations(void)
{
    struct planned p;
    /* the id of {'a': 1}, one of a dataset that is not there, one row twice */
    put_file("combos.csv", "x,hyper_params_id,dataset,collection,algorithm\n"
                           "1,a8e37e9ad235ab3b14c813a1ec1d2365,uni,A,U\n"
                           "2,a8e37e9ad235ab3b14c813a1ec1d2365,nope,A,U\n"
                           "3,a8e37e9ad235ab3b14c813a1ec1d2365,uni,A,U\n");
    CU_ASSERT_EQUAL_FATAL(make_plan("[run]\nmetrics = ROC_AUC\nexperiment_combinations = "
                                    "combos.csv\n[datasets]\nroot = .\n"
                                    "[algorithm:U]\nimage = u:1\ngrid.a = [1, 2]\n",
                                    NULL, &p),
                          0);
    te_autofree char *list = list_of(p.plan);
    CU_ASSERT_STRING_EQUAL(list, "U A/uni {\"a\": 1} 1\n");
    CU_ASSERT(te_plan_notices(p.plan)->count == 1 &&
              strstr(te_plan_notices(p.plan)->items[0],
                     "1 rows match no experiment, the first is line 3"));
    CU_ASSERT_EQUAL(te_plan_skipped_count(p.plan), 4);
    release(&p);
}

static void heuristics_per_dataset(void)
{
    struct planned p;
    CU_ASSERT_EQUAL_FATAL(
        make_plan("[run]\nmetrics = ROC_AUC\nskip_invalid_combinations = true\n[datasets]\nroot "
                  "= .\n[algorithm:U]\nimage = u:1\n"
                  "postprocess = reverse_windowing(window_size=w)\n"
                  "param.w = heuristic:PeriodSizeHeuristic(factor=2, fb_value=100)\n"
                  "param.v = heuristic:ParameterDependenceHeuristic('w', factor=0.5)\n",
                  NULL, &p),
        0);
    te_autofree char *list = list_of(p.plan);
    CU_ASSERT_STRING_EQUAL(list, "U A/uni {\"w\": 40, \"v\": 20} 1\n"
                                 "U B/semi {\"w\": 15, \"v\": 7} 1\n"
                                 "U B/super {\"w\": 100, \"v\": 50} 1\n");
    CU_ASSERT_EQUAL(te_plan_notices(p.plan)->count, 1);
    release(&p);
}

/* All problems in one report, each with its line. */
static void problems(void)
{
    struct planned p;
    static const char *const want[] = {
        "config.ini:6: algorithm 'U', param.a: column 3",
        "config.ini:7: algorithm 'U', grid.b: the values of a grid are a list",
        "config.ini:10: algorithm 'V', param.w: Heuristic 'PeriodSize()' is invalid!",
        "config.ini:12: algorithm 'W': postprocess: unknown post-processing 'rev'",
        "metrics: ",
    };
    CU_ASSERT_EQUAL(make_plan("[run]\nmetrics = ROC_AUK\n[datasets]\nroot = .\n"
                              "[algorithm:U]\nparam.a = 2 x\ngrid.b = 3\nimage = u:1\n"
                              "[algorithm:V]\nparam.w = heuristic:PeriodSize()\nimage = v:1\n"
                              "[algorithm:W]\nimage = w:1\npostprocess = rev(w)\n",
                              NULL, &p),
                    -1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.report);
    CU_ASSERT_EQUAL(p.err.code, TE_ERR_USAGE);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(p.report, want[i]));
        if (!strstr(p.report, want[i]))
            te_note("no '%s' in\n%s", want[i], p.report);
    }
    release(&p);
}

static void failing_heuristics_and_windows(void)
{
    struct planned p;
    CU_ASSERT_EQUAL(make_plan(HEAD "[algorithm:U]\nimage = u:1\n"
                                   "param.w = heuristic:RelativeDatasetSizeHeuristic('x')\n"
                                   "[algorithm:V]\nimage = v:1\n"
                                   "postprocess = reverse_windowing(window_size=window)\n",
                              NULL, &p),
                    -1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(p.report);
    CU_ASSERT_PTR_NOT_NULL(strstr(p.report, "Applying heuristic RelativeDatasetSizeHeuristic('x') "
                                            "for algorithm U, target parameter w"));
    CU_ASSERT_PTR_NOT_NULL(strstr(p.report, "name 'window' is not defined"));
    release(&p);
}

static void facts_name_the_difference(void)
{
    struct planned p, q;
    static const char one[] = HEAD "[algorithm:U]\nimage = u:1\nparam.a = 1\n";
    static const char two[] = HEAD "[algorithm:U]\nimage = u:1\nparam.a = 1\ntimeout = 5 minutes\n";
    CU_ASSERT_EQUAL_FATAL(make_plan(one, NULL, &p), 0);
    CU_ASSERT_EQUAL_FATAL(make_plan(one, NULL, &q), 0);
    CU_ASSERT_STRING_EQUAL(te_plan_digest(p.plan), te_plan_digest(q.plan));
    CU_ASSERT_EQUAL(strlen(te_plan_digest(p.plan)), 64);
    release(&q);
    CU_ASSERT_EQUAL_FATAL(make_plan(two, NULL, &q), 0);
    CU_ASSERT_STRING_NOT_EQUAL(te_plan_digest(p.plan), te_plan_digest(q.plan));
    CU_ASSERT_PTR_NOT_NULL(strstr(te_plan_facts(q.plan), "limits of U = "));
    CU_ASSERT_PTR_NOT_NULL(strstr(te_plan_facts(q.plan), "execute_timeout 300,"));
    struct te_err err = TE_ERR_INIT;
    te_cleanup(te_task_release) struct te_task task = {0};
    CU_ASSERT_EQUAL(te_plan_task(q.plan, 0, &task, &err), 0);
    CU_ASSERT_EQUAL(task.limits.train_timeout, 300);
    CU_ASSERT_STRING_EQUAL(task.limits.execute_timeout_text, "5 minutes");
    release(&p);
    release(&q);
}

static void allocations_may_fail(void)
{
    unsigned long n = 1, failed = 0;
    struct planned p;
    CU_ASSERT_EQUAL_FATAL(make_plan(HEAD "[algorithm:U]\nimage = u:1\ngrid.a = [1, 1, 'x']\n"
                                         "param.w = heuristic:PeriodSizeHeuristic()\n"
                                         "postprocess = reverse_windowing(w)\n",
                                    NULL, &p),
                          0);
    for (; n < 3000; n++) {
        struct te_plan *plan = NULL;
        char *report = NULL;
        te_cleanup(te_task_release) struct te_task task = {0};
        struct te_err err = TE_ERR_INIT;
        te_mem_fail_at(n);
        int rc = te_plan_build(p.config, &datasets, NULL, &plan, &report, &err);
        if (rc == 0)
            rc = te_plan_task(plan, 0, &task, &err);
        te_mem_fail_at(0);
        te_plan_free(plan);
        te_free(report);
        if (rc == 0)
            break;
        failed++;
        CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
        if (err.code != TE_ERR_NOMEM)
            te_note("allocation %lu: %s", n, err.text);
    }
    CU_ASSERT(n < 3000 && failed > 50);
    te_note("%lu allocations failed one after the other", failed);
    release(&p);
}

static void make_folder(void)
{
    struct te_err err = TE_ERR_INIT;
    folder = te_fs_mkdtemp("/tmp", "te-plan-", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
}

static void remove_folder(void)
{
    struct te_err err = TE_ERR_INIT;
    CU_ASSERT_EQUAL(te_fs_remove_tree(folder, &err), 0);
    te_free(folder);
}

TE_TESTS = {TE_TEST(make_folder),
            TE_TEST(order_and_compatibility),
            TE_TEST(identity),
            TE_TEST(independent_grid_without_doubles),
            TE_TEST(doubles_are_kept_on_request),
            TE_TEST(combinations),
            TE_TEST(heuristics_per_dataset),
            TE_TEST(problems),
            TE_TEST(failing_heuristics_and_windows),
            TE_TEST(facts_name_the_difference),
            TE_TEST(allocations_may_fail),
            TE_TEST(remove_folder)};
TE_TEST_MAIN

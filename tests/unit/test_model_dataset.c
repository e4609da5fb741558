#include "te_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/buf.h"
#include "te/base/fs.h"
#include "te/base/mem.h"
#include "te/model/dataset.h"

#define HEADER                                                                                     \
    "collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,"      \
    "train_type,train_is_normal,input_type,length,dimensions,contamination,num_anomalies,"         \
    "min_anomaly_length,median_anomaly_length,max_anomaly_length,mean,stddev,trend,stationarity,"  \
    "period_size\n"

#define ROWS                                                                                       \
    "B,two,u/two.train.csv,u/two.csv,real,True,,semi-supervised,False,univariate,100,1,0.1,2,5,5," \
    "5,0.5,1.5,no trend,stationary,12\n"                                                           \
    "B,one,,u/one.csv,synthetic,False,,unsupervised,False,univariate,100.0,1,0.3,7,5,5,5,,,,,\n"   \
    "A,many,m/t.csv,m/many.csv,real,False,50,semi-supervised,True,multivariate,100,3,,,,,,,,,,"    \
    "12.0\n"

static struct te_err err;
static char *root;

static char *write_file(const char *name, const char *text)
{
    char *path = te_fs_join(root, name, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(path, text, strlen(text), &err), 0);
    return path;
}

static void set_up(void)
{
    te_err_clear(&err);
    root = te_fs_mkdtemp("/tmp", "te-dataset-", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
}

static void tear_down(void)
{
    CU_ASSERT_EQUAL(te_fs_remove_tree(root, &err), 0);
    te_free(te_steal(root));
}

static int open_index(const char *text, struct te_datasets *out, struct te_strings *notices)
{
    te_free(write_file("datasets.csv", text));
    struct te_strings roots = {&root, 1, 1};
    return te_datasets_open(&roots, NULL, out, notices, &err);
}

static void reads_an_index(void)
{
    set_up();
    struct te_datasets all;
    struct te_strings notices = {0};
    CU_ASSERT_EQUAL_FATAL(open_index(HEADER ROWS, &all, &notices), 0);
    CU_ASSERT_EQUAL_FATAL(all.count, 3);
    CU_ASSERT_STRING_EQUAL(all.items[0].name, "many");
    CU_ASSERT_STRING_EQUAL(all.items[1].name, "one");
    CU_ASSERT_STRING_EQUAL(all.items[2].name, "two");
    const struct te_dataset *d = te_datasets_find(&all, "B", "two");
    CU_ASSERT_PTR_EQUAL_FATAL(d, &all.items[2]);
    CU_ASSERT_EQUAL(d->training, TE_SUPERVISED);
    CU_ASSERT(d->datetime_index);
    CU_ASSERT_EQUAL(d->period_size, 12);
    CU_ASSERT(d->period_is_int);
    CU_ASSERT(isnan(d->split_at));
    CU_ASSERT_STRING_EQUAL(d->trend, "no trend");
    CU_ASSERT_STRING_EQUAL(d->test_path + strlen(d->test_path) - 10, "/u/two.csv");
    CU_ASSERT_EQUAL(all.items[1].length, 100);
    CU_ASSERT_PTR_NULL(all.items[1].train_path);
    CU_ASSERT_EQUAL(all.items[0].dimension, TE_MULTIVARIATE);
    CU_ASSERT_EQUAL(all.items[0].training, TE_SEMI_SUPERVISED);
    CU_ASSERT_EQUAL(all.items[0].num_anomalies, TE_DATASET_UNKNOWN);
    CU_ASSERT(!all.items[0].period_is_int);
    CU_ASSERT_PTR_NULL(te_datasets_find(&all, "B", "three"));
    CU_ASSERT_EQUAL_FATAL(notices.count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(notices.items[0], "line 2: 'B/two' is semi-supervised"));
    te_strings_release(&notices);
    te_datasets_release(&all);
    tear_down();
}

/* Names of what a filter selects, joined by blanks. */
static const char *selected(const struct te_datasets *all, const struct te_dataset_filter *filter)
{
    static char text[1000];
    uint32_t *indices;
    size_t count, len = 0;
    text[0] = '\0';
    if (te_datasets_select(all, filter, &indices, &count, &err) < 0)
        return err.text;
    for (size_t i = 0; i < count; i++) {
        int n = snprintf(text + len, sizeof text - len, "%s%s", i ? " " : "",
                         all->items[indices[i]].name);
        len += n > 0 ? (size_t)n : 0;
    }
    te_free(indices);
    return text;
}

static void selects_by_every_filter(void)
{
    char collection[] = "B", dataset[] = "one", type[] = "real";
    const struct {
        struct te_dataset_filter filter;
        const char *names;
    } cases[] = {
        {{.collection = NULL}, "many one two"},
        {{.collection = collection}, "one two"},
        {{.dataset = dataset}, "one"},
        {{.dataset_type = type}, "many two"},
        {{.has_datetime_index = true, .datetime_index = true}, "two"},
        {{.has_training = true, .training = TE_SEMI_SUPERVISED}, "many two"},
        {{.has_training = true, .training = TE_SUPERVISED}, ""},
        {{.has_train_is_normal = true, .train_is_normal = true}, "many"},
        {{.has_dimension = true, .dimension = TE_MULTIVARIATE}, "many"},
        {{.has_min_anomalies = true, .min_anomalies = 3}, "one"},
        {{.has_max_anomalies = true, .max_anomalies = 2}, "two"},
        {{.has_max_contamination = true, .max_contamination = 0.1}, "two"},
        {{.has_max_contamination = true, .max_contamination = 0.3, .collection = collection},
         "one two"},
    };
    set_up();
    struct te_datasets all;
    CU_ASSERT_EQUAL_FATAL(open_index(HEADER ROWS, &all, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CU_ASSERT_STRING_EQUAL(selected(&all, &cases[i].filter), cases[i].names);
    te_datasets_release(&all);
    tear_down();
}

static void selects_by_patterns(void)
{
    set_up();
    struct te_datasets all;
    CU_ASSERT_EQUAL_FATAL(open_index(HEADER ROWS, &all, NULL), 0);
    struct te_dataset_filter filter = {0};
    CU_ASSERT_EQUAL(te_strings_add(&filter.include, "B/*", &err), 0);
    CU_ASSERT_STRING_EQUAL(selected(&all, &filter), "one two");
    CU_ASSERT_EQUAL(te_strings_add(&filter.exclude, "B/o?e", &err), 0);
    CU_ASSERT_STRING_EQUAL(selected(&all, &filter), "two");
    CU_ASSERT_EQUAL(te_strings_add(&filter.include, "A/mnay", &err), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(selected(&all, &filter), "did you mean 'A/many'"));
    te_strings_release(&filter.include);
    CU_ASSERT_EQUAL(te_strings_add(&filter.include, "B", &err), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(selected(&all, &filter), "did you mean 'B/*'"));
    te_strings_release(&filter.include);
    te_strings_release(&filter.exclude);
    te_datasets_release(&all);
    tear_down();
}

#define TAIL ",synthetic,False,,unsupervised,False,univariate,100,1,0.1,1,1,1,1,1,1,,,\n"

static void refuses_bad_indexes(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "is empty"},
        {HEADER "A,b,,/etc/passwd" TAIL, "line 2, column 'test_path': '/etc/passwd' should be"},
        {HEADER "A,b,,x/../../y" TAIL, "line 2, column 'test_path': 'x/../../y' should be"},
        {HEADER "A,b,..,x" TAIL, "column 'train_path': '..' should be"},
        {HEADER "A,b,,x" TAIL "A,a/b,,x" TAIL, "line 3"},
        {HEADER "A,..,,x" TAIL, "line 2"},
        {HEADER ",b,,x" TAIL, "line 2"},
        {HEADER "A,b,," TAIL, "line 2: 'A/b' has no test_path"},
        {HEADER "A,b,,x" TAIL "A,b,,y" TAIL, "has dataset 'A/b' twice"},
        {HEADER "A,b,,x\n", "line 2: 4 cells where the header has 22"},
        {HEADER "A,b,,x,s,yes,,unsupervised,False,univariate,100,1,0.1,1,1,1,1,1,1,,,\n",
         "line 2, column 'datetime_index': 'yes' should be True or False"},
        {HEADER "A,b,,x,s,True,,unsupervised,False,univariate,ten,1,0.1,1,1,1,1,1,1,,,\n",
         "line 2, column 'length': 'ten' should be a number or empty"},
        {HEADER "A,b,,x,s,True,,unsupervised,False,univariate,1.5,1,0.1,1,1,1,1,1,1,,,\n",
         "column 'length': '1.5' should be a whole number"},
        {HEADER "A,b,,x,s,True,,unsupervised,False,univariate,10,0,0.1,1,1,1,1,1,1,,,\n",
         "column 'dimensions': 0 should be 1 or more"},
        {"collection_name,dataset_nam\na,b\n",
         "has no column 'dataset_name'; is 'dataset_nam' meant to be it"},
    };
    set_up();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct te_datasets all;
        CU_ASSERT_EQUAL(open_index(cases[i].text, &all, NULL), -1);
        CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "datasets.csv"));
        if (!strstr(err.text, cases[i].message)) {
            te_note("%s", err.text);
            CU_FAIL("message");
        }
    }
    tear_down();
}

static void tells_typos_in_train_type(void)
{
    set_up();
    struct te_datasets all;
    struct te_strings notices = {0};
    CU_ASSERT_EQUAL_FATAL(
        open_index(HEADER "A,b,,x,s,True,,semi_supervised,False,univariate,1,1,0,0,0,0,0,1,1,,,\n",
                   &all, &notices),
        0);
    CU_ASSERT_EQUAL(all.items[0].training, TE_UNSUPERVISED);
    CU_ASSERT_EQUAL(notices.count, 1);
    te_strings_release(&notices);
    te_datasets_release(&all);
    tear_down();
}

static void opens_several_roots(void)
{
    set_up();
    te_free(write_file("datasets.csv", HEADER ROWS));
    te_autofree char *second = te_fs_mkdtemp(root, "second-", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(second);
    struct te_strings roots = {0};
    struct te_datasets all;
    CU_ASSERT_EQUAL(te_strings_add(&roots, root, &err), 0);
    CU_ASSERT_EQUAL(te_strings_add(&roots, second, &err), 0);
    CU_ASSERT_EQUAL(te_datasets_open(&roots, NULL, &all, NULL, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, second));
    te_autofree char *index = te_fs_join(second, "datasets.csv", &err);
    const char *rows = HEADER "A,aaa,,x" TAIL;
    CU_ASSERT_EQUAL(te_fs_write_atomic(index, rows, strlen(rows), &err), 0);
    CU_ASSERT_EQUAL_FATAL(te_datasets_open(&roots, NULL, &all, NULL, &err), 0);
    CU_ASSERT_EQUAL(all.count, 4);
    CU_ASSERT_STRING_EQUAL(all.items[0].name, "aaa");
    CU_ASSERT_EQUAL(all.items[0].root, 1);
    te_datasets_release(&all);
    rows = HEADER ROWS;
    CU_ASSERT_EQUAL(te_fs_write_atomic(index, rows, strlen(rows), &err), 0);
    CU_ASSERT_EQUAL(te_datasets_open(&roots, NULL, &all, NULL, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "dataset 'A/many' is in both '"));
    te_strings_release(&roots);
    tear_down();
}

static void reads_the_real_index(void)
{
    char folder[] = "../shared/data";
    char *folders[] = {folder};
    if (!te_fs_exists("../shared/data/datasets.csv")) {
        te_skip("no ../shared/data here");
        return;
    }
    struct te_strings roots = {folders, 1, 1};
    struct te_datasets all;
    CU_ASSERT_EQUAL_FATAL(te_datasets_open(&roots, NULL, &all, NULL, &err), 0);
    CU_ASSERT_EQUAL(all.count, 20);
    size_t found = 0;
    for (size_t i = 0; i < all.count; i++)
        found += te_fs_exists(all.items[i].test_path) &&
                 (!all.items[i].train_path || te_fs_exists(all.items[i].train_path));
    te_note("%zu datasets, files of %zu found", all.count, found);
    CU_ASSERT_EQUAL(found, all.count);
    te_datasets_release(&all);
}

TE_TESTS = {
    TE_TEST(reads_an_index),       TE_TEST(selects_by_every_filter),   TE_TEST(selects_by_patterns),
    TE_TEST(refuses_bad_indexes),  TE_TEST(tells_typos_in_train_type), TE_TEST(opens_several_roots),
    TE_TEST(reads_the_real_index),
};
TE_TEST_MAIN

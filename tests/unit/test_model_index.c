#include "te_test.h"

#include <math.h>
#include <string.h>
#include "te/base/fs.h"
#include "te/base/max.h"
#include "te/base/mem.h"
#include "te/model/index.h"

static struct te_err err;
static char *root, *path;

#define HEADER                                                                                     \
    "collection_name,dataset_name,train_path,test_path,dataset_type,datetime_index,split_at,"      \
    "train_type,train_is_normal,input_type,length,dimensions,contamination,num_anomalies,"         \
    "min_anomaly_length,median_anomaly_length,max_anomaly_length,mean,stddev,trend,stationarity,"  \
    "period_size"

static void set_up(void)
{
    te_err_clear(&err);
    root = te_fs_mkdtemp("/tmp", "te-index-", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(root);
    path = te_fs_join(root, "datasets.csv", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
}

static void tear_down(void)
{
    CU_ASSERT_EQUAL(te_fs_remove_tree(root, &err), 0);
    te_free(te_steal(root));
    te_free(te_steal(path));
}

static void expect(const char *text)
{
    te_autofree char *data = NULL;
    size_t len;
    CU_ASSERT_EQUAL_FATAL(te_fs_read(path, TE_MIB, &data, &len, &err), 0);
    CU_ASSERT_STRING_EQUAL(data, text);
}

static int add(char *collection, char *name, double period)
{
    char test[] = "a,b.csv", type[] = "real", words[] = "unsupervised", input[] = "univariate";
    char empty[] = "";
    const struct te_dataset row = {.collection = collection,
                                   .name = name,
                                   .test_path = test,
                                   .type = type,
                                   .train_type = words,
                                   .input_type = input,
                                   .trend = empty,
                                   .stationarity = empty,
                                   .has_datetime_index = true,
                                   .has_train_is_normal = true,
                                   .length = 10,
                                   .dimensions = 1,
                                   .num_anomalies = TE_DATASET_UNKNOWN,
                                   .contamination = 1e-5,
                                   .mean = 4032,
                                   .stddev = (double)NAN,
                                   .split_at = (double)NAN,
                                   .period_size = period,
                                   .period_is_int = true};
    return te_index_add(root, &row, &err);
}

#define ROW(id, length, period)                                                                    \
    id ",,\"a,b.csv\",real,False,,unsupervised,False,univariate," length                           \
       ",1,1e-05,,0,0,0,4032.0,,,," period "\n"

static void adds_and_replaces_rows(void)
{
    char a[] = "A", b[] = "B", one[] = "one", two[] = "NA";
    set_up();
    CU_ASSERT_EQUAL(te_index_check_new(root, a, one, &err), 0);
    CU_ASSERT_EQUAL_FATAL(add(b, one, 12), 0);
    expect(HEADER "\n" ROW("B,one", "10", "12"));
    CU_ASSERT_EQUAL_FATAL(add(a, two, 5), 0);
    expect(HEADER "\n" ROW("A,NA", "10", "5") ROW("B,one", "10", "12"));
    CU_ASSERT_EQUAL_FATAL(add(b, one, 7), 0);
    expect(HEADER "\n" ROW("A,NA", "10", "5") ROW("B,one", "10", "7"));
    CU_ASSERT_EQUAL(te_index_check_new(root, b, one, &err), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    /* one empty cell makes the column one of floats, as in pandas */
    CU_ASSERT_EQUAL_FATAL(add(a, one, (double)NAN), 0);
    expect(HEADER "\n" ROW("A,NA", "10", "5.0") ROW("A,one", "10", "") ROW("B,one", "10", "7.0"));
    tear_down();
}

static void keeps_what_it_does_not_know(void)
{
    static const char text[] =
        "note,dataset_name,collection_name,train_path\n\"x,y\",d,C,\n1,d,A,p\n";
    char b[] = "B", d[] = "d";
    set_up();
    CU_ASSERT_EQUAL_FATAL(te_fs_write_atomic(path, text, sizeof text - 1, &err), 0);
    CU_ASSERT_EQUAL_FATAL(add(b, d, 3), 0);
    te_autofree char *data = NULL;
    size_t len;
    CU_ASSERT_EQUAL_FATAL(te_fs_read(path, TE_MIB, &data, &len, &err), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(data, "note,dataset_name,collection_name,train_path,test_path,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(data, "\n1,d,A,p,,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(data, "\n,d,B,,\"a,b.csv\",real,"));
    CU_ASSERT_PTR_NOT_NULL(strstr(data, "\n\"x,y\",d,C,,,"));
    CU_ASSERT_EQUAL(te_fs_write_atomic(path, "x,y\n1,2\n", 8, &err), 0);
    CU_ASSERT_EQUAL(add(b, d, 3), -1);
    CU_ASSERT_EQUAL(err.code, TE_ERR_USAGE);
    tear_down();
}

static void survives_failing_allocations(void)
{
    char a[] = "A", one[] = "one", two[] = "two";
    static const char before[] = HEADER "\n" ROW("A,one", "10", "12");
    static const char after[] = HEADER "\n" ROW("A,one", "10", "12") ROW("A,two", "10", "5");
    unsigned long n = 1;
    set_up();
    CU_ASSERT_EQUAL_FATAL(add(a, one, 12), 0);
    for (;; n++) {
        te_mem_fail_at(n);
        int rc = add(a, two, 5);
        te_mem_fail_at(0);
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(err.code, TE_ERR_NOMEM);
        te_autofree char *data = NULL;
        size_t len;
        CU_ASSERT_EQUAL_FATAL(te_fs_read(path, TE_MIB, &data, &len, &err), 0);
        /* as before or, where only the folder could not be synced, whole */
        CU_ASSERT(strcmp(data, before) == 0 || strcmp(data, after) == 0);
    }
    CU_ASSERT(n > 10);
    te_note("%lu allocations failed one after the other", n - 1);
    tear_down();
}

TE_TESTS = {
    TE_TEST(adds_and_replaces_rows),
    TE_TEST(keeps_what_it_does_not_know),
    TE_TEST(survives_failing_allocations),
};
TE_TEST_MAIN

/* How long an experiment will take: from the most alike that was seen. */
#include <math.h>
#include "te/core/estimate.h"
#include "te_test.h"

static struct te_err err;
static const char a[] = "0123456789abcdef0123456789abcdef",
                  b[] = "fedcba9876543210fedcba9876543210";

static struct te_estimate *make(void)
{
    struct te_estimate *e = te_estimate_new(3, 4, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(e);
    te_estimate_size(e, 0, 1000);
    te_estimate_size(e, 1, 4000);
    te_estimate_size(e, 2, 2000);
    return e; /* the size of dataset 3 is not known */
}

static void add(struct te_estimate *e, uint32_t algorithm, uint32_t dataset, const char *setting,
                double seconds)
{
    CU_ASSERT_EQUAL(te_estimate_add(e, algorithm, dataset, setting, seconds, &err), 0);
}

#define IS(algorithm, dataset, setting, expected)                                                  \
    CU_ASSERT_DOUBLE_EQUAL(te_estimate_get(e, algorithm, dataset, setting), expected, 1e-4)

static void nothing_known_orders_by_size(void)
{
    struct te_estimate *e = make();
    float small = te_estimate_get(e, 0, 0, a), large = te_estimate_get(e, 0, 1, a);
    CU_ASSERT(small > 0 && large > small && large < 1e-3F);
    CU_ASSERT_EQUAL(te_estimate_get(e, 0, 3, a), 0);
    te_estimate_free(e);
}

static void the_most_alike_counts(void)
{
    struct te_estimate *e = make();
    add(e, 0, 0, a, 10);
    add(e, 0, 0, a, 20);
    add(e, 0, 0, b, 60);
    IS(0, 0, a, 15); /* its own mean */
    IS(0, 0, b, 60);
    IS(0, 0, "00000000000000000000000000000000", 30); /* the algorithm's on this dataset */
    IS(0, 1, a, 120);                                 /* its pace, four times the size */
    IS(0, 3, a, 30);                                  /* its mean where no size is known */
    IS(1, 2, a, 60);                                  /* nothing of this algorithm: pace of all */
    te_estimate_free(e);
}

static void what_is_no_time_is_passed_over(void)
{
    struct te_estimate *e = make();
    const double bad[] = {-1, NAN, INFINITY, 1e9};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        add(e, 1, 1, a, bad[i]);
    add(e, 3, 0, a, 5);
    add(e, 0, 4, a, 5);
    CU_ASSERT(te_estimate_get(e, 1, 1, a) < 1e-3F);
    CU_ASSERT_EQUAL(te_estimate_get(e, 3, 0, a), 0);
    te_estimate_free(e);
}

static void many_are_kept_apart(void)
{
    struct te_estimate *e = make();
    char setting[33];
    for (int i = 0; i < 20000; i++) {
        snprintf(setting, sizeof setting, "%032x", i * 7919);
        add(e, 2, 2, setting, i);
    }
    for (int i = 0; i < 20000; i += 17) {
        snprintf(setting, sizeof setting, "%032x", i * 7919);
        IS(2, 2, setting, i);
    }
    te_estimate_free(e);
}

TE_TESTS = {
    TE_TEST(nothing_known_orders_by_size),
    TE_TEST(the_most_alike_counts),
    TE_TEST(what_is_no_time_is_passed_over),
    TE_TEST(many_are_kept_apart),
};
TE_TEST_MAIN

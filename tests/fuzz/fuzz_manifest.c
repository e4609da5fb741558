/* manifest.json and the algorithm catalog, from the same bytes. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include "te/base/mem.h"
#include "te/model/algorithm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/te_fuzz_manifest_XXXXXX";

static void remove_file(void)
{
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    struct te_err err = TE_ERR_INIT;
    struct te_algorithm algorithm = {0};
    struct te_catalog *catalog = NULL;
    struct te_strings problems = {0};
    if (fd < 0 && ((fd = mkstemp(path)) < 0 || atexit(remove_file) != 0))
        abort();
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    if (te_manifest_read(path, &algorithm, &problems, &err) == 0)
        te_algorithm_release(&algorithm);
    te_strings_release(&problems);
    if (te_catalog_open(path, &catalog, &err) == 0)
        te_catalog_free(catalog);
    return 0;
}

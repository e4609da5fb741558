/* The whole configuration reader on arbitrary bytes as a file; the first line is also a --set. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "te/base/mem.h"
#include "te/model/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/te_fuzz_config_XXXXXX";

static void remove_file(void)
{
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char set[256];
    if (fd < 0 && ((fd = mkstemp(path)) < 0 || atexit(remove_file) != 0))
        abort();
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    size_t len = 0;
    for (; len < size && len < sizeof set - 1 && data[len] && data[len] != '\n'; len++)
        set[len] = (char)data[len];
    set[len] = '\0';
    const char *const sets[] = {set};
    struct te_err err = TE_ERR_INIT;
    struct te_config *config = NULL;
    char *report = NULL;
    if (te_config_load(path, sets, size & 1, &config, &report, &err) == 0) {
        if (report || config->n_algorithms == 0 || !config->settings.metrics)
            abort();
        te_config_free(config);
    } else if (err.code != TE_ERR_USAGE || !err.text[0]) {
        abort();
    }
    te_free(report);
    return 0;
}

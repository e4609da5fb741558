#include "h5_util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "te/base/hash.h"
#include "te/base/max.h"
#include "te/base/mem.h"

int te_h5_begin(struct te_err *err)
{
    /* A file that could not be closed on a full disk would be closed again at exit, and crash
     * there; everything else is closed by hand. (Fails, harmlessly, on every later call.) */
    static bool begun;
    if (!begun && H5dont_atexit() < 0)
        return te_err_set(err, TE_ERR_INTERNAL, "the HDF5 library does not start");
    begun = true;
    if (H5open() < 0 || H5Eset_auto2(H5E_DEFAULT, NULL, NULL) < 0)
        return te_err_set(err, TE_ERR_INTERNAL, "the HDF5 library does not start");
    return 0;
}

static herr_t innermost(unsigned n, const H5E_error2_t *e, void *arg)
{
    const char **text = arg;
    (void)n;
    if (e->desc && e->desc[0])
        *text = e->desc;
    return 0;
}

int te_h5_fail(struct te_err *err, const char *what, const char *name)
{
    const char *reason = "no reason given";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, innermost, &reason);
    /* a system's error stands in a text of many figures */
    const char *at = strstr(reason, "errno = ");
    errno = at ? (int)strtol(at + strlen("errno = "), NULL, 10) : 0;
    if (errno != 0)
        te_err_sys(err, TE_ERR_IO, "%s '%s'", what, name);
    else
        te_err_set(err, TE_ERR_IO, "%s '%s': %s", what, name, reason);
    H5Eclear2(H5E_DEFAULT);
    return -1;
}

#define DEFINE_CLOSE(function, call)                                                               \
    void function(hid_t *id)                                                                       \
    {                                                                                              \
        if (*id >= 0)                                                                              \
            call(*id);                                                                             \
        *id = -1;                                                                                  \
    }

DEFINE_CLOSE(te_h5_close_type, H5Tclose)
DEFINE_CLOSE(te_h5_close_space, H5Sclose)
DEFINE_CLOSE(te_h5_close_set, H5Dclose)
DEFINE_CLOSE(te_h5_close_group, H5Gclose)
DEFINE_CLOSE(te_h5_close_plist, H5Pclose)
DEFINE_CLOSE(te_h5_close_file, H5Fclose)

static void close_attr(hid_t *id)
{
    if (*id >= 0)
        H5Aclose(*id);
    *id = -1;
}

static int write_attr(hid_t object, const char *name, hid_t file_type, hid_t memory_type,
                      const void *value, struct te_err *err)
{
    te_cleanup(te_h5_close_space) hid_t space = H5Screate(H5S_SCALAR);
    if (H5Aexists(object, name) > 0 && H5Adelete(object, name) < 0)
        return te_h5_fail(err, "cannot replace attribute", name);
    te_cleanup(close_attr) hid_t attr =
        H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attr < 0 || H5Awrite(attr, memory_type, value) < 0)
        return te_h5_fail(err, "cannot write attribute", name);
    return 0;
}

static hid_t text_type(size_t size, bool utf8)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, size) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
                      (utf8 && H5Tset_cset(type, H5T_CSET_UTF8) < 0)))
        te_h5_close_type(&type);
    return type;
}

int te_h5_set_text(hid_t object, const char *name, const char *text, struct te_err *err)
{
    const char *value = text ? text : "";
    te_cleanup(te_h5_close_type) hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0)
        return te_h5_fail(err, "cannot make a text type for", name);
    return write_attr(object, name, type, type, &value, err);
}

int te_h5_set_fixed(hid_t object, const char *name, const char *text, bool utf8, struct te_err *err)
{
    size_t len = strlen(text);
    te_cleanup(te_h5_close_type) hid_t type = text_type(len ? len : 1, utf8);
    if (type < 0)
        return te_h5_fail(err, "cannot make a text type for", name);
    return write_attr(object, name, type, type, text, err);
}

int te_h5_set_int(hid_t object, const char *name, int64_t value, struct te_err *err)
{
    return write_attr(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value, err);
}

/* Text of a string attribute of either kind. */
static char *attr_text(hid_t attr, hid_t type, const char *name, struct te_err *err)
{
    if (H5Tis_variable_str(type) > 0) {
        char *raw = NULL;
        if (H5Aread(attr, type, &raw) < 0) {
            te_h5_fail(err, "cannot read attribute", name);
            return NULL;
        }
        char *copy = te_strdup(raw ? raw : "", err);
        H5free_memory(raw);
        return copy;
    }
    size_t size = H5Tget_size(type);
    char *copy = te_zalloc(size + 1, 1, err);
    if (copy && H5Aread(attr, type, copy) < 0) {
        te_h5_fail(err, "cannot read attribute", name);
        te_free(copy);
        return NULL;
    }
    return copy;
}

char *te_h5_get_text(hid_t object, const char *name, struct te_err *err)
{
    if (H5Aexists(object, name) <= 0)
        return NULL;
    te_cleanup(close_attr) hid_t attr = H5Aopen(object, name, H5P_DEFAULT);
    te_cleanup(te_h5_close_type) hid_t type = attr < 0 ? -1 : H5Aget_type(attr);
    te_cleanup(te_h5_close_space) hid_t space = attr < 0 ? -1 : H5Aget_space(attr);
    if (type < 0 || space < 0 || H5Tget_class(type) != H5T_STRING ||
        H5Sget_simple_extent_npoints(space) != 1) {
        te_err_set(err, TE_ERR_FORMAT, "attribute '%s' is not one text", name);
        return NULL;
    }
    return attr_text(attr, type, name, err);
}

int te_h5_get_int(hid_t object, const char *name, int64_t fallback, int64_t *out,
                  struct te_err *err)
{
    *out = fallback;
    if (H5Aexists(object, name) <= 0)
        return 0;
    te_cleanup(close_attr) hid_t attr = H5Aopen(object, name, H5P_DEFAULT);
    te_cleanup(te_h5_close_type) hid_t type = attr < 0 ? -1 : H5Aget_type(attr);
    te_cleanup(te_h5_close_space) hid_t space = attr < 0 ? -1 : H5Aget_space(attr);
    if (type < 0 || H5Tget_class(type) != H5T_INTEGER || H5Sget_simple_extent_npoints(space) != 1)
        return te_err_set(err, TE_ERR_FORMAT, "attribute '%s' is not one integer", name);
    if (H5Aread(attr, H5T_NATIVE_INT64, out) < 0)
        return te_h5_fail(err, "cannot read attribute", name);
    return 0;
}

bool te_h5_has(hid_t file, const char *path)
{
    return H5Lexists(file, path, H5P_DEFAULT) > 0;
}

hid_t te_h5_group(hid_t file, const char *path, struct te_err *err)
{
    hid_t group = te_h5_has(file, path)
                      ? H5Gopen2(file, path, H5P_DEFAULT)
                      : H5Gcreate2(file, path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (group < 0)
        te_h5_fail(err, "cannot make group", path);
    return group;
}

int te_h5_put_text_set(hid_t group, const char *name, const char *text, const char *path,
                       struct te_err *err)
{
    size_t len = strlen(text);
    unsigned char digest[TE_HASH_SHA256_BYTES];
    char hex[2 * TE_HASH_SHA256_BYTES + 1];
    te_cleanup(te_h5_close_type) hid_t type = text_type(len ? len : 1, true);
    te_cleanup(te_h5_close_space) hid_t space = H5Screate(H5S_SCALAR);
    te_cleanup(te_h5_close_set) hid_t set =
        H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (set < 0 || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0)
        return te_h5_fail(err, "cannot write data set", name);
    if (te_sha256(text, len ? len : 1, digest, err) < 0)
        return -1;
    te_hex(digest, sizeof digest, hex);
    if (path && te_h5_set_text(set, "path", path, err) < 0)
        return -1;
    return te_h5_set_text(set, "sha256", hex, err);
}

char *te_h5_get_text_set(hid_t group, const char *name, struct te_err *err)
{
    te_cleanup(te_h5_close_set) hid_t set = H5Dopen2(group, name, H5P_DEFAULT);
    te_cleanup(te_h5_close_type) hid_t type = set < 0 ? -1 : H5Dget_type(set);
    te_cleanup(te_h5_close_space) hid_t space = set < 0 ? -1 : H5Dget_space(set);
    if (type < 0 || H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) > 0 ||
        H5Sget_simple_extent_npoints(space) != 1 || H5Tget_size(type) > TE_MAX_MESSAGE) {
        te_err_set(err, TE_ERR_FORMAT, "data set '%s' is not one text", name);
        return NULL;
    }
    char *text = te_zalloc(H5Tget_size(type) + 1, 1, err);
    if (text && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) < 0) {
        te_h5_fail(err, "cannot read data set", name);
        te_free(text);
        return NULL;
    }
    return text;
}

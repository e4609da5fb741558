/* HDF5 calls, checked and worded; private to store. Nothing else includes <hdf5.h>. */
#ifndef TE_STORE_H5_UTIL_H
#define TE_STORE_H5_UTIL_H

#include <hdf5.h>
#include <stdbool.h>
#include "te/base/err.h"

/* The library's own error printing is switched off; call before anything else. */
int te_h5_begin(struct te_err *err) TE_MUST_CHECK;
/* "<what> '<name>': <HDF5's innermost reason>"; returns -1. */
int te_h5_fail(struct te_err *err, const char *what, const char *name);

/* Closers for te_cleanup: a negative id is fine. */
void te_h5_close_type(hid_t *id);
void te_h5_close_space(hid_t *id);
void te_h5_close_set(hid_t *id);
void te_h5_close_group(hid_t *id);
void te_h5_close_plist(hid_t *id);
void te_h5_close_file(hid_t *id);

/* Attributes of an object, replaced when they are there. Variable-length UTF-8, so that h5py gives
 * str. */
int te_h5_set_text(hid_t object, const char *name, const char *text, struct te_err *err);
int te_h5_set_int(hid_t object, const char *name, int64_t value, struct te_err *err);
/* Fixed length, as PyTables wants them. */
int te_h5_set_fixed(hid_t object, const char *name, const char *text, bool utf8,
                    struct te_err *err);
/* NULL without err: there is none. Freed by the caller. */
char *te_h5_get_text(hid_t object, const char *name, struct te_err *err);
/* fallback when there is none. */
int te_h5_get_int(hid_t object, const char *name, int64_t fallback, int64_t *out,
                  struct te_err *err);
bool te_h5_has(hid_t file, const char *path);

/* Group made or opened. */
hid_t te_h5_group(hid_t file, const char *path, struct te_err *err);
/* A text as a scalar data set of fixed length, with its checksum. */
int te_h5_put_text_set(hid_t group, const char *name, const char *text, const char *path,
                       struct te_err *err);
/* Contents of such a data set; freed by the caller. */
char *te_h5_get_text_set(hid_t group, const char *name, struct te_err *err);

#endif

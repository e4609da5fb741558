/* Files: bounded reads, atomic writes, safe removal. Paths are never given to a shell. */
#ifndef TE_BASE_FS_H
#define TE_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "te/base/err.h"

/* Whole regular file (a folder, FIFO or device is an error) as a NUL-terminated block that the
 * caller frees. */
int te_fs_read(const char *path, size_t max, char **data, size_t *len,
               struct te_err *err) TE_MUST_CHECK;
/* tmp beside it, fsync, rename, fsync of the folder: the file is there whole or as before. */
int te_fs_write_atomic(const char *path, const void *data, size_t len,
                       struct te_err *err) TE_MUST_CHECK;
/* The second half for writers that made tmp themselves: fsync tmp, rename to path, fsync the
 * folder. */
int te_fs_commit(const char *tmp, const char *path, struct te_err *err) TE_MUST_CHECK;
int te_fs_sync_folder(const char *folder, struct te_err *err) TE_MUST_CHECK;
/* All of data, through EINTR and short writes. */
int te_fs_write_all(int fd, const void *data, size_t len, struct te_err *err) TE_MUST_CHECK;
/* Like mkdir -p with mode 0777 & ~umask. */
int te_fs_mkdirs(const char *path, struct te_err *err) TE_MUST_CHECK;
/*
 * New folder <parent>/<name>; where that is taken <name>_2, <name>_3, ... if numbered is set, else
 * TE_ERR_EXIST. Freed by the caller. Of two that ask at once one gets it.
 */
char *te_fs_new_folder(const char *parent, const char *name, bool numbered,
                       struct te_err *err) TE_MUST_CHECK;
/* Like mkdirs, and this user may make files there. */
int te_fs_use_folder(const char *path, struct te_err *err) TE_MUST_CHECK;
/* New private folder <parent>/<prefix>XXXXXX; freed by the caller. */
char *te_fs_mkdtemp(const char *parent, const char *prefix, struct te_err *err) TE_MUST_CHECK;
/* Removes a tree without following symbolic links; an absent path is fine. */
int te_fs_remove_tree(const char *path, struct te_err *err) TE_MUST_CHECK;
bool te_fs_exists(const char *path);
bool te_fs_is_folder(const char *path);
/* "a/b" from folder and name; an absolute name is taken as it is. Freed by the caller. */
char *te_fs_join(const char *folder, const char *name, struct te_err *err) TE_MUST_CHECK;
/* Absolute, symbolic links resolved; must exist. Freed by the caller. */
char *te_fs_real(const char *path, struct te_err *err) TE_MUST_CHECK;
/* Folder part ("." if none); freed by the caller. Pointer to the last part of path. */
char *te_fs_dirname(const char *path, struct te_err *err) TE_MUST_CHECK;
const char *te_fs_basename(const char *path);
/* Opens a regular file for reading, O_NOFOLLOW|O_NONBLOCK first so that a FIFO or link cannot trap
 * us; TE_ERR_FORMAT if it is none. */
int te_fs_open_regular(const char *path, struct stat *st, struct te_err *err) TE_MUST_CHECK;
/* The same, through symbolic links. */
int te_fs_open_file(const char *path, struct stat *st, struct te_err *err) TE_MUST_CHECK;
/* Is the program there to be started: in a folder of PATH, or itself if the name has a '/'? */
bool te_fs_in_path(const char *program);
/* Bytes free for this user below path. */
int te_fs_free_space(const char *path, int64_t *bytes, struct te_err *err) TE_MUST_CHECK;

void te_fd_cleanup(int *fd); /* for te_cleanup: closes if >= 0 */

#endif

/*
 * How the child process of a function hands its scores over: a file TE_FILE_BINARY in the results
 * folder with a header of 32 bytes, little endian,
 *   0  "TESCORES"   8  uint32 version 1   12  uint32 flags (1: whole numbers)
 *   16 uint64 rows  24 uint64 columns
 * and rows * columns float64 behind it, row by row. It is written beside and renamed.
 */
#ifndef TE_ADAPTER_CHILD_H
#define TE_ADAPTER_CHILD_H

#define TE_CHILD_MAGIC   "TESCORES"
#define TE_CHILD_HEADER  32
#define TE_CHILD_VERSION 1
#define TE_CHILD_INTEGER 1u

#endif

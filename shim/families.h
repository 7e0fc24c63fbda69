/* The families of this build. Their list is made by CMake from families.cmake.
 *
 * Layer:   13
 * Threads: constant.
 * Memory:  static.
 * Fails:   never.
 */
#ifndef SG_FAMILIES_H
#define SG_FAMILIES_H

#include "kind.h"

extern const struct sg_family *const sg_families[]; /* up to a NULL */

#endif

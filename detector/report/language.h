/* Names of DWARF's source languages.
 *
 * Layer:   5
 * Threads: no state.
 * Memory:  the names are constants.
 * Fails:   an unknown language is NULL.
 */
#ifndef SG_REPORT_LANGUAGE_H
#define SG_REPORT_LANGUAGE_H

#include "../base.h"

/* `code` is a DW_LANG_*. */
const char *sg_language_name(int code);

#endif

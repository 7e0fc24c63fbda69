#include "language.h"

#include <dwarf.h>

/* Given out after elfutils 0.188 was written. */
#define LANG_KOTLIN 0x26
#define LANG_ZIG 0x27
#define LANG_CRYSTAL 0x28
#define LANG_C_PLUS_PLUS_17 0x2a
#define LANG_C_PLUS_PLUS_20 0x2b
#define LANG_C17 0x2c

const char *sg_language_name(int code)
{
    switch (code) {
    case DW_LANG_C89:
    case DW_LANG_C:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case LANG_C17:
        return "c";
    case DW_LANG_C_plus_plus:
    case DW_LANG_C_plus_plus_03:
    case DW_LANG_C_plus_plus_11:
    case DW_LANG_C_plus_plus_14:
    case LANG_C_PLUS_PLUS_17:
    case LANG_C_PLUS_PLUS_20:
        return "c++";
    case DW_LANG_Rust:
        return "rust";
    case DW_LANG_Go:
        return "go";
    case DW_LANG_D:
        return "d";
    case DW_LANG_Swift:
        return "swift";
    case DW_LANG_ObjC:
        return "objective-c";
    case DW_LANG_ObjC_plus_plus:
        return "objective-c++";
    case DW_LANG_Fortran77:
    case DW_LANG_Fortran90:
    case DW_LANG_Fortran95:
    case DW_LANG_Fortran03:
    case DW_LANG_Fortran08:
        return "fortran";
    case DW_LANG_Ada83:
    case DW_LANG_Ada95:
        return "ada";
    case DW_LANG_Pascal83:
        return "pascal";
    case DW_LANG_Modula2:
        return "modula-2";
    case DW_LANG_OCaml:
        return "ocaml";
    case DW_LANG_Haskell:
        return "haskell";
    case DW_LANG_Julia:
        return "julia";
    case LANG_KOTLIN:
        return "kotlin";
    case LANG_ZIG:
        return "zig";
    case LANG_CRYSTAL:
        return "crystal";
    case DW_LANG_Mips_Assembler:
        return "asm";
    default:
        return NULL;
    }
}

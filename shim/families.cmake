# The libraries that are watched, in closing order. A family is one file,
# family/NAME.c, and one line here; its header is read at build time only. What
# has grown too long for one file has more of them, family/NAME_*.c; families
# that are rows of one table share one, IN FILE.

function(sessguard_family name)
  cmake_parse_arguments(family "" "HEADER;IN" "" ${ARGN})
  if(family_HEADER)
    include(CheckIncludeFile)
    string(MAKE_C_IDENTIFIER "SESSGUARD_HAVE_${family_HEADER}" have)
    check_include_file(${family_HEADER} ${have})
    if(NOT ${have})
      if(SESSGUARD_ALL_FAMILIES)
        message(FATAL_ERROR "sessguard: family ${name} needs the header ${family_HEADER}")
      endif()
      message(STATUS "sessguard: no ${family_HEADER}: built without the family ${name}")
      return()
    endif()
  endif()
  set_property(GLOBAL APPEND PROPERTY SESSGUARD_FAMILIES ${name})
  if(family_IN)
    set_property(GLOBAL PROPERTY SESSGUARD_FAMILY_FILE_${name} ${family_IN})
  endif()
endfunction()

function(sessguard_families)
  get_property(families GLOBAL PROPERTY SESSGUARD_FAMILIES)
  set(sources ${CMAKE_BINARY_DIR}/families.c)
  set(declarations "")
  set(entries "")
  foreach(family IN LISTS families)
    get_property(file GLOBAL PROPERTY SESSGUARD_FAMILY_FILE_${family})
    if(NOT file)
      set(file ${family})
    endif()
    file(GLOB parts RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS shim/family/${file}_*.c)
    list(APPEND sources shim/family/${file}.c ${parts})
    string(APPEND declarations "extern const struct sg_family sg_family_${family};\n")
    string(APPEND entries "    &sg_family_${family},\n")
  endforeach()
  list(REMOVE_DUPLICATES sources)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/families.c @ONLY CONTENT
"/* Made by families.cmake. */
#include \"families.h\"

@declarations@
const struct sg_family *const sg_families[] = {
@entries@    NULL,
};
")
  set(SESSGUARD_FAMILY_SOURCES ${sources} PARENT_SCOPE)
endfunction()

foreach(family aiohttp requests httpx urllib3 http psycopg2 asyncpg redis)
  sessguard_family(${family} IN python)
endforeach()
sessguard_family(curl HEADER curl/curl.h)
sessguard_family(socket)

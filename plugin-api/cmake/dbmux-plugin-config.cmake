# find_package(dbmux-plugin): the header, the kit for C++, dbmux_plugin(), and the checker. Everything is found from where
# this file lies, so that an installation can be moved as a whole.
get_filename_component(_dbmux_prefix ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)

if(NOT TARGET dbmux::plugin)
  add_library(dbmux::plugin INTERFACE IMPORTED)
  target_include_directories(dbmux::plugin INTERFACE ${_dbmux_prefix}/include)

  add_library(dbmux::kit INTERFACE IMPORTED)
  target_link_libraries(dbmux::kit INTERFACE dbmux::plugin)
  target_compile_features(dbmux::kit INTERFACE cxx_std_20)

  add_executable(dbmux_describe IMPORTED)
  set_target_properties(dbmux_describe PROPERTIES IMPORTED_LOCATION ${_dbmux_prefix}/lib/dbmux/dbmux-describe)

  add_executable(dbmux::check IMPORTED)
  set_target_properties(dbmux::check PROPERTIES IMPORTED_LOCATION ${_dbmux_prefix}/lib/dbmux/dbmux-plugin-check)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/DbmuxPlugin.cmake)
unset(_dbmux_prefix)

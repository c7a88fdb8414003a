# dbmux_plugin(ID SOURCES ... [LINK ...] [DESTINATION dir] [TEST])
#   one shared object ID.so with exactly one exported symbol, and ID.json beside it (descriptor, option schema,
#   sha256), so that the host can list plugins and check profiles without loading one.
#   TEST keeps it out of the installation.

function(dbmux_plugin id)
  cmake_parse_arguments(P "TEST" "DESTINATION" "SOURCES;LINK" ${ARGN})
  set(target plugin_${id})
  add_library(${target} MODULE ${P_SOURCES})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${id} CXX_VISIBILITY_PRESET hidden
    C_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  if(P_DESTINATION)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${P_DESTINATION})
  else()
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  endif()
  target_link_libraries(${target} PRIVATE dbmux::plugin ${P_LINK})
  if(TARGET dbmux_warnings)
    target_link_libraries(${target} PRIVATE dbmux_warnings)
  endif()
  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  target_link_options(${target} PRIVATE -Wl,-z,nodelete -Wl,--exclude-libs,ALL -Wl,--version-script=${map})
  if(NOT DBMUX_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${map})
  add_dependencies(${target} dbmux_describe)
  add_custom_command(TARGET ${target} POST_BUILD VERBATIM
    COMMAND dbmux_describe $<TARGET_FILE:${target}> $<TARGET_FILE_DIR:${target}>/${id}.json)
  if(NOT P_TEST)
    install(TARGETS ${target} LIBRARY DESTINATION lib/dbmux/plugins)
    install(FILES $<TARGET_FILE_DIR:${target}>/${id}.json DESTINATION lib/dbmux/plugins)
  endif()
endfunction()

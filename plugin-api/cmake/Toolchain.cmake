# Compiler, linker and cache settings of the whole tree.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(dbmux_warnings INTERFACE)
target_compile_options(dbmux_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Of the optimiser of g++ 12, on std::string: false alarms (GCC bugs 105651 and 105562).
  target_compile_options(dbmux_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

if(DBMUX_SANITIZE)
  # Lines are enough for a report. Checks at each access to a member take two thirds of the build, and what they
  # find dies here anyhow: a null pointer is reported by AddressSanitizer.
  add_compile_options(-g1 -fsanitize=${DBMUX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
                      -fno-sanitize=null,alignment,vptr,object-size)
  add_link_options(-fsanitize=${DBMUX_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=2
                      -D_GLIBCXX_ASSERTIONS)
  add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -s)
endif()

# Libraries of the distribution that are headers only, or linked statically so that the host starts sooner.
find_package(Boost 1.81 REQUIRED)
add_library(dbmux_boost INTERFACE)
target_link_libraries(dbmux_boost INTERFACE Boost::headers)
target_compile_definitions(dbmux_boost INTERFACE BOOST_DLL_USE_STD_FS)

find_library(YAML_CPP_STATIC libyaml-cpp.a REQUIRED)
add_library(dbmux_yaml INTERFACE)
target_link_libraries(dbmux_yaml INTERFACE ${YAML_CPP_STATIC})

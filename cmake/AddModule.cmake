# How a module is made. A module is one folder: its sources are the folder's own *.cpp files, its tests are
# the *_test.cpp files of the folder with the same path under tests/.

add_library(exhaust_warnings INTERFACE)
target_compile_options(exhaust_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  # Two machines must agree on every digit of an assessment.
  -ffp-contract=off)
target_compile_definitions(exhaust_warnings INTERFACE
  EXHAUST_VERSION="${PROJECT_VERSION}" BOOST_ASIO_NO_DEPRECATED $<$<BOOL:${EXHAUST_SANITIZED}>:BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING>)

# add_module(name FOLDER folder [USES modules or libraries its headers show] [PRIVATE those only its sources show])
function(add_module name)
  cmake_parse_arguments(M "" "FOLDER" "USES;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${M_FOLDER}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${M_USES} PRIVATE ${M_PRIVATE} exhaust_warnings)
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${M_USES})
  endif()
  set_property(GLOBAL APPEND PROPERTY EXHAUST_MODULES ${name})
  set_property(GLOBAL PROPERTY EXHAUST_FOLDER_${name} ${M_FOLDER})
endfunction()

# add_program(name FOLDER folder USES modules): the folder's main.cpp.
function(add_program name)
  cmake_parse_arguments(P "" "FOLDER" "USES" ${ARGN})
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/${P_FOLDER}/main.cpp)
    return()
  endif()
  add_executable(${name} ${CMAKE_SOURCE_DIR}/${P_FOLDER}/main.cpp)
  target_link_libraries(${name} PRIVATE ${P_USES} exhaust_warnings)
  set_property(GLOBAL APPEND PROPERTY EXHAUST_PROGRAMS ${name})
endfunction()

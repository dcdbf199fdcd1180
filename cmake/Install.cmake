# Where things belong on Debian. The build tree mirrors share/exhaustd, so that the programs find the shipped
# device profiles and standards beside themselves in both places.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/exhaustd)
foreach(folder devices standards)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/config/${folder} ${CMAKE_BINARY_DIR}/share/exhaustd/${folder} SYMBOLIC)
endforeach()

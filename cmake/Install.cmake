# Where things belong on Debian. The build tree has share/exhaustd too, so that the programs find the shipped device
# profiles and standards beside themselves in both places.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/exhaustd)
foreach(folder devices standards)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/config/${folder} ${CMAKE_BINARY_DIR}/share/exhaustd/${folder} SYMBOLIC)
endforeach()

get_property(programs GLOBAL PROPERTY EXHAUST_PROGRAMS)
install(TARGETS ${programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY config/devices config/standards DESTINATION ${CMAKE_INSTALL_DATADIR}/exhaustd)
install(FILES config/exhaustd.toml config/hub.toml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
# Settings that are there already belong to the station: an upgrade leaves them alone.
install(CODE "
  foreach(name exhaustd.toml hub.toml)
    set(there \"\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_SYSCONFDIR}/exhaustd/\${name}\")
    if(NOT EXISTS \"\${there}\")
      file(INSTALL \"${CMAKE_SOURCE_DIR}/config/\${name}\" DESTINATION \"${CMAKE_INSTALL_FULL_SYSCONFDIR}/exhaustd\")
    endif()
  endforeach()")
install(FILES systemd/exhaustd.service DESTINATION lib/systemd/system)
install(FILES systemd/exhaustd.sysusers.conf DESTINATION lib/sysusers.d RENAME exhaustd.conf)
install(FILES systemd/exhaustd.tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME exhaustd.conf)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY proto/exhaust DESTINATION ${CMAKE_INSTALL_DATADIR}/exhaustd/proto FILES_MATCHING PATTERN "*.proto")

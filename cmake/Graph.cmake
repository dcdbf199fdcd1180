# The dependency graph, written once. docs/architecture.md draws it; tests/structure_test.py holds the includes to it.
# USES: what the module's headers show. PRIVATE: what only its sources show. Each third-party library has one home.

# The vocabulary.
add_module(core          FOLDER daemon/core           USES Boost::headers Threads::Threads PRIVATE OpenSSL::Crypto spdlog::spdlog)

# Devices. A driver knows core and the driver interface, never the daemon.
add_module(driver        FOLDER drivers               USES core)
add_module(line          FOLDER drivers/line          USES driver)
add_module(modbus        FOLDER drivers/modbus        USES driver PRIVATE line PkgConfig::MODBUS)
add_module(ak            FOLDER drivers/ak            USES driver line)
add_module(frame         FOLDER drivers/frame         USES driver line)
add_module(mq007         FOLDER drivers/mq007         USES driver line)
add_module(anpr          FOLDER drivers/anpr          USES driver line PRIVATE pugixml::pugixml nlohmann_json::nlohmann_json)
add_module(simulator     FOLDER drivers/simulator     USES core line ak anpr frame modbus mq007
                                                      PRIVATE settings PkgConfig::TOMLPLUSPLUS nlohmann_json::nlohmann_json CLI11::CLI11)

# From readings to records.
add_module(acquisition   FOLDER daemon/acquisition    USES driver PRIVATE modbus ak frame anpr mq007)
add_module(assembly      FOLDER daemon/assembly       USES core driver exhaust_proto)
add_module(sqlite        FOLDER daemon/sqlite         USES SQLiteCpp SQLite::SQLite3)
add_module(registry      FOLDER daemon/registry       USES core exhaust_proto PRIVATE sqlite)
add_module(quality       FOLDER daemon/quality        USES core exhaust_proto)
add_module(assessment    FOLDER daemon/assessment     USES core exhaust_proto)

add_module(inspection    FOLDER daemon/inspection     USES assembly assessment quality registry)
add_module(capture       FOLDER daemon/capture        USES driver exhaust_proto)

# The hinge.
add_module(ledger        FOLDER daemon/ledger         USES core)
add_module(ledger_sqlite FOLDER daemon/ledger/sqlite  USES ledger PRIVATE sqlite)
add_module(verify        FOLDER daemon/verify         USES ledger PRIVATE ledger_sqlite)

# Consumers.
add_module(records       FOLDER daemon/records        USES core ledger exhaust_proto)
add_module(projection    FOLDER daemon/projection     USES ledger assessment PRIVATE records sqlite)
add_module(uplink        FOLDER daemon/uplink         USES ledger PRIVATE records exhaust_grpc)
add_module(service       FOLDER daemon/service        USES ledger records PRIVATE exhaust_grpc gRPC::grpc++_reflection)

# The house itself.
add_module(settings      FOLDER daemon/settings       USES driver assembly assessment capture ledger projection quality registry uplink service PRIVATE PkgConfig::TOMLPLUSPLUS)
add_module(host          FOLDER daemon/host           USES core PRIVATE PkgConfig::SYSTEMD)
add_module(app           FOLDER daemon/app            USES settings
                                                      acquisition capture inspection ledger projection uplink service
                                                      PRIVATE records ledger_sqlite host)
add_module(replay        FOLDER daemon/replay         USES settings inspection capture PRIVATE ledger_sqlite)
add_module(ctl           FOLDER daemon/ctl            USES core
                                                      PRIVATE settings registry assessment capture replay records verify acquisition modbus ak frame exhaust_grpc CLI11::CLI11 nlohmann_json::nlohmann_json)

add_program(exhaustd     FOLDER daemon                USES app CLI11::CLI11)
add_program(exhaustctl   FOLDER daemon/ctl            USES ctl)
add_program(exhaust-sim  FOLDER drivers/simulator     USES simulator)

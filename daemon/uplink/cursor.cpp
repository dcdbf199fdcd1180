#include "daemon/uplink/cursor.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include "daemon/records/records.hpp"

namespace exhaust::uplink {

Cursor load_cursor(const std::filesystem::path& file) {
  Cursor cursor;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string station, ledger;
    Accepted accepted;
    if (!(words >> station >> ledger >> accepted.sequence >> accepted.rejected)) continue;
    const auto id = records::ledger_id_from_text(ledger);
    if (id && accepted.rejected <= accepted.sequence) cursor[{station, *id}] = accepted;
  }
  return cursor;
}

Result<void> save_cursor(const std::filesystem::path& file, const Cursor& cursor) {
  const auto fresh = file.string() + ".new";
  {
    std::ofstream out(fresh, std::ios::trunc);
    for (const auto& [key, accepted] : cursor) {
      out << key.station_id << ' ' << records::to_text(key.ledger_id) << ' ' << accepted.sequence << ' '
          << accepted.rejected << '\n';
    }
    out.close();
    if (!out) return fail(ErrorKind::kStorage, "cannot write " + fresh);
  }
  std::error_code error;
  std::filesystem::rename(fresh, file, error);
  if (error) return fail(ErrorKind::kStorage, "cannot replace " + file.string() + ": " + error.message());
  return {};
}

}  // namespace exhaust::uplink

#include "daemon/registry/registry_writer.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "daemon/core/digest.hpp"
#include "daemon/registry/key_sort.hpp"
#include "daemon/registry/registry_format.hpp"

namespace exhaust::registry {

namespace {

std::unexpected<Error> disk_failed(const std::filesystem::path& file) {
  return fail(ErrorKind::kStorage, file.string() + ": " + std::strerror(errno));
}

Result<void> sync(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  auto result = synced ? Result<void>() : disk_failed(file);
  if (descriptor >= 0) ::close(descriptor);
  return result;
}

/// Everything of a kind in one text, also for the digest of the contents.
std::string text_of(const v1::Vehicle& vehicle) {
  std::string text;
  for (const auto* part : {&vehicle.fuel(), &vehicle.category(), &vehicle.plate_type(), &vehicle.emission_stage(), &vehicle.use(), &vehicle.type()}) {
    text.append(*part).push_back('\n');
  }
  return text;
}

}  // namespace

struct RegistryWriter::State {
  State(std::filesystem::path its_target, std::filesystem::path its_work, int its_lock, KeySort its_sort)
      : target(std::move(its_target)), work(std::move(its_work)), lock(its_lock), sort(std::move(its_sort)) {}
  ~State() {
    std::error_code ignored;
    if (!in_place) std::filesystem::remove(work, ignored);
    ::close(lock);
  }

  /// Readable by whoever could read the old one; the first one, by the folder's group.
  void give_to_the_readers() const {
    struct stat like {};
    mode_t mode = 0640;
    if (::stat(target.c_str(), &like) == 0) mode = like.st_mode & 0777;
    else if (::stat(target.parent_path().c_str(), &like) != 0) return;
    static_cast<void>(::fchmod(lock, mode));
    if (::fchown(lock, like.st_uid, like.st_gid) != 0) static_cast<void>(::fchown(lock, static_cast<uid_t>(-1), like.st_gid));
  }

  Result<Written> write(const Origin& origin);

  const std::filesystem::path target, work;
  const int lock;  ///< the work file itself, held so that a second import finds it
  KeySort sort;
  std::unordered_map<std::string, std::uint32_t> numbers;
  std::vector<v1::Vehicle> kinds;
  bool in_place = false;
};

RegistryWriter::RegistryWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
RegistryWriter::RegistryWriter(RegistryWriter&&) noexcept = default;
RegistryWriter& RegistryWriter::operator=(RegistryWriter&&) noexcept = default;
RegistryWriter::~RegistryWriter() = default;

Result<RegistryWriter> RegistryWriter::begin(const std::filesystem::path& file) {
  const auto target = std::filesystem::absolute(file);
  auto work = target;
  work += ".importing";
  auto sort = KeySort::begin(target.parent_path());
  if (!sort) return std::unexpected(sort.error());
  const int lock = ::open(work.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock < 0) return disk_failed(work);
  struct stat held {}, named {};
  // The name must still be that of the file we hold: another import may have put it in its place in between.
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0 || ::fstat(lock, &held) != 0 || ::stat(work.c_str(), &named) != 0 || held.st_ino != named.st_ino) {
    ::close(lock);
    return fail(ErrorKind::kRefused, "another import into " + target.string() + " is under way");
  }
  // What an import that was killed has left.
  if (::ftruncate(lock, 0) != 0) {
    ::close(lock);
    return disk_failed(work);
  }
  return RegistryWriter(std::make_unique<State>(target, work, lock, std::move(*sort)));
}

std::optional<std::uint32_t> RegistryWriter::kind(const v1::Vehicle& vehicle) {
  const auto text = text_of(vehicle);
  if (const auto known = state_->numbers.find(text); known != state_->numbers.end()) return known->second;
  if (state_->kinds.size() >= kMostKinds) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(state_->kinds.size());
  state_->kinds.push_back(vehicle);
  state_->numbers.emplace(text, number);
  return number;
}

Result<bool> RegistryWriter::add(std::string_view plate, std::string_view color, std::uint32_t kind) {
  const auto key = plate_key(plate, color);
  if (!key) return false;
  auto added = state_->sort.add({*key, kind});
  if (!added) return std::unexpected(added.error());
  return true;
}

Result<RegistryWriter::Written> RegistryWriter::commit(const Origin& origin) {
  try {
    auto written = state_->write(origin);
    if (!written) return written;
    state_->give_to_the_readers();
    if (auto synced = sync(state_->work); !synced) return std::unexpected(synced.error());
    if (::rename(state_->work.c_str(), state_->target.c_str()) != 0) return disk_failed(state_->target);
    state_->in_place = true;
    if (auto synced = sync(state_->target.parent_path()); !synced) return std::unexpected(synced.error());
    return written;
  } catch (const SQLite::Exception& exception) {
    return fail(ErrorKind::kStorage, state_->work.string() + ": " + exception.what());
  }
}

/// In the order of the keys, so that every page is full. Nothing is journalled: until it is renamed it is nobody's.
Result<RegistryWriter::Written> RegistryWriter::State::write(const Origin& origin) {
  SQLite::Database database(work.string(), SQLite::OPEN_READWRITE);
  database.exec("PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE");
  database.exec("PRAGMA application_id = " + std::to_string(kApplicationId) + "; PRAGMA user_version = " + std::to_string(kFormat));
  SQLite::Transaction transaction(database);
  database.exec(kSchema);
  std::vector<std::uint64_t> counts(kinds.size());
  std::vector<std::string> texts;
  for (const auto& vehicle : kinds) texts.push_back(text_of(vehicle));
  Hasher hasher;
  SQLite::Statement put(database, "INSERT INTO vehicle VALUES(?, ?)");
  Written written;
  auto merged = sort.merge([&](KeySort::Row row) -> Result<void> {
    put.bind(1, static_cast<std::int64_t>(row.key));
    put.bind(2, static_cast<std::int64_t>(row.kind));
    put.exec();
    put.reset();
    ++counts[row.kind];
    ++written.vehicles;
    hasher.add_u64be(static_cast<std::uint64_t>(row.key)).add(as_bytes(texts[row.kind]));
    return {};
  });
  if (!merged) return std::unexpected(merged.error());
  written.duplicates = sort.rows() - written.vehicles;
  written.contents = to_hex(hasher.finish());
  SQLite::Statement put_kind(database, "INSERT INTO kind VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto& vehicle = kinds[i];
    put_kind.bind(1, static_cast<std::int64_t>(i));
    int column = 2;
    for (const auto* part : {&vehicle.fuel(), &vehicle.category(), &vehicle.plate_type(), &vehicle.emission_stage(), &vehicle.use(), &vehicle.type()}) {
      put_kind.bind(column++, *part);
    }
    put_kind.bind(column, static_cast<std::int64_t>(counts[i]));
    put_kind.exec();
    put_kind.reset();
  }
  SQLite::Statement put_meta(database, "INSERT INTO meta VALUES(?, ?)");
  const std::pair<const char*, std::string> meta[] = {
      {"made_at", origin.made_at},
      {"made_by", "exhaustctl " EXHAUST_VERSION},
      {"source", origin.source},
      {"contents", written.contents},
      {"vehicles", std::to_string(written.vehicles)},
      {"rows", std::to_string(origin.rows)},
      {"refused", std::to_string(origin.refused)},
      {"duplicates", std::to_string(written.duplicates)},
  };
  for (const auto& [name, value] : meta) {
    put_meta.bind(1, name);
    put_meta.bind(2, value);
    put_meta.exec();
    put_meta.reset();
  }
  transaction.commit();
  written.bytes = static_cast<std::uint64_t>(database.execAndGet("PRAGMA page_count").getInt64() * database.execAndGet("PRAGMA page_size").getInt64());
  return written;
}

}  // namespace exhaust::registry

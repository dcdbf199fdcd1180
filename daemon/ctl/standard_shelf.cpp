#include "daemon/ctl/standard_shelf.hpp"

#include <algorithm>

#include "daemon/core/bytes.hpp"
#include "daemon/settings/settings.hpp"
#include "daemon/settings/standard_file.hpp"

namespace exhaust::ctl {

StandardsHere standards_here(const Options& options) {
  StandardsHere here;
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(settings::shipped_folder() / "standards", error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (at->path().extension() == ".toml") files.push_back(at->path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    auto standard = settings::read_standard(file);
    if (standard)
      here.standards.push_back({std::move(*standard), file, 0});
    else
      here.mistakes.push_back(standard.error().detail);
  }

  if (!std::filesystem::is_regular_file(options.config, error)) return here;
  auto settings = settings::read_settings(options.config);
  if (!settings) {
    here.mistakes.push_back(settings.error().detail);
    return here;
  }
  std::size_t place = 0;
  for (const auto& standard : settings->standards.all()) {
    ++place;
    const auto same =
        std::ranges::find(here.standards, standard.hash, [](const auto& one) { return one.standard.hash; });
    if (same != here.standards.end()) {
      same->asked = place;
      continue;
    }
    const auto named = std::ranges::find(settings->files, standard.text, &settings::NamedFile::text);
    here.standards.push_back(
        {standard,
         named == settings->files.end() ? std::filesystem::path() : std::filesystem::path(named->name),
         place});
  }
  return here;
}

void StandardShelf::add(const std::string& text, const std::string& name) {
  auto standard = settings::parse_standard(text, name);
  if (!standard) return;
  const std::string hash(as_text(standard->hash));
  by_hash_.try_emplace(hash, std::move(*standard));
}

const assessment::Standard* StandardShelf::with_hash(const std::string& hash) {
  auto found = by_hash_.find(hash);
  if (found == by_hash_.end() && !looked_here_) {
    looked_here_ = true;
    for (auto& here : standards_here(options_).standards) {
      const std::string its(as_text(here.standard.hash));
      by_hash_.try_emplace(its, std::move(here.standard));
    }
    found = by_hash_.find(hash);
  }
  return found == by_hash_.end() ? nullptr : &found->second;
}

}  // namespace exhaust::ctl

#include "daemon/settings/file_source.hpp"

#include <algorithm>

#include "daemon/settings/toml_reader.hpp"

namespace exhaust::settings {

Result<FileSource::Found> FileSource::read(const std::string& name) {
  Found found;
  if (given_ != nullptr) {
    const auto file = std::ranges::find(*given_, name, &NamedFile::name);
    if (file == given_->end()) return fail(ErrorKind::kSettings, "'" + name + "' is not among the files of the capture");
    found = {file->text, name};
  } else {
    const auto file = find_file(name, folder_);
    if (!file) return std::unexpected(file.error());
    auto text = read_text_file(*file);
    if (!text) return std::unexpected(text.error());
    found = {std::move(*text), file->string()};
  }
  const auto at = std::ranges::lower_bound(read_, name, {}, &NamedFile::name);
  if (at == read_.end() || at->name != name) read_.insert(at, {name, found.text});
  return found;
}

}  // namespace exhaust::settings

#include "daemon/ledger/sqlite/watchers.hpp"

#include <utility>

namespace exhaust::ledger {

std::shared_ptr<void> Watchers::add(std::function<void(Position)> changed) {
  auto watcher = std::make_shared<Watcher>();
  watcher->changed = std::move(changed);
  {
    const std::scoped_lock lock(list_->mutex);
    list_->watchers.push_back(watcher);
  }
  // The deleter is the handle's whole purpose: the pointee is the watcher itself.
  return {static_cast<void*>(watcher.get()), [list = list_, watcher](void*) {
            {
              const std::scoped_lock lock(list->mutex);
              std::erase(list->watchers, watcher);
            }
            const std::scoped_lock wait_for_call(watcher->mutex);
            watcher->dropped = true;
          }};
}

void Watchers::call(Position newest) {
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    const std::scoped_lock lock(list_->mutex);
    watchers = list_->watchers;
  }
  for (const auto& watcher : watchers) {
    const std::scoped_lock lock(watcher->mutex);
    if (!watcher->dropped) watcher->changed(newest);
  }
}

}  // namespace exhaust::ledger

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "daemon/core/ids.hpp"

namespace exhaust::ledger {

/// Who wants to know of commits.
///
/// Threading: any thread; a handle may be dropped inside its own call and may outlive this object.
class Watchers {
 public:
  std::shared_ptr<void> add(std::function<void(Position)> changed);
  void call(Position newest);

 private:
  struct Watcher {
    std::recursive_mutex mutex;  // recursive: a handle may be dropped inside its own call
    std::function<void(Position)> changed;
    bool dropped = false;
  };
  struct List {
    std::mutex mutex;
    std::vector<std::shared_ptr<Watcher>> watchers;
  };
  std::shared_ptr<List> list_ = std::make_shared<List>();
};

}  // namespace exhaust::ledger

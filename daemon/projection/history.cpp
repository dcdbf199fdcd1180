#include "daemon/projection/history.hpp"

#include "daemon/projection/history_maker.hpp"
#include "daemon/projection/projection.hpp"

namespace exhaust::projection {

class History::Impl {
 public:
  Impl(ledger::Ledger& ledger, const Clock& clock, HistorySettings settings) {
    ProjectionFile file{.path = settings.file, .format = HistoryMaker::format(settings), .batch = settings.batch};
    auto maker = std::make_unique<HistoryMaker>(ledger, clock, std::move(settings));
    maker_ = maker.get();
    projection_ = std::make_unique<Projection>(ledger, std::move(file), std::move(maker));
  }

  void start() { projection_->start(); }

  HistoryState state() const {
    auto state = maker_->state();
    state.progress = projection_->progress();
    return state;
  }

  void list(DeterminationQuery query, Listed listed) {
    auto shared = std::make_shared<Listed>(std::move(listed));
    const bool taken = projection_->ask([this, query = std::move(query), shared](SQLite::Database* database) {
      if (database == nullptr) return (*shared)(fail(ErrorKind::kStorage, "the history of vehicles cannot be read now"));
      (*shared)(maker_->list(query));
    });
    if (!taken) (*shared)(fail(ErrorKind::kRefused, "too many ask for determinations at the same time"));
  }

 private:
  HistoryMaker* maker_ = nullptr;  ///< the projection's
  std::unique_ptr<Projection> projection_;
};

History::History(ledger::Ledger& ledger, const Clock& clock, HistorySettings settings)
    : impl_(std::make_unique<Impl>(ledger, clock, std::move(settings))) {}
History::~History() = default;
void History::start() { impl_->start(); }
HistoryState History::state() const { return impl_->state(); }
void History::list(DeterminationQuery query, Listed listed) { impl_->list(std::move(query), std::move(listed)); }

}  // namespace exhaust::projection

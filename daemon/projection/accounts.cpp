#include "daemon/projection/accounts.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "daemon/core/time.hpp"
#include "daemon/projection/accounts_report.hpp"
#include "daemon/projection/accounts_store.hpp"
#include "daemon/projection/projection.hpp"

namespace exhaust::projection {

namespace {

constexpr std::chrono::seconds kCatchUpWithin{1};

}  // namespace

class Accounts::Impl {
 public:
  Impl(ledger::Ledger& ledger, std::filesystem::path file, AccountsSettings settings) : ledger_(ledger), settings_(settings) {
    auto store = std::make_unique<AccountsStore>();
    store_ = store.get();
    projection_ = std::make_unique<Projection>(ledger, ProjectionFile{.path = std::move(file), .format = AccountsStore::kFormat, .cache_kib = 8 * 1024},
                                               std::move(store));
  }

  void start() { projection_->start(); }
  Progress progress() const { return projection_->progress(); }

  void get(v1::AccountsRequest request, std::vector<v1::TierAccount> tiers, Answered answered) {
    ask(std::make_shared<const Question>(std::move(request), std::move(tiers), std::move(answered), ledger_.newest(),
                                         std::chrono::steady_clock::now() + kCatchUpWithin));
  }

 private:
  struct Question {
    Question(v1::AccountsRequest its_request, std::vector<v1::TierAccount> its_tiers, Answered its_answered, Position its_newest, Deadline its_deadline)
        : request(std::move(its_request)), tiers(std::move(its_tiers)), answered(std::move(its_answered)), newest(its_newest), deadline(its_deadline) {}
    v1::AccountsRequest request;
    std::vector<v1::TierAccount> tiers;
    Answered answered;
    Position newest;
    Deadline deadline;
  };

  void ask(const std::shared_ptr<const Question>& question) {
    const bool taken = projection_->ask([this, question](SQLite::Database* database) {
      if (database == nullptr) return question->answered(fail(ErrorKind::kStorage, "the accounts' file cannot be read now"));
      // Each question waits for a batch, so the next time more has been counted.
      if (store_->position() < question->newest && std::chrono::steady_clock::now() < question->deadline) return ask(question);
      answer(*question);
    });
    if (!taken) question->answered(fail(ErrorKind::kRefused, "too many ask for accounts at the same time"));
  }

  void answer(const Question& question) {
    AccountsRows rows;
    try {
      rows = store_->rows(filter_of(question.request));
    } catch (const std::exception& exception) {
      question.answered(fail(ErrorKind::kStorage, std::string("the accounts' file cannot be read: ") + exception.what()));
      throw;  // the projection opens it anew
    }
    auto reply = report(rows, question.tiers, question.request.by_hour(), settings_);
    if (reply) {
      reply->set_position(store_->position());
      reply->set_newest_position(std::max(question.newest, store_->position()));
    }
    question.answered(std::move(reply));
  }

  ledger::Ledger& ledger_;
  const AccountsSettings settings_;
  AccountsStore* store_ = nullptr;  ///< the projection's
  std::unique_ptr<Projection> projection_;
};

Accounts::Accounts(ledger::Ledger& ledger, std::filesystem::path file, AccountsSettings settings)
    : impl_(std::make_unique<Impl>(ledger, std::move(file), settings)) {}
Accounts::~Accounts() = default;
void Accounts::start() { impl_->start(); }
Progress Accounts::progress() const { return impl_->progress(); }
void Accounts::get(v1::AccountsRequest request, std::vector<v1::TierAccount> tiers, Answered answered) {
  impl_->get(std::move(request), std::move(tiers), std::move(answered));
}

}  // namespace exhaust::projection

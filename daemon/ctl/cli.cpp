#include "daemon/ctl/cli.hpp"

#include <CLI/CLI.hpp>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>

#include "daemon/core/time.hpp"
#include "daemon/ctl/calibration.hpp"
#include "daemon/ctl/commands.hpp"
#include "daemon/ctl/device.hpp"
#include "daemon/ctl/registry.hpp"

namespace exhaust::ctl {

namespace {

/// The first of these that is set decides, as for any program (POSIX, Environment Variables, 8.2).
assessment::Language language_of_environment() {
  for (const auto* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* locale = std::getenv(name);
    if (locale != nullptr && *locale != '\0') return assessment::language_of(locale);
  }
  return assessment::Language::kEnglish;
}

}  // namespace

int run(int argc, char** argv) {
  std::setlocale(LC_CTYPE, "C.UTF-8");
  std::signal(SIGPIPE, SIG_DFL);  // a closed pipe ends us quietly, as any filter

  Options options;
  RecordsOptions which;
  AccountsOptions account;
  ReplayOptions again;
  AssessOptions rejudge;
  std::string folder, file, note, device, one_standard, other_standard;
  std::vector<std::string> standard_files;
  ReviewOptions opinion;
  DeterminationsOptions found;
  std::function<int()> verb;
  const auto does = [&verb](CLI::App* command, std::function<int()> what) { command->callback([&verb, what] { verb = what; }); };

  CLI::App app{"exhaustctl: looks after an exhaustd, at a station or a hub.\n"
               "exit: 0 done  1 a check found something wrong  64 usage  65 data  69 not reachable  74 storage  78 settings; health: 0/1/2/3"};
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "exhaustctl " EXHAUST_VERSION);
  app.add_option("--config", options.config, "the daemon's settings, which name its socket")->capture_default_str();
  app.add_option("--socket", options.socket, "path of the daemon's local socket");
  app.add_option("--address", options.address, "HOST:PORT, or unix:PATH");
  app.add_option("--output,-o", options.output, "table, json or jsonl")
      ->transform(CLI::CheckedTransformer(std::map<std::string, Output>{{"table", Output::kTable}, {"json", Output::kJson}, {"jsonl", Output::kJsonl}}));
  options.language = language_of_environment();
  app.add_option("--lang", options.language, "en or zh: of explanations; default: as LC_ALL, LC_MESSAGES or LANG has it")
      ->transform(CLI::CheckedTransformer(std::map<std::string, assessment::Language>{{"en", assessment::Language::kEnglish}, {"zh", assessment::Language::kChinese}}));
  double timeout_s = 5;
  app.add_option("--timeout", timeout_s, "seconds to wait for an answer")->check(CLI::Range(0.1, 3600.0))->capture_default_str();

  does(app.add_subcommand("status", "lanes, devices, ledger and tiers, with the equations that must close"), [&] { return status(options); });
  does(app.add_subcommand("health", "one line, and exit 0/1/2/3 as monitoring plugins do"), [&] { return health(options); });
  does(app.add_subcommand("version", "of this program"), [&] { return version(options); });

  const auto time = CLI::Validator([](std::string& text) { return from_rfc3339(text) ? std::string() : from_rfc3339(text).error().detail; }, "TIME");
  auto* records = app.add_subcommand("records", "what the ledger holds")->require_subcommand(1)->fallthrough();
  const auto with_beginning = [&](CLI::App* command, RecordsOptions& of) {
    command->add_option("--from-sequence", of.from_sequence, "first sequence");
    command->add_option("--from-time", of.from_time, "like 2026-11-23T10:02:11+08:00")->check(time);
  };
  const auto with_filter = [&](CLI::App* command) {
    command->add_option("--station", which.station, "at a hub: the records of this station");
    command->add_flag("--flagged", which.flagged, "flagged passages only");
    command->add_option("--kind", which.kinds, "passage, gap, device_event, ...")->delimiter(',')->check(CLI::IsMember(entry_kinds()));
    command->add_option("--limit", which.limit, "end after so many")->check(CLI::PositiveNumber);
    return command;
  };
  does(with_filter(records->add_subcommand("tail", "records as they come, until interrupted")), [&] { return records_tail(options, which); });
  auto* query = with_filter(records->add_subcommand("query", "records from a sequence or a time until now"));
  with_beginning(query, which);
  does(query, [&] { return records_query(options, which); });
  const auto with_sequence = [&](CLI::App* command) {
    command->add_option("SEQUENCE", which.sequence, "the record's sequence")->required()->check(CLI::PositiveNumber);
    command->add_option("--station", which.station, "at a hub: the station");
    return command;
  };
  does(with_sequence(records->add_subcommand("show", "one record, whole")), [&] { return records_show(options, which); });
  does(with_sequence(records->add_subcommand("explain", "one passage's verdict in words")), [&] { return records_explain(options, which); });

  auto* accounts_of = app.add_subcommand("accounts", "what became of every vehicle and entry: the equations that must close; exit 1 when one does not");
  accounts_of->add_option("--from", account.from, "hours that begin at or after, like 2026-11-23T10:00:00+08:00")->check(time);
  accounts_of->add_option("--to", account.to, "hours that begin before")->check(time);
  accounts_of->add_option("--station", account.station, "at a hub: of this station alone");
  accounts_of->add_flag("--by-hour", account.by_hour, "a line for each hour of each lane");
  does(accounts_of, [&] { return accounts(options, account); });

  add_device_commands(app, options, does);
  add_calibration_commands(app, options, does);
  add_registry_commands(app, options, does);

  auto* tiers = app.add_subcommand("tiers", "the platforms we push to")->require_subcommand(1)->fallthrough();
  does(tiers->add_subcommand("list", "cursor and account of each"), [&] { return tiers_list(options); });

  auto* ledger = app.add_subcommand("ledger", "the ledger's files")->require_subcommand(1)->fallthrough();
  auto* verify = ledger->add_subcommand("verify", "computes every chain again, without the daemon");
  verify->add_option("FOLDER", folder, "the ledger's folder, of a daemon that is stopped")->required();
  does(verify, [&] { return ledger_verify(options, folder); });

  auto* reviewed = app.add_subcommand("review", "a person's word on an exceedance, as an entry; on the local socket only");
  reviewed->add_option("ENTRY", opinion.sequence, "the passage's sequence")->required()->check(CLI::PositiveNumber);
  reviewed->add_option("VERDICT", opinion.verdict, "confirm, or reject: then it counts for no determination")->required()->check(CLI::IsMember({"confirm", "reject"}));
  reviewed->add_option("--reason", opinion.reason, "why; stands in the entry")->required();
  reviewed->add_option("--station", opinion.station, "at a hub: the station");
  reviewed->add_option("--ledger", opinion.ledger, "the station's ledger id, if not its newest");
  does(reviewed, [&] { return review(options, opinion); });

  auto* determinations = app.add_subcommand("determinations", "vehicles that exceeded again and again")->require_subcommand(1)->fallthrough();
  auto* all = determinations->add_subcommand("list", "those that stand, the newest first; on the local socket only");
  all->add_option("--plate", found.plate, "of this plate");
  all->add_flag("--withdrawn", found.withdrawn_too, "those that were withdrawn as well");
  all->add_option("--limit", found.limit, "so many")->check(CLI::Range(1, 1000));
  does(all, [&] { return determinations_list(options, found); });
  auto* one = determinations->add_subcommand("show", "what a determination rests on, and whether it stands");
  one->add_option("ID", found.id, "its id, or the first digits")->required();
  does(one, [&] { return determinations_show(options, found); });

  auto* capture = app.add_subcommand("capture", "raw frames of the devices, to a file, while measuring")->require_subcommand(1)->fallthrough();
  auto* begin = capture->add_subcommand("start", "begins one, in the folder of [capture]; on the local socket only");
  begin->add_option("--note", note, "why; stands in the file and in the ledger");
  does(begin, [&] { return capture_start(options, note); });
  does(capture->add_subcommand("stop", "ends it, and waits until it is on the disk"), [&] { return capture_stop(options); });
  does(capture->add_subcommand("status", "of the one that runs, or of the last"), [&] { return capture_status(options); });
  auto* show = capture->add_subcommand("show", "a capture's frames as text, as driver tests read them; needs no daemon");
  show->add_option("CAPTURE", file, "the file")->required();
  show->add_option("--device", device, "this device alone");
  does(show, [&] { return capture_show(options, file, device); });

  auto* repeat = app.add_subcommand("replay", "runs a capture through decoding, assembly and assessment again; needs no daemon");
  repeat->add_option("CAPTURE", again.capture, "the file")->required();
  auto* other = repeat->add_option("--standard", again.standard, "judge by this file instead of the capture's standard");
  repeat->add_flag("--diff", again.diff, "only what that standard changes; exit 1 if anything")->needs(other);
  auto* digest = repeat->add_flag("--digest", again.digest, "one line over all payloads instead of the records");
  repeat->add_option("--payloads", again.payloads, "write each payload to a file in this folder");
  repeat->add_option("--against", again.against, "a stopped station's ledger: exit 1 unless it holds the same bytes")->excludes(other)->excludes(digest);
  does(repeat, [&] { return replay(options, again); });

  auto* judge = app.add_subcommand("assess", "judges again: JSON lines of passages or records, a stopped ledger, or the daemon's records (--from-...).\n"
                                             "Without --standard, records by the standards that they name: the same bytes, or exit 1; passages by HJ 845-2017");
  auto* lines = judge->add_option("FILE", rejudge.input, "JSON lines; - or nothing: standard input");
  auto* by = judge->add_option("--standard", rejudge.standards, "a standard's file, as if in force; several: the first that applies")->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  auto* changes = judge->add_flag("--diff", rejudge.diff, "what these standards would change, with totals; exit 1 if anything")->needs(by);
  judge->add_flag("--explain", rejudge.explain, "each passage in words, as records explain, instead of JSON")->excludes(changes);
  judge->add_option("--ledger", rejudge.ledger, "the folder of a daemon that is stopped")->excludes(lines);
  with_beginning(judge, rejudge.which);
  judge->add_option("--station", rejudge.which.station, "at a hub: the records of this station");
  judge->add_flag("--flagged", rejudge.which.flagged, "flagged passages only");
  judge->add_option("--limit", rejudge.which.limit, "end after so many")->check(CLI::PositiveNumber);
  does(judge, [&] { return assess(options, rejudge); });

  auto* standards = app.add_subcommand("standards", "limits and rules, as files")->require_subcommand(1)->fallthrough();
  does(standards->add_subcommand("list", "those that are shipped and those that the settings judge by"), [&] { return standards_list(options); });
  auto* page = standards->add_subcommand("show", "one in words");
  page->add_option("STANDARD", one_standard, "id or file")->required();
  does(page, [&] { return standards_show(options, one_standard); });
  auto* right = standards->add_subcommand("check", "all mistakes at once, with file and line");
  right->add_option("FILE", standard_files, "the files")->required();
  does(right, [&] { return standards_check(options, standard_files); });
  auto* unlike = standards->add_subcommand("diff", "key by key, and which is stricter; exit 1 if they say different things");
  unlike->add_option("ONE", one_standard, "id or file")->required();
  unlike->add_option("OTHER", other_standard, "id or file")->required();
  does(unlike, [&] { return standards_diff(options, one_standard, other_standard); });

  auto* config = app.add_subcommand("config", "settings")->require_subcommand(1)->fallthrough();
  auto* check = config->add_subcommand("check", "all mistakes at once; touches no device");
  check->add_option("FILE", file, "default: --config");
  does(check, [&] { return config_check(options, file); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 tells of a missing command where a wrong one was given. The word behind an option is the option's.
    for (int i = 1; i < argc && error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError); ++i) {
      const std::string word = argv[i];
      if (word.starts_with('-') || (i > 1 && argv[i - 1][0] == '-')) continue;
      if (!app.get_subcommands([&](const CLI::App* command) { return command->get_name() == word; }).empty()) break;
      std::string known;
      for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) known += (known.empty() ? "" : ", ") + command->get_name();
      std::fprintf(stderr, "'%s' is not a command: expected one of: %s\n", word.c_str(), known.c_str());
      return kUsage;
    }
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  options.timeout = std::chrono::milliseconds(static_cast<long>(timeout_s * 1000));
  const int code = verb();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::fputs("the output could not be written\n", stderr);
  return code == kDone ? kStorage : code;
}

}  // namespace exhaust::ctl

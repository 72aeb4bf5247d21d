// What the scripts for shells offer, asked of the shells themselves; and what prints them.
#include <gtest/gtest.h>

#include <algorithm>

#include "facegan/core/text.h"
#include "in_folder.h"

namespace {

namespace fs = std::filesystem;

constexpr const char* kAsk = R"bash(
source ../facegan.bash
for COMP_LINE; do
  COMP_POINT=${#COMP_LINE}
  read -ra COMP_WORDS <<<"$COMP_LINE"
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _facegan facegan "${host:+@${COMP_LINE##*@}}" ''
  printf '<%s>' "${COMPREPLY[@]}"
  echo
done
)bash";

// zsh completes on a terminal alone: one of its own, and the set-up of an interactive shell.
constexpr const char* kAskZsh = R"zsh(
zmodload zsh/zpty
export ZDOTDIR=$PWD/..
zpty child zsh -d -i
while zpty -r child text; do seen+=$text; done
[[ -s ../said ]] && cat ../said || print -r -- "$seen" >&2
)zsh";
constexpr const char* kZshrc = R"zsh(
PS1='' LISTMAX=100000
setopt no_auto_list no_beep no_list_ambiguous
unsetopt global_rcs
[[ -d ../functions ]] && fpath=( $PWD/../functions $fpath )
autoload -Uz compinit
compinit -D -u
[[ -d ../functions ]] || source ../facegan.zsh
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a found
  builtin compadd -A found "$@"
  offered+=( $found )
  builtin compadd "$@"
}
zle-line-init() {
  for BUFFER in ${(f)"$(<../lines)"}; do
    CURSOR=$#BUFFER
    typeset -gaU offered=()
    zle complete-word
    print -r -- "${(j::)${(@)offered/(#m)*/<$MATCH>}} $BUFFER" >>../said
  done
  exit
}
setopt extended_glob
zle -N zle-line-init
)zsh";

class Completion : public InFolder {
 protected:
  Completion() : here_(folder_ / "here") {
    for (const char* run : {"0001-plain", "0002-a b", "0003-$(touch made)", "0004-;touch made", "0005-it's",
                            "0006-a\nb", "0007-`touch made`", "-x", "~", "$HOME", "*"})
      add_run(run);
    fs::create_directories(here_ / "runs/no run");
    for (const char* name : {"best", "step_00000120", "step_00001200", "step_x"})
      write_text(here_ / "runs/0001-plain/checkpoints" / (name + std::string(".safetensors")), "");
    write_text(here_ / "picture.png", "");
    before_ = snapshot(here_);
  }
  ~Completion() override { EXPECT_EQ(snapshot(here_), before_) << "something was run"; }

  void add_run(const std::string& name) {
    fs::create_directories(here_ / "runs" / name / "checkpoints");
    write_text(here_ / "runs" / name / "config.yaml", "");
  }
  static bool is_there(const std::string& shell) { return fs::exists("/usr/bin/" + shell); }

  // A line of output for each line that is typed: "<a><b>".
  std::vector<std::string> ask_bash(const Words& typed, const std::string& before = "") {
    return lines_of(said("bash", Words{"--norc", "--noprofile", "-c", before + kAsk, "bash"} + typed));
  }
  std::vector<std::string> ask_zsh(const Words& typed) {
    fs::remove(folder_ / "said");
    write_text(folder_ / ".zshrc", kZshrc);
    write_text(folder_ / "lines", facegan::core::join(typed, "\n"));
    return lines_of(said("zsh", {"-f", "-c", kAskZsh}));
  }
  // With what is said of each.
  std::vector<std::string> ask_fish(const Words& typed) {
    std::string script = "source ../facegan.fish\nfor line in $argv\n";
    script += "for one in (complete -C $line)\nprintf '<%s>' $one\nend\necho\nend\n";
    return lines_of(said("fish", Words{"--no-config", "-c", script, "--"} + typed));
  }

  std::string said(const std::string& shell, const Words& arguments) {
    write_text(folder_ / ("facegan." + shell), made({"completion", shell}));
    const Outcome outcome = run({.arguments = arguments,
                                 .folder = here_,
                                 .environment = {"HOME=" + folder_.path().string(), "TERM=xterm"},
                                 .program = "/usr/bin/" + shell});
    EXPECT_EQ(outcome.err, "") << shell;
    return outcome.out;
  }

  fs::path here_;  // nothing but what the tests put there
  Snapshot before_;
};

TEST_F(Completion, OfBash) {
  if (!is_there("bash")) GTEST_SKIP() << "there is no bash";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"facegan tr", "<train>"},
      {"facegan --quiet --log-format json tr", "<train>"},
      {"scripts/facegan data p", "<preview><pack><prune>"},
      {"facegan help da", "<data>"},
      {"facegan help data c", "<check>"},
      {"facegan train --lr-s", "<--lr-schedule>"},
      {"facegan train --no-fl", "<--no-flip>"},
      {"facegan data check --js", "<--json>"},
      {"facegan data check --epo", "<>"},
      {"facegan train --loss wg", "<wgan-gp>"},
      {"facegan train --loss=wg", "<wgan-gp>"},
      {"facegan train --loss bce --on-divergence ", "<stop><rollback>"},
      {"facegan train --preset faces-1", "<faces-128>"},
      {"facegan train --seed -5 --device c", "<cpu><cuda>"},
      {"facegan train --device -", "<>"},
      {"facegan train --seed ", "<>"},
      {"facegan train --evaluate swd,fi", "<swd,fid>"},
      {"facegan evaluate --metrics=kid,cov", "<kid,coverage>"},
      {"facegan evaluate --metrics kid,appearance,a", "<>"},
      {"facegan train --allow-config-change lr_g,lr_d", "<lr_g,lr_d><lr_g,lr_decay>"},
      {"facegan tune --try bat", "<batch=>"},
      {"facegan train --resume 0001", "<0001-plain>"},
      {"facegan train --resume --dry", "<--dry-run>"},
      {"facegan sample --from 0002", "<0002-a\\ b>"},
      {"facegan sample --from 0002-a\\ ", "<0002-a\\ b>"},
      {"facegan sample --from '0002-a ", "<0002-a b>"},
      {"facegan sample --from=\"0003-\\$", "<0003-\\$(touch made)>"},
      {"facegan sample --from=0003", "<0003-\\$\\(touch\\ made\\)>"},
      {"facegan sample --from 'runs", "<>"},
      {"facegan sample --from '0005", "<0005-it'\\''s>"},
      {"facegan sample --from \"0007", "<0007-\\`touch made\\`>"},
      {"facegan sample --from 1@", "<best><120><1200>"},
      {"facegan sample --from 0001-plain@12", "<120><1200>"},
      {"facegan sample --from pic", "<>"},  // bash's own then
      {"facegan animate 0001", "<0001-plain>"},
      {"facegan report 0001-plain 0005", "<0005-it\\'s>"},
      {"facegan report -- -", "<-x>"},
      {"facegan list la", "<layers>"},
      {"facegan completion ", "<bash><zsh><fish>"},
      {"facegan animate ",
       "<0007-\\`touch\\ made\\`><0005-it\\'s><0004-\\;touch\\ made><0003-\\$\\(touch\\ made\\)>"
       "<0002-a\\ b><0001-plain><-x><\\*><\\$HOME>"}};
  Words typed;
  for (const auto& [line, offered] : cases) typed.push_back(line);
  for (const std::string before :
       {"", "set -u\n", "shopt -s failglob\n", "shopt -s nullglob extglob\nIFS=e\n"}) {
    const auto lines = ask_bash(typed, before);
    ASSERT_EQ(lines.size(), cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i)
      EXPECT_EQ(lines[i], cases[i].second) << before << cases[i].first;
  }
}

TEST_F(Completion, OfBashThatCompletesHosts) {
  if (!is_there("bash")) GTEST_SKIP() << "there is no bash";
  EXPECT_EQ(ask_bash({"facegan sample --from 0001-plain@b", "facegan sample --from=1@"}, "host=1\n"),
            (Words{"<@best>", "<@best><@120><@1200>"}));
}

TEST_F(Completion, OfZsh) {
  if (!is_there("zsh")) GTEST_SKIP() << "there is no zsh";
  // What is offered, and the line as it then is.
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"facegan tr", "<train> facegan train "},
      {"facegan --log-format json tr", "<train> facegan --log-format json train "},
      {"facegan data p", "<preview><pack><prune> facegan data p"},
      {"facegan help dat", "<data> facegan help data "},
      {"facegan train --lr-s", "<--lr-schedule> facegan train --lr-schedule="},
      {"facegan data check --js", "<--json> facegan data check --json "},
      {"facegan data check --epo", " facegan data check --epo"},
      {"facegan train --loss wg", "<wgan-gp> facegan train --loss wgan-gp "},
      {"facegan train --loss=wg", "<wgan-gp> facegan train --loss=wgan-gp "},
      {"facegan train --flip --no-f", " facegan train --flip --no-f"},  // one or the other
      {"facegan train --evaluate swd,fi", "<fid> facegan train --evaluate swd,fid,"},
      {"facegan tune --try bat", "<batch=> facegan tune --try batch="},
      {"facegan train --resume 0001", "<0001-plain> facegan train --resume 0001-plain "},
      {"facegan sample --from 0002", "<0002-a\\ b> facegan sample --from 0002-a\\ b "},
      {"facegan sample --from 0003",
       "<0003-\\$\\(touch\\ made\\)> facegan sample --from 0003-\\$\\(touch\\ made\\) "},
      {"facegan sample --from 0001-plain@b", "<best> facegan sample --from 0001-plain@best "},
      {"facegan sample --from 1@121", " facegan sample --from 1@121"},
      {"facegan sample --from 1@", "<best><120><1200> facegan sample --from 1@"},
      {"facegan sample --from pic", "<picture.png> facegan sample --from picture.png "},
      {"facegan report 0001-plain 0005", "<0005-it\\'s> facegan report 0001-plain 0005-it\\'s "},
      {"facegan score pic", "<picture.png> facegan score picture.png "},
      {"facegan list la", "<layers> facegan list layers "},
      {"facegan completion f", "<fish> facegan completion fish "}};
  Words typed;
  for (const auto& [line, offered] : cases) typed.push_back(line);
  for (const bool is_installed : {false, true}) {
    if (is_installed) fs::create_directory(folder_ / "functions");
    if (is_installed) write_text(folder_ / "functions/_facegan", made({"completion", "zsh"}));
    const auto lines = ask_zsh(typed);
    ASSERT_EQ(lines.size(), cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i)
      EXPECT_EQ(lines[i], cases[i].second) << is_installed << cases[i].first;
  }
}

TEST_F(Completion, OfFish) {
  if (!is_there("fish")) GTEST_SKIP() << "there is no fish";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"facegan trai", "<train\ttrain a generator and a discriminator; makes a run folder>"},
      {"facegan --log-format json trai",
       "<train\ttrain a generator and a discriminator; makes a run folder>"},
      {"facegan data sta",
       "<stats\twhat a data set looks like: sizes, formats, colours, brightness, attributes>"},
      {"facegan train --lr-s",
       "<--lr-schedule\thow rates fall, by pictures seen: constant, linear or cosine [constant]>"},
      {"facegan data check --js", "<--json\tprint JSON>"},
      {"facegan data check --epo", ""},
      {"facegan train --device c",
       "<cpu\tauto, cpu, cuda or cuda:N [auto]><cuda\tauto, cpu, cuda or cuda:N [auto]>"},
      {"facegan train --device=c",
       "<--device=cpu\tauto, cpu, cuda or cuda:N [auto]><--device=cuda\tauto, cpu, cuda or cuda:N [auto]>"},
      {"facegan train --dataset fold",
       "<folder\tany folder, .zip or .tar (.gz, .bz2, .xz, .zst) of pictures>"},
      {"facegan train --evaluate swd,fi",
       "<swd,fid\tFrechet distance of normal distributions (Heusel et al. 2017)>"},
      {"facegan evaluate --metrics swd,nearest,n",
       "<swd,nearest,ndb\tnumber of statistically different bins (Richardson, Weiss 2018)>"},
      {"facegan train --resume 0001", "<0001-plain\trun>"},
      {"facegan train --resume=0001", "<--resume=0001-plain\trun>"},
      {"facegan sample --from 0003", "<0003-$(touch made)\trun>"},
      {"facegan sample --from 1@", "<1@best\tcheckpoint><1@120\tcheckpoint><1@1200\tcheckpoint>"},
      {"facegan sample --from pic", "<picture.png>"},
      {"facegan report 0001-plain 000",
       "<0007-`touch made`\trun><0005-it's\trun><0004-;touch made\trun><0003-$(touch made)\trun><0002-a "
       "b\trun><0001-plain\trun>"},
      {"facegan score pic", "<picture.png>"},
      {"facegan doctor pic", ""},
      {"facegan completion fi", "<fish>"}};
  Words typed;
  for (const auto& [line, offered] : cases) typed.push_back(line);
  const auto lines = ask_fish(typed);
  ASSERT_EQ(lines.size(), cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) EXPECT_EQ(lines[i], cases[i].second) << cases[i].first;
}

TEST_F(Completion, ManualPageHasNoFaults) {
  const std::string page = made({"man"});
  write_text(folder_ / "facegan.1", page);
  int asked = 0;
  for (const Words& reader : {Words{"mandoc", "-T", "lint", "-W", "style"}, Words{"man", "--warnings", "-l"},
                              Words{"groff", "-man", "-ww", "-z"}}) {
    if (!is_there(reader.front())) continue;
    ++asked;
    const Outcome outcome = run({.arguments = Words(reader.begin() + 1, reader.end()) + Words{"../facegan.1"},
                                 .folder = here_,
                                 .environment = {"MANWIDTH=80", "MANPAGER=cat", "MAN_KEEP_FORMATTING="},
                                 .program = "/usr/bin/" + reader.front()});
    EXPECT_EQ(outcome.exit_code, 0) << reader.front() << outcome.out;
    EXPECT_EQ(outcome.err, "") << reader.front();
    const bool shows = reader.front() == "man";
    EXPECT_EQ(outcome.out.find("--loss NAME") != std::string::npos, shows) << reader.front();
    EXPECT_EQ(outcome.out.empty(), !shows) << outcome.out;
  }
  if (asked == 0) GTEST_SKIP() << "there is none of mandoc, man and groff";
}

TEST_F(Completion, IsRefusedForOtherShells) {
  EXPECT_EQ(facegan({"completion"}).err,
            "facegan: error: which shell? 'facegan completion' takes one of bash, zsh, fish\n");
  const Outcome outcome = facegan({"completion", "zhs"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(
      outcome.err,
      "facegan: error: there is no completion for 'zhs', only for bash, zsh, fish, did you mean 'zsh'?\n");
}

}  // namespace

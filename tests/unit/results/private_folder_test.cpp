#include "results/private_folder.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "../../temporary_folder.hpp"

namespace dbmux {
namespace {

namespace fs = std::filesystem;

class PrivateFolderTest : public testing::Test {
 protected:
  std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(below_.path()), fs::directory_iterator()));
  }
  const TemporaryFolder below_;
  const TmpdirSet tmpdir_{below_.path()};
};

TEST_F(PrivateFolderTest, ItsFilesCanGoBeforeItWhileOneIsOpen) {
  const auto folder = PrivateFolder::make();
  ASSERT_TRUE(folder) << folder.error().message;
  std::ofstream file((*folder)->path() / "rows");
  (*folder)->remove_files();
  EXPECT_EQ(entries(), 0u);
  EXPECT_TRUE(file << "more" << std::flush);
}

TEST_F(PrivateFolderTest, IsForTheUserAloneAndGoesWithItsFiles) {
  {
    const auto folder = PrivateFolder::make();
    ASSERT_TRUE(folder) << folder.error().message;
    EXPECT_EQ(mode_of((*folder)->path()), 0700u);
    std::ofstream((*folder)->path() / "file") << "rows";
  }
  EXPECT_EQ(entries(), 0u);
}

TEST_F(PrivateFolderTest, LeavesThatOfALivingProcessAlone) {
  const auto first = PrivateFolder::make();
  const auto second = PrivateFolder::make();
  ASSERT_TRUE(first && second);
  EXPECT_TRUE(fs::exists((*first)->path()));
}

TEST_F(PrivateFolderTest, RemovesWhatAKilledProcessLeft) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto child = ::fork();
  if (child == 0) {
    const auto folder = PrivateFolder::make();
    const char done = folder ? 'y' : 'n';
    static_cast<void>(!::write(ready[1], &done, 1));
    ::pause();
    ::_exit(1);
  }
  char done = 0;
  ASSERT_EQ(::read(ready[0], &done, 1), 1);
  EXPECT_EQ(done, 'y');
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(entries(), 1u);
  const auto next = PrivateFolder::make();
  ASSERT_TRUE(next);
  EXPECT_EQ(entries(), 1u) << "its own alone";
}

TEST_F(PrivateFolderTest, FollowsNoLinkOfThatName) {
  const auto outside = below_ / "outside";
  fs::create_directory(outside);
  std::ofstream(outside / "file") << "not ours to remove";
  fs::create_directory_symlink(outside, below_ / "dbmux-results-link");
  ASSERT_TRUE(PrivateFolder::make());
  EXPECT_TRUE(fs::exists(outside / "file"));
}

TEST_F(PrivateFolderTest, SaysWhereItCannotBeMade) {
  const TmpdirSet nowhere("/nonexistent");
  const auto folder = PrivateFolder::make();
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("/nonexistent"), std::string::npos) << folder.error().message;
}

}  // namespace
}  // namespace dbmux

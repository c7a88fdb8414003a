#include "mcp/batch.hpp"

#include <utility>

namespace dbmux::mcp {

std::size_t Batch::add_slot() {
  const std::lock_guard lock(mutex_);
  answers_.emplace_back();
  ++missing_;
  return answers_.size() - 1;
}

void Batch::answer(std::size_t slot, std::string line) {
  const std::lock_guard lock(mutex_);
  answers_[slot] = std::move(line);
  if (--missing_ != 0) return;
  Output frame;
  for (const auto& answer : answers_) {
    if (answer.empty()) continue;
    frame.append(frame.size() == 0 ? '[' : ',');
    frame.append(answer);
  }
  if (frame.size() == 0) return;
  frame.append("]\n");
  stream_->send(frame);
}

void Reply::send(Output& frame) const {
  if (batch == nullptr) {
    stream->send(frame);
    return;
  }
  auto line = frame.take_string();
  if (line.ends_with('\n')) line.pop_back();
  batch->answer(slot, std::move(line));
}

void Reply::withdraw() const {
  if (batch != nullptr) batch->answer(slot, {});
}

}  // namespace dbmux::mcp

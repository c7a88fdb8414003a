#pragma once
// The revisions of the protocol, oldest first, and what each of them knows.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dbmux::mcp {

enum class Version : std::uint8_t { v2024_11_05, v2025_03_26, v2025_06_18, v2025_11_25, v2026_07_28 };

inline constexpr Version kNewestHandshake = Version::v2025_11_25;
inline constexpr Version kStateless = Version::v2026_07_28;
inline constexpr std::array<std::string_view, 5> kVersionNames{"2024-11-05", "2025-03-26", "2025-06-18",
                                                               "2025-11-25", "2026-07-28"};

constexpr std::string_view to_string(Version version) {
  return kVersionNames[static_cast<std::size_t>(version)];
}

constexpr std::optional<Version> version_named(std::string_view name) {
  for (std::size_t i = 0; i < kVersionNames.size(); ++i) {
    if (kVersionNames[i] == name) return static_cast<Version>(i);
  }
  return std::nullopt;
}

// Whether every request says for itself who asks and what the client can, and there is no handshake.
constexpr bool is_stateless(Version version) { return version >= kStateless; }

constexpr bool has_annotations(Version version) { return version >= Version::v2025_03_26; }
constexpr bool has_progress_message(Version version) { return version >= Version::v2025_03_26; }
constexpr bool has_audio(Version version) { return version >= Version::v2025_03_26; }
constexpr bool has_completions(Version version) { return version >= Version::v2025_03_26; }
constexpr bool has_batches(Version version) { return version == Version::v2025_03_26; }
constexpr bool has_titles(Version version) { return version >= Version::v2025_06_18; }
constexpr bool has_meta(Version version) { return version >= Version::v2025_06_18; }  // of a list's entries
constexpr bool has_structured(Version version) { return version >= Version::v2025_06_18; }
constexpr bool has_resource_links(Version version) { return version >= Version::v2025_06_18; }
constexpr bool has_elicitation(Version version) { return version >= Version::v2025_06_18; }
constexpr bool has_url_elicitation(Version version) { return version >= Version::v2025_11_25; }
constexpr bool has_sampling_tools(Version version) { return version >= Version::v2025_11_25; }
constexpr bool has_icons(Version version) { return version >= Version::v2025_11_25; }
// Earlier, structured content and its schema are objects.
constexpr bool has_any_structure(Version version) { return version >= Version::v2026_07_28; }

}  // namespace dbmux::mcp

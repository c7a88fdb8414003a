// SPDX-License-Identifier: MIT-0
// Which package of the distribution a shared library belongs to, so that a host can say what to install where
// one is missing.
#pragma once
#include <map>
#include <set>
#include <string>

namespace dbmux {

// The shared libraries of this process, by path.
std::set<std::string> loaded_libraries();

// File name -> package, of the libraries that were loaded since. Asks dpkg; without it, and for files of no
// package, there is nothing.
std::map<std::string, std::string> packages_of_libraries(const std::set<std::string>& before);

}  // namespace dbmux

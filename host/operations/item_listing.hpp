#pragma once
// What the plugins of the connections offer of their own, as one listing. Sources are described when a
// listing or an item is first asked for, each on a thread of its own, and again after they said that they
// have changed. One that fails or is late hides its items, and costs a listing two seconds at most.
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "operations/context.hpp"
#include "operations/item_descriptions.hpp"

namespace dbmux {

// One connection's items.
struct DescribedSource {
  std::shared_ptr<Connection> connection;
  std::shared_ptr<Source> source;
  ItemDescriptions items;
};

// An item, and where it runs. Owns what it points at.
template <class Description>
struct Offer {
  std::shared_ptr<const DescribedSource> on;
  const Description* item;
};

// Of the same name on every connection of one plugin, in the order of the connections.
template <class Description>
struct Offers {
  std::vector<Offer<Description>> on;
  bool argument = false;  // takes connectionId
  std::vector<std::string> connections() const;
  // By connectionId; "" = the default connection where it is among them, else the first. nullptr: none such.
  const Offer<Description>* find(std::string_view connection, std::string_view default_name) const;
};

struct ItemListing {
  std::vector<std::shared_ptr<const DescribedSource>> sources;
  std::shared_ptr<const std::vector<Face>> faces = std::make_shared<const std::vector<Face>>();
  std::map<std::string, Offers<ItemTool>, std::less<>> tools;
  std::vector<PromptEntry> prompt_entries;
  std::map<std::string, Offers<ItemPrompt>, std::less<>> prompts;
  std::vector<ResourceEntry> resource_entries, template_entries;
  std::map<std::string, Offer<ItemResource>, std::less<>> resources;
  std::vector<Offer<ItemTemplate>> templates;
};

class ItemLister {
 public:
  explicit ItemLister(Context& context) : context_(context) {}
  ~ItemLister();  // calls off what is being described, and waits for it a second at most
  ItemLister(const ItemLister&) = delete;
  ItemLister& operator=(const ItemLister&) = delete;

  // Any thread. Never null; what it gives stays as it is.
  std::shared_ptr<const ItemListing> listing();
  void on_change(OnChange);

 private:
  static constexpr std::chrono::seconds kBudget{2};  // what a listing waits for
  static constexpr std::chrono::seconds kAgain{30};  // a source that failed is asked again after this

  struct Watcher {  // outlives the lister where a plugin keeps a thread
    std::mutex mutex;
    OnChange told;
    void tell(Change change, std::string_view uri);
  };
  struct Slot;

  std::vector<std::shared_ptr<Slot>> current_slots();
  static void begin(const std::shared_ptr<Slot>&);
  static void describe(const std::shared_ptr<Slot>&);
  static Result<std::shared_ptr<const DescribedSource>> described(const std::shared_ptr<Slot>&, Call&);

  Context& context_;
  const std::shared_ptr<Watcher> watcher_ = std::make_shared<Watcher>();
  std::mutex mutex_;  // of all below
  std::vector<std::shared_ptr<Slot>> slots_;
  std::shared_ptr<const ItemListing> listing_ = std::make_shared<const ItemListing>();
};

// The sources' items under the names that clients see. Which names clash is said in the log, by `warn`.
std::shared_ptr<const ItemListing> merge_items(const Context&,
                                               std::vector<std::shared_ptr<const DescribedSource>>,
                                               bool warn);

}  // namespace dbmux

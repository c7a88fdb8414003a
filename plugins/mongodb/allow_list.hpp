#pragma once
// The lists that guard.cpp goes by.
#include <string_view>

namespace dbmux::mongodb {

struct ReadingCommand {
  std::string_view name;
  bool explainable;
  std::string_view fields;  // separated by spaces
};

inline constexpr std::string_view kFieldsOfAll = "comment maxTimeMS readConcern";

inline constexpr ReadingCommand kReadingCommands[] = {
    {"find", true,
     "filter projection sort hint skip limit batchSize singleBatch max min returnKey showRecordId "
     "noCursorTimeout allowPartialResults collation allowDiskUse let"},
    {"aggregate", true, "pipeline cursor explain allowDiskUse collation hint let"},
    {"count", true, "query limit skip hint collation fields"},
    {"distinct", true, "key query collation hint"},
    {"listCollections", false, "filter nameOnly authorizedCollections cursor"},
    {"listIndexes", false, "cursor"},
    {"listDatabases", false, "filter nameOnly authorizedDatabases"},
    {"dbStats", false, "scale freeStorage"},
    {"collStats", false, "scale"},
    {"explain", false, "verbosity"},
    {"serverStatus", false, ""},
    {"connectionStatus", false, "showPrivileges"},
    {"buildInfo", false, ""},
    {"buildinfo", false, ""},
    {"hello", false, ""},
    {"isMaster", false, ""},
    {"ismaster", false, ""},
    {"ping", false, ""},
};

inline constexpr std::string_view kWritingCommands[] = {"insert",
                                                        "update",
                                                        "delete",
                                                        "findAndModify",
                                                        "findandmodify",
                                                        "bulkWrite",
                                                        "mapReduce",
                                                        "mapreduce",
                                                        "create",
                                                        "drop",
                                                        "dropDatabase",
                                                        "createIndexes",
                                                        "dropIndexes",
                                                        "deleteIndexes",
                                                        "reIndex",
                                                        "collMod",
                                                        "renameCollection",
                                                        "convertToCapped",
                                                        "cloneCollectionAsCapped",
                                                        "compact",
                                                        "createUser",
                                                        "updateUser",
                                                        "dropUser",
                                                        "grantRolesToUser",
                                                        "revokeRolesFromUser",
                                                        "createRole",
                                                        "dropRole",
                                                        "updateRole",
                                                        "killOp",
                                                        "killSessions",
                                                        "shutdown",
                                                        "fsync",
                                                        "setParameter",
                                                        "eval",
                                                        "$eval",
                                                        "applyOps",
                                                        "shardCollection",
                                                        "enableSharding"};

inline constexpr std::string_view kCatalogCommands[] = {
    "create",        "drop",    "dropDatabase",     "createIndexes",   "dropIndexes",
    "deleteIndexes", "collMod", "renameCollection", "convertToCapped", "cloneCollectionAsCapped"};

// Of the session, of cursors, of transactions.
inline constexpr std::string_view kDriversCommands[] = {
    "getMore",         "killCursors",       "startSession",     "endSessions",
    "refreshSessions", "commitTransaction", "abortTransaction", "authenticate",
    "saslStart",       "saslContinue",      "logout",           "getnonce",
    "copydbgetnonce"};
inline constexpr std::string_view kDriversFields[] = {
    "lsid",         "txnNumber",       "stmtId",     "startTransaction", "autocommit",
    "$clusterTime", "$readPreference", "apiVersion", "maxAwaitTimeMS"};

inline constexpr std::string_view kWritingOperators[] = {"$out", "$merge", "$function", "$where",
                                                         "$accumulator"};

inline constexpr std::string_view kReadingOperators[] = {
    // stages
    "$match", "$project", "$addFields", "$set", "$unset", "$group", "$sort", "$limit", "$skip", "$unwind",
    "$lookup", "$graphLookup", "$count", "$facet", "$bucket", "$bucketAuto", "$replaceRoot", "$replaceWith",
    "$sample", "$sortByCount", "$unionWith", "$geoNear", "$redact", "$setWindowFields", "$fill", "$densify",
    "$documents", "$collStats", "$indexStats",
    // queries
    "$eq", "$gt", "$gte", "$in", "$lt", "$lte", "$ne", "$nin", "$and", "$not", "$nor", "$or", "$exists",
    "$type", "$expr", "$jsonSchema", "$mod", "$regex", "$options", "$text", "$search", "$language",
    "$caseSensitive", "$diacriticSensitive", "$geoIntersects", "$geoWithin", "$near", "$nearSphere",
    "$geometry", "$maxDistance", "$minDistance", "$box", "$center", "$centerSphere", "$polygon", "$all",
    "$elemMatch", "$size", "$bitsAllClear", "$bitsAllSet", "$bitsAnyClear", "$bitsAnySet", "$comment",
    "$rand", "$sampleRate", "$slice", "$meta", "$natural",
    // references
    "$ref", "$id", "$db",
    // expressions
    "$abs", "$acos", "$acosh", "$add", "$allElementsTrue", "$anyElementTrue", "$arrayElemAt",
    "$arrayToObject", "$asin", "$asinh", "$atan", "$atan2", "$atanh", "$avg", "$binarySize", "$bitAnd",
    "$bitNot", "$bitOr", "$bitXor", "$bottom", "$bottomN", "$bsonSize", "$ceil", "$cmp", "$concat",
    "$concatArrays", "$cond", "$convert", "$cos", "$cosh", "$covariancePop", "$covarianceSamp", "$dateAdd",
    "$dateDiff", "$dateFromParts", "$dateFromString", "$dateSubtract", "$dateToParts", "$dateToString",
    "$dateTrunc", "$dayOfMonth", "$dayOfWeek", "$dayOfYear", "$degreesToRadians", "$denseRank", "$derivative",
    "$divide", "$documentNumber", "$exp", "$expMovingAvg", "$filter", "$first", "$firstN", "$floor",
    "$getField", "$hour", "$ifNull", "$indexOfArray", "$indexOfBytes", "$indexOfCP", "$integral", "$isArray",
    "$isNumber", "$isoDayOfWeek", "$isoWeek", "$isoWeekYear", "$last", "$lastN", "$let", "$linearFill",
    "$literal", "$ln", "$locf", "$log", "$log10", "$ltrim", "$map", "$max", "$maxN", "$median",
    "$mergeObjects", "$millisecond", "$min", "$minN", "$minute", "$month", "$multiply", "$objectToArray",
    "$percentile", "$pow", "$push", "$addToSet", "$radiansToDegrees", "$range", "$rank", "$reduce",
    "$regexFind", "$regexFindAll", "$regexMatch", "$replaceAll", "$replaceOne", "$reverseArray", "$round",
    "$rtrim", "$second", "$setDifference", "$setEquals", "$setField", "$setIntersection", "$setIsSubset",
    "$setUnion", "$shift", "$sin", "$sinh", "$sortArray", "$split", "$sqrt", "$stdDevPop", "$stdDevSamp",
    "$strLenBytes", "$strLenCP", "$strcasecmp", "$substr", "$substrBytes", "$substrCP", "$subtract", "$sum",
    "$switch", "$tan", "$tanh", "$toBool", "$toDate", "$toDecimal", "$toDouble", "$toHashedIndexKey",
    "$toInt", "$toLong", "$toLower", "$toObjectId", "$toString", "$toUpper", "$toUUID", "$top", "$topN",
    "$trim", "$trunc", "$tsIncrement", "$tsSecond", "$unsetField", "$week", "$year", "$zip"};

}  // namespace dbmux::mongodb

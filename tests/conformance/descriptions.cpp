// What the plugin says of its items.
#include "source.hpp"

namespace conformance {

std::string_view tool_descriptions() {
  return R"json({"name":"test_simple_text","description":"Tests simple text content response","inputSchema":{"type":"object"}},
{"name":"test_image_content","description":"Tests image content response","inputSchema":{"type":"object"}},
{"name":"test_audio_content","description":"Tests audio content response","inputSchema":{"type":"object"}},
{"name":"test_embedded_resource","description":"Tests embedded resource content response","inputSchema":{"type":"object"}},
{"name":"test_multiple_content_types","description":"Tests response with multiple content types (text, image, resource)","inputSchema":{"type":"object"}},
{"name":"test_tool_with_logging","description":"Tests tool that emits log messages during execution","inputSchema":{"type":"object"}},
{"name":"test_tool_with_progress","description":"Tests tool that reports progress notifications","inputSchema":{"type":"object"}},
{"name":"test_error_handling","description":"Tests error response handling","inputSchema":{"type":"object"}},
{"name":"test_reconnection","description":"Tests that a client takes a closed stream up again","inputSchema":{"type":"object"}},
{"name":"test_sampling","description":"Tests server-initiated sampling (LLM completion request)","inputSchema":{"type":"object","properties":{"prompt":{"type":"string","description":"The prompt to send to the LLM"}},"required":["prompt"]}},
{"name":"test_elicitation","description":"Tests server-initiated elicitation (user input request)","inputSchema":{"type":"object","properties":{"message":{"type":"string","description":"The message to show the user"}},"required":["message"]}},
{"name":"test_elicitation_sep1034_defaults","description":"Tests elicitation with default values","inputSchema":{"type":"object"}},
{"name":"test_elicitation_sep1330_enums","description":"Tests elicitation with enum schemas","inputSchema":{"type":"object"}},
{"name":"json_schema_2020_12_tool","description":"Tool with JSON Schema 2020-12 features","inputSchema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"address":{"$anchor":"addressDef","type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"}}}},"properties":{"name":{"type":"string"},"address":{"$ref":"#/$defs/address"},"contactMethod":{"type":"string","enum":["phone","email"]},"phone":{"type":"string"},"email":{"type":"string"}},"allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"then":{"required":["phone"]},"else":{"required":["email"]},"additionalProperties":false}},
{"name":"test_missing_capability","description":"Needs a client that can sample","inputSchema":{"type":"object"}},
{"name":"test_streaming_elicitation","description":"Reports while it runs, and asks nothing","inputSchema":{"type":"object"}},
{"name":"test_logging_tool","description":"Logs once","inputSchema":{"type":"object"}},
{"name":"test_header_parameter","description":"Has an argument that HTTP clients repeat in a header","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"}}}},
{"name":"test_trigger_tool_change","description":"Adds a tool, or takes it away again","inputSchema":{"type":"object"}},
{"name":"test_trigger_prompt_change","description":"Adds a prompt, or takes it away again","inputSchema":{"type":"object"}},
{"name":"test_trigger_resource_change","description":"Says that the watched resource has changed","inputSchema":{"type":"object"}},
{"name":"test_input_required_result_elicitation","description":"Asks for a name","inputSchema":{"type":"object"}},
{"name":"test_input_required_result_sampling","description":"Asks the client's model","inputSchema":{"type":"object"}},
{"name":"test_input_required_result_list_roots","description":"Asks for the client's roots","inputSchema":{"type":"object"}},
{"name":"test_input_required_result_request_state","description":"Keeps a state while it asks","inputSchema":{"type":"object"}},
{"name":"test_input_required_result_multiple_inputs","description":"Asks three things at once","inputSchema":{"type":"object"}},
{"name":"test_input_required_result_multi_round","description":"Asks twice, one after the other","inputSchema":{"type":"object"}},
{"name":"test_input_required_result_tampered_state","description":"Keeps a state that nobody may change","inputSchema":{"type":"object"}},
{"name":"test_input_required_result_capabilities","description":"Asks only what the client can answer","inputSchema":{"type":"object"}})json";
}

std::string_view other_descriptions() {
  return R"json("resources":[
{"uri":"test://static-text","name":"static-text","title":"Static Text Resource","description":"A static text resource for testing","mimeType":"text/plain"},
{"uri":"test://static-binary","name":"static-binary","title":"Static Binary Resource","description":"A static binary resource (image) for testing","mimeType":"image/png"},
{"uri":"test://watched-resource","name":"watched-resource","title":"Watched Resource","description":"A resource that changes","mimeType":"text/plain"}],
"resourceTemplates":[
{"uriTemplate":"test://template/{id}/data","name":"template","title":"Resource Template","description":"A resource template with parameter substitution","mimeType":"application/json"}],
"prompts":[
{"name":"test_simple_prompt","title":"Simple Test Prompt","description":"A simple prompt without arguments"},
{"name":"test_prompt_with_arguments","title":"Prompt With Arguments","description":"A prompt with required arguments","arguments":[{"name":"arg1","description":"First test argument","required":true},{"name":"arg2","description":"Second test argument","required":true}]},
{"name":"test_prompt_with_embedded_resource","title":"Prompt With Embedded Resource","description":"A prompt that includes an embedded resource","arguments":[{"name":"resourceUri","description":"URI of the resource to embed","required":true}]},
{"name":"test_prompt_with_image","title":"Prompt With Image","description":"A prompt that includes image content"},
{"name":"test_input_required_result_prompt","description":"A prompt that asks first"})json";
}

}  // namespace conformance

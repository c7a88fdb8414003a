"""What the conformance plugin answers, word for word, as the official suites want it: requests and their results.

Everything is written as in the handshake era, version 2025-11-25; `stateless` says what 2026-07-28 adds.
"""

from wire import PREFIX

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
SILENCE = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="

KEPT_A_MINUTE = ("server/discover", "tools/list", "prompts/list", "resources/templates/list")
NOT_KEPT = ("resources/list", "resources/read")


def stateless(method, result, identity):
    """The same result in the stateless era."""
    more = {"resultType": "complete", "_meta": {PREFIX + "serverInfo": identity}}
    if method in KEPT_A_MINUTE:
        more.update(ttlMs=60000, cacheScope="private")
    if method in NOT_KEPT:
        more.update(ttlMs=0, cacheScope="private")
    return {**result, **more}


def text(words):
    return {"type": "text", "text": words}


def image():
    return {"type": "image", "data": PIXEL, "mimeType": "image/png"}


def embedded(uri, mime_type, words):
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime_type, "text": words}}


def blocks(*content):
    return {"content": list(content)}


def contents(uri, mime_type, **content):
    return {"contents": [{"uri": uri, "mimeType": mime_type, **content}]}


def messages(description, *content):
    return {"description": description, "messages": [{"role": "user", "content": one} for one in content]}


def tool(name, /, **arguments):
    return ("tools/call", {"name": name, "arguments": arguments})


def log(words):
    return ("notifications/message", {"level": "info", "logger": "dbmux", "data": words})


def progress(done):
    return ("notifications/progress", {
        "progressToken": "token", "progress": done, "total": 100, "message": f"Completed step {done} of 100"})


# (method, params), result
ANSWERED = {
    "test_simple_text": (tool("test_simple_text"), blocks(text("This is a simple text response for testing."))),
    "no arguments member": (
        ("tools/call", {"name": "test_simple_text"}), blocks(text("This is a simple text response for testing."))),
    "test_image_content": (tool("test_image_content"), blocks(image())),
    "test_audio_content": (
        tool("test_audio_content"), blocks({"type": "audio", "data": SILENCE, "mimeType": "audio/wav"})),
    "test_embedded_resource": (
        tool("test_embedded_resource"),
        blocks(embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."))),
    "test_multiple_content_types": (
        tool("test_multiple_content_types"),
        blocks(
            text("Multiple content types test:"), image(),
            embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'))),
    "test_error_handling": (
        tool("test_error_handling"),
        {**blocks(text("This tool intentionally returns an error for testing")), "isError": True}),
    "json_schema_2020_12_tool": (
        tool("json_schema_2020_12_tool", name="Ada", contactMethod="email", email="ada@example.com"),
        blocks(text(
            'JSON Schema 2020-12 tool called with: {"name":"Ada","contactMethod":"email","email":"ada@example.com"}'))),
    "wrong arguments are for the model to mend": (
        tool("json_schema_2020_12_tool", name="Ada", contactMethod="phone", email="ada@example.com"),
        {**blocks(text(
            '{"error":{"category":"invalid","message":"arguments of json_schema_2020_12_tool: '
            'Missing required property \'phone\'."}}')), "isError": True}),
    "test_header_parameter": (tool("test_header_parameter", region="us-west1"), blocks(text("Region: us-west1"))),
    "test_streaming_elicitation": (tool("test_streaming_elicitation"), blocks(text("Streaming complete"))),
    "test_reconnection": (
        tool("test_reconnection"),
        blocks(text(
            "Reconnection test completed successfully. If you received this, the client properly reconnected after "
            "stream closure."))),
    "test://static-text": (
        ("resources/read", {"uri": "test://static-text"}),
        contents("test://static-text", "text/plain", text="This is the content of the static text resource.")),
    "test://static-binary": (
        ("resources/read", {"uri": "test://static-binary"}), contents("test://static-binary", "image/png", blob=PIXEL)),
    "test://template/{id}/data": (
        ("resources/read", {"uri": "test://template/123/data"}),
        contents(
            "test://template/123/data", "application/json",
            text='{"id":"123","templateTest":true,"data":"Data for ID: 123"}')),
    "a schema of no tables": (
        ("resources/read", {"uri": "database://conformance/schema"}),
        contents(
            "database://conformance/schema", "application/json", text='{"databaseName":"conformance","tables":[]}')),
    "no tables": (
        ("resources/read", {"uri": "database://conformance/tables"}),
        contents("database://conformance/tables", "application/json", text='{"tables":[]}')),
    "test_simple_prompt": (
        ("prompts/get", {"name": "test_simple_prompt"}),
        messages("A simple prompt without arguments", text("This is a simple prompt for testing."))),
    "test_prompt_with_arguments": (
        ("prompts/get", {"name": "test_prompt_with_arguments", "arguments": {"arg1": "hello", "arg2": "world"}}),
        messages("A prompt with required arguments", text("Prompt with arguments: arg1='hello', arg2='world'"))),
    "test_prompt_with_embedded_resource": (
        ("prompts/get", {
            "name": "test_prompt_with_embedded_resource", "arguments": {"resourceUri": "test://example-resource"}}),
        messages(
            "A prompt that includes an embedded resource",
            embedded("test://example-resource", "text/plain", "Embedded resource content for testing."),
            text("Please process the embedded resource above."))),
    "test_prompt_with_image": (
        ("prompts/get", {"name": "test_prompt_with_image"}),
        messages("A prompt that includes image content", image(), text("Please analyze the image above."))),
    "completion of a prompt's argument": (
        ("completion/complete", {
            "ref": {"type": "ref/prompt", "name": "test_prompt_with_arguments"}, "argument": {"name": "arg1", "value": ""}}),
        {"completion": {"values": ["hello"], "total": 1, "hasMore": False}}),
    "completion of a template's variable": (
        ("completion/complete", {
            "ref": {"type": "ref/resource", "uri": "test://template/{id}/data"}, "argument": {"name": "id", "value": "12"}}),
        {"completion": {"values": ["123"], "total": 1, "hasMore": False}}),
}

# (method, params), what comes before the result, result
REPORTED = {
    "test_tool_with_logging": (
        tool("test_tool_with_logging"),
        [log("Tool execution started"), log("Tool processing data"), log("Tool execution completed")],
        blocks(text("Tool with logging executed successfully"))),
    "test_logging_tool": (
        tool("test_logging_tool"), [log("Diagnostic trace logging activated")], blocks(text("Logging evaluated"))),
    "test_tool_with_progress": (
        tool("test_tool_with_progress"), [progress(0), progress(50), progress(100)],
        blocks(text("Tool with progress executed successfully"))),
}


def accepted(**content):
    return {"action": "accept", "content": content}


def said(words):
    return {"role": "assistant", "content": {"type": "text", "text": words}, "model": "test-model", "stopReason": "endTurn"}


def form(message, /, *, required=True, **properties):
    schema = {"type": "object", "properties": properties, "required": list(properties) if required else []}
    return ("elicitation/create", {"message": message, "requestedSchema": schema})


def sample(question, tokens):
    return ("sampling/createMessage", {
        "messages": [{"role": "user", "content": {"type": "text", "text": question}}], "maxTokens": tokens})


ROOTS = ("roots/list", {})
STRING = {"type": "string"}
TWO_ROOTS = {"roots": [{"uri": "file:///home/a", "name": "a"}, {"uri": "file:///home/b", "name": "b"}]}

DEFAULTS = form(
    "Please review and update the form fields with defaults", required=False,
    name={"type": "string", "description": "User name", "default": "John Doe"},
    age={"type": "integer", "description": "User age", "default": 30},
    score={"type": "number", "description": "User score", "default": 95.5},
    status={
        "type": "string", "description": "User status", "enum": ["active", "inactive", "pending"], "default": "active"},
    verified={"type": "boolean", "description": "Verification status", "default": True})

ENUMS = form(
    "Please select options from the enum fields", required=False,
    untitledSingle={"type": "string", "description": "Select one option", "enum": ["option1", "option2", "option3"]},
    titledSingle={"type": "string", "description": "Select one option with titles", "oneOf": [
        {"const": "value1", "title": "First Option"}, {"const": "value2", "title": "Second Option"},
        {"const": "value3", "title": "Third Option"}]},
    legacyEnum={
        "type": "string", "description": "Select one option (legacy)", "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"]},
    untitledMulti={
        "type": "array", "description": "Select multiple options", "minItems": 1, "maxItems": 3,
        "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
    titledMulti={
        "type": "array", "description": "Select multiple options with titles", "minItems": 1, "maxItems": 3,
        "items": {"anyOf": [
            {"const": "value1", "title": "First Choice"}, {"const": "value2", "title": "Second Choice"},
            {"const": "value3", "title": "Third Choice"}]}})

USERNAME = form(
    "Who are you?", username={"type": "string", "description": "User's response"},
    email={"type": "string", "description": "User's email address"})
NAME = form("What is your name?", name=STRING)
CONFIRM = form("Please confirm", ok={"type": "boolean"})

# (method, params), rounds of {key: (question, answer)}, result
ASKED = {
    "test_sampling": (
        tool("test_sampling", prompt="Say something"),
        [{"prompt": (sample("Say something", 100), said("something"))}], blocks(text("LLM response: something"))),
    "test_elicitation": (
        tool("test_elicitation", message="Who are you?"),
        [{"form": (USERNAME, accepted(username="ada", email="ada@example.com"))}],
        blocks(text('User response: action=accept, content={"username":"ada","email":"ada@example.com"}'))),
    "test_elicitation, declined": (
        tool("test_elicitation", message="Who are you?"), [{"form": (USERNAME, {"action": "decline"})}],
        blocks(text("User response: action=decline, content={}"))),
    "test_elicitation, dismissed": (
        tool("test_elicitation", message="Who are you?"), [{"form": (USERNAME, {"action": "cancel"})}],
        blocks(text("User response: action=cancel, content={}"))),
    "test_elicitation_sep1034_defaults": (
        tool("test_elicitation_sep1034_defaults"), [{"form": (DEFAULTS, accepted(name="Jane", age=25, verified=False))}],
        blocks(text('Elicitation completed: action=accept, content={"name":"Jane","age":25,"verified":false}'))),
    "test_elicitation_sep1330_enums": (
        tool("test_elicitation_sep1330_enums"),
        [{"form": (ENUMS, accepted(untitledSingle="option1", untitledMulti=["option1", "option2"]))}],
        blocks(text(
            'Elicitation completed: action=accept, content={"untitledSingle":"option1","untitledMulti":["option1","option2"]}'))),
    "test_input_required_result_elicitation": (
        tool("test_input_required_result_elicitation"), [{"user_name": (NAME, accepted(name="Alice"))}],
        blocks(text("Hello, Alice!"))),
    "test_input_required_result_sampling": (
        tool("test_input_required_result_sampling"),
        [{"capital_question": (sample("What is the capital of France?", 100), said("Paris"))}],
        blocks(text("Sampling result: Paris"))),
    "test_input_required_result_list_roots": (
        tool("test_input_required_result_list_roots"), [{"client_roots": (ROOTS, TWO_ROOTS)}],
        blocks(text("Found 2 root(s)"))),
    "test_input_required_result_request_state": (
        tool("test_input_required_result_request_state"), [{"confirm": (CONFIRM, accepted(ok=True))}],
        blocks(text("state-ok: requestState validated"))),
    "test_input_required_result_multiple_inputs": (
        tool("test_input_required_result_multiple_inputs"),
        [{
            "user_name": (NAME, accepted(name="Alice")),
            "greeting": (sample("Generate a greeting", 50), said("Good day")),
            "client_roots": (ROOTS, TWO_ROOTS)}],
        blocks(text("Name: Alice; Greeting: Good day; Roots: 2"))),
    "test_input_required_result_multi_round": (
        tool("test_input_required_result_multi_round"),
        [
            {"step1": (form("Step 1: What is your name?", name=STRING), accepted(name="Alice"))},
            {"step2": (form("Step 2: What is your favorite color?", color=STRING), accepted(color="blue"))}],
        blocks(text("Multi-round complete for Alice who likes blue"))),
    "test_input_required_result_tampered_state": (
        tool("test_input_required_result_tampered_state"), [{"confirm": (CONFIRM, accepted(ok=True))}],
        blocks(text("integrity-ok: state verified"))),
    "test_input_required_result_capabilities": (
        tool("test_input_required_result_capabilities"),
        [{
            "elicit_input": (form("Elicitation input", value=STRING), accepted(value="v")),
            "sample_input": (sample("Sample request", 50), said("v"))}],
        blocks(text("capabilities-ok: received elicit_input,sample_input"))),
    "test_input_required_result_prompt": (
        ("prompts/get", {"name": "test_input_required_result_prompt"}),
        [{"user_context": (form("What context should the prompt use?", context=STRING), accepted(context="a test"))}],
        messages("A prompt that asks first", text("Prompt with context: a test"))),
}

# (method, params), code and message with 2025-11-25, the same with 2026-07-28
REFUSED = {
    "unknown method": (("no/method", {}), (-32601, "Method not found: no/method"), (-32601, "Method not found: no/method")),
    "unknown tool": (
        tool("test_simple_texts"), (-32602, "Unknown tool 'test_simple_texts'; did you mean test_simple_text?"),
        (-32602, "Unknown tool 'test_simple_texts'; did you mean test_simple_text?")),
    "unknown resource": (
        ("resources/read", {"uri": "test://nothing"}), (-32002, "Resource not found: test://nothing"),
        (-32602, "Resource not found: test://nothing")),
    "table of no schema": (
        ("resources/read", {"uri": "database://conformance/tables/t"}),
        (-32002, "Resource not found: database://conformance/tables/t"),
        (-32602, "Resource not found: database://conformance/tables/t")),
    "unknown prompt": (
        ("prompts/get", {"name": "test_simple_prompts"}),
        (-32602, "Unknown prompt 'test_simple_prompts'; did you mean test_simple_prompt?"),
        (-32602, "Unknown prompt 'test_simple_prompts'; did you mean test_simple_prompt?")),
    "prompt without its argument": (
        ("prompts/get", {"name": "test_prompt_with_arguments", "arguments": {"arg1": "hello"}}),
        (-32602, "the prompt test_prompt_with_arguments needs the argument 'arg2'"),
        (-32602, "the prompt test_prompt_with_arguments needs the argument 'arg2'")),
    "completion of nothing": (
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "nothing"}, "argument": {"name": "a", "value": ""}}),
        (-32602, "No prompt 'nothing' with an argument 'a'"), (-32602, "No prompt 'nothing' with an argument 'a'")),
    "a cursor of somebody else": (
        ("tools/list", {"cursor": "bad"}), (-32602, "Unknown cursor; start again without one"),
        (-32602, "Unknown cursor; start again without one")),
    "arguments that are no object": (
        ("tools/call", {"name": "test_simple_text", "arguments": [1]}), (-32602, "arguments has to be an object"),
        (-32602, "arguments has to be an object")),
    "a call of nothing": (("tools/call", {}), (-32602, "name has to be a string"), (-32602, "name has to be a string")),
}

# Methods of one era only.
REMOVED = {
    "ping": {}, "logging/setLevel": {"level": "info"}, "resources/subscribe": {"uri": "test://watched-resource"},
    "resources/unsubscribe": {"uri": "test://watched-resource"},
    "initialize": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}

TOOLS = [
    "test_simple_text", "test_image_content", "test_audio_content", "test_embedded_resource", "test_multiple_content_types",
    "test_tool_with_logging", "test_tool_with_progress", "test_error_handling", "test_reconnection", "test_sampling",
    "test_elicitation", "test_elicitation_sep1034_defaults", "test_elicitation_sep1330_enums", "json_schema_2020_12_tool",
    "test_missing_capability", "test_streaming_elicitation", "test_logging_tool", "test_header_parameter",
    "test_trigger_tool_change", "test_trigger_prompt_change", "test_trigger_resource_change",
    *(f"test_input_required_result_{name}" for name in (
        "elicitation", "sampling", "list_roots", "request_state", "multiple_inputs", "multi_round", "tampered_state",
        "capabilities")),
]

SCHEMA_2020_12 = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {"address": {
        "$anchor": "addressDef", "type": "object", "properties": {"street": STRING, "city": STRING}}},
    "properties": {
        "name": STRING, "address": {"$ref": "#/$defs/address"}, "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": STRING, "email": STRING},
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}

RESOURCES = [
    {
        "uri": "test://static-text", "name": "static-text", "title": "Static Text Resource",
        "description": "A static text resource for testing", "mimeType": "text/plain"},
    {
        "uri": "test://static-binary", "name": "static-binary", "title": "Static Binary Resource",
        "description": "A static binary resource (image) for testing", "mimeType": "image/png"},
    {
        "uri": "test://watched-resource", "name": "watched-resource", "title": "Watched Resource",
        "description": "A resource that changes", "mimeType": "text/plain"},
]

TEMPLATE = {
    "uriTemplate": "test://template/{id}/data", "name": "template", "title": "Resource Template",
    "description": "A resource template with parameter substitution", "mimeType": "application/json"}

PROMPTS = [
    {"name": "test_simple_prompt", "title": "Simple Test Prompt", "description": "A simple prompt without arguments"},
    {
        "name": "test_prompt_with_arguments", "title": "Prompt With Arguments",
        "description": "A prompt with required arguments", "arguments": [
            {"name": "arg1", "description": "First test argument", "required": True},
            {"name": "arg2", "description": "Second test argument", "required": True}]},
    {
        "name": "test_prompt_with_embedded_resource", "title": "Prompt With Embedded Resource",
        "description": "A prompt that includes an embedded resource",
        "arguments": [{"name": "resourceUri", "description": "URI of the resource to embed", "required": True}]},
    {"name": "test_prompt_with_image", "title": "Prompt With Image", "description": "A prompt that includes image content"},
    {"name": "test_input_required_result_prompt", "description": "A prompt that asks first"},
]

# Tools that change something, and what is then heard.
CHANGES = {
    "test_trigger_tool_change": ("notifications/tools/list_changed", {}),
    "test_trigger_prompt_change": ("notifications/prompts/list_changed", {}),
    "test_trigger_resource_change": ("notifications/resources/updated", {"uri": "test://watched-resource"}),
}

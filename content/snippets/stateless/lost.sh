# Four processes without sessions, in a lab of your own
lab=$(curl -s {{origin}}/api/labs -H 'Content-Type: application/json' \
  -d '{ "deployment": "stateless" }')
endpoint=$(echo "$lab" | grep -o '"endpoint":"[^"]*"' | cut -d'"' -f4)

# Sends a message; $2 is an option of curl.
post() {
  curl -s $2 "$endpoint" \
    -H 'Accept: application/json, text/event-stream' \
    -H 'Content-Type: application/json' \
    -H 'MCP-Protocol-Version: 2025-11-25' -d "$1"
}
call() {
  post '{ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
    "params": { "name": "'"$1"'", "arguments": '"$2"',
      "_meta": { "progressToken": "t" } } }' | grep '^data:'
}

echo '--- how many session ids initialize mints'
post '{ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
    "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} },
    "clientInfo": { "name": "curl", "version": "1.0.0" } } }' -i |
  grep -ci '^mcp-session-id' || true
echo '--- a call, with progress'
call count '{ "to": 2, "everyMs": 20 }'
echo '--- a question to the client'
call ask '{}'
echo '--- state that a tool keeps'
call remember '{ "key": "colour", "value": "green" }'
echo '--- the standalone stream'
curl -s -o /dev/null -w '%{http_code}\n' "$endpoint" \
  -H 'Accept: text/event-stream'

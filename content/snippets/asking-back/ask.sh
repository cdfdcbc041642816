# Sends a message to the session, once there is one.
post() {
  curl -sN {{endpoint}} \
    -H 'Accept: application/json, text/event-stream' \
    -H 'Content-Type: application/json' \
    -H 'MCP-Protocol-Version: 2025-11-25' \
    ${session:+-H "Mcp-Session-Id: $session"} "$@"
}

# 1. A session of a client that can put a form to its user
session=$(post -o /dev/null -D - -d '{
  "jsonrpc": "2.0", "id": 1, "method": "initialize",
  "params": {
    "protocolVersion": "2025-11-25",
    "capabilities": { "elicitation": {} },
    "clientInfo": { "name": "curl", "version": "1.0.0" }
  } }' | tr -d '\r' | grep -i '^mcp-session-id:' | cut -d ' ' -f 2)

# 2. A call, whose stream is kept in a file while it is open
stream=$(mktemp)
post -d '{ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
  "params": { "name": "ask",
    "arguments": { "question": "Which colour?" } } }' > "$stream" &

# 3. The server's question comes on that stream; it has an id
until id=$(grep -o '"id":"[^"]*"' "$stream"); do sleep 0.1; done

# 4. The answer is a POST of its own, with the id of the question
post -w '%{http_code} to the answer\n\n' -d '{ "jsonrpc": "2.0", '"$id"',
  "result": { "action": "accept", "content": { "answer": "green" } } }'

wait
cat "$stream"
